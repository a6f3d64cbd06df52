"""From planned arguments to keyword arguments: order, names, and text where a parameter is text."""

from typing import Annotated, Any, Literal, Optional

import pytest
from langchain_core.tools import InjectedToolArg, StructuredTool, tool
from pydantic import BaseModel

from langgraph_llm_compiler.errors import PlanError, ReferencePathError
from langgraph_llm_compiler.execution.signature import Signature
from langgraph_llm_compiler.plan.task import Reference


class Place(BaseModel):
    name: str
    tags: list[str] = []
    near: Optional["Place"] = None


def signature_of(function: Any) -> Signature:
    return Signature(tool(function))


async def places(
    name: str,
    number: int = 0,
    tags: list[str] | None = None,
    maybe: str | None = None,
    either: str | int | None = None,
    place: Place | None = None,
    several: list[Place] | None = None,
    anything: Any = None,
    kind: Literal["a", "b"] = "a",
    by_key: dict[str, str] | None = None,
    table: list[list[str]] | None = None,
) -> str:
    """Take everything."""


SIGNATURE = signature_of(places)
SEEN = {1: 8849, 2: {"a": 1}, 3: None, 4: "text", 5: [1, 2.5, None], 6: True, 7: {"name": 5, "tags": [6]}}


def fitted(**arguments: Any) -> dict[str, Any]:
    return SIGNATURE.resolved(arguments, SEEN)


def test_positional_arguments_follow_the_schema():
    assert list(SIGNATURE.parameters)[:3] == ["name", "number", "tags"]
    assert SIGNATURE.named(("x", 2), {"kind": "b"}) == {"name": "x", "number": 2, "kind": "b"}
    assert SIGNATURE.named((), {}) == {}


def test_injected_arguments_have_no_position():
    def injected(secret: Annotated[str, InjectedToolArg], shown: str) -> str:
        """Take one."""

    assert list(signature_of(injected).parameters) == ["shown"]


def test_a_json_schema_gives_the_order_too():
    schema = {"type": "object", "properties": {"b": {"type": "string"}, "a": {"type": "integer"}}, "required": ["b"]}
    given = StructuredTool(name="given", description="x", args_schema=schema, func=lambda **_: None)
    assert Signature(given).named(("x", 1), {}) == {"b": "x", "a": 1}


def test_too_many_arguments_and_two_values_are_errors():
    async def two(a: int, b: int) -> int:
        """Take two."""

    signature = signature_of(two)
    with pytest.raises(PlanError, match=r"two takes 2 arguments \(a, b\), not 3"):
        signature.named((1, 2, 3), {})
    with pytest.raises(PlanError, match="two was given two values for 'a'"):
        signature.named((1,), {"a": 2})


@pytest.mark.parametrize(
    ("number", "text"), [(1, "8849"), (2, '{"a": 1}'), (4, "text"), (5, "[1, 2.5, null]"), (6, "true")]
)
def test_a_reference_gives_text_where_a_parameter_is_text(number, text):
    reference = Reference(number)
    assert fitted(name=reference, maybe=reference) == {"name": text, "maybe": text}
    assert fitted(tags=[reference, "x"]) == {"tags": [text, "x"]}
    assert fitted(place={"name": reference, "tags": [reference], "near": {"name": reference}}) == {
        "place": {"name": text, "tags": [text], "near": {"name": text}}
    }
    assert fitted(several=[{"name": reference}]) == {"several": [{"name": text}]}
    assert fitted(by_key={"k": reference}) == {"by_key": {"k": text}}
    assert fitted(table=[[reference]]) == {"table": [[text]]}


@pytest.mark.parametrize("number", SEEN)
def test_a_reference_keeps_its_type_elsewhere(number):
    reference = Reference(number)
    assert fitted(number=reference, anything=reference, either=reference) == {
        "number": SEEN[number],
        "anything": SEEN[number],
        "either": SEEN[number],
    }
    assert fitted(anything=[{"k": (reference,)}]) == {"anything": [{"k": [SEEN[number]]}]}


def test_an_observation_that_is_a_list_becomes_a_list_of_texts():
    assert fitted(tags=Reference(5)) == {"tags": ["1", "2.5", None]}
    assert fitted(place=Reference(7)) == {"place": {"name": "5", "tags": ["6"]}}


def test_none_stays_none():
    assert fitted(name=Reference(3), tags=[Reference(3)]) == {"name": None, "tags": [None]}


def test_what_is_no_reference_is_fitted_too():
    """`search(1984)`: a reader would understand it."""
    assert fitted(name=1984, tags=[1, "a"], number=3) == {"name": "1984", "tags": ["1", "a"], "number": 3}
    assert fitted(name=0.1, maybe=None, kind="b") == {"name": "0.1", "maybe": None, "kind": "b"}


def test_references_inside_text_and_keys():
    assert fitted(name="$1 m, ${2.a}", by_key={"$4": "$4"}) == {"name": "8849 m, 1", "by_key": {"text": "text"}}


def test_an_argument_of_no_parameter_is_passed_as_it_is():
    assert fitted(unknown=[Reference(1)]) == {"unknown": [8849]}


def test_a_path_that_leads_nowhere_is_an_error():
    with pytest.raises(ReferencePathError, match="height"):
        fitted(name=Reference(2, ("height",), "$2.height"))


def test_a_json_schema_may_say_anything_goes():
    schema = {"type": "object", "properties": {"items": {"type": "array", "items": True}, "rest": True}}
    anything = StructuredTool(name="f", description="d", args_schema=schema, func=lambda **_: None)
    signature = Signature(anything)
    arguments = {"items": [Reference(1), 2], "rest": Reference(2)}
    assert signature.resolved(arguments, {1: 5, 2: {"a": 1}}) == {"items": [5, 2], "rest": {"a": 1}}


def test_an_argument_that_the_tool_does_not_have_is_said():
    with pytest.raises(PlanError, match=r"places takes no argument 'colour', but name, number"):
        SIGNATURE.named(("x",), {"colour": "red"})
    schema = {"type": "object", "properties": {}, "additionalProperties": True}
    open_tool = StructuredTool(name="f", description="d", args_schema=schema, func=lambda **_: None)
    assert Signature(open_tool).named((), {"colour": "red"}) == {"colour": "red"}
