"""How answers follow from what a prompt says: the answer rules of a script."""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from langgraph_llm_compiler.simulator.facts import Evidence, is_number, names_in, rounded
from langgraph_llm_compiler.simulator.fields import Fields

__all__ = ["Rule", "read_rule"]

_TESTS: dict[str, Callable[[float, float], bool]] = {
    ">": operator.gt, "<": operator.lt, ">=": operator.ge, "<=": operator.le, "==": operator.eq, "!=": operator.ne,
}  # fmt: skip
_FIELDS = {
    "value": ("of", "digits"),
    "text": ("template", "digits"),
    "argmax": ("of",),
    "argmin": ("of",),
    "if": ("left", "test", "right", "then", "else"),
}


class Rule(Protocol):
    """How an answer follows from what the prompt says."""

    def work_out(self, evidence: Evidence) -> str:
        """Gives the answer's text.

        Raises:
            CannotTellError: If the prompt does not say enough.
        """
        ...

    def names(self) -> list[str]:
        """Names of all values that the rule reads."""
        ...


@dataclass(frozen=True, slots=True)
class Given:
    """The answer is one value, rounded if it is a number: `{"op": "value", "of": "$5", "digits": 2}`."""

    of: str
    digits: int | None = None

    def work_out(self, evidence: Evidence) -> str:
        """Gives the value."""
        return rounded(evidence.value(self.of), self.digits)

    def names(self) -> list[str]:
        """The one value."""
        return [self.of]


@dataclass(frozen=True, slots=True)
class Template:
    """The answer is a text around values: `{"op": "text", "template": "{peak}, {$3} m"}`."""

    template: str
    digits: int | None = None

    def work_out(self, evidence: Evidence) -> str:
        """Fills the template."""
        return evidence.fill(self.template, lambda value: rounded(value, self.digits))

    def names(self) -> list[str]:
        """What stands in braces."""
        return names_in(self.template)


@dataclass(frozen=True, slots=True)
class Best:
    """The answer is the name whose value is largest: `{"op": "argmax", "of": {"Nile": "$3", "Congo": "$4"}}`.

    Names are templates themselves, so that `"{height}": "height"` answers with the value. `argmin` takes the smallest.
    """

    of: Mapping[str, str]
    largest: bool = True

    def work_out(self, evidence: Evidence) -> str:
        """Compares the values; of equal ones the first wins."""
        numbers = {name: evidence.number(value) for name, value in self.of.items()}
        return evidence.fill((max if self.largest else min)(numbers, key=lambda name: numbers[name]))

    def names(self) -> list[str]:
        """All values that are compared, and what their names hold in braces."""
        return [*self.of.values(), *(name for text in self.of for name in names_in(text))]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The answer depends on a test: `{"op": "if", "left": "$3", "test": ">", "right": "9", "then": ..., "else": ...}`.

    Both sides are values or figures, both answers are templates.
    """

    left: str
    test: str
    right: str
    then: str
    otherwise: str

    def work_out(self, evidence: Evidence) -> str:
        """Compares, and fills the template that applies."""
        left, right = (float(side) if is_number(side) else evidence.number(side) for side in (self.left, self.right))
        return evidence.fill(self.then if _TESTS[self.test](left, right) else self.otherwise)

    def names(self) -> list[str]:
        """Both sides, unless they are figures, and what the two texts hold in braces."""
        sides = [side for side in (self.left, self.right) if not is_number(side)]
        return [*sides, *names_in(self.then), *names_in(self.otherwise)]


def read_rule(parent: Fields, key: str) -> Rule | None:
    """Reads a rule of a script: a text (a template), an object with `op`, or nothing.

    Raises:
        ScriptError: If it is none of these.
    """
    if isinstance(parent.data.get(key), str):
        return Template(parent.text(key))
    if key not in parent:
        return None
    op = parent.inner(key).data.get("op")
    if op not in _FIELDS:
        raise parent.inner(key).error("op", f"must be one of {', '.join(_FIELDS)}, not {op!r}")
    spec = parent.inner(key, ("op", *_FIELDS[op]))
    if op == "value":
        return Given(spec.text("of"), spec.optional("digits", int))
    if op == "text":
        return Template(spec.text("template"), spec.optional("digits", int))
    return _comparison(spec) if op == "if" else _best(spec, largest=op == "argmax")


def _best(spec: Fields, largest: bool) -> Best:
    of = spec.texts("of")
    if not of:
        raise spec.error("of", 'must name what is compared: {"Nile": "$1", "Congo": "$2"}')
    return Best(of, largest)


def _comparison(spec: Fields) -> Comparison:
    if spec.text("test") not in _TESTS:
        raise spec.error("test", f"must be one of {' '.join(_TESTS)}")
    return Comparison(*(spec.text(name) for name in _FIELDS["if"]))
