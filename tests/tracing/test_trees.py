"""One tree for each run: what hangs where, what it is called, what it can be found by, and what a reader is shown."""

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command, interrupt

from langgraph_llm_compiler import ToolPolicy
from tests.support import (
    STYLE,
    ask,
    both,
    both_streams,
    create_llm_compiler,
    finish,
    plan,
    replan,
    scripted,
    search,
    thread,
)


def fail(query: str) -> str:
    """Never find it."""
    raise LookupError(query)


def consult(question: str) -> str:
    """Ask a person."""
    return str(interrupt(question))


def another(*calls: str, first: int) -> list[str]:
    """The joiner's reply that asks for another plan, and that plan: in the compact style, one reply."""
    written = plan(*calls, first=first)
    return [replan(), written] if STYLE["now"] == "paper" else [written]


@both
def test_every_call_is_a_run_of_its_own_under_the_executor(invoke, traces):
    written = plan('search("a")', 'search("more of $1")', 'search.map(["p", $2])', 'fail("x")', 'search("$4 and $1")')
    invoke(create_llm_compiler(scripted(written, finish()), [search, fail]), ask())
    traces.assert_tree("calls")


@both
def test_the_journals_entries_stand_apart(invoke, traces):
    model = scripted(plan('search("a")', 'search("b")'), finish())
    invoke(create_llm_compiler(model, [search], checkpointer=InMemorySaver()), ask(), thread())
    traces.assert_tree("journal")


@both
def test_a_replan_shows_two_rounds(invoke, traces):
    model = scripted(plan('search("a")'), *another('search("more of $1")', first=2), finish())
    invoke(create_llm_compiler(model, [search]), ask())
    traces.assert_tree("replan")


@pytest.mark.styles("compact")
@both
def test_a_plan_that_answers_has_no_joiner(invoke, traces):
    invoke(create_llm_compiler(scripted('1. search("a")\n2. answer("It is $1.")'), [search]), ask())
    traces.assert_tree("answer")


@both
def test_a_plan_that_is_not_streamed_is_the_planners_output(invoke, traces):
    model = scripted(plan('search("a")'), *another('search("b")', first=2), finish())
    invoke(create_llm_compiler(model, [search], stream=False), ask())
    traces.assert_tree("whole-plan")


@both
def test_an_approval_and_the_resume_are_two_traces(invoke, traces):
    graph = create_llm_compiler(
        scripted(plan('search("a")', 'search("$1")', "fail($2)"), finish()),
        [search, fail],
        interrupt_on={"fail": True},
        checkpointer=InMemorySaver(),
    )
    invoke(graph, ask(), thread())
    invoke(graph, Command(resume={"decisions": [{"type": "reject", "message": "no"}]}), thread())
    traces.assert_tree("approval")


@both
def test_a_tool_that_asks_hangs_below_the_executor_too(invoke, traces):
    graph = create_llm_compiler(
        scripted(plan('consult("well?")'), finish()),
        [consult],
        tool_policies={"consult": ToolPolicy(interrupts=True)},
        checkpointer=InMemorySaver(),
    )
    invoke(graph, ask(), thread())
    invoke(graph, Command(resume="yes"), thread())
    traces.assert_tree("interrupt")


@both_streams
def test_a_streamed_run_has_the_same_tree(stream, traces):
    written = plan('search("a")', 'search("more of $1")', 'search.map(["p", $2])', 'fail("x")', 'search("$4 and $1")')
    graph = create_llm_compiler(scripted(written, finish()), [search, fail])
    stream(graph, ask(), stream_mode=["custom", "messages", "updates"])
    traces.assert_tree("calls")
