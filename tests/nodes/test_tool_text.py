"""Tools as a prompt describes them."""

import enum
from typing import Annotated, Any, Literal, Optional

import pytest
from langchain_core.tools import InjectedToolArg, StructuredTool, Tool, tool
from pydantic import BaseModel, Field

from langgraph_llm_compiler.execution.signature import Signature
from langgraph_llm_compiler.nodes.tool_text import described, listed, signature_text
from tests.support import search


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Place(BaseModel):
    name: str
    near: Optional["Place"] = None


class Tree(BaseModel):
    children: list["Tree"] = []


def of_function(function: Any) -> str:
    return signature_text(Signature(tool(function)))


def of_schema(**properties: Any) -> str:
    schema = {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "definitions": {"D": {"enum": [1]}},
    }
    return signature_text(
        Signature(StructuredTool(name="t", description="x", args_schema=schema, func=lambda **_: None))
    )


def test_a_tool_is_one_numbered_line():
    async def measure(what: str) -> str:
        """Measure a thing.

        In metres,   always.
        """

    tools = [tool(search), tool(measure)]
    assert described(tools, {each.name: Signature(each) for each in tools}) == (
        "1. search(query: str): Look a thing up.\n2. measure(what: str): Measure a thing. In metres, always."
    )
    assert described([], {}) == ""


def test_plain_parameters_and_defaults():
    def plain(
        text: str,
        count: int,
        ratio: float = 0.5,
        exact: bool = False,
        label: str = "it's",
        maybe: str | None = None,
        anything: Any = None,
    ) -> str:
        """Take them."""

    assert of_function(plain) == (
        'plain(text: str, count: int, ratio: float = 0.5, exact: bool = False, label: str = "it\'s", '
        "maybe: str | None = None, anything: any = None)"
    )


def test_no_parameters():
    def nothing() -> str:
        """Take nothing."""

    assert of_function(nothing) == "nothing()"


def test_choices():
    def choices(
        color: Color,
        kind: Literal["a", "b"],
        one: Literal["only"],
        level: Literal[1, 2] | None = None,
        other: Color = Color.RED,
        either: int | list[str] | None = None,
    ) -> str:
        """Take them."""

    assert of_function(choices) == (
        "choices(color: 'red' | 'blue', kind: 'a' | 'b', one: 'only', level: 1 | 2 | None = None, "
        "other: 'red' | 'blue' = 'red', either: int | list[str] | None = None)"
    )


def test_what_is_nested():
    def nested(
        names: list[str],
        table: list[list[int]],
        place: Place,
        places: list[Place],
        tree: Tree,
        by_key: dict[str, int],
        colors: list[Color] = [],  # noqa: B006 - as a user may write it
        loose: list = [],  # noqa: B006
        pair: tuple[int, str] = (1, "a"),
    ) -> str:
        """Take them."""

    assert of_function(nested) == (
        "nested(names: list[str], table: list[list[int]], "
        'place: {"name": str, "near": dict | None = None}, places: list[{"name": str, "near": dict | None = None}], '
        'tree: {"children": list[dict] = []}, by_key: dict, '
        "colors: list['red' | 'blue'] = [], loose: list = [], pair: list = [1, 'a'])"
    )


def test_injected_parameters_and_annotations_are_no_part_of_it():
    def injected(secret: Annotated[str, InjectedToolArg], number: Annotated[int, Field(ge=1)] = 3) -> str:
        """Take one."""

    assert of_function(injected) == "injected(number: int = 3)"


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        ({"type": ["string", "null"]}, "str | None"),
        ({"type": ["array", "integer"], "items": {"type": "number"}}, "list[float] | int"),
        ({"oneOf": [{"type": "string"}, {"type": "string", "format": "date"}]}, "str"),
        ({"allOf": [{"$ref": "#/definitions/D"}]}, "1"),
        ({"$ref": "#/definitions/D"}, "1"),
        ({"$ref": "#/definitions/missing"}, "any"),
        ({"properties": {"a": {}}}, '{"a": any}'),
        ({"type": "object"}, "dict"),
        ({"const": None}, "None"),
        ({"type": "geometry"}, "any"),
        ({}, "any"),
        (True, "any"),
        ({"type": "array", "items": True}, "list[any]"),
        ({"type": "array", "items": [{"type": "string"}, {"type": "integer"}]}, "list[any]"),
        ({"properties": {"a b": {"type": "array", "items": {"type": "string"}}}}, '{"a b": list[str]}'),
    ],
    ids=str,
)
def test_json_schemas_of_other_makers(schema, kind):
    assert of_schema(x=schema) == f"t(x: {kind})"


def test_a_type_that_holds_itself_ends():
    schema = {
        "type": "object",
        "properties": {"x": {"$ref": "#/$defs/Json"}},
        "$defs": {"Json": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"$ref": "#/$defs/Json"}}]}},
    }
    given = StructuredTool(name="t", description="x", args_schema=schema, func=lambda **_: None)
    assert signature_text(Signature(given)) == "t(x: str | list[any])"


def test_a_list_of_tools_says_what_their_schemas_say_of_parameters():
    class Arguments(BaseModel):
        query: str = Field(description="What to  look for.")
        limit: int = Field(3, description="How many, at most.")
        lang: str | None = None

    tool = StructuredTool.from_function(lambda **_: "", name="find", description="Find\nthings.", args_schema=Arguments)
    assert listed([tool], {"find": Signature(tool)}) == (
        "find(query: str, limit: int = 3, lang: str | None = None): Find things."
        " (query: What to look for.; limit: How many, at most.)"
    )


def test_descriptions_of_nested_fields_are_told_with_their_place():
    class Point(BaseModel):
        lat: float = Field(description="Degrees north.")

    class Route(BaseModel):
        points: list[Point] | None = Field(None, description="In order.")
        start: Point

    tool = StructuredTool.from_function(lambda **_: "", name="go", description="Go.", args_schema=Route)
    assert listed([tool], {"go": Signature(tool)}) == (
        'go(points: list[{"lat": float}] | None = None, start: {"lat": float}): Go.'
        " (points: In order.; points.lat: Degrees north.; start.lat: Degrees north.)"
    )


def test_a_tool_of_one_text_takes_one_text():
    assert signature_text(Signature(Tool(name="one", description="x", func=str))) == "one(tool_input: str)"


def test_a_tool_that_takes_more_than_it_names_says_so():
    class Open(BaseModel, extra="allow"):
        name: str

    tool = StructuredTool.from_function(lambda **_: "", name="t", description="x", args_schema=Open)
    assert signature_text(Signature(tool)) == "t(name: str, **more)"
