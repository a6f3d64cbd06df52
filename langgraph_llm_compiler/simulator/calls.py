r"""Which task of a script a tool call in a prompt is.

Prompts show calls in several ways: as the plan wrote them (`math("$1 / 2")`), as an agent wrote them with observations
in place of references (`math("8849 / 2")`), as JSON arguments. All of them reduce to the tool's name and its argument
values in order; a task matches a call whose values are its own, with any text where a reference stands. So tasks are
found by what they ask, not by where they stand, and a call whose observation was lost takes nobody else's.
"""

import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from langgraph_llm_compiler.plan.task import Task

__all__ = ["Call", "Place", "Signature", "assign", "replace_references", "signature", "values_in", "values_of"]

Place = tuple[int, int | None]
"""Where a call stands in a compact plan: the number of its task, and its index if that is a map."""

# References first: they stand inside longer texts too. `${1.path}` and `$1.path[0]` are one reference each.
# A figure with decimals or thousands after the dollar sign is a price.
_REFERENCE = re.compile(r"\$(?:\{(\d+)[^}]*\}|(\d+)(?!\d|\.\d|,\d{3})(?:\.[A-Za-z_]\w*|\[[^\]]*\])*)")
_PLACE = re.compile(_REFERENCE.pattern + r"|(?<!\$)\{(?:(?P<name>[A-Za-z_]\w*)|\$(?P<filled>\d+))\}")
_LITERAL = re.compile(
    r'"""(?P<a>.*?)"""|\'\'\'(?P<b>.*?)\'\'\'|"(?P<c>(?:[^"\\]|\\.)*)"|\'(?P<d>(?:[^\'\\]|\\.)*)\''
    r"|(?P<e>\$\{[^}]*\}|\$\d+(?:\.\w+|\[[^\]]*\])*|-?\d[\w.]*|\b(?:true|false|null|none)\b)",
    re.DOTALL | re.IGNORECASE,
)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_CONTROL = {"n": "\n", "t": "\t", "r": "\r"}


@dataclass(frozen=True, slots=True)
class Call:
    """One tool call that a prompt shows.

    Attributes:
        tool: Name of the tool.
        values: Its argument values in order, as text.
        observation: What it gave, `None` if the prompt does not show it.
        id: The number in front of it, where there is one that the script may know.
        place: Its place in a compact plan, if it comes from one.
    """

    tool: str
    values: Sequence[str]
    observation: str | None = None
    id: int | None = None
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Signature:
    """What the calls of one task look like.

    Attributes:
        tool: Name of the tool.
        patterns: One for each argument value; groups are the places of references and of facts in braces.
        places: For each pattern what its groups stand for: task ids and names of facts.
    """

    tool: str
    patterns: tuple[re.Pattern[str], ...]
    places: tuple[tuple[int | str, ...], ...]

    @property
    def names(self) -> set[int | str]:
        """Everything that stands in the arguments."""
        return {place for places in self.places for place in places}

    def read(self, values: Sequence[str]) -> dict[int | str, str] | None:
        """Gives the texts that stand in the places, by task id or fact; `None` if the values are not this task's."""
        if len(values) != len(self.patterns):
            return None
        texts: dict[int | str, str] = {}
        for pattern, places, value in zip(self.patterns, self.places, values, strict=True):
            found = pattern.fullmatch(value.strip())
            if found is None:
                return None
            texts.update(zip(places, found.groups(), strict=True))
        return texts


def signature(task: Task) -> Signature:
    """Gives what the calls of a task look like.

    Example:
        >>> half = signature(Task(2, "math", ("half of $1",), dependencies=frozenset({1})))
        >>> half.read(["half of 8849"])
        {1: '8849'}
    """
    read = [_pattern(value, task.dependencies) for value in values_of([*task.args, *task.kwargs.values()])]
    return Signature(task.tool, tuple(pattern for pattern, _ in read), tuple(ids for _, ids in read))


def values_in(arguments: str | Mapping[str, Any]) -> list[str]:
    """Gives the argument values of a call, written in the plan language or as JSON arguments, as texts in order.

    Example:
        >>> values_in('"half of $1", context=["$1", 2]')
        ['half of $1', '$1', '2']
        >>> values_in({"problem": "half of 3", "context": ["3", 2]})
        ['half of 3', '3', '2']
    """
    if isinstance(arguments, str):
        return [_unquoted(found) for found in _LITERAL.finditer(arguments)]
    return values_of(arguments.values())


def values_of(arguments: Iterable[Any]) -> list[str]:
    """Gives the argument values of a call that has been parsed, as texts in order.

    Example:
        >>> values_of(["half of 3", ["$1", 2]])
        ['half of 3', '$1', '2']
    """
    return list(_flat(list(arguments)))


def replace_references(text: str, dependencies: Container[int], show: Callable[[int], str]) -> str:
    """Puts texts in place of the references inside a text, in one pass.

    Example:
        >>> replace_references("$1 of $15", {1}, lambda id: f"<{id}>")
        '<1> of $15'
    """
    return _REFERENCE.sub(lambda found: show(_id(found)) if _id(found) in dependencies else found[0], text)


def assign(calls: Iterable[Call], signatures: Mapping[int, Sequence[Signature]]) -> dict[int, Call]:
    """Finds the task of every call.

    A call goes to the task of its own number if that fits, else to the first task that fits and has no call yet; what
    fits no task (a stranger's call) is left out.

    Args:
        calls: Calls in the order of the prompt.
        signatures: What calls of each task may look like, by its id, in plan order.

    Returns:
        Calls by task id.
    """
    found: dict[int, Call] = {}
    for call in calls:
        fitting = [
            id
            for id, forms in signatures.items()
            if id not in found and any(form.tool == call.tool and form.read(call.values) is not None for form in forms)
        ]
        if fitting:
            found[call.id if call.id in fitting else fitting[0]] = call
    return found


def _flat(value: Any) -> Iterator[str]:
    if isinstance(value, list | tuple):
        for element in value:
            yield from _flat(element)
    elif isinstance(value, dict):
        yield from _flat([part for pair in value.items() for part in pair])
    else:
        yield value if isinstance(value, str) else str(value)


def _pattern(text: str, dependencies: Container[int]) -> tuple[re.Pattern[str], tuple[int | str, ...]]:
    places: list[int | str] = []
    parts: list[str] = []
    start = 0
    for found in _PLACE.finditer(text):
        place = found["name"] or int(found["filled"] or _id(found))
        if isinstance(place, str) or place in dependencies:  # any other reference is a price
            places.append(place)
            parts += [_literally(text[start : found.start()]), "(.*)"]
            start = found.end()
    parts.append(_literally(text[start:]))
    return re.compile("".join(parts).strip(), re.DOTALL | re.IGNORECASE), tuple(places)


def _id(reference: re.Match[str]) -> int:
    return int(reference[1] or reference[2])


def _literally(text: str) -> str:
    return re.sub(r"(?:\\?\s)+", r"\\s+", re.escape(text))


def _unquoted(found: re.Match[str]) -> str:
    group = str(found.lastgroup)
    text = found[group]
    return text if group == "e" else _ESCAPE.sub(lambda escape: _CONTROL.get(escape[1], escape[1]), text)
