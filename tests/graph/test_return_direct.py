"""Tools that return directly: what they give is the answer, and no model is asked for one."""

import json

import pytest
from langchain_core.tools import ToolException, tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command
from pydantic import BaseModel

from tests.support import (
    Gate,
    answer_of,
    ask,
    assert_valid,
    async_stream,
    both,
    create_llm_compiler,
    finish,
    plan,
    replan,
    scripted,
    search,
    statuses,
    thread,
)


@tool(return_direct=True)
async def report(about: str) -> str:
    """Write a report."""
    if not about:
        raise ToolException("about nothing")
    return f"Report about {about}"


@tool(return_direct=True)
def figures(about: str) -> dict[str, int]:
    """Give figures."""
    return {about: 8849}


TOOLS = [search, report, figures]


@both
def test_the_result_is_the_answer(invoke):
    model = scripted(plan('search("K2")', "report($1)"))
    out = invoke(create_llm_compiler(model, TOOLS), ask())
    assert [each.type for each in out["messages"]] == ["human", "ai", "tool", "tool", "ai"]
    assert answer_of(out) == "Report about <K2>"
    assert model.is_exhausted
    assert_valid(out["messages"])


@both
def test_several_results_are_one_answer(invoke):
    model = scripted(plan('report("K2")', 'figures("K2")', 'report.map(["a", "b"])'))
    out = invoke(create_llm_compiler(model, TOOLS), ask())
    assert answer_of(out) == 'Report about K2\n\n{"K2": 8849}\n\nReport about a\n\nReport about b'


@both
def test_a_result_that_only_a_model_can_tell_of_is_left_to_the_joiner(invoke):
    model = scripted(plan('report("K2")', 'search("Everest")'), finish("both"))
    assert answer_of(invoke(create_llm_compiler(model, TOOLS), ask())) == "both"
    model = scripted(plan('report("K2")', "search($1)"), finish("found"))
    assert answer_of(invoke(create_llm_compiler(model, TOOLS), ask())) == "found"


@both
def test_one_that_failed_is_left_to_the_joiner(invoke):
    model = scripted(plan('report("")', 'report("K2")'), finish("half of it"))
    out = invoke(create_llm_compiler(model, TOOLS), ask())
    assert (statuses(out), answer_of(out)) == ({1: "error", 2: "ok"}, "half of it")
    assert "about nothing" in model.requests[1].text


@both
def test_a_later_plan_may_end_directly(invoke, prompt_style):
    decision = [] if prompt_style == "compact" else [replan()]
    model = scripted(plan('search("K2")'), *decision, plan('report("K2")', first=2))
    out = invoke(create_llm_compiler(model, TOOLS), ask())
    assert answer_of(out) == "Report about K2"
    assert model.is_exhausted


@pytest.mark.styles("compact")
@both
def test_it_stands_as_it_is_whatever_the_plan_says_around_it(invoke):
    model = scripted('1. report("K2")\n2. answer("Here you are: $1")')
    assert answer_of(invoke(create_llm_compiler(model, TOOLS), ask())) == "Report about K2"
    model = scripted('1. report("K2")\n2. search("K2")\n3. answer("$1 and $2")')
    assert answer_of(invoke(create_llm_compiler(model, TOOLS), ask())) == "Report about K2 and <K2>"
    model = scripted('1. report("")\n2. answer($1)', finish("sorry"))
    assert answer_of(invoke(create_llm_compiler(model, TOOLS), ask())) == "sorry"


class Height(BaseModel):
    K2: int


@both
def test_it_fills_the_response_format_or_is_left_to_the_joiner(invoke):
    graph = create_llm_compiler(scripted(plan('figures("K2")')), TOOLS, response_format=Height)
    assert invoke(graph, ask())["structured_response"] == Height(K2=8849)
    model = scripted(plan('figures("Everest")'), finish('{"K2": 8611}'))
    graph = create_llm_compiler(model, TOOLS, response_format=Height)
    assert invoke(graph, ask())["structured_response"] == Height(K2=8611)


@both
def test_every_call_of_the_plan_ends_first(invoke):
    gate, ended = Gate(), []

    async def slow(text: str) -> str:
        """Be slow."""
        await gate.passed()
        ended.append(text)
        return text

    @tool(return_direct=True)
    def quick(text: str, after: str = "") -> str:
        """Be quick."""
        gate.open()
        return text

    model = scripted(plan('quick("a")', 'slow("x")', 'quick("b", after=$2)'))
    assert answer_of(invoke(create_llm_compiler(model, [slow, quick]), ask())) == "a\n\nb"
    assert ended == ["x"]


@both
def test_a_person_decides_on_it_first(invoke):
    decisions = [{"type": "approve"}, {"type": "reject", "message": "no"}]
    for decision, answer in zip(decisions, ["Report about K2", "as you like"], strict=True):
        model = scripted(plan('report("K2")'), finish("as you like"))
        graph = create_llm_compiler(model, TOOLS, interrupt_on={"report": True}, checkpointer=InMemorySaver())
        assert "__interrupt__" in invoke(graph, ask(), thread())
        assert answer_of(invoke(graph, Command(resume={"decisions": [decision]}), thread())) == answer


def test_the_graph_has_the_way_out_that_it_needs(prompt_style):
    plain = {"joiner"} if prompt_style == "paper" else {"joiner", "__end__"}
    for tools, ways in ((TOOLS, {"joiner", "__end__"}), ([search], plain)):
        edges = create_llm_compiler(scripted(), tools).get_graph().edges
        assert {each.target for each in edges if each.source == "executor"} == ways


def test_it_streams_as_an_answer():
    graph = create_llm_compiler(scripted(plan('figures("K2")')), TOOLS)
    streamed = async_stream(graph, ask(), stream_mode=["custom", "messages"])
    deltas = [each["text"] for mode, each in streamed if mode == "custom" and each["type"] == "answer_delta"]
    messages = [each[0] for mode, each in streamed if mode == "messages"]
    shown = [each.text for each in messages if each.type != "tool" and each.text]
    assert [json.loads(each) for each in (*deltas, *shown)] == [{"K2": 8849}] * 2
