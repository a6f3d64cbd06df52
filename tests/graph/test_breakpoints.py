"""Stops between the nodes: what they show, what can be changed there, and that they leave nothing running."""

import asyncio
from contextlib import aclosing

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langgraph.checkpoint.memory import InMemorySaver

from langgraph_llm_compiler.execution.bridge import BRIDGE
from langgraph_llm_compiler.nodes.plan_stream import PlanStream
from tests.support import (
    Gate,
    answer_of,
    ask,
    assert_valid,
    both,
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


class Ends(BaseCallbackHandler):
    run_inline = True  # on a thread it could come later than the cancellation

    """How the model's runs ended."""

    def __init__(self):
        self.errors = []

    def on_llm_error(self, error, **_):
        self.errors.append(type(error))


def made(*replies, **settings):
    model = scripted(*replies)
    return create_llm_compiler(model, [search], checkpointer=InMemorySaver(), **settings), model


@paper_only
@both
def test_an_edited_plan_is_what_runs_in_every_round(invoke):
    graph, model = made(plan('search("a")'), replan(), plan("search($1)", first=2), finish(), stream=False)
    stop = {"interrupt_before": ["executor"]}
    invoke(graph, ask(), thread(), **stop)
    assert graph.get_state(thread()).values["plan"] == plan('search("a")')
    graph.update_state(thread(), {"plan": '1. search("b")'})
    invoke(graph, None, thread(), **stop)
    state = graph.get_state(thread())
    assert (state.next, state.values["plan"]) == (("executor",), plan("search($1)", first=2))
    graph.update_state(thread(), {"plan": "2. search($1)\n3. search($2)"})
    out = invoke(graph, None, thread(), **stop)
    assert observations(out) == {1: "<b>", 2: "<<b>>", 3: "<<<b>>>"}
    assert answer_of(out) == "done"
    assert len(model.requests) == 4
    assert_valid(out["messages"])


stops = pytest.mark.parametrize("stop", [{"interrupt_before": ["executor"]}, {"interrupt_after": ["planner"]}])


async def settled():
    """What still runs on this loop once all that was cancelled has had its time to end; nothing else may run."""
    if others := asyncio.all_tasks() - {asyncio.current_task()}:
        await asyncio.wait(others, timeout=1.0)
    return left_running()


@stops
async def test_a_breakpoint_while_the_plan_streams_closes_the_stream(stop):
    ends = Ends()
    graph, model = made(['1. search("a")\n', Gate()], plan('search("b")'), finish())
    await graph.ainvoke(ask(), thread(callbacks=[ends]), **stop)
    assert PlanStream._live == {}
    assert await settled() == []
    assert ends.errors == [asyncio.CancelledError]
    out = await graph.ainvoke(None, thread())
    assert observations(out) == {1: "<b>"}
    assert model.is_exhausted


@stops
def test_a_breakpoint_of_a_sync_run_leaves_nothing_on_the_shared_loop(stop):
    graph, _ = made(['1. search("a")\n', Gate()])
    graph.invoke(ask(), thread(), **stop)
    assert PlanStream._live == {}
    assert BRIDGE.call(settled) == []


@paper_only
@both
def test_a_breakpoint_before_the_joiner_shows_and_changes_what_was_observed(invoke):
    graph, model = made(plan('search("a")'), finish())
    out = invoke(graph, ask(), thread(), interrupt_before=["joiner"])
    assert observations(out) == {1: "<a>"}
    changed = [{**out["tasks"][0], "observation": "better"}]
    graph.update_state(thread(), {"tasks": changed})
    invoke(graph, None, thread())
    assert "Observation: better" in model.requests[1].last


@paper_only
@both
def test_a_question_asked_at_a_breakpoint_begins_a_turn_of_its_own(invoke):
    graph, model = made(plan('search("a")'), plan('search("b")'), finish(), stream=False)
    invoke(graph, ask("First?"), thread(), interrupt_before=["executor"])
    out = invoke(graph, ask("Second?"), thread())
    assert observations(out) == {1: "<b>"}
    assert "Question: Second?" in model.requests[1].last


@both
def test_a_run_can_be_repeated_from_an_earlier_checkpoint(invoke):
    graph, _ = made(plan('search("a")'), finish("one"), finish("two"))
    invoke(graph, ask(), thread())
    before_joiner = next(each for each in graph.get_state_history(thread()) if each.next == ("joiner",))
    out = invoke(graph, None, before_joiner.config)
    assert answer_of(out) == "two"
    assert_valid(out["messages"])


async def test_a_run_left_between_planner_and_executor_leaves_nothing_running():
    graph, _ = made([Gate()])
    async with aclosing(graph.astream(ask(), thread(), stream_mode="updates")) as parts:
        await anext(parts)  # the planner is done, the executor is not
    assert await settled() == []
    assert PlanStream._live == {}
