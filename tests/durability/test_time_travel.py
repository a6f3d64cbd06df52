"""Runs repeated from an earlier checkpoint, and forks of them: what is done again is what comes after, and fits."""

import pytest
from langchain_core.messages import HumanMessage
from langgraph.checkpoint.memory import InMemorySaver

import langgraph_llm_compiler
from tests.durability.cases import drawn
from tests.durability.expected import Expected
from tests.durability.memory import Attempts
from tests.durability.proof import faults_of
from tests.support import (
    answer_of,
    ask,
    assert_valid,
    async_invoke,
    both,
    finish,
    observations,
    plan,
    scripted,
    search,
    sync_invoke,
    thread,
)

styles = pytest.mark.parametrize("style", ["compact", "paper"])


def undisturbed(lives_so_far):
    return None


def calls_of(tasks):
    """The calls that these records are of."""
    calls = [call for task in tasks for call in task.get("elements") or [task]]
    return {f"{call['tool']} {next(iter(call['resolved'].values()))}" for call in calls if call["resolved"]}


def but_reads(calls):
    return {each for each in calls if not each.startswith("read ")}


@styles
@pytest.mark.parametrize("face", ["sync", "async"])
@pytest.mark.parametrize("seed", range(5))
def test_a_run_repeated_from_any_checkpoint_makes_the_calls_after_it_again_and_no_other(seed, face, style):
    case = drawn(seed, style)
    first = Attempts(case, face)
    first.to_end(undisturbed)
    for snapshot in first.history:
        again = Attempts(case, face)
        again.saver, again.start = first.saver, snapshot.config
        again.to_end(undisturbed)
        assert faults_of(again, Expected(case)) == []
        done = calls_of(snapshot.values.get("tasks", ()))
        assert again.begun.isdisjoint(done)
        assert but_reads(again.begun) == but_reads(first.begun - done)


def graph_of(style, *replies, **settings):
    model = scripted(*replies)
    saver = InMemorySaver()
    graph = langgraph_llm_compiler.create_llm_compiler(
        model, [search], checkpointer=saver, prompt_style=style, **settings
    )
    return graph, model


def before(graph, node):
    return next(each for each in graph.get_state_history(thread()) if each.next == (node,))


@both
@styles
def test_a_fork_with_another_plan_runs_that_and_leaves_the_first_run_as_it_was(invoke, style):
    graph, model = graph_of(style, plan('search("a")', "search($1)"), finish("one"), finish("two"), stream=False)
    invoke(graph, ask(), thread())
    ended = graph.get_state(thread())
    fork = graph.update_state(before(graph, "executor").config, {"plan": plan('search("b")')})
    out = invoke(graph, None, fork)
    assert observations(out) == {1: "<b>"}
    assert answer_of(out) == "two"
    assert_valid(out["messages"])
    assert "<a>" not in model.requests[-1].text
    first = graph.get_state(ended.config).values
    assert (answer_of(first), observations(first)) == ("one", {1: "<a>", 2: "<<a>>"})


@both
@styles
def test_a_fork_with_another_question_plans_and_answers_that(invoke, style):
    graph, model = graph_of(style, plan('search("a")'), finish("one"), plan('search("b")'), finish("two"))
    invoke(graph, ask("First?"), thread())
    snapshot = before(graph, "planner")
    (question,) = snapshot.values["messages"]
    other = HumanMessage("Second?", id=question.id)
    out = invoke(graph, None, graph.update_state(snapshot.config, {"messages": [other]}))
    assert observations(out) == {1: "<b>"}
    assert answer_of(out) == "two"
    assert [each.text for each in out["messages"] if isinstance(each, HumanMessage)] == ["Second?"]
    assert all("First?" not in each.text for each in model.requests[2:])
    assert_valid(out["messages"])


@styles
@pytest.mark.parametrize(("begin", "fork"), [(sync_invoke, async_invoke), (async_invoke, sync_invoke)])
def test_a_fork_with_another_result_is_what_the_joiner_reads(begin, fork, style):
    graph, model = graph_of(style, plan('search("a")'), finish("one"), finish("two"))
    out = begin(graph, ask(), thread())
    changed = [{**out["tasks"][0], "observation": "better"}]
    at = graph.update_state(before(graph, "joiner").config, {"tasks": changed})
    assert answer_of(fork(graph, None, at)) == "two"
    assert "better" in model.requests[-1].last
    assert "<a>" not in model.requests[-1].last
