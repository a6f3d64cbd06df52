"""A user interface over any of LangGraph's streams: live, with the plan's tokens told from the answer's."""

from contextlib import aclosing
from typing import Any

import pytest
from langchain_core.messages import AIMessageChunk
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.stream import CustomTransformer
from langgraph.types import Command

from tests.embedding.pairs import answered, planned, spoken
from tests.support import (
    Gate,
    ask,
    both_streams,
    create_llm_compiler,
    plan,
    scripted,
    search,
    thread,
)

MODES = ["values", "updates", "messages", "custom", "tasks", "checkpoints", "debug", "tools"]
WRITTEN = plan('search("a")', 'search("$1")')
NODES = ["planner", "executor", "joiner"]
savers = pytest.mark.parametrize("saver", [None, InMemorySaver], ids=["", "kept"])


def compiler(saver=None, **settings):
    model = spoken(WRITTEN, answered("The answer"))
    return create_llm_compiler(model, [search], checkpointer=saver and saver(), **settings)


def parent(inner, saver=None):
    builder = StateGraph(MessagesState)
    builder.add_node("inner", inner)
    builder.add_edge(START, "inner")
    return builder.compile(checkpointer=saver and saver())


def names_of(part):
    """Nodes in an update or a task, without the journal's links."""
    return [name for name in part if "#" not in name]


TELLS = {
    "values": lambda parts: [each.type for each in parts[-1]["messages"]] == ["human", "ai", "tool", "tool", "ai"],
    "updates": lambda parts: [name for part in parts for name in names_of(part)] == NODES,
    "messages": lambda parts: (
        "".join(each.text for each, _ in parts if isinstance(each, AIMessageChunk)) == "The answer"
    ),
    "custom": lambda parts: [each["type"] for each in parts].count("task_finished") == 2,
    "tasks": lambda parts: [each["name"] for each in parts if "input" in each and names_of([each["name"]])] == NODES,
    "checkpoints": lambda parts: parts[-1]["next"] == [],
    "debug": lambda parts: {"task", "task_result"} <= {each["type"] for each in parts},
    "tools": lambda parts: [each["event"] for each in parts] == ["tool-started", "tool-finished"] * 2,
}


@both_streams
@savers
@pytest.mark.parametrize("mode", MODES)
def test_each_mode_tells_what_it_is_for(stream, saver, mode):
    parts = stream(compiler(saver), ask(), thread(), stream_mode=mode)
    assert TELLS[mode](parts) if saver or mode != "checkpoints" else parts == []


@both_streams
@savers
def test_all_modes_together_tell_as_much_as_each_alone(stream, saver):
    parts = stream(compiler(saver), ask(), thread(), stream_mode=MODES)
    for mode in MODES if saver else [each for each in MODES if each != "checkpoints"]:
        assert TELLS[mode]([part for which, part in parts if which == mode]), mode


@both_streams
@savers
def test_all_modes_tell_it_within_a_parent_and_in_the_second_form(stream, saver):
    parts = stream(parent(compiler(), saver), ask(), thread(), stream_mode=MODES, subgraphs=True, version="v2")
    inner = [each for each in parts if each["ns"] and each["ns"][0].startswith("inner:")]
    for mode in [each for each in MODES if saver or each != "checkpoints"]:
        assert TELLS[mode]([each["data"] for each in inner if each["type"] == mode]), mode
    outer = [each for each in parts if not each["ns"]]
    assert [name for each in outer if each["type"] == "updates" for name in each["data"]] == ["inner"]


class Screen:
    """What a user interface knows so far."""

    def __init__(self):
        self.plan = self.answer = ""
        self.tasks: dict[int, list[str]] = {}

    def take(self, event: dict[str, Any]) -> None:
        match event["type"]:
            case "plan_delta":
                self.plan += event["text"]
            case "answer_delta":
                self.answer += event["text"]
            case "task_planned" | "task_started" | "task_finished" as kind:
                self.tasks.setdefault(event["id"], []).append(kind.removeprefix("task_"))


async def watched(parts: Any, screen: Screen, steps: list[tuple[Any, Gate]]) -> None:
    """Read the events; each step's gate is opened once its condition holds, and holds the run up until then."""
    async with aclosing(parts) as events:
        async for event in events:
            screen.take(event)
            while steps and steps[0][0](screen):
                steps.pop(0)[1].open()


async def custom_events(graph: Any, form: str) -> Any:
    """The graph's own events, from whichever stream carries them."""
    if form == "v3":
        run = await graph.astream_events(ask(), thread(), version="v3", transformers=[CustomTransformer])
        async for event in run.extensions["custom"]:
            yield event
        return
    how = {"stream_mode": ["custom", "messages"]}
    if form == "subgraphs":
        graph, how = parent(graph), {**how, "subgraphs": True}
    async for part in graph.astream(ask(), thread(), **how):
        if part[-2] == "custom":
            yield part[-1]


@pytest.mark.filterwarnings("ignore:The v3 streaming protocol")
@pytest.mark.parametrize("form", ["list", "subgraphs", "v3"])
async def test_plan_tasks_and_answer_are_seen_while_they_go_on(form):
    """Each step of the run waits until the one before is on the screen."""
    planned_one, started, half_answered = Gate(), Gate(), Gate()

    async def look(query: str) -> str:
        """Look a thing up, once it is seen to have started."""
        await started.passed()
        return f"<{query}>"

    whole = answered("All of it")
    half = whole.index("of")
    model = scripted(
        ['1. look("a")\n', planned_one, '2. look("$1")\n3. join()'], [whole[:half], half_answered, whole[half:]]
    )
    screen = Screen()
    steps = [
        (lambda seen: "look" in seen.plan and seen.tasks.get(1), planned_one),
        (lambda seen: seen.tasks.get(1) == ["planned", "started"] and 2 in seen.tasks, started),
        (lambda seen: seen.answer.startswith("All"), half_answered),
    ]
    await watched(custom_events(create_llm_compiler(model, [look]), form), screen, steps)
    assert steps == []
    assert screen.answer == "All of it"
    assert screen.plan.startswith('1. look("a")\n2. look("$1")')
    assert screen.tasks == {1: ["planned", "started", "finished"], 2: ["planned", "started", "finished"]}


def test_a_sync_reader_sees_it_live_too():
    started = Gate()

    def look(query: str) -> str:
        """Look a thing up, once it is seen to have started."""
        started.wait()
        return f"<{query}>"

    graph = create_llm_compiler(spoken(planned(("look", {"query": "a"})), answered("done")), [look])
    kinds = []
    for event in graph.stream(ask(), stream_mode="custom"):
        kinds.append(event["type"])
        if event["type"] == "task_started":
            started.open()
    assert kinds[-1] == "answer_delta"


@both_streams
def test_task_events_carry_times_and_previews(stream):
    events = stream(compiler(), ask(), stream_mode="custom")
    at = {(each["type"], each["id"]): each["at"] for each in events if each["type"].startswith("task_")}
    out = stream(compiler(), ask(), stream_mode="values")[-1]
    for record in out["tasks"]:
        assert record["planned_at"] <= record["started_at"] <= record["ended_at"]
    for number in (1, 2):
        assert at["task_planned", number] <= at["task_started", number] <= at["task_finished", number]
    assert [each["preview"] for each in events if each["type"] == "task_finished"] == ["<a>", "<<a>>"]


@both_streams
def test_a_resumed_run_streams_what_is_new(stream):
    graph = create_llm_compiler(
        spoken(WRITTEN, answered("The answer")), [search], checkpointer=InMemorySaver(), interrupt_on={"search": True}
    )
    approve = Command(resume={"decisions": [{"type": "approve"}]})
    first = stream(graph, ask(), thread(), stream_mode=["custom", "updates"])
    assert first[-1][1]["__interrupt__"][0].value["action_requests"][0]["args"] == {"query": "a"}
    stream(graph, approve, thread(), stream_mode="custom")
    last = stream(graph, approve, thread(), stream_mode="custom")
    assert "".join(each["text"] for each in last if each["type"] == "answer_delta") == "The answer"
    assert not any(each["type"] == "plan_delta" for each in last)
