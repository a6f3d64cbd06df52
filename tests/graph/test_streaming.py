"""Who sees what of a run while it goes on: chats, live views, logs, and a graph around this one."""

import asyncio
from contextlib import aclosing

import pytest
from langchain_core.messages import AIMessageChunk
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.types import Command, interrupt

from langgraph_llm_compiler import ToolPolicy, create_react_baseline
from langgraph_llm_compiler.nodes import message_out
from langgraph_llm_compiler.nodes.plan_stream import PlanStream
from tests.support import (
    answer_of,
    ask,
    both,
    both_streams,
    create_llm_compiler,
    finish,
    left_running,
    paper_only,
    plan,
    replan,
    scripted,
    search,
    statuses,
    sync_stream,
    thread,
    tool_calls,
)

WRITTEN = plan('search("a")', 'search("$1")')


def made(*replies, **settings):
    return create_llm_compiler(scripted(*replies), [search], **settings)


class NotStreamed(AssertionError):
    """The model was streamed where a plain call would do."""


def joiner_that_is_not_streamed(*replies):
    class Plain(type(scripted())):
        async def _astream(self, *_, **__):
            raise NotStreamed
            yield

    return Plain(replies=replies)


@paper_only
@both
def test_nobody_listens_and_the_joiner_is_called_plainly(invoke):
    joiner = joiner_that_is_not_streamed(finish("so"))
    assert answer_of(invoke(made(WRITTEN, joiner_model=joiner), ask())) == "so"


@both
def test_nobody_reads_messages_and_none_is_made_of_the_answers_pieces(invoke, monkeypatch):
    pushed = []
    monkeypatch.setattr(message_out, "push_message", lambda message, **_: pushed.append(message))
    graph = made(WRITTEN, finish("so"), WRITTEN, finish("so"))
    assert answer_of(invoke(graph, ask())) == "so"
    assert pushed == []
    sync_stream(graph, ask(), stream_mode="messages")
    assert pushed


@paper_only
@both_streams
@pytest.mark.parametrize("mode", ["updates", "values", "tasks"])
def test_modes_without_text_do_not_stream_the_joiner(stream, mode):
    stream(made(WRITTEN, joiner_model=joiner_that_is_not_streamed(finish())), ask(), stream_mode=mode)


@both_streams
@pytest.mark.parametrize("saver", [None, InMemorySaver])
def test_events_come_in_the_order_of_what_happened(stream, saver):
    graph = made(WRITTEN, replan("more"), plan('search("b")', first=3), finish("so"), checkpointer=saver and saver())
    events = stream(graph, ask(), thread(), stream_mode="custom")
    steps = [(each["type"].removeprefix("task_"), each["id"]) for each in events if each["type"].startswith("task_")]
    for number in (1, 2, 3):
        assert [kind for kind, task in steps if task == number] == ["planned", "started", "finished"]
    assert steps.index(("finished", 1)) < steps.index(("started", 2))
    kinds = [each["type"] for each in events]
    assert kinds.index("replan") == max(i for i, each in enumerate(events) if each.get("id") == 2) + 1
    assert kinds[-1] == "answer_delta"
    times = [each["at"] for each in events if "at" in each]
    assert times == sorted(times)
    assert [each["round"] for each in events if each["type"] == "task_planned"] == [1, 1, 2]


@both_streams
def test_an_event_says_what_is_known_by_then(stream):
    long = "x" * 1000
    events = stream(made(plan(f'search("{long}")', 'search("$1")'), finish()), ask(), stream_mode="custom")
    tasks = {(each["type"], each["id"]): each for each in events if each["type"].startswith("task_")}
    assert tasks["task_planned", 2]["args"] == {"query": "$1"}
    assert tasks["task_started", 2]["args"] == {"query": f"<{long}>"}
    assert tasks["task_planned", 2]["dependencies"] == [1]
    assert {kind: (tasks[kind, 1]["status"], tasks[kind, 1]["preview"]) for kind, number in tasks if number == 1} == {
        "task_planned": (None, None),
        "task_started": (None, None),
        "task_finished": ("ok", f"<{long}>"[:200]),
    }


@both_streams
def test_updates_show_the_nodes_and_the_journals_links_by_name(stream):
    plain = [*made(WRITTEN, finish()).stream(ask(), stream_mode="updates")]
    assert [list(each) for each in plain] == [["planner"], ["executor"], ["joiner"]]
    updates = stream(made(WRITTEN, finish(), checkpointer=InMemorySaver()), ask(), thread(), stream_mode="updates")
    names = [name for each in updates for name in each]
    nodes = [name for name in names if "#" not in name]
    links = [name for name in names if "#" in name]
    assert nodes == ["planner", "executor", "joiner"]
    assert links == [f"results#{n}" for n in range(len(links))]
    recorded = {key for each in updates for name, part in each.items() if "#" in name for key in part}
    assert {"#link", "plan"} < recorded
    assert len(recorded) == 4


@both_streams
def test_a_call_that_asks_shows_as_a_link_of_its_own(stream):
    def consult() -> str:
        """Ask a person."""
        return interrupt("well?")

    graph = create_llm_compiler(
        scripted(plan("consult()"), finish()),
        [consult],
        tool_policies={"consult": ToolPolicy(interrupts=True)},
        checkpointer=InMemorySaver(),
    )
    parts = stream(graph, ask(), thread(), stream_mode="updates")
    assert parts[-1]["__interrupt__"][0].value == "well?"
    names = [name for each in stream(graph, Command(resume="yes"), thread(), stream_mode="updates") for name in each]
    assert len([name for name in names if name.startswith("call#")]) == 1
    assert [name for name in names if "#" not in name] == ["executor", "joiner"]


def around(inner, **settings):
    """A parent with one node that is our graph, and one that calls it."""

    async def calls(state):
        out = await inner.ainvoke({"messages": [state["messages"][0]]})
        return {"messages": [out["messages"][-1]]}

    builder = StateGraph(MessagesState)
    builder.add_node("inner", inner)
    builder.add_node("calls", calls)
    builder.add_edge(START, "inner")
    builder.add_edge("inner", END)
    return builder.compile(**settings)


@both_streams
@pytest.mark.parametrize("saver", [None, InMemorySaver])
def test_a_parent_graph_streams_what_this_one_streams(stream, saver):
    graph = around(made(WRITTEN, finish("The answer")), checkpointer=saver and saver())
    parts = stream(graph, ask(), thread(), stream_mode=["messages", "custom", "updates"], subgraphs=True)
    inner = [(mode, part) for namespace, mode, part in parts if namespace and namespace[0].startswith("inner:")]
    chunks = [part[0] for mode, part in inner if mode == "messages" and isinstance(part[0], AIMessageChunk)]
    assert "".join(each.text for each in chunks) == "The answer"
    assert len({each.id for each in chunks}) == 1
    events = [part["type"] for mode, part in inner if mode == "custom"]
    assert (events.count("task_finished"), "plan_delta" in events) == (2, True)
    nodes = [name for mode, part in inner if mode == "updates" for name in part if "#" not in name]
    assert nodes == ["planner", "executor", "joiner"]
    assert PlanStream._live == {}


@both
def test_approvals_inside_a_subgraph_reach_the_parent_and_its_answer_reaches_them(invoke):
    inner = made(WRITTEN, finish("so"), interrupt_on={"search": True})
    graph = around(inner, checkpointer=InMemorySaver())
    (waiting,) = invoke(graph, ask(), thread())["__interrupt__"]
    assert [each["args"] for each in waiting.value["action_requests"]] == [{"query": "a"}]
    (outer,) = graph.get_state(thread(), subgraphs=True).tasks
    (executor,) = outer.state.tasks
    assert outer.interrupts == executor.interrupts == (waiting,)
    approve = Command(resume={"decisions": [{"type": "approve"}]})
    (waiting,) = invoke(graph, approve, thread())["__interrupt__"]
    assert [each["args"] for each in waiting.value["action_requests"]] == [{"query": "<a>"}]
    assert answer_of(invoke(graph, approve, thread())) == "so"


@both
def test_a_call_that_asks_inside_a_subgraph_asks_the_parent_once(invoke):
    def consult(what: str) -> str:
        """Ask a person."""
        return interrupt(what)

    inner = create_llm_compiler(
        scripted(plan('consult("a")', 'consult("b, after $1")'), finish("so")),
        [consult],
        tool_policies={"consult": ToolPolicy(interrupts=True)},
    )
    graph = around(inner, checkpointer=InMemorySaver())
    (waiting,) = invoke(graph, ask(), thread())["__interrupt__"]
    assert waiting.value == "a"
    (waiting,) = invoke(graph, Command(resume="yes"), thread())["__interrupt__"]
    assert waiting.value == "b, after yes"
    out = invoke(graph, Command(resume={waiting.id: "no"}), thread())
    assert answer_of(out) == "so"
    assert [each.text for each in out["messages"] if each.type == "tool"] == ["yes", "no"]


@pytest.mark.parametrize("saver", [None, InMemorySaver])
async def test_astream_events_shows_models_and_tools(saver):
    graph = made(WRITTEN, finish("so"), checkpointer=saver and saver())
    events = [each async for each in graph.astream_events(ask(), thread(), version="v2")]
    kinds = [each["event"] for each in events]
    assert kinds.count("on_tool_end") == 2
    assert kinds.count("on_chat_model_end") == 2
    assert [each["data"]["output"].text for each in events if each["event"] == "on_chat_model_end"][-1] == finish("so")
    last = events[-1]
    assert (last["event"], last["name"]) == ("on_chain_end", "llm_compiler")
    assert statuses(last["data"]["output"]) == {1: "ok", 2: "ok"}


async def test_a_reader_who_goes_away_ends_the_run():
    began = []

    async def slow() -> str:
        """Never end."""
        began.append(True)
        await asyncio.Event().wait()

    graph = create_llm_compiler(scripted(plan("slow()")), [slow])
    async with aclosing(graph.astream(ask(), stream_mode="custom")) as events:
        while (await anext(events))["type"] != "task_started":
            pass
    assert left_running() == []
    assert PlanStream._live == {}


@both_streams
def test_the_baseline_streams_its_answer_and_its_calls(stream):
    graph = create_react_baseline(scripted(tool_calls(("search", {"query": "a"})), "The answer"), [search])
    parts = stream(graph, ask(), stream_mode=["messages", "custom"])
    chunks = [part[0] for mode, part in parts if mode == "messages" and isinstance(part[0], AIMessageChunk)]
    assert "".join(each.text for each in chunks) == "The answer"
    assert [part["type"] for mode, part in parts if mode == "custom"] == [
        *("task_planned", "task_started", "task_finished")
    ]
