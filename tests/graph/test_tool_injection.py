"""What LangGraph injects into tools, what their commands change, and what they write to the stream."""

from dataclasses import dataclass
from typing import Annotated, Any

import pytest
from langchain.agents import AgentState
from langchain_core.messages import HumanMessage, ToolMessage
from langchain_core.runnables import RunnableConfig
from langchain_core.tools import InjectedToolCallId, tool
from langgraph.config import get_store, get_stream_writer
from langgraph.prebuilt import InjectedState, InjectedStore, ToolRuntime
from langgraph.runtime import get_runtime
from langgraph.store.memory import InMemoryStore
from langgraph.types import Command

from tests.support import (
    Gate,
    ask,
    async_invoke,
    both,
    both_streams,
    create_llm_compiler,
    errors,
    finish,
    observations,
    plan,
    scripted,
)


@dataclass
class Who:
    user: str


@tool
async def everything(
    runtime: ToolRuntime[Who, AgentState],
    text: str,
    state: Annotated[AgentState, InjectedState],
    messages: Annotated[list, InjectedState("messages")],
    memory: Annotated[Any, InjectedStore()],
    call_id: Annotated[str, InjectedToolCallId],
    config: RunnableConfig,
    feedback: Annotated[str | None, InjectedState("missing")] = "unset",
) -> dict[str, Any]:
    """Show what is injected."""
    runtime.stream_writer({"wrote": text})
    assert get_store() is memory is runtime.store
    return {
        "user": [runtime.context.user, get_runtime().context.user],
        "asked": [state["messages"][-1].text, messages[-1].text, runtime.state["messages"][-1].text],
        "round": runtime.state["round"],
        "ids": [call_id, runtime.tool_call_id],
        "tag": [config["metadata"]["tag"], runtime.config["metadata"]["tag"]],
        "stored": memory.get(("facts",), "k2").value,
        "feedback": feedback,
    }


@both
def test_all_that_a_tool_may_have_injected(invoke):
    store = InMemoryStore()
    store.put(("facts",), "k2", {"height": 8611})
    model = scripted(plan('everything.map(["a", "b"])', 'everything("$1[1].ids[0]")'), finish())
    graph = create_llm_compiler(model, [everything], store=store, context_schema=Who)
    out = invoke(graph, ask(), {"metadata": {"tag": "x"}}, context=Who("ada"))
    assert errors(out) == {}
    assert observations(out)[2] == {
        "user": ["ada"] * 2,
        "asked": ["How high is it?"] * 3,
        "round": 1,
        "ids": ["r1_t2"] * 2,
        "tag": ["x"] * 2,
        "stored": {"height": 8611},
        "feedback": "unset",
    }
    assert [each["resolved"] for each in out["tasks"][0]["elements"]] == [{"text": "a"}, {"text": "b"}]
    assert out["tasks"][1]["resolved"] == {"text": "r1_t1_e1"}


def test_nothing_of_it_is_shown_to_the_planner():
    model = scripted(plan("join()"), finish())
    async_invoke(create_llm_compiler(model, [everything]), ask())
    assert "everything(text: str): Show what is injected." in model.requests[0].text


@both
def test_a_plan_cannot_forge_what_is_injected(invoke):
    calls = plan('everything("a", state={"messages": []})', 'everything("a", call_id="x")')
    out = invoke(create_llm_compiler(scripted(calls, finish()), [everything]), ask())
    assert errors(out) == {
        1: "everything takes no argument 'state', but text",
        2: "everything takes no argument 'call_id', but text",
    }


@both
def test_a_tool_may_call_others_that_it_is_given(invoke):
    def double(number: int) -> int:
        """Double it."""
        return 2 * number

    async def quadruple(number: int, runtime: ToolRuntime) -> dict[str, int]:
        """Double it twice."""
        given = {each.name: each for each in runtime.tools}["double"]
        return {"is": await given.ainvoke({"number": await given.ainvoke({"number": number})})}

    out = invoke(create_llm_compiler(scripted(plan("quadruple(3)"), finish()), [double, quadruple]), ask())
    assert observations(out) == {1: {"is": 12}}


@both
def test_updates_of_commands_are_merged_in_plan_order(invoke):
    gate = Gate()

    async def late(call_id: Annotated[str, InjectedToolCallId]) -> Command:
        """Say so."""
        await gate.passed()
        return said("late", call_id)

    def early(call_id: Annotated[str, InjectedToolCallId]) -> Command:
        """Say so."""
        gate.open()
        return said("early", call_id)

    model = scripted(plan("late()", "early()"), finish("done"))
    out = invoke(create_llm_compiler(model, [late, early]), ask())
    assert [each.text for each in out["messages"][2:]] == ["late", "early", "(late)", "(early)", "done"]
    assert out["structured_response"] == "early"


def said(text: str, call_id: str) -> Command:
    messages = [ToolMessage(text, tool_call_id=call_id), HumanMessage(f"({text})")]
    return Command(update={"messages": messages, "structured_response": text})


@both_streams
def test_langgraphs_stream_of_tools_has_every_call(stream):
    def in_pieces(text: str, runtime: ToolRuntime) -> str:
        """Write."""
        runtime.emit_output_delta(text[0])
        return text

    async def fail(text: str) -> str:
        """Fail."""
        raise ValueError(text)

    model = scripted(plan('in_pieces("ab")', 'fail("$1")'), finish())
    streamed = stream(create_llm_compiler(model, [in_pieces, fail]), ask(), stream_mode="tools")
    assert [(each["tool_call_id"], each["event"].removeprefix("tool-")) for each in streamed] == [
        ("r1_t1", "started"),
        ("r1_t1", "output-delta"),
        ("r1_t1", "finished"),
        ("r1_t2", "started"),
        ("r1_t2", "error"),
    ]


def in_thread(gate: Gate) -> Any:
    def write() -> str:
        """Write."""
        get_stream_writer()({"wrote": "it"})
        gate.wait()
        return "written"

    return write


def in_loop(gate: Gate) -> Any:
    async def write() -> str:
        """Write."""
        get_stream_writer()({"wrote": "it"})
        await gate.passed()
        return "written"

    return write


def by_runtime(gate: Gate) -> Any:
    def write(runtime: ToolRuntime) -> str:
        """Write."""
        runtime.stream_writer({"wrote": "it"})
        gate.wait()
        return "written"

    return write


writers = pytest.mark.parametrize("writer", [in_thread, in_loop, by_runtime])


@writers
def test_what_a_tool_writes_is_streamed_while_it_runs(writer):
    gate = Gate()
    graph = create_llm_compiler(scripted(plan("write()"), finish()), [writer(gate)])
    for event in graph.stream(ask(), stream_mode="custom"):
        if "wrote" in event:
            gate.open()  # the tool waits for who reads the stream
        assert event.get("status") != "error"
    assert gate.is_open


@writers
async def test_what_a_tool_writes_is_streamed_while_it_runs_async(writer):
    gate = Gate()
    graph = create_llm_compiler(scripted(plan("write()"), finish()), [writer(gate)])
    async for event in graph.astream(ask(), stream_mode="custom"):
        if "wrote" in event:
            gate.open()
        assert event.get("status") != "error"
    assert gate.is_open
