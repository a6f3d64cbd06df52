"""How much of a long conversation a model is sent, and that every request of a run is sent the same of it."""

from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.messages.utils import count_tokens_approximately
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

from langgraph_llm_compiler import ConfigurationError, create_react_baseline
from tests.message_rules import check_request
from tests.support import (
    answer_of,
    ask,
    async_invoke,
    both,
    create_llm_compiler,
    finish,
    plan,
    replan,
    scripted,
    search,
    thread,
)


def history_of(request: Any) -> list[str]:
    """The texts between system prompt and question, of a request that makes a plan."""
    return [each.text for each in request.messages[1:-1]]


async def pay(sum_: str) -> str:
    """Pay."""
    return f"{sum_} is paid"


@both
def test_the_history_that_a_model_is_sent_is_bounded_and_the_state_keeps_everything(invoke):
    turns = [[plan(f'search("{number} {"x" * 400}")'), finish(f"answer {number}")] for number in range(12)]
    model = scripted(*(reply for turn in turns for reply in turn))
    graph = create_llm_compiler(model, [search], checkpointer=InMemorySaver(), max_history_tokens=600)
    for number in range(12):
        out = invoke(graph, ask(f"Question {number}?"), thread())
    assert [each.text for each in out["messages"] if each.type == "human"] == [f"Question {n}?" for n in range(12)]
    for number in range(12):
        planner, joiner = (
            [each for each in request.messages if each.text.startswith(("Question", "answer"))]
            for request in model.requests[2 * number : 2 * number + 2]
        )
        told = planner[:-1]
        assert count_tokens_approximately(told) <= 600
        assert len(told) >= 2 * (number > 0)
        assert joiner[: len(told)] == told
        assert f"Question {number}?" in joiner[len(told)].text
    assert history_of(model.requests[-2])[0].startswith("Question ")
    assert history_of(model.requests[-2])[-1] == "answer 10"


@both
def test_every_request_of_a_run_and_of_its_resumption_begins_alike(invoke):
    turns = [[plan(f'search("{"x" * 400}")'), finish(f"answer {number}")] for number in range(5)]
    last = [plan('search("a")'), replan(), plan('pay("b")', first=2), finish("last")]
    model = scripted(*(reply for turn in turns for reply in turn), *last)
    saver = InMemorySaver()
    kept: dict[str, Any] = {"checkpointer": saver, "max_history_tokens": 500}
    graph = create_llm_compiler(model, [search, pay], **kept)
    for number in range(5):
        invoke(graph, ask(f"Question {number}?"), thread())
    graph = create_llm_compiler(model, [search, pay], **kept, interrupt_on={"pay": True})
    invoke(graph, ask("Last?"), thread())
    out = invoke(graph, Command(resume={"decisions": [{"type": "approve"}]}), thread())
    assert answer_of(out) == "last"
    told = history_of(model.requests[10])
    assert told[-1] == "answer 4"
    assert len(told) < 10
    for request in model.requests[10:]:
        assert [each.text for each in request.messages[1 : len(told) + 1]] == told


def test_without_a_bound_everything_is_sent():
    long = [HumanMessage("Long? " + "x" * 100_000), AIMessage("y" * 100_000)]
    model = scripted(plan('search("a")'), finish())
    graph = create_llm_compiler(model, [search], max_history_tokens=None)
    async_invoke(graph, {"messages": [*long, ("user", "Now?")]})
    assert history_of(model.requests[0]) == [each.text for each in long]
    check_request(model.requests[0].messages)


def test_the_baseline_bounds_its_history_too():
    messages = [each for number in range(100) for each in (HumanMessage(f"Q{number}?"), AIMessage("yes"))]
    model = scripted("so")
    graph = create_react_baseline(model, [search], max_history_tokens=100)
    out = async_invoke(graph, {"messages": [*messages, ("user", "Now?")]})
    assert len(out["messages"]) == 202
    assert 30 < count_tokens_approximately(model.requests[0].messages[:-1]) <= 100


@pytest.mark.parametrize("build", [create_llm_compiler, create_react_baseline])
def test_a_bound_below_none_is_refused(build):
    with pytest.raises(ConfigurationError, match="max_history_tokens=-1: give 0 or more"):
        build(scripted(), [search], max_history_tokens=-1)
