"""One tool call: through LangGraph's `ToolNode`, with what the tool returned caught before it is formatted."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from langchain_core.messages import ToolCall, ToolMessage
from langchain_core.runnables import RunnableConfig
from langchain_core.tools import BaseTool, StructuredTool
from langchain_core.tools import tool as as_tool
from langgraph.errors import GraphBubbleUp, GraphInterrupt
from langgraph.types import Command
from pydantic import BaseModel, ValidationError

from langgraph_llm_compiler.errors import ConfigurationError, LLMCompilerError
from langgraph_llm_compiler.execution.caught import EXITS, Caught, catching
from langgraph_llm_compiler.execution.policy import DEFAULT_POLICY, ToolPolicy, checked_policies
from langgraph_llm_compiler.execution.records import Outcome, plain
from langgraph_llm_compiler.execution.signature import Signature
from langgraph_llm_compiler.execution.unwatched import plain_tool

RESERVED_NAMES = ("join", "answer")

UNDECLARED_INTERRUPT = (
    "the tool {name!r} called interrupt(), but its policy does not say so: pass "
    "tool_policies={{{name!r}: ToolPolicy(interrupts=True)}}, so that answers reach the right calls"
)
GOTO_REFUSED = (
    "the tool returned a Command that leads elsewhere (goto or graph), which a task of a plan cannot follow; return a "
    "value or Command(update=...)"
)

_FROM_LANGCHAIN = frozenset({"config", "callbacks", "run_manager"})


class ToolCaller:
    """Calls tools by name and tells how it went; a tool's failure is an outcome, never an exception.

    Args:
        tools: Tools, or functions with docstrings, as for langchain's `create_agent`.
        policies: Policies by tool name.

    Raises:
        ConfigurationError: No tools, two of one name, a reserved name, or a policy for a tool that there is not.
    """

    def __init__(
        self, tools: Sequence[BaseTool | Callable[..., Any]], policies: Mapping[str, ToolPolicy] | None = None
    ) -> None:
        # 100 ms that only those who build a graph pay
        from langgraph.prebuilt import ToolNode  # noqa: PLC0415
        from langgraph.prebuilt.tool_node import ToolInvocationError, msg_content_output  # noqa: PLC0415

        self.tools = _checked([_tool(each) for each in tools])
        self.signatures = {each.name: Signature(each) for each in self.tools}
        self.policies = checked_policies(policies, list(self.signatures))
        self._node = ToolNode([catching(each) for each in self.tools], handle_tool_errors=False)
        self._invalid = ToolInvocationError
        self._content: Callable[[Any], Any] = msg_content_output
        # what ToolNode does for a call is to inject; where nothing is, it would double what the call costs
        self._direct = {name: each for name, each in self._node.tools_by_name.items() if _takes_nothing_injected(each)}
        direct = [each for each in self.tools if each.name in self._direct]
        self._plain = {each.name: plain for each in direct if (plain := plain_tool(each)) is not None}

    def policy(self, name: str) -> ToolPolicy:
        """The policy of a tool."""
        return self.policies.get(name, DEFAULT_POLICY)

    async def call(
        self,
        name: str,
        args: dict[str, Any],
        call_id: str,
        state: Mapping[str, Any],
        config: RunnableConfig,
        *,
        is_watched: bool = True,
    ) -> Outcome:
        """Run one attempt of one call.

        Args:
            name: Name of the tool.
            args: Its arguments, by parameter name.
            call_id: Id of the tool call.
            state: The graph's state, for tools that have it injected.
            config: Config of the node on whose behalf the tool is called.
            is_watched: Whether a tracer or another callback is to see the call.

        Raises:
            GraphBubbleUp: LangGraph's own signals, such as the interrupt of a tool that declares it.
            LLMCompilerError: The tool interrupts without having declared it.
        """
        policy, plain_tool = self.policy(name), None if is_watched else self._plain.get(name)
        call = ToolCall(name=name, args=args, id=call_id, type="tool_call")
        try:
            async with asyncio.timeout(policy.timeout) as limit:
                if plain_tool is not None:
                    return self._returned(await self._checked(plain_tool.call(args, config), call), call_id)
                caught = Caught(limit)
                with caught.caught():
                    output = await self._output(call, state, config)
                return _outcome(output, call_id, caught.returned)
        except GraphInterrupt as error:
            if policy.interrupts:
                raise
            raise LLMCompilerError(UNDECLARED_INTERRUPT.format(name=name)) from error
        except GraphBubbleUp:
            raise
        except TimeoutError as error:
            if not limit.expired():
                return _failed(error)
            return Outcome(status="timeout", error=f"no result within {policy.timeout:g} s", exception=error)
        except SystemExit as error:  # it would end the event loop, and with it every other run
            return _failed(RuntimeError(EXITS.format(error=error)))
        except Exception as error:  # noqa: BLE001 - whatever a tool raises is its observation
            return _failed(error)

    async def _output(self, call: ToolCall, state: Mapping[str, Any], config: RunnableConfig) -> Any:
        if (tool := self._direct.get(call["name"])) is None:
            # with the state given, ToolNode need not read every channel of the graph anew for each call
            return await self._node.ainvoke(
                {"__type": "tool_call_with_context", "tool_call": call, "state": state}, config
            )
        output = await self._checked(tool.ainvoke(call, config), call)
        if isinstance(output, ToolMessage):
            output.content = self._content(output.content)
        return output

    async def _checked(self, calling: Awaitable[Any], call: ToolCall) -> Any:
        try:
            return await calling
        except ValidationError as error:  # worded as ToolNode does
            raise self._invalid(call["name"], error, call["args"], error.errors()) from error

    def _returned(self, value: Any, call_id: str) -> Outcome:
        """The outcome of a call that returned this, where langchain has not made a message of it."""
        if isinstance(value, (ToolMessage, Command)) or _holds_commands(value):
            return _outcome(value, call_id, [value])
        return Outcome(plain(value), content=self._content(list(value) if isinstance(value, tuple) else value))


def _takes_nothing_injected(tool: BaseTool) -> bool:
    """Whether all that the tool's function takes comes from the call, or from langchain itself."""
    function = getattr(tool, "coroutine", None) or getattr(tool, "func", None)
    shown, schema = tool.tool_call_schema, tool.args_schema
    if type(tool) is not StructuredTool or function is None or not (_is_model(shown) and _is_model(schema)):
        return False
    fields = _fields(schema)
    others = set(inspect.signature(function).parameters) - fields
    return fields == _fields(shown) and "runtime" not in fields and others <= _FROM_LANGCHAIN


def _is_model(schema: Any) -> bool:
    return isinstance(schema, type) and issubclass(schema, BaseModel)


def _fields(schema: Any) -> set[str]:
    return set(schema.model_fields)


def _tool(given: BaseTool | Callable[..., Any]) -> BaseTool:
    if isinstance(given, BaseTool):
        return given
    try:
        return as_tool(given)
    except (TypeError, ValueError) as error:
        name = getattr(given, "__name__", repr(given))
        raise ConfigurationError(f"{name} cannot be made a tool: {error}") from error


def _checked(tools: list[BaseTool]) -> list[BaseTool]:
    names = [each.name for each in tools]
    if not names:
        raise ConfigurationError("no tools were given: pass at least one, such as tools=[search]")
    for name in names:
        if names.count(name) > 1:
            raise ConfigurationError(f"two tools are called {name!r}: give each a name of its own")
        if name in RESERVED_NAMES:
            raise ConfigurationError(f"a tool cannot be called {name!r}, which ends a plan: rename it")
    return tools


def _failed(error: Exception) -> Outcome:
    return Outcome(status="error", error=f"{type(error).__name__}: {error}".rstrip(": "), exception=error)


def _outcome(output: Any, call_id: str, returned: list[Any]) -> Outcome:
    parts = output if isinstance(output, list) else [output]
    messages: list[Any] = []
    update: dict[str, Any] = {}
    for part in parts:
        if isinstance(part, Command):
            if part.goto or part.graph is not None:
                return Outcome(status="error", error=GOTO_REFUSED)
            changes = dict(part.update or {})
            messages += changes.pop("messages", [])
            update |= changes
        else:
            messages += [part] if isinstance(part, ToolMessage) else part["messages"]
    own = next(each for each in messages if isinstance(each, ToolMessage) and each.tool_call_id == call_id)
    if further := [each for each in messages if each is not own]:
        update["messages"] = further
    if own.status == "error":
        return Outcome(status="error", error=own.text, update=update or None)
    return Outcome(_observed(own, returned), content=own.content, artifact=plain(own.artifact), update=update or None)


def _observed(message: ToolMessage, returned: list[Any]) -> Any:
    """The tool's return value; the structured content beside it, if it has one, as an MCP tool does."""
    if isinstance(message.artifact, Mapping) and "structured_content" in message.artifact:
        return plain(message.artifact["structured_content"])
    value = returned[-1] if returned else message.content
    if isinstance(value, (ToolMessage, Command)) or _holds_commands(value):
        return message.content if isinstance(message.content, str) else message.text
    return plain(value)


def _holds_commands(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(each, (ToolMessage, Command)) for each in value)
