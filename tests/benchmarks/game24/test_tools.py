"""The tools, with a model that follows a script."""

import asyncio

import pytest
from langchain_core.language_models import FakeListChatModel

from langgraph_llm_compiler.benchmarks.game24.tools import make_tools
from langgraph_llm_compiler.errors import ConfigurationError
from langgraph_llm_compiler.execution.signature import Signature
from langgraph_llm_compiler.nodes.tool_text import signature_text
from tests.support import ask, create_llm_compiler, errors, finish, observations, plan, scripted, statuses


def invoke(tool, arguments):
    return tool.invoke(arguments)


def ainvoke(tool, arguments):
    return asyncio.run(tool.ainvoke(arguments))


either = pytest.mark.parametrize("call", [invoke, ainvoke], ids=["sync", "async"])


def tools(*replies):
    return {tool.name: tool for tool in make_tools(FakeListChatModel(responses=list(replies) or ["unused"]))}


def as_call(name, **arguments):
    return {"type": "tool_call", "name": name, "args": arguments, "id": "1"}


@either
def test_proposals_are_checked_and_wrong_ones_counted(call):
    proposer = tools("10 - 4 = 6, 9, 13\n9 - 4 = 6, 10, 13\n13 / 4 = 5, 9, 10")["thought_proposer"]
    assert call(proposer, {"state": "4 9 10 13"}) == ["10 - 4 = 6, 9, 13"]
    message = call(proposer, as_call("thought_proposer", state="4 9 10 13"))
    assert message.artifact == {"dropped": ["9 - 4 = 6, 10, 13", "13 / 4 = 5, 9, 10"]}


@either
def test_states_are_rated_in_their_order(call):
    evaluator = tools("2. 13 + 9 = 22, 22 + 6 = 28: likely\n1. 4 * 6 = 24: sure")["state_evaluator"]
    thoughts = ["10 - 4 = 6, 13 - 9 = 4", "10 - 4 = 6, 9, 13", "4 * 6 = 24"]
    assert call(evaluator, {"thoughts": thoughts}) == [
        "20: 10 - 4 = 6, 13 - 9 = 4",
        "1: 10 - 4 = 6, 9, 13",
        "0: 4 * 6 = 24",
    ]
    assert call(evaluator, as_call("state_evaluator", thoughts=thoughts)).artifact == {"unrated": 1}


@either
def test_the_best_are_selected_from_all_lists(call):
    select = tools()["top_k_select"]
    assert call(select, {"evaluated": [["1: 1, 2", "1: 2, 2"], [], ["20: 3, 2"]]}) == ["3, 2", "1, 2", "2, 2"]
    assert call(select, {"evaluated": ["1: 1, 2", "20: 3, 2"]}) == ["3, 2", "1, 2"]
    assert call(select, {"evaluated": []}) == []


async def test_the_model_is_shown_numbers_and_at_the_end_the_expression():
    model = scripted("9 + 13 = 22, 6", "1. 6 + 5 = 11: impossible\n2. 6 * 4 = 24: sure")
    named = {tool.name: tool for tool in make_tools(model)}
    await named["thought_proposer"].ainvoke({"state": "10-4=6,9,13"})
    await named["state_evaluator"].ainvoke({"thoughts": ["10 - 4 = 6, 9 - 4 = 5", "6 * 4 = 24"]})
    assert [request.last for request in model.requests] == [
        "State: 10 - 4 = 6, 9, 13\nNext states:",
        "Numbers left:\n1. 6, 5\n2. 6 * 4 = 24\nRatings:",
    ]


@either
def test_where_nothing_is_left_to_ask_no_model_is_asked(call):
    named = {tool.name: tool for tool in make_tools(None)}
    assert call(named["thought_proposer"], {"state": "4 * 6 = 24"}) == []
    assert call(named["state_evaluator"], {"thoughts": []}) == []


@either
def test_without_a_model_the_tools_say_so(call):
    named = {tool.name: tool for tool in make_tools(None)}
    with pytest.raises(ConfigurationError, match="pass one to make_tools"):
        call(named["thought_proposer"], {"state": "4 9 10 13"})
    with pytest.raises(ConfigurationError, match="pass one to make_tools"):
        call(named["state_evaluator"], {"thoughts": ["6, 4"]})


def test_a_state_that_cannot_be_read_is_that_calls_error():
    model = scripted(plan('thought_proposer("six and nine")', "state_evaluator($1)", "top_k_select([$2])"), finish())
    out = asyncio.run(create_llm_compiler(model, make_tools(model)).ainvoke(ask()))
    assert statuses(out) == {1: "error", 2: "skipped", 3: "skipped"}
    assert "'six and nine' is no state" in errors(out)[1]


def test_lists_pass_from_task_to_task_with_their_types():
    model = scripted(
        plan('thought_proposer("4 6")', "state_evaluator($1)", "top_k_select([$2])", "thought_proposer($3[0])"),
        "6 * 4 = 24\n6 - 4 = 2",
        "1. 24: sure\n2. 2: impossible",
        finish(),
    )
    out = asyncio.run(create_llm_compiler(model, make_tools(model)).ainvoke(ask()))
    assert observations(out) == {
        1: ["6 * 4 = 24", "6 - 4 = 2"],
        2: ["20: 6 * 4 = 24", "0.001: 6 - 4 = 2"],
        3: ["6 * 4 = 24", "6 - 4 = 2"],
        4: [],
    }


async def test_what_the_tools_ask_does_not_stream_into_the_chat():
    model = scripted(
        plan('thought_proposer("4 6")', "state_evaluator($1)"), "6 * 4 = 24", "1. 24: sure", finish("the answer")
    )
    graph = create_llm_compiler(model, make_tools(model))
    streamed = [chunk.text async for chunk, _ in graph.astream(ask(), stream_mode="messages") if chunk.type != "tool"]
    assert "".join(streamed) == "the answer"


def test_how_a_prompt_describes_them():
    assert [signature_text(Signature(tool)) for tool in make_tools(None)] == [
        "thought_proposer(state: str)",
        "state_evaluator(thoughts: list[str])",
        "top_k_select(evaluated: list[list[str]])",
    ]
