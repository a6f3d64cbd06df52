"""One tool call: through LangGraph's `ToolNode`, with what the tool returned caught before it is formatted."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from langchain_core.messages import ToolCall, ToolMessage
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import Runnable, RunnableConfig
from langchain_core.tools import BaseTool, StructuredTool
from langchain_core.tools import tool as as_tool
from langgraph.errors import GraphBubbleUp, GraphInterrupt
from pydantic import BaseModel, ValidationError

from langgraph_llm_compiler.errors import ConfigurationError, LLMCompilerError
from langgraph_llm_compiler.execution.caught import EXITS, Caught, catching
from langgraph_llm_compiler.execution.policy import DEFAULT_POLICY, ToolPolicy, checked_policies, hinted_policy
from langgraph_llm_compiler.execution.records import Outcome
from langgraph_llm_compiler.execution.results import Returned, failed
from langgraph_llm_compiler.execution.signature import Signature
from langgraph_llm_compiler.execution.unwatched import plain_tool

RESERVED_NAMES = ("join", "answer")

UNDECLARED_INTERRUPT = (
    "the tool {name!r} called interrupt(), but its policy does not say so: pass "
    "tool_policies={{{name!r}: ToolPolicy(interrupts=True)}}, so that answers reach the right calls"
)
PROVIDER_TOOL = (
    "{given} is no tool that can be called here: its provider runs it inside a model's reply, and plans are run by the "
    "executor. Give a tool or a function that does the same"
)
RETRIEVER = "{kind} is a retriever: give create_retriever_tool(retriever, name, description), from langchain_core.tools"
RUNNABLE = "{kind} is a runnable: give runnable.as_tool(name=..., description=...), or a function that invokes it"

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
        self._hinted = {each.name: hinted_policy(each.metadata) for each in self.tools}
        self._return_direct = frozenset(each.name for each in self.tools if each.return_direct)
        self._node = ToolNode([catching(each) for each in self.tools], handle_tool_errors=False)
        self._invalid = ToolInvocationError
        self._content: Callable[[Any], Any] = msg_content_output
        # what ToolNode does for a call is to inject; where nothing is, it would double what the call costs
        self._alone = {name: each for name, each in self._node.tools_by_name.items() if _takes_nothing_injected(each)}
        alone = [each for each in self.tools if each.name in self._alone]
        self._plain = {each.name: plain for each in alone if (plain := plain_tool(each)) is not None}

    def policy(self, name: str) -> ToolPolicy:
        """The policy of a tool."""
        return self.policies.get(name) or self._hinted.get(name, DEFAULT_POLICY)

    def is_cached(self, name: str) -> bool:
        """Whether the graph's cache may keep results of a tool: its user, not its server, has to say that it can."""
        return name in self.policies and self.policies[name].read_only

    @property
    def any_returns_direct(self) -> bool:
        """Whether there is a tool whose result is the answer."""
        return bool(self._return_direct)

    def returns_direct(self, name: str) -> bool:
        """Whether the tool's result is the answer."""
        return name in self._return_direct

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
        policy, plain = self.policy(name), None if is_watched else self._plain.get(name)
        call = ToolCall(name=name, args=args, id=call_id, type="tool_call")
        returned = Returned(call_id)
        try:
            async with asyncio.timeout(policy.timeout) as limit:
                if plain is not None:
                    return returned.of_value(await self._checked(plain.call(args, config), call), self._content)
                with Caught(limit, returned).caught():
                    output = await self._output(call, state, config)
            return returned.outcome(output)
        except GraphInterrupt as error:
            if policy.interrupts:
                raise
            raise LLMCompilerError(UNDECLARED_INTERRUPT.format(name=name)) from error
        except GraphBubbleUp:
            raise
        except TimeoutError as error:
            if not limit.expired():
                return failed(error)
            return Outcome(status="timeout", error=f"no result within {policy.timeout:g} s", exception=error)
        except SystemExit as error:  # it would end the event loop, and with it every other run
            return failed(RuntimeError(EXITS.format(error=error)))
        except self._invalid as error:  # arguments do not become valid by trying again
            return replace(failed(error), exception=None)
        except Exception as error:  # noqa: BLE001 - whatever a tool raises is its observation
            return failed(error)

    async def _output(self, call: ToolCall, state: Mapping[str, Any], config: RunnableConfig) -> Any:
        if (tool := self._alone.get(call["name"])) is None:
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
    if isinstance(given, Mapping):
        raise ConfigurationError(PROVIDER_TOOL.format(given=dict(given)))
    if isinstance(given, BaseRetriever):
        raise ConfigurationError(RETRIEVER.format(kind=type(given).__name__))
    if isinstance(given, Runnable):
        raise ConfigurationError(RUNNABLE.format(kind=type(given).__name__))
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
