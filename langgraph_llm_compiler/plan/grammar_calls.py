"""How a tool is called in plans under a grammar: once, its arguments by place, then by name; or for all of a list."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from langgraph_llm_compiler.plan.gbnf import Expression, Rules, literal, one_of
from langgraph_llm_compiler.plan.grammar_values import Schema, Values, spellings
from langgraph_llm_compiler.plan.parser import PlanParser

ANY_ORDER: Final = 3
"""How many parameters a tool may have for its arguments by name to be admitted in any order, and not the schema's."""

_LONGEST_INLINE: Final = 40
"""Characters of an expression that is repeated rather than made a rule."""


class Parameter(NamedTuple):
    """A parameter, as far as its tool's calls are concerned.

    Attributes:
        label: An expression for `name=`; None for a name that a plan cannot write.
        value: An expression for its value; None where no value can be written.
        required: Whether it has to be given.
    """

    label: Expression | None
    value: Expression | None
    required: bool


def call_of(tool: str, schema: Schema, values: Values, rules: Rules) -> Expression | None:
    """An expression for any call of a tool that gives what is required, and nothing twice; None if there is no such.

    Args:
        tool: The tool's name.
        schema: JSON schema of its arguments, in the order in which positional arguments fill them.
        values: Makes the expressions for their values.
        rules: Takes the rules that the call needs.
    """
    parameters = [each._replace(label=_label(name)) for name, each in _parameters(schema, values).items()]
    arguments = _Arguments(parameters, rules, f"a{values.last}-").all()
    if arguments.body is None:
        return literal(f"{tool}()") if arguments.may_end else None
    return f'{literal(f"{tool}(")} {arguments} ")"'


def map_of(tool: str, schema: Schema, values: Values, rules: Rules) -> Expression | None:
    """An expression for a call of a tool for each element of a list, `tool.map(...)`; None if there is no such.

    An element is a value of the first parameter, if that is all that is required; a tuple of arguments by place; or a
    dict of arguments by name. A dict is never a value of the first parameter, which the executor could not always tell.

    Args:
        tool: The tool's name.
        schema: As for `call_of`.
        values: As for `call_of`.
        rules: As for `call_of`.
    """
    found = _parameters(schema, values)
    if not found:
        return None
    others = list(found.values())[1:]
    elements: list[Expression | None] = []
    if not any(each.required for each in others):
        elements.append(values.of(next(iter(schema["properties"].values())), _definitions(schema), dicts=False))
    placed = _tuple_of(list(found.values()))
    elements.append(None if placed is None else f'"(" {placed} ")"')
    keyed = [each._replace(label=_key(name)) for name, each in found.items()]
    named = _Arguments(keyed, rules, f"k{values.last}-").by_label()
    elements.append(None if named is None else f'"{{" {named} "}}"')
    written = [each for each in elements if each is not None]
    lists = [] if values.reference is None else [values.reference]
    if written:
        element = rules.shared(f"e{values.last}-", " | ".join(written))
        lists.insert(0, f'"[" {element} (sep {element})* "]"')
    return f'{literal(f"{tool}.map(")} {rules.shared(f"n{values.last}-", " | ".join(lists))} ")"' if lists else None


def _parameters(schema: Schema, values: Values) -> dict[str, Parameter]:
    """A tool's parameters by name, without labels."""
    required, definitions = schema.get("required", ()), _definitions(schema)
    return {
        name: Parameter(None, values.of(described, definitions), name in required)
        for name, described in schema.get("properties", {}).items()
    }


def _definitions(schema: Schema) -> Schema:
    return {**schema.get("definitions", {}), **schema.get("$defs", {})}


def _label(name: str) -> Expression | None:
    tasks = PlanParser().feed(f'1. labelled({name}="")')
    return literal(f"{name}=") if [task.kwargs for task in tasks] == [{name: ""}] else None


def _key(name: str) -> Expression | None:
    return next((f"{literal(written)} colon" for written in spellings(name)), None)


class _Rest(NamedTuple):
    """What may follow in a call, up to its closing parenthesis: `body`, or nothing if it may end here."""

    body: Expression | None
    may_end: bool

    def __str__(self) -> str:
        return f"{self.body}?" if self.may_end else f"{self.body}"


class _Arguments:
    """Makes the expression for a tool's arguments."""

    def __init__(self, parameters: Sequence[Parameter], rules: Rules, prefix: str) -> None:
        self._parameters, self._rules, self._prefix = parameters, rules, prefix
        self._any_order = len(parameters) <= ANY_ORDER
        self._labelled: dict[tuple[int, ...], _Rest] = {}

    def all(self) -> _Rest:
        """All of them."""
        everyone = tuple(range(len(self._parameters)))
        placed = [self._by_place(0)] if everyone else []
        body = self._any_of([*placed, *self._labelled_from(everyone)], may_be_long=True)
        return _Rest(body, not self._needed(everyone))

    def by_label(self) -> Expression | None:
        """Those that are given by name alone; at least one."""
        return self._any_of(self._labelled_from(tuple(range(len(self._parameters)))), may_be_long=True)

    def _labelled_from(self, left: tuple[int, ...]) -> list[Expression | None]:
        """Arguments by name to the parameters that are left, each of those that can be the first with the others."""
        return [self._with_label(place, self._after_label(others)) for place, others in self._choices(left)]

    def _by_place(self, place: int) -> Expression | None:
        value = self._parameters[place].value
        return None if value is None else _followed(value, self._after_place(place + 1))

    def _after_place(self, place: int) -> _Rest:
        """Behind arguments by place for all parameters before `place`."""
        left = tuple(range(place, len(self._parameters)))
        labelled = self._after_label(left)
        further = [_separated(self._by_place(place))] if left else []
        return _Rest(self._any_of([*further, labelled.body]), labelled.may_end)

    def _after_label(self, left: tuple[int, ...]) -> _Rest:
        """Where arguments can only be given by name, to the parameters that are left."""
        if left not in self._labelled:
            self._labelled[left] = self._make_after_label(left)
        return self._labelled[left]

    def _make_after_label(self, left: tuple[int, ...]) -> _Rest:
        may_end = not self._needed(left)
        if self._any_order or not left:
            return _Rest(self._any_of(map(_separated, self._labelled_from(left))), may_end)
        later = self._after_label(left[1:])
        bodies = [_separated(self._with_label(left[0], later))]
        return _Rest(self._any_of(bodies if self._needed(left[:1]) else [*bodies, later.body]), may_end)

    def _with_label(self, place: int, rest: _Rest) -> Expression | None:
        label, value, _ = self._parameters[place]
        return None if label is None or value is None else _followed(f"{label} {value}", rest)

    def _choices(self, left: tuple[int, ...]) -> Iterator[tuple[int, tuple[int, ...]]]:
        """The parameters that can be named next, each with those that are left then."""
        for at, place in enumerate(left):
            yield place, (left[:at] if self._any_order else ()) + left[at + 1 :]
            if not self._any_order and self._needed((place,)):
                return

    def _needed(self, places: Iterable[int]) -> bool:
        return any(self._parameters[place].required for place in places)

    def _any_of(self, bodies: Iterable[Expression | None], *, may_be_long: bool = False) -> Expression | None:
        found = [body for body in bodies if body is not None]
        if not found:
            return None
        body = one_of(found)
        return body if may_be_long or len(body) <= _LONGEST_INLINE else self._rules.shared(self._prefix, body)


def _tuple_of(parameters: Sequence[Parameter]) -> Expression | None:
    """Arguments by place to the first two parameters or more, up to all of them; None if there is no such."""
    rest = _Rest(None, may_end=True)
    for place in range(len(parameters) - 1, -1, -1):
        value, may_end = parameters[place].value, place > 1 and not any(each.required for each in parameters[place:])
        body = None if value is None else _followed(f"sep {value}" if place else value, rest)
        rest = _Rest(None if body is None else f"({body})", may_end)
    return rest.body if len(parameters) > 1 else None


def _followed(argument: Expression, rest: _Rest) -> Expression | None:
    if rest.body is None:
        return argument if rest.may_end else None
    return f"{argument} {rest}"


def _separated(body: Expression | None) -> Expression | None:
    return None if body is None else f"sep {body}"
