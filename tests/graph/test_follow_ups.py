"""Questions that follow others in a thread: what they are told of the turns before, however those ended."""

import asyncio
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Annotated, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from langchain.agents import create_agent
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.tools import InjectedToolCallId, tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.types import Command

from langgraph_llm_compiler import LLMCompilerError, create_react_baseline
from tests.support import (
    Gate,
    answer_of,
    ask,
    assert_valid,
    async_invoke,
    both,
    create_llm_compiler,
    finish,
    observations,
    plan,
    replan,
    scripted,
    search,
    statuses,
    thread,
    tool_calls,
    with_results,
)

NO_ANSWER = "(No answer was given.)"


@tool
async def fail(query: str) -> str:
    """Fail."""
    raise ValueError("no luck")


@tool("fs.read")
async def read(path: str) -> str:
    """Read a file."""
    return f"content of {path}"


@tool
async def note(text: str, tool_call_id: Annotated[str, InjectedToolCallId]) -> Any:
    """Note a thing, and tell the conversation."""
    messages = [ToolMessage("noted", tool_call_id=tool_call_id), HumanMessage(f"Mind the {text}.")]
    return Command(update={"messages": messages})


TOOLS = [search, fail, read, note]


def history_of(request: Any) -> list[str]:
    """The texts between system prompt and question, of a request that makes a plan."""
    return [each.text for each in request.messages[1:-1]]


@dataclass
class Turn:
    """How a first turn goes, and what the second is told of it."""

    replies: list[Any]
    results: list[str]
    decisions: list[dict[str, Any]] = field(default_factory=list)


APPROVED: dict[str, Any] = {"type": "approve"}
TURNS = {
    "a plan": Turn([plan('search("a")')], ['search(query="a") = <a>']),
    "no calls": Turn([plan()], []),
    "replanned": Turn(
        [plan('search("a")'), replan(), plan('search("$1")', first=2)],
        ['search(query="a") = <a>', 'search(query="<a>") = <<a>>'],
    ),
    "a map": Turn(
        [plan('search.map(["a", "b"])', 'search("$1[0]")')],
        ['search(query="a") = <a>', 'search(query="b") = <b>', 'search(query="<a>") = <<a>>'],
    ),
    "failed and skipped": Turn(
        [plan('fail("a")', 'search("$1")')],
        ['fail(query="a") = Error: ValueError: no luck', 'search(query="$1") = Error: '],
    ),
    "unknown tool": Turn([plan('no.such("a")')], ["no_such("]),
    "a tool with a dot": Turn([plan('fs.read("a")')], ['fs_read(path="a") = content of a']),
    "tools that add messages": Turn(
        [plan('note("gap")'), replan(), plan('note("step")', first=2)],
        ['note(text="gap") = noted', 'note(text="step") = noted'],
    ),
    "rejected": Turn(
        [plan('search("a")')],
        ['search(query="a") = Error: a person rejected the call: not that'],
        [{"type": "reject", "message": "not that"}],
    ),
    "edited": Turn(
        [plan('search("a")')],
        ['search(query="b") = <b>'],
        [{"type": "edit", "edited_action": {"name": "search", "args": {"query": "b"}}}],
    ),
    "answered by a person": Turn(
        [plan('search("a")')], ['search(query="a") = by hand'], [{"type": "respond", "message": "by hand"}]
    ),
}


@both
@pytest.mark.parametrize("turn", TURNS.values(), ids=TURNS)
def test_a_second_and_a_third_question_know_the_turns_before(invoke, turn):
    more = [plan('search("c")'), finish("two"), plan('search("d")'), finish("three")]
    model = scripted(*turn.replies, finish("one"), *more)
    rules = {"search": True} if turn.decisions else None
    graph = create_llm_compiler(model, TOOLS, checkpointer=InMemorySaver(), interrupt_on=rules)
    decisions = [turn.decisions, [APPROVED], [APPROVED]] if turn.decisions else [[], [], []]
    for question, decided in zip(("First?", "Second?", "Third?"), decisions, strict=True):
        out = invoke(graph, ask(question), thread())
        if decided:
            out = invoke(graph, Command(resume={"decisions": decided}), thread())
        assert_valid(out["messages"])
    assert model.is_exhausted
    assert [(each["id"], each["round"]) for each in out["tasks"]] == [(1, 1)]
    first, one, second, two = history_of(model.requests[-2])
    assert first.startswith("First?")
    for result in turn.results:
        assert result in first
    assert (one, second, two) == ("one", with_results("Second?", 'search(query="c") = <c>'), "two")
    assert history_of(model.requests[-4]) == [first, one]


ENDINGS = {
    "no plan": [ConnectionError("lost")],
    "no answer": [plan('search("a")'), ConnectionError("lost")],
    "given up": [plan('pay("a")')],
}
"""Turns that end without an answer: in an error, or where a person was asked and another question came."""


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from([*(name for name, turn in TURNS.items() if not turn.decisions), *ENDINGS]), max_size=5))
def test_whatever_turns_follow_each_other_the_thread_stays_valid(prompt_style, names):
    async def pay(sum_: str) -> str:
        """Pay."""
        raise AssertionError("nobody approved it")

    scripts = [ENDINGS[name] if name in ENDINGS else [*TURNS[name].replies, finish(name)] for name in names]
    model = scripted(*(reply for script in scripts for reply in script), plan('search("z")'), finish("last"))
    graph = create_llm_compiler(
        model, [*TOOLS, pay], checkpointer=InMemorySaver(), interrupt_on={"pay": True}, max_history_tokens=300
    )
    for name in names:
        broken = pytest.raises(LLMCompilerError, match="lost") if name in ("no plan", "no answer") else nullcontext()
        with broken:
            out = async_invoke(graph, ask(name), thread())
            assert_valid(out["messages"])
    out = async_invoke(graph, ask("Last?"), thread())
    assert_valid(out["messages"])
    assert answer_of(out) == "last"
    assert [each.text for each in out["messages"] if each.type == "human" and "Mind" not in each.text] == [
        *names,
        "Last?",
    ]
    assert model.is_exhausted


@both
@pytest.mark.parametrize("stage", ["planner", "joiner"])
def test_after_an_error_the_question_stays_unanswered(invoke, stage):
    broken = [ConnectionError("lost")] if stage == "planner" else [plan('search("a")'), ConnectionError("lost")]
    model = scripted(*broken, plan('search("b")'), finish("two"))
    graph = create_llm_compiler(model, [search], checkpointer=InMemorySaver())
    with pytest.raises(LLMCompilerError, match="lost"):
        invoke(graph, ask("First?"), thread())
    out = invoke(graph, ask("Second?"), thread())
    assert_valid(out["messages"])
    assert observations(out) == {1: "<b>"}
    first = "First?" if stage == "planner" else with_results("First?", 'search(query="a") = <a>')
    assert history_of(model.requests[-2]) == [first, NO_ANSWER]


async def test_after_a_cancel_the_question_stays_unanswered():
    started, held = Gate(), Gate()

    async def wait() -> str:
        """Wait."""
        started.open()
        await held.passed()
        return "late"

    model = scripted(plan("wait()"), plan('search("b")'), finish("two"))
    graph = create_llm_compiler(model, [search, wait], checkpointer=InMemorySaver())
    run = asyncio.create_task(graph.ainvoke(ask("First?"), thread()))
    await started.passed()
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    out = await graph.ainvoke(ask("Second?"), thread())
    assert_valid(out["messages"])
    assert statuses(out) == {1: "ok"}
    assert history_of(model.requests[-2]) == ["First?", NO_ANSWER]


@both
def test_a_question_asked_while_an_approval_is_pending_takes_its_place(invoke):
    model = scripted(plan('search("a")'), plan('search("b")'), finish("two"))
    graph = create_llm_compiler(model, [search], checkpointer=InMemorySaver(), interrupt_on={"search": True})
    invoke(graph, ask("First?"), thread())
    invoke(graph, ask("Second?"), thread())
    assert history_of(model.requests[-1]) == ["First?", NO_ANSWER]
    out = invoke(graph, Command(resume={"decisions": [APPROVED]}), thread())
    assert_valid(out["messages"])
    assert observations(out) == {1: "<b>"}


@both
def test_a_structured_answer_is_told_as_it_was_written(invoke):
    shape = {"title": "height", "properties": {"metres": {"type": "integer"}}, "required": ["metres"]}
    model = scripted(plan('search("a")'), finish('{"metres": 8849}'), plan('search("b")'), finish('{"metres": 1}'))
    graph = create_llm_compiler(model, [search], checkpointer=InMemorySaver(), response_format=shape)
    invoke(graph, ask("First?"), thread())
    out = invoke(graph, ask("Second?"), thread())
    assert_valid(out["messages"])
    assert out["structured_response"] == {"metres": 1}
    assert history_of(model.requests[2])[1] == '{"metres": 8849}'


@both
def test_what_create_agent_left_is_read_and_the_other_way_round(invoke):
    agent = create_agent(scripted(tool_calls(("search", {"query": "a"})), "one"), [search])
    messages = async_invoke(agent, ask("First?"))["messages"]
    model = scripted(plan('fs.read("b")'), finish("two"))
    messages = invoke(create_llm_compiler(model, TOOLS), {"messages": [*messages, ("user", "Second?")]})["messages"]
    assert history_of(model.requests[0]) == [with_results("First?", 'search(query="a") = <a>'), "one"]
    assert_valid(messages)
    last = scripted("three")
    async_invoke(create_agent(last, [search]), {"messages": [*messages, ("user", "Third?")]})
    assert [each.type for each in last.requests[0].messages].count("tool") == 2


@both
def test_calls_that_another_agent_left_open_trouble_nobody(invoke):
    left = [HumanMessage("First?"), tool_calls(("pay", {"sum": 5})), HumanMessage("Second?")]
    model = scripted(plan('search("b")'), finish("two"))
    assert answer_of(invoke(create_llm_compiler(model, [search]), {"messages": left})) == "two"
    baseline = scripted("two")
    assert answer_of(invoke(create_react_baseline(baseline, [search]), {"messages": left})) == "two"
    assert [each.text for each in baseline.requests[0].messages] == ["First?", NO_ANSWER, "Second?"]


@both
def test_a_team_hands_a_question_on_with_what_was_found(invoke):
    """As part of a larger graph, it is told what the others said to the question, and answers it."""

    def researcher(state: MessagesState) -> Any:
        return {"messages": [AIMessage("It is in Nepal.", name="researcher")]}

    model = scripted(plan('search("a")'), replan(), plan('search("b")', first=2), finish("one"))
    builder = StateGraph(MessagesState)
    builder.add_node("researcher", researcher)
    builder.add_node("compiler", create_llm_compiler(model, [search]))
    builder.add_edge(START, "researcher")
    builder.add_edge("researcher", "compiler")
    out = invoke(builder.compile(), ask("Where?"))
    assert answer_of(out) == "one"
    assert_valid(out["messages"])
    for request in model.requests:
        assert [each.text for each in request.messages[1:3]] == ["Where?", "It is in Nepal."]
