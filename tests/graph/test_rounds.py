"""Rounds: replans, what the next planner is told, ids that go on, and joiners that decide nothing."""

from typing import Annotated

import pytest
from langchain_core.messages import HumanMessage, ToolMessage
from langchain_core.tools import InjectedToolCallId, tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

from langgraph_llm_compiler import ConfigurationError, JoinerOutputError
from tests.support import (
    answer_of,
    ask,
    assert_valid,
    both,
    create_llm_compiler,
    errors,
    finish,
    observations,
    paper_only,
    plan,
    replan,
    scripted,
    search,
    statuses,
    thread,
)

LAST = "No further plan is possible"


def made(*replies, **settings):
    model = scripted(*replies)
    return create_llm_compiler(model, [search], **settings), model


def run(invoke, *replies, **settings):
    graph, model = made(*replies, **settings)
    out = invoke(graph, ask("Which is higher?"), thread())
    assert model.is_exhausted
    assert_valid(out["messages"])
    return out, model.requests


@paper_only
@both
@pytest.mark.parametrize("settings", [{}, {"stream": False}, {"checkpointer": InMemorySaver()}])
def test_the_next_planner_sees_what_was_done_and_what_is_missing(invoke, settings):
    if "checkpointer" in settings:
        settings = {"checkpointer": InMemorySaver()}
    first = plan('search("a")', 'search("$1")', 'nosuch("b")')
    out, requests = run(
        invoke, first, replan("the height of b"), plan('search("$2", )', first=4), finish("a"), **settings
    )
    assert observations(out) == {1: "<a>", 2: "<<a>>", 3: None, 4: "<<<a>>>"}
    assert [record["round"] for record in out["tasks"]] == [1, 1, 1, 2]
    again = requests[2].last
    assert again.startswith("Question: Which is higher?\n\nEarlier rounds:\n")
    assert '1. search("a")\nObservation: <a>\n2. search("$1")\nObservation: <<a>>\n3. nosuch("b")' in again
    assert "Observation: Error: there is no tool 'nosuch'" in again
    assert "Feedback: the height of b" in again
    assert "number its first task 4" in again
    assert requests[3].last.index("3. nosuch") < requests[3].last.index('4. search("$2")\nObservation: <<<a>>>')


@both
def test_ids_of_calls_hold_the_round_and_one_message_holds_the_calls_of_a_turn(invoke):
    out, _ = run(
        invoke,
        plan('search("a")'),
        replan(),
        plan('search("b")', first=2),
        replan(),
        plan('search("c")', first=3),
        finish(),
    )
    asked, called, *results, answer = out["messages"]
    assert [each["id"] for each in called.tool_calls] == ["r1_t1", "r2_t2", "r3_t3"]
    assert [each.tool_call_id for each in results] == ["r1_t1", "r2_t2", "r3_t3"]
    assert (asked.text, answer.text) == ("Which is higher?", "done")


@paper_only
@both
def test_a_plan_that_numbers_anew_means_its_own_tasks(invoke):
    second = plan('search("$2")', 'search("$1")', 'search("c")')
    out, requests = run(invoke, plan('search("a")', 'search("b")'), replan(), second, finish())
    assert [record["observation"] for record in out["tasks"]] == ["<a>", "<b>", "<<b>>", "<<<b>>>", "<c>"]
    assert [record["id"] for record in out["tasks"]] == [1, 2, 1, 2, 3]
    for observation in ("<a>", "<b>", "<<b>>", "<<<b>>>", "<c>"):
        assert f"Observation: {observation}\n" in requests[3].last + "\n"


@both
def test_an_id_that_stands_twice_in_a_plan_is_an_error_of_the_second(invoke):
    out, requests = run(invoke, '1. search("a")\n1. search("b")\n2. search("$1")', finish())
    assert [record["status"] for record in out["tasks"]] == ["ok", "error", "ok"]
    assert out["tasks"][1]["error"] == "there already is a task 1; give every task an id of its own"
    assert out["tasks"][2]["observation"] == "<<a>>"
    assert "there already is a task 1" in requests[1].last


@paper_only
@both
def test_the_last_round_has_to_answer(invoke):
    out, requests = run(
        invoke,
        plan('search("a")'),
        replan(),
        plan('search("b")', first=2),
        replan(),
        plan("search($2)", first=3),
        finish("so"),
    )
    assert answer_of(out) == "so"
    assert [LAST in each.text for each in requests] == [False, False, False, False, False, True]


@paper_only
@both
@pytest.mark.parametrize("most", [0, 1])
def test_a_joiner_that_may_not_replan_and_does_is_asked_once_more(invoke, most):
    rounds = [part for n in range(most) for part in (plan('search("a")', first=n + 1), replan())]
    final = plan('search("b")', first=most + 1)
    out, requests = run(invoke, *rounds, final, replan("more"), finish("so"), max_replans=most)
    assert answer_of(out) == "so"
    assert LAST in requests[-1].text
    assert requests[-1].messages[-2].text == replan("more")
    assert "Action: Finish(answer)" in requests[-1].last
    assert "Replan" not in requests[-1].last
    graph, _ = made(*rounds, final, replan("more"), replan("yet more"), max_replans=most)
    with pytest.raises(JoinerOutputError, match="yet more") as raised:
        invoke(graph, ask())
    assert raised.value.text == replan("yet more")


@paper_only
@both
@pytest.mark.parametrize("useless", ["", "1. search('a')\nObservation: <a>", "Thought: hm"])
def test_a_reply_without_a_decision_is_asked_for_again(invoke, useless):
    out, requests = run(invoke, plan('search("a")'), useless, finish("so"))
    assert answer_of(out) == "so"
    assert requests[2].messages[: len(requests[1].messages)] == requests[1].messages
    assert "Replan" in requests[2].last
    assert all(each.text for each in requests[2].messages), "no endpoint takes an empty message"
    graph, model = made(plan('search("a")'), useless, useless)
    with pytest.raises(JoinerOutputError) as raised:
        invoke(graph, ask())
    assert raised.value.text == useless
    assert repr(useless) in str(raised.value)
    assert model.is_exhausted


@paper_only
@both
@pytest.mark.parametrize("written", ["1. join()<END_OF_PLAN>", "join()", "", "Thought: nothing to do\n1. join()"])
def test_a_plan_without_calls_goes_to_the_joiner(invoke, written):
    out, requests = run(invoke, written, finish("so"))
    assert out["tasks"] == []
    assert [each.type for each in out["messages"]] == ["human", "ai"]
    assert "No tools were called" in requests[1].last


@paper_only
@both
def test_a_reply_that_is_no_plan_goes_to_the_joiner_as_text(invoke):
    out, requests = run(invoke, "Everest is 8,849 metres high, I believe.", finish("8,849"))
    assert out["tasks"] == []
    assert "Everest is 8,849 metres high, I believe." in requests[1].last


@paper_only
@both
def test_max_replans_can_be_set_for_a_run(invoke):
    graph, model = made(plan('search("a")'), replan(), finish(), max_replans=5)
    assert answer_of(invoke(graph, ask(), context={"max_replans": 0})) == "done"
    assert LAST in model.requests[1].text
    with pytest.raises(ConfigurationError, match="max_replans"):
        made(max_replans=-1)
    graph, _ = made(plan('search("a")'), replan())
    with pytest.raises(ConfigurationError, match="max_replans"):
        invoke(graph, ask(), context={"max_replans": "two"})


@paper_only
@both
def test_feedback_with_no_text_is_a_replan_all_the_same(invoke):
    out, requests = run(invoke, plan('search("a")'), "Action: Replan()", plan('search("b")', first=2), finish())
    assert set(statuses(out)) == {1, 2}
    assert "number its first task 2" in requests[2].last


@both
def test_a_failed_task_of_an_earlier_round_skips_those_that_need_it(invoke):
    out, _ = run(invoke, plan("nosuch()", 'search("a")'), replan(), plan("search($1)", "search($2)", first=3), finish())
    assert statuses(out) == {1: "error", 2: "ok", 3: "skipped", 4: "ok"}
    assert "nosuch" in errors(out)[3]


@both
def test_a_plan_longer_than_allowed_runs_as_far_as_it_may(invoke):
    out, requests = run(invoke, plan(*['search("a")'] * 4), finish(), max_tasks=2)
    assert list(statuses(out).values()) == ["ok", "ok", "error", "error"]
    assert "max_tasks=2" in requests[1].last


@paper_only
@both
def test_a_human_message_from_a_tool_is_no_new_question(invoke):
    @tool
    def picture(tool_call_id: Annotated[str, InjectedToolCallId]) -> Command:
        """Show a picture."""
        shown = [ToolMessage("see below", tool_call_id=tool_call_id), HumanMessage("[a picture]")]
        return Command(update={"messages": shown})

    model = scripted(plan("picture()"), replan(), plan('search("$1!")', first=2), finish())
    out = invoke(create_llm_compiler(model, [search, picture]), ask("What is shown?"))
    assert observations(out) == {1: "see below", 2: "<see below!>"}
    assert [record["round"] for record in out["tasks"]] == [1, 2]
    assert all("Question: What is shown?" in request.last for request in model.requests)


@paper_only
@both
def test_a_plan_of_join_alone_is_no_text_for_the_joiner(invoke):
    for written in ("1. join()", "join()<END_OF_PLAN>"):
        _, requests = run(invoke, written, finish())
        assert requests[1].last.endswith("No tools were called.")
