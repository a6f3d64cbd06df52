"""Every kind of tool is called rightly, and what it returns becomes JSON data."""

import asyncio
import threading
from typing import Annotated, Any, Literal

import pytest
from langchain_core.documents import Document
from langchain_core.messages import HumanMessage, ToolMessage
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import RunnableConfig, RunnableLambda
from langchain_core.tools import BaseTool, InjectedToolCallId, StructuredTool, Tool, ToolException, tool
from langgraph.config import get_stream_writer
from langgraph.errors import ParentCommand
from langgraph.prebuilt import InjectedState, InjectedStore, ToolRuntime
from langgraph.store.memory import InMemoryStore
from langgraph.types import Command
from pydantic import BaseModel, Field

from langgraph_llm_compiler import ConfigurationError, ToolPolicy
from langgraph_llm_compiler.execution import threads
from langgraph_llm_compiler.execution.calls import ToolCaller
from langgraph_llm_compiler.execution.results import UNANSWERED
from tests.support import (
    ask,
    async_stream,
    both,
    both_streams,
    call,
    create_llm_compiler,
    finish,
    plan,
    scripted,
    search,
)


def sync_echo(text: str, times: int = 1) -> str:
    """Echo a text."""
    assert threading.current_thread().name == "llm-compiler-tool"
    return text * times


async def async_echo(text: str, times: int = 1) -> str:
    """Echo a text."""
    return text * times


class RunOnly(BaseTool):
    name: str = "run_only"
    description: str = "Echo a text."

    def _run(self, text: str, times: int = 1) -> str:
        return sync_echo(text, times)


class RunWithManager(BaseTool):
    name: str = "run_with_manager"
    description: str = "Echo a text."

    def _run(self, text: str, times: int = 1, *, config: RunnableConfig, run_manager: Any = None) -> str:
        assert config["metadata"]["langgraph_node"] == "executor"
        assert type(run_manager).__name__ == "CallbackManagerForToolRun"
        return sync_echo(text, times)


class BothRuns(BaseTool):
    name: str = "both_runs"
    description: str = "Echo a text."

    def _run(self, text: str, times: int = 1) -> str:
        raise AssertionError("the async method is there")

    async def _arun(self, text: str, times: int = 1, run_manager: Any = None) -> str:
        assert type(run_manager).__name__ == "AsyncCallbackManagerForToolRun"
        return text * times


class AsyncThroughSync(BaseTool):
    name: str = "async_through_sync"
    description: str = "Echo a text."

    def _run(self, text: str, times: int = 1) -> str:
        return text * times

    async def _arun(self, text: str, times: int = 1) -> str:
        return self._run(text, times)


class EchoArgs(BaseModel):
    text: str
    times: int = Field(default=1, ge=1)


ECHO_SCHEMA = {
    "title": "Echo",
    "description": "Echo a text.",
    "type": "object",
    "properties": {"text": {"type": "string"}, "times": {"type": "integer"}},
    "required": ["text"],
}

KINDS: list[Any] = [
    sync_echo,
    async_echo,
    tool(sync_echo),
    tool("decorated", args_schema=EchoArgs)(async_echo),
    StructuredTool.from_function(sync_echo, name="structured"),
    StructuredTool.from_function(coroutine=async_echo, name="structured_async", description="Echo."),
    StructuredTool.from_function(sync_echo, async_echo, name="structured_both"),
    StructuredTool(name="json_schema", description="Echo.", args_schema=ECHO_SCHEMA, coroutine=async_echo),
    StructuredTool(name="json_schema_sync", description="Echo.", args_schema=ECHO_SCHEMA, func=sync_echo),
    RunOnly(),
    RunWithManager(),
    BothRuns(),
    AsyncThroughSync(),
]


def name_of(a_tool: Any) -> str:
    return a_tool.name if isinstance(a_tool, BaseTool) else a_tool.__name__


@both
@pytest.mark.parametrize("kind", KINDS, ids=name_of)
def test_every_kind_of_tool(invoke, kind):
    record, out = call(invoke, kind, f'{name_of(kind)}("ab", times=2)')
    assert (record["status"], record["observation"], record["error"]) == ("ok", "abab", None)
    assert record["resolved"] == {"text": "ab", "times": 2}
    assert out["messages"][2].content == "abab"


@both
def test_a_tool_of_one_text(invoke):
    one = Tool(name="one", description="Echo.", func=lambda text: text.upper())
    assert call(invoke, one, 'one("ab")')[0]["observation"] == "AB"


@both
def test_injected_arguments_are_filled_in_and_take_no_position(invoke):
    store = InMemoryStore()
    store.put(("facts",), "k2", {"height": 8611})

    @tool
    def injected(
        call_id: Annotated[str, InjectedToolCallId],
        runtime: ToolRuntime,
        first: str,
        state: Annotated[dict, InjectedState],
        messages: Annotated[list, InjectedState("messages")],
        memory: Annotated[Any, InjectedStore()],
        second: int,
        config: RunnableConfig,
    ) -> dict[str, Any]:
        """Show what is injected."""
        return {
            "call_id": [call_id, runtime.tool_call_id],
            "first": first,
            "second": second,
            "question": [state["messages"][-1].text, messages[-1].text, runtime.state["messages"][-1].text],
            "store": [memory.get(("facts",), "k2").value, runtime.store.get(("facts",), "k2").value],
            "node": config["metadata"]["langgraph_node"],
        }

    record, _ = call(invoke, injected, 'injected("a", 2)', store=store)
    assert record["error"] is None
    assert record["resolved"] == {"first": "a", "second": 2}
    assert record["observation"] == {
        "call_id": ["r1_t1", "r1_t1"],
        "first": "a",
        "second": 2,
        "question": ["How high is it?"] * 3,
        "store": [{"height": 8611}] * 2,
        "node": "executor",
    }


@both
def test_the_update_of_a_command_reaches_the_state(invoke):
    @tool
    def note(text: str, call_id: Annotated[str, InjectedToolCallId]) -> Command:
        """Keep a note."""
        messages = [ToolMessage(f"kept {text}", tool_call_id=call_id), HumanMessage("(a note was kept)")]
        return Command(update={"messages": messages, "structured_response": text})

    record, out = call(invoke, note, 'note("x")')
    assert record["observation"] == "kept x"
    assert out["structured_response"] == "x"
    assert [each.text for each in out["messages"][2:]] == ["kept x", "(a note was kept)", "done"]


@both
def test_a_command_needs_no_message_for_its_call(invoke):
    """ToolNode refuses one without; here the model reads observations, and the message is made."""

    async def plain_function() -> Command:
        """Give a value."""
        return Command(update=[("structured_response", "x")])

    @tool
    def injected(state: Annotated[dict, InjectedState]) -> Command:
        """Say something."""
        return Command(update={"messages": [("user", "from the tool"), {"role": "assistant", "content": "noted"}]})

    record, out = call(invoke, plain_function, "plain_function()")
    assert (record["status"], record["observation"], out["structured_response"]) == ("ok", "the state was updated", "x")
    record, out = call(invoke, injected, "injected()")
    assert (record["status"], record["error"]) == ("ok", None)
    assert [each.text for each in out["messages"][2:]] == ["the state was updated", "from the tool", "noted", "done"]


@both
def test_a_list_of_commands_and_messages(invoke):
    async def several(call_id: Annotated[str, InjectedToolCallId]) -> list[Any]:
        """Give several."""
        return [Command(update={"structured_response": 1}), ToolMessage("both", tool_call_id=call_id)]

    async def none_for_the_call() -> list[Any]:
        """Give several."""
        return [Command(update={"structured_response": 1}), Command(update={})]

    record, out = call(invoke, tool(several), "several()")
    assert (record["observation"], out["structured_response"]) == ("both", 1)
    record, _ = call(invoke, tool(none_for_the_call), "none_for_the_call()")
    assert (record["status"], record["error"]) == ("error", UNANSWERED)


@both
@pytest.mark.parametrize("command", [Command(goto="joiner"), Command(graph=Command.PARENT, update={})])
def test_a_command_that_leads_elsewhere_is_refused(invoke, command):
    async def leave() -> Command:
        """Leave."""
        return command

    record, _ = call(invoke, tool(leave), "leave()")
    assert record["status"] == "error"
    assert "Command" in record["error"]


@both
@pytest.mark.parametrize(
    ("handler", "status", "text"),
    [(True, "error", "no luck"), ("sorry", "error", "sorry"), (False, "error", "ToolException: no luck")],
)
def test_a_tool_exception(invoke, handler: Literal[True] | str, status, text):
    def fail() -> str:
        """Fail."""
        raise ToolException("no luck")

    record, out = call(invoke, StructuredTool.from_function(fail, handle_tool_error=handler), "fail()")
    assert (record["status"], record["error"]) == (status, text)
    assert out["messages"][2].content == f"Error: {text}"
    assert out["messages"][2].status == "error"


@both
def test_arguments_that_do_not_fit_are_an_observation(invoke):
    record, _ = call(invoke, tool("echo", args_schema=EchoArgs)(async_echo), 'echo("a", times=0)')
    assert record["status"] == "error"
    assert "times" in record["error"]
    assert "greater than or equal to 1" in record["error"]
    record, _ = call(invoke, search, "search()")
    assert "query" in record["error"]
    assert record["status"] == "error"


@both
@pytest.mark.parametrize("signal", [SystemExit(2), StopIteration("s"), StopAsyncIteration("a"), RecursionError("r")])
def test_whatever_a_tool_raises_is_its_observation(invoke, signal):
    async def in_loop() -> str:
        """Fail."""
        raise signal

    def in_thread() -> str:
        """Fail."""
        raise signal

    for a_tool in (in_loop, in_thread):
        record, _ = call(invoke, a_tool, f"{a_tool.__name__}()")
        assert record["status"] == "error"
        assert type(signal).__name__ in record["error"]


@both
def test_of_a_group_of_exceptions_those_in_it_are_told(invoke):
    async def grouped() -> str:
        """Fail."""
        raise ExceptionGroup("unhandled", [ExceptionGroup("inner", [ValueError("a")]), ConnectionError("b")])

    assert call(invoke, grouped, "grouped()")[0]["error"] == "ValueError: a; ConnectionError: b"


@both_streams
def test_a_tool_may_write_to_the_stream(stream):
    def sync_writer() -> str:
        """Write."""
        get_stream_writer()({"from": "sync"})
        return "ok"

    async def async_writer(runtime: ToolRuntime) -> str:
        """Write."""
        runtime.stream_writer({"from": "async"})
        return "ok"

    model = scripted(plan("sync_writer()", "async_writer()"), finish())
    graph = create_llm_compiler(model, [sync_writer, async_writer])
    written = [each["from"] for each in stream(graph, ask(), stream_mode="custom") if "from" in each]
    assert sorted(written) == ["async", "sync"]


def test_a_nested_tool_call_is_not_taken_for_the_outer_one():
    inner = tool(search)

    async def outer(query: str) -> str:
        """Call another tool."""
        return len(await inner.ainvoke({"query": query}))

    graph = create_llm_compiler(scripted(plan('outer("abc")'), finish()), [inner, outer])
    assert async_stream(graph, ask(), stream_mode="values")[-1]["tasks"][0]["observation"] == 5


async def join() -> str:
    """End."""


def undescribed(query):
    return query


class Everything(BaseRetriever):
    def _get_relevant_documents(self, query: str, *, run_manager: Any) -> list[Document]:
        return []


REFUSED = [
    ([], None, "no tools"),
    ([undescribed], None, "undescribed cannot be made a tool"),
    ([search, search], None, "two tools are called 'search'"),
    ([join], None, "cannot be called 'join'"),
    ([Tool(name="answer", description="x", func=str)], None, "cannot be called 'answer'"),
    ([{"type": "web_search"}], None, r"^\{'type': 'web_search'\} is no tool that can be called here: its provider"),
    ([Everything()], None, r"Everything is a retriever: give create_retriever_tool\("),
    ([RunnableLambda(str)], None, r"RunnableLambda is a runnable: give runnable.as_tool\("),
    ([search], {"serach": ToolPolicy()}, "names 'serach', but the tools are: search"),
]


@pytest.mark.parametrize(("tools", "policies", "message"), REFUSED)
def test_tools_that_cannot_be_used_are_refused(tools, policies, message):
    with pytest.raises(ConfigurationError, match=message):
        ToolCaller(tools, policies)


@both
def test_langgraphs_own_signals_go_through(invoke):
    async def up() -> str:
        """Leave for the parent graph."""
        raise ParentCommand(Command(graph=Command.PARENT, goto="x"))

    with pytest.raises(ParentCommand):
        invoke(create_llm_compiler(scripted(plan("up()")), [up]), ask())


async def test_idle_threads_end(monkeypatch):
    monkeypatch.setattr(threads, "IDLE_SECONDS", 0.01)
    workers = threads.WorkerThreads()
    await workers.run(str)
    (idle,) = [each for each in threading.enumerate() if getattr(each, "_target", None) == workers._work]
    await asyncio.to_thread(idle.join, 5)
    assert not idle.is_alive()
    assert await workers.run(int) == 0


def test_the_tools_given_are_left_as_they_are():
    given = tool(search)
    ToolCaller([given])
    assert "_run" not in vars(given)
    assert "_arun" not in vars(given)
