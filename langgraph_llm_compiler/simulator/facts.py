r"""What the simulated model reads out of a prompt.

A *fact* is one figure or name, found by a regular expression in one observation or in one turn of the conversation.
Elsewhere a script names a value by `"height"` (a fact) or `"$5"` (the observation of task 5); texts hold it in braces:
`"{height} / {$5}"`. Nothing here knows a label: what the prompt does not say cannot be told.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from langgraph_llm_compiler.errors import LLMCompilerError

__all__ = ["FIGURE", "CannotTellError", "Evidence", "Fact", "is_number", "names_in", "rounded"]

FIGURE = r"(-?\d[\d,]*(?:\.\d+)?)"
"""What `#` stands for in a fact's pattern: one figure, thousands commas allowed."""

_PLACEHOLDER = re.compile(r"(?<!\$)\{([A-Za-z_]\w*|\$\d+)\}")
_NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?(?!\w)", re.IGNORECASE)
_FAILED = re.compile(r"Error\b", re.IGNORECASE)


class CannotTellError(LLMCompilerError):
    """The prompt does not say what a rule needs; the message says what is missing. It becomes an answer."""


@dataclass(frozen=True, slots=True)
class Fact:
    """Where one figure or name stands.

    Attributes:
        name: Name of the fact in its script.
        pattern: Its only group is the value.
        about: What the observation must speak of at all, so that one about something else is not taken for it.
        task: Id of the task in whose observation it stands, or
        turn: index into the script's history, if it stands in the conversation.
    """

    name: str
    pattern: re.Pattern[str]
    about: str | None = None
    task: int | None = None
    turn: int | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one prompt says.

    Attributes:
        observations: Observation by task id, as text; tasks that have none yet, or any more, are missing.
        turns: Text of the conversation's turns that stand for the script's history.
        facts: The script's facts by name.
        given: Values of facts that the prompt holds already worked out.
    """

    observations: Mapping[int, str] = field(default_factory=dict)
    turns: Sequence[str] = ()
    facts: Mapping[str, Fact] = field(default_factory=dict)
    given: Mapping[str, str] = field(default_factory=dict)

    def value(self, name: str) -> str:
        """Gives the text of a fact, or of a task's observation; figures come without thousands commas.

        Raises:
            CannotTellError: If the prompt does not say it.
        """
        if name in self.given:
            return _plain(self.given[name])
        if not name.startswith("$"):
            return _plain(self._find(name).group(1))
        return _plain(self.observation(int(name[1:])))

    def number(self, name: str) -> float:
        """Gives a value as a number; a unit after it does no harm.

        Raises:
            CannotTellError: If the prompt does not say it, or it is no number.
        """
        value = self.value(name)
        leading = _NUMBER.match(value)
        if leading is None:
            raise CannotTellError(f"{_called(name)} is {value!r}, which is no number")
        return float(_plain(leading.group()))

    def quote(self, name: str) -> str:
        """Gives the words of the prompt in which a fact stands, with what they are about."""
        about = self.facts[name].about
        words = self._find(name).group()
        return words if about is None or about.casefold() in words.casefold() else f"{about}: {words}"

    def observation(self, task: int) -> str:
        """Gives the observation of a task.

        Raises:
            CannotTellError: If there is none, or it is an error.
        """
        text = self.observations.get(task, "").strip()
        if not text:
            raise CannotTellError(f"task {task} has no observation")
        if _FAILED.match(text):
            raise CannotTellError(f"task {task} failed ({text})")
        return text

    def fill(self, template: str, show: Callable[[str], str] = str) -> str:
        """Puts values in place of the braces of a template."""
        return _PLACEHOLDER.sub(lambda found: show(self.value(found[1])), template)

    def _find(self, name: str) -> re.Match[str]:
        fact = self.facts[name]
        if fact.task is not None:
            text, place = self.observation(fact.task), f"the observation of task {fact.task}"
        else:
            text, place = self.turns[fact.turn or 0], "the conversation"
        if fact.about is not None and fact.about.casefold() not in text.casefold():
            raise CannotTellError(f"{place} does not speak of {fact.about}")
        found = fact.pattern.search(text)
        if found is None:
            raise CannotTellError(f"{place} does not give {_called(name)}")
        return found


def names_in(template: str) -> list[str]:
    """Names of the values that a template holds in braces.

    Example:
        >>> names_in("{height} / {$5} ${1}")
        ['height', '$5']
    """
    return _PLACEHOLDER.findall(template)


def is_number(text: str) -> bool:
    """Whether a text is one figure and nothing else; commas between thousands are fine."""
    return _NUMBER.fullmatch(text.strip()) is not None


def rounded(text: str, digits: int | None) -> str:
    """Rounds a figure, without zeros at its end; other texts, and figures for which `digits` is `None`, stay.

    Example:
        >>> rounded("1.5011", 2), rounded("1.5", 2), rounded("Nile", 2)
        ('1.5', '1.5', 'Nile')
    """
    if digits is None or not is_number(text):
        return text
    shown = f"{float(_plain(text)):.{digits}f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def _called(name: str) -> str:
    return f"what task {name[1:]} gave" if name.startswith("$") else f"the {name.replace('_', ' ')}"


def _plain(text: str) -> str:
    text = text.strip()
    return text.replace(",", "") if is_number(text) else text
