"""What a tool returns becomes JSON data, the same with and without a checkpointer."""

import dataclasses
import datetime
from typing import Any

import pytest
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from pydantic import BaseModel

from tests.support import ask, both, call, create_llm_compiler, finish, plan, scripted, thread


class City(BaseModel):
    name: str
    founded: datetime.date = datetime.date(1237, 10, 28)


@dataclasses.dataclass
class Point:
    x: int
    city: City | None = None


RETURNED = [
    (City(name="Berlin"), {"name": "Berlin", "founded": "1237-10-28"}),
    (Point(1, City(name="Bonn")), {"x": 1, "city": {"name": "Bonn", "founded": "1237-10-28"}}),
    ({"a": [1, {"b": None}], 2: "c"}, {"a": [1, {"b": None}], "2": "c"}),
    ([1, "a", None, True, 1.5], [1, "a", None, True, 1.5]),
    ((1, 2), [1, 2]),
    ({1}, [1]),
    (None, None),
    (7, 7),
    ("", ""),
    (b"ab", "b'ab'"),
    (datetime.date(2024, 2, 29), "2024-02-29"),
    ([], []),
]


@both
@pytest.mark.parametrize(("value", "observation"), RETURNED, ids=lambda value: type(value).__name__)
def test_what_a_tool_returns_becomes_json_data(invoke, value, observation):
    async def give() -> Any:
        """Give it."""
        return value

    record, _ = call(invoke, tool(give), "give()")
    assert (record["status"], record["observation"]) == ("ok", observation)


@both
@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 10**40])
def test_numbers_that_no_checkpointer_can_store_are_kept_as_text(invoke, number):
    async def same(value: Any) -> Any:
        """Give it back."""
        return int(value)

    record, _ = call(invoke, same, f"same({number})", checkpointer=InMemorySaver(), config=thread())
    assert (record["observation"], record["args"]) == (str(number), {"value": str(number)})
    record, _ = call(invoke, same, f"same({2**63 - 1})", checkpointer=InMemorySaver(), config=thread())
    assert record["observation"] == 2**63 - 1


class Unprintable:
    def __str__(self) -> str:
        raise RuntimeError("no text for you")


class Opaque(BaseModel, arbitrary_types_allowed=True):
    inner: Any


@both
def test_what_cannot_become_data_is_an_error_of_its_task(invoke):
    endless: list[Any] = []
    endless.append(endless)
    values = [Unprintable(), Opaque(inner=Unprintable()), endless]

    async def give(number: int) -> Any:
        """Give one of them."""
        return values[number]

    for number in range(len(values)):
        assert call(invoke, give, f"give({number})")[0]["status"] == "error"


@both
@pytest.mark.parametrize("artifact", [{"rows": [1]}, None, City(name="Ulm")], ids=["dict", "None", "model"])
def test_content_and_artifact(invoke, artifact):
    @tool(response_format="content_and_artifact")
    def table() -> tuple[str, Any]:
        """Give a table."""
        return "one row", artifact

    record, out = call(invoke, table, "table()")
    assert record["observation"] == "one row"
    assert out["messages"][2].content == "one row"
    expected = {"name": "Ulm", "founded": "1237-10-28"} if isinstance(artifact, City) else artifact
    assert out["messages"][2].artifact == expected


@both
def test_structured_content_as_mcp_tools_give_it_is_the_observation(invoke):
    @tool(response_format="content_and_artifact")
    async def weather() -> tuple[Any, Any]:
        """Tell the weather."""
        return [{"type": "text", "text": "21 degrees"}], {"structured_content": {"degrees": 21}}

    async def show(value: int) -> str:
        """Show."""
        return f"{value}!"

    out = invoke(create_llm_compiler(scripted(plan("weather()", "show($1.degrees)"), finish()), [weather, show]), ask())
    assert out["tasks"][0]["observation"] == {"degrees": 21}
    assert out["tasks"][1]["observation"] == "21!"
    assert out["messages"][2].text == "21 degrees"
