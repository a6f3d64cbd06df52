"""Custom events are made for those who read them, and for nobody else."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from langchain_core.runnables import RunnableLambda
from langgraph.graph import END, START, StateGraph
from langgraph.runtime import get_runtime
from typing_extensions import TypedDict

from langgraph_llm_compiler.execution import events, scheduler
from langgraph_llm_compiler.execution.events import listener, task_event
from langgraph_llm_compiler.execution.records import planned_record
from langgraph_llm_compiler.plan import Task
from tests.support import ask, async_stream, both, both_streams, create_llm_compiler, finish, plan, scripted, search

MODES = [["custom"], "custom", ["values", "custom"]]
DEAF_MODES = ["values", "updates", "messages", ["values", "updates", "messages", "tasks"]]


class State(TypedDict, total=False):
    value: Any


def graph_of(node: Any) -> Any:
    builder = StateGraph(State)
    builder.add_node("node", node)
    builder.add_edge(START, "node")
    builder.add_edge("node", END)
    return builder.compile()


def listening(depth: int) -> tuple[Any, list[Any]]:
    """A graph, `depth` graphs within graphs, whose innermost node notes its listener."""
    found: list[Any] = []

    def node(state: State) -> State:
        found.append(listener(get_runtime()))
        return {"value": 1}

    async def async_node(state: State) -> State:
        return node(state)

    graph = graph_of(RunnableLambda(node, async_node))
    for _ in range(depth):
        graph = graph_of(graph)
    return graph, found


@both
@pytest.mark.parametrize("depth", [0, 1, 2])
def test_nobody_listens_to_a_run_without_a_stream(invoke, depth):
    graph, found = listening(depth)
    invoke(graph, {"value": 0})
    assert found == [None]


@both_streams
@pytest.mark.parametrize("mode", DEAF_MODES, ids=str)
@pytest.mark.parametrize("depth", [0, 1])
def test_nobody_listens_to_a_stream_without_custom_events(stream, mode, depth):
    graph, found = listening(depth)
    stream(graph, {"value": 0}, stream_mode=mode)
    assert found == [None]


@both_streams
@pytest.mark.parametrize("mode", MODES, ids=str)
@pytest.mark.parametrize("depth", [0, 1])
def test_who_asks_for_custom_events_is_a_listener(stream, mode, depth):
    graph, found = listening(depth)
    stream(graph, {"value": 0}, stream_mode=mode, subgraphs=depth > 0)
    assert found[0] is not None


def test_a_writer_of_another_make_counts_as_a_listener():
    class Writer:
        def __call__(self, event: Any) -> None:
            """Take an event."""

    writer = Writer()
    assert listener(SimpleNamespace(stream_writer=writer)) is writer


@both
def test_no_event_is_made_for_nobody(invoke, monkeypatch):
    def refuse(*_: Any) -> None:
        raise AssertionError("an event was made")

    monkeypatch.setattr(scheduler, "task_event", refuse)
    invoke(create_llm_compiler(scripted(plan('search("a")'), finish()), [search]), ask())


async def test_events_of_a_subgraph_reach_the_reader_of_the_outer_graph():
    inner = create_llm_compiler(scripted(plan('search("a")'), finish()), [search])
    outer = StateGraph(inner.builder.state_schema)
    outer.add_node("inner", inner)
    outer.add_edge(START, "inner")
    seen = [
        event["type"]
        async for _, event in outer.compile().astream(ask(), stream_mode="custom", subgraphs=True)
        if event["type"].startswith("task")
    ]
    assert seen == ["task_planned", "task_started", "task_finished"]


def test_the_event_of_a_task(monkeypatch):
    monkeypatch.setattr(events.time, "time", lambda: 12.5)
    record = planned_record(Task(3, "search", dependencies=frozenset({2, 1})), 2, 10.0)
    record["args"] = {"query": "$1"}
    planned = task_event("task_planned", record)
    assert planned == {
        "type": "task_planned",
        "round": 2,
        "id": 3,
        "element": None,
        "tool": "search",
        "args": {"query": "$1"},
        "dependencies": [1, 2],
        "status": None,
        "preview": None,
        "at": 12.5,
    }
    record["resolved"], record["status"] = {"query": "Everest"}, "ok"
    assert task_event("task_started", record)["args"] == {"query": "Everest"}
    finished = task_event("task_finished", record, "x" * 1000)
    assert (finished["status"], finished["preview"]) == ("ok", "x" * events.PREVIEW_CHARACTERS)


def test_live_events_arrive_while_the_run_goes_on():
    async def first() -> str:
        graph = create_llm_compiler(scripted(plan('search("a")'), finish()), [search])
        async for event in graph.astream(ask(), stream_mode="custom"):
            return event["type"]
        raise AssertionError("nothing came")

    assert asyncio.run(first()) == "plan_delta"


def test_all_events_of_a_run_in_their_order():
    graph = create_llm_compiler(scripted(plan('search("a")', 'search("$1")'), finish("yes")), [search])
    seen = async_stream(graph, ask(), stream_mode="custom")
    assert "".join(each["text"] for each in seen if each["type"] == "plan_delta").startswith('1. search("a")')
    assert "".join(each["text"] for each in seen if each["type"] == "answer_delta") == "yes"
    tasks = [(each["type"], each["id"]) for each in seen if each["type"].startswith("task")]
    for number in (1, 2):
        own = [kind for kind, task in tasks if task == number]
        assert own == ["task_planned", "task_started", "task_finished"]
    assert tasks.index(("task_finished", 1)) < tasks.index(("task_started", 2))
