"""LangChain's kinds of tools, each in a plan and beside what langchain's `create_agent` makes of the same call."""

import enum
import warnings
from typing import Annotated, Any, Literal

import pytest
from langchain.agents import create_agent
from langchain_core._api import LangChainBetaWarning
from langchain_core.documents import Document
from langchain_core.messages import ToolMessage
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import RunnableLambda
from langchain_core.tools import (
    BaseTool,
    InjectedToolCallId,
    StructuredTool,
    Tool,
    create_retriever_tool,
    tool,
)
from langgraph.types import Command
from pydantic import BaseModel, Field

from tests.support import (
    ask,
    assert_valid,
    async_invoke,
    both,
    create_llm_compiler,
    errors,
    finish,
    observations,
    plan,
    scripted,
    tool_calls,
)


class Unit(enum.Enum):
    METRES = "m"
    FEET = "ft"


class Point(BaseModel):
    lat: float
    lon: float = 0.0


class Survey(BaseModel):
    points: list[Point] = Field(description="In order.")
    unit: Unit = Unit.METRES
    title: str | None = None


@tool(args_schema=Survey)
def pydantic_args(points: list[Point], unit: Unit, title: str | None) -> list[Any]:
    """Survey."""
    return [type(points[0]).__name__, [each.lat + each.lon for each in points], unit.value, title]


@tool
async def annotated_args(
    at: Annotated[Point, "Where."], unit: Unit = Unit.FEET, kind: Literal["a", "b"] | None = None
) -> Survey:
    """Measure."""
    return Survey(points=[at], unit=unit, title=kind)


SCHEMA = {
    "type": "object",
    "properties": {"at": {"type": "object", "properties": {"lat": {"type": "number"}}}, "label": {"type": "string"}},
    "required": ["at"],
    "additionalProperties": True,
}


async def take(**given: Any) -> dict[str, Any]:
    return given


json_args = StructuredTool(name="json-schema.args", description="Take.", args_schema=SCHEMA, coroutine=take)


class OnlyRun(BaseTool):
    name: str = "only_run"
    description: str = "Double."

    def _run(self, number: int) -> int:
        return 2 * number


class OnlyArun(BaseTool):
    name: str = "only_arun"
    description: str = "Double."
    args_schema: Any = Point

    def _run(self, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError

    async def _arun(self, lat: float, lon: float) -> float:
        return lat + lon


@tool(response_format="content_and_artifact")
def with_artifact(name: str) -> tuple[str, dict[str, Any]]:
    """Draw."""
    return f"drawn: {name}", {"points": [Point(lat=1)], "name": name}


@tool
def blocks(name: str) -> list[dict[str, Any]]:
    """Show."""
    return [{"type": "text", "text": name}, {"type": "text", "text": "shown"}]


@tool
def tagged(name: str, call_id: Annotated[str, InjectedToolCallId]) -> Command:
    """Tag."""
    return Command(update={"messages": [ToolMessage(f"tagged {name}", tool_call_id=call_id, artifact=[name])]})


@tool
def messaged(name: str, call_id: Annotated[str, InjectedToolCallId]) -> ToolMessage:
    """Give a message."""
    return ToolMessage(f"hello {name}", tool_call_id=call_id, name="messaged")


def plain_function(name: str, times: int = 2) -> str:
    """Repeat."""
    return name * times


class Library(BaseRetriever):
    def _get_relevant_documents(self, query: str, *, run_manager: Any) -> list[Document]:
        return [Document(f"{query} {number}", metadata={"page": number}) for number in (1, 2)]


def runnable(given: dict[str, int]) -> int:
    return given["x"] + 1


with warnings.catch_warnings():
    warnings.simplefilter("ignore", LangChainBetaWarning)
    FROM_RUNNABLE = RunnableLambda(runnable).as_tool(name="from_runnable", description="Add.", arg_types={"x": int})

K2 = {"name": "K2"}
POINTS = [Point.__name__, [3.0], "ft", None]
SURVEY = {"points": [{"lat": 1.0, "lon": 0.0}], "unit": "ft", "title": "a"}
KINDS: list[tuple[Any, str, dict[str, Any], Any]] = [
    (
        pydantic_args,
        'pydantic_args([{"lat": 1, "lon": 2}], "ft")',
        {"points": [{"lat": 1, "lon": 2}], "unit": "ft"},
        POINTS,
    ),
    (annotated_args, 'annotated_args({"lat": 1}, kind="a")', {"at": {"lat": 1}, "kind": "a"}, SURVEY),
    (
        json_args,
        'json-schema.args({"lat": 1}, more=[1])',
        {"at": {"lat": 1}, "more": [1]},
        {"at": {"lat": 1}, "more": [1]},
    ),
    (OnlyRun(), "only_run(4)", {"number": 4}, 8),
    (OnlyArun(), "only_arun(4, lon=1)", {"lat": 4, "lon": 1}, 5.0),
    (with_artifact, 'with_artifact("K2")', K2, "drawn: K2"),
    (blocks, 'blocks("K2")', K2, "K2\nshown"),
    (tagged, 'tagged("K2")', K2, "tagged K2"),
    (messaged, 'messaged("K2")', K2, "hello K2"),
    (plain_function, 'plain_function("K2")', K2, "K2K2"),
    (Tool(name="one.text", description="Shout.", func=str.upper), 'one.text("k2")', {"tool_input": "k2"}, "K2"),
    (create_retriever_tool(Library(), "library", "Find."), 'library("K2")', {"query": "K2"}, "K2 1\n\nK2 2"),
    (
        create_retriever_tool(Library(), "books", "Find.", response_format="content_and_artifact"),
        'books("K2")',
        {"query": "K2"},
        "K2 1\n\nK2 2",
    ),
    (FROM_RUNNABLE, "from_runnable(1)", {"x": 1}, 2),
]


NAMES = [written.split("(")[0] for _, written, _, _ in KINDS]


@both
@pytest.mark.parametrize(("kind", "written", "args", "observation"), KINDS, ids=NAMES)
def test_every_kind_of_tool(invoke, kind, written, args, observation):
    out = invoke(create_llm_compiler(scripted(plan(written), finish()), [kind]), ask())
    assert errors(out) == {}
    assert observations(out) == {1: observation}
    assert_valid(out["messages"])
    ours, theirs = out["messages"][2], by_create_agent(kind, args)
    assert out["messages"][1].tool_calls[0]["args"] == args
    assert (ours.content, ours.status, ours.name) == (theirs.content, theirs.status, theirs.name)
    assert (ours.artifact is None) == (theirs.artifact is None)


def by_create_agent(kind: Any, args: dict[str, Any]) -> ToolMessage:
    made = kind if isinstance(kind, BaseTool) else tool(kind)
    name = made.name.replace(".", "_")  # it has providers refuse the dots, which our messages do not have
    agent = create_agent(scripted(tool_calls((name, args)), "done"), [made.model_copy(update={"name": name})])
    return next(each for each in async_invoke(agent, ask())["messages"] if isinstance(each, ToolMessage))


@both
def test_results_of_one_kind_are_arguments_of_another(invoke):
    tools = [each[0] for each in KINDS]
    calls = plan(
        'annotated_args({"lat": 8848.86}, "m")',
        "pydantic_args($1.points, unit=$1.unit, title=$1.title)",
        "only_arun.map($1.points)",
        'one.text.map(["a $1.unit", $2[0]])',
        'json-schema.args($1.points[0], label="$4[1]", of=$3)',
    )
    out = invoke(create_llm_compiler(scripted(calls, finish()), tools), ask())
    assert errors(out) == {}
    assert observations(out)[5] == {"at": {"lat": 8848.86, "lon": 0.0}, "label": "POINT", "of": [8848.86]}


def test_the_planner_is_shown_what_it_can_give(prompt_style):
    model = scripted(plan('one.text("a")'), finish())
    async_invoke(create_llm_compiler(model, [each[0] for each in KINDS]), ask())
    shown = model.requests[0].text
    points = '[{"lat": float, "lon": float = 0.0}]'
    for expected in (
        f"pydantic_args(points: list{points}, unit: 'm' | 'ft' = 'm', title: str | None = None): Survey.",
        "one.text(tool_input: str): Shout.",
        'json-schema.args(at: {"lat": float}, label: str, **more): Take.',
        "tagged(name: str): Tag.",
    ):
        assert expected in shown
    assert ("points: In order." in shown) == (prompt_style == "compact")
