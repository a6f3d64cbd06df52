"""What is streamed, when streams are closed, and real clients over several event loops."""

import asyncio
from typing import Any

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import AIMessage, AIMessageChunk
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, MessagesState, StateGraph
from openai import DefaultAsyncHttpxClient

from langgraph_llm_compiler.models import simulated_model
from langgraph_llm_compiler.nodes import plan_stream
from langgraph_llm_compiler.nodes.plan_stream import PlanStream
from langgraph_llm_compiler.simulator import Latency, Reply, SimulatedEndpoint
from tests.support import (
    Gate,
    answer_of,
    ask,
    both,
    both_streams,
    create_llm_compiler,
    finish,
    left_running,
    observations,
    paper_only,
    plan,
    replan,
    scripted,
    search,
    thread,
)

WRITTEN = plan('search("a")', 'search("$1")')


def graph_of(*replies: Any, **settings: Any) -> Any:
    return create_llm_compiler(scripted(*replies), [search], **settings)


@both_streams
@pytest.mark.parametrize("streams", [True, False])
def test_messages_mode_streams_the_answer_once_and_nothing_raw(stream, streams):
    graph = graph_of(WRITTEN, replan("more"), plan('search("b")', first=3), finish("The answer (42)"), stream=streams)
    got = [message for message, _ in stream(graph, ask(), stream_mode="messages")]
    chunks = [each for each in got if isinstance(each, AIMessageChunk)]
    assert "".join(each.text for each in chunks) == "The answer (42)"
    assert len({each.id for each in chunks}) == 1
    whole = [each for each in got if isinstance(each, AIMessage) and not isinstance(each, AIMessageChunk)]
    assert [each.text for each in whole if each.text] == []
    assert [each.type for each in got].count("tool") == 3


@both_streams
def test_the_streamed_answer_has_the_id_of_the_final_message(stream):
    events = stream(graph_of(WRITTEN, finish("42")), ask(), stream_mode=["messages", "values"])
    ids = {part[0].id for mode, part in events if mode == "messages" and isinstance(part[0], AIMessageChunk)}
    assert ids == {events[-1][1]["messages"][-1].id}


@paper_only
@both_streams
def test_custom_events(stream):
    graph = graph_of(plan('search("a")', "nosuch()", "search($2)"), replan("more"), plan(first=4), finish("(42)"))
    events = stream(graph, ask(), stream_mode="custom")
    kinds = [each["type"] for each in events]
    written = "".join(each["text"] for each in events if each["type"] == "plan_delta" and each["round"] == 1)
    assert written.startswith('1. search("a")\n2. nosuch()\n3. search($2)\n4. join()')
    assert "".join(each["text"] for each in events if each["type"] == "answer_delta") == "(42)"
    assert [each for each in events if each["type"] == "replan"] == [{"type": "replan", "round": 1, "feedback": "more"}]
    assert kinds.count("task_planned") == 3
    assert kinds.count("task_started") == 1
    finished = {each["id"]: each for each in events if each["type"] == "task_finished"}
    assert {number: each["status"] for number, each in finished.items()} == {1: "ok", 2: "error", 3: "skipped"}
    fields = {"type", "round", "id", "element", "tool", "args", "dependencies", "status", "preview", "at"}
    assert {frozenset(each) for each in events if each["type"].startswith("task_")} == {frozenset(fields)}
    first = finished[1]
    assert (first["round"], first["element"], first["tool"]) == (1, None, "search")
    assert (first["args"], first["preview"]) == ({"query": "a"}, "<a>")
    assert finished[3]["dependencies"] == [2]


def test_events_come_while_the_plan_streams():
    gate = Gate()
    graph = graph_of(['1. search("a")\n', gate, "2. join()"], finish())

    async def finished_first() -> None:
        async for event in graph.astream(ask(), stream_mode="custom"):
            if event["type"] == "task_finished":
                gate.open()

    asyncio.run(finished_first())
    assert gate.is_open


@both
def test_a_breakpoint_before_the_executor_closes_the_stream_and_a_resume_opens_another(invoke):
    graph = graph_of(['1. search("a")\n', Gate()], plan('search("b")'), finish(), checkpointer=InMemorySaver())
    invoke(graph, ask(), thread(), interrupt_before=["executor"])
    assert PlanStream._live == {}
    out = invoke(graph, None, thread())
    assert observations(out) == {1: "<b>"}
    assert PlanStream._live == {}


async def test_a_breakpoint_leaves_nothing_running():
    graph = graph_of(['1. search("a")\n', Gate()], checkpointer=InMemorySaver())
    await graph.ainvoke(ask(), thread(), interrupt_before=["executor"])
    for _ in range(10):
        await asyncio.sleep(0)
    assert left_running() == []


async def test_a_run_cancelled_anywhere_leaves_nothing_running():
    """Whatever the moment: before the first token, while calls run, while the joiner writes."""
    for wait_for in range(60):
        gates = [Gate(), Gate()]
        graph = graph_of(['1. search("a")\n', gates[0], "2. join()"], ["Action: ", gates[1], "Finish(x)"])
        run = asyncio.ensure_future(graph.ainvoke(ask()))
        for turn in range(wait_for):
            await asyncio.sleep(0)
            if turn == 30:
                gates[0].open()
        run.cancel()
        with pytest.raises(asyncio.CancelledError):
            await run
        for _ in range(3):
            await asyncio.sleep(0)
        assert left_running() == [], wait_for
        assert PlanStream._live == {}


@both
def test_what_follows_the_end_of_the_plan_is_drained_and_not_cut_off(invoke):
    """Closing the stream at `join()` would mark the model's run as failed and lose its usage."""

    class Watch(BaseCallbackHandler):
        ended, failed = 0, 0

        def on_llm_end(self, *_: Any, **__: Any) -> None:
            self.ended += 1

        def on_llm_error(self, *_: Any, **__: Any) -> None:
            self.failed += 1

    gate, watch = Gate(), Watch()

    class Opens(BaseCallbackHandler):
        def on_chat_model_start(self, serialized: Any, messages: Any, **_: Any) -> None:
            if "Observation" in str(messages) or "Results:" in str(messages):
                gate.open()

    graph = graph_of(['1. search("a")\n2. join()', gate, "<END_OF_PLAN>", "\n3. search('b')"], finish())
    out = invoke(graph, ask(), {"callbacks": [watch, Opens()]})
    assert observations(out) == {1: "<a>"}
    assert (watch.ended, watch.failed) == (2, 0)


@both
def test_a_planner_that_never_stops_writing_is_closed_in_the_end(invoke, monkeypatch):
    monkeypatch.setattr(plan_stream, "DRAIN_SECONDS", 0.05)
    graph = graph_of(['1. search("a")\n2. join()\n', Gate()], finish("out"))
    assert answer_of(invoke(graph, ask())) == "out"
    assert PlanStream._live == {}


@both
def test_a_stream_that_breaks_after_the_plans_end_does_no_harm(invoke):
    graph = graph_of(['1. search("a")\n2. join()', ConnectionError("lost")], finish("out"))
    assert answer_of(invoke(graph, ask())) == "out"


@both_streams
def test_a_parent_graph_streams_the_answer_of_its_subgraph(stream):
    builder = StateGraph(MessagesState)
    builder.add_node("inner", graph_of(WRITTEN, finish("42")))
    builder.add_edge(START, "inner")
    events = stream(builder.compile(), ask(), stream_mode="messages", subgraphs=True)
    chunks = [part[0].text for _, part in events if isinstance(part[0], AIMessageChunk)]
    assert "".join(chunks) == "42"


class Echo:
    """Plays planner and joiner over HTTP."""

    def reply(self, request: dict[str, Any]) -> Reply:
        text = str(request["messages"])
        return Reply(finish("42") if "Observation" in text or "Results:" in text else WRITTEN)


def test_one_graph_with_a_real_client_by_turns_in_sync_and_async_runs():
    """An async client is bound to the loop that first used it: sync runs must not be that loop (nor a second one)."""
    with SimulatedEndpoint(Echo(), latency=Latency(0, 0, 0)) as endpoint:
        graph = create_llm_compiler(simulated_model(endpoint.base_url), [search])
        assert answer_of(graph.invoke(ask())) == "42"
        assert answer_of(asyncio.run(graph.ainvoke(ask()))) == "42"
        assert answer_of(graph.invoke(ask())) == "42"
        assert len(list(graph.stream(ask(), stream_mode="custom"))) > 5
        assert len(endpoint.requests) == 8
        assert not any(each.cancelled for each in endpoint.requests)


async def test_a_real_client_many_runs_at_once():
    async with SimulatedEndpoint(Echo(), latency=Latency(5, 0.1, 0)) as endpoint, DefaultAsyncHttpxClient() as client:
        graph = create_llm_compiler(simulated_model(endpoint.base_url, http_async_client=client), [search])
        outs = await asyncio.gather(*[graph.ainvoke(ask(str(number))) for number in range(30)])
    assert {answer_of(out) for out in outs} == {"42"}
    assert len(endpoint.requests) == 60
    assert not any(each.cancelled for each in endpoint.requests)
