"""The baselines: ReAct, one call a turn, and native parallel function calling. Wiring only."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, cast

from langchain_core.language_models import BaseChatModel
from langchain_core.tools import BaseTool
from langgraph.cache.base import BaseCache
from langgraph.graph import END, START, StateGraph
from langgraph.store.base import BaseStore

from langgraph_llm_compiler.context import TURN_BY_TURN, ContextT, merged_schema, with_defaults
from langgraph_llm_compiler.errors import ConfigurationError
from langgraph_llm_compiler.execution.approvals import InterruptOn, checked_rules
from langgraph_llm_compiler.execution.calls import ToolCaller
from langgraph_llm_compiler.execution.policy import ToolPolicy
from langgraph_llm_compiler.graph.discreet import DiscreetGraph
from langgraph_llm_compiler.graph.limits import check_least, check_least_if_any
from langgraph_llm_compiler.graph.llm_compiler import DEFAULT_MAX_HISTORY_TOKENS, Checkpointer, Graph
from langgraph_llm_compiler.models import load_model
from langgraph_llm_compiler.models.usage import counting
from langgraph_llm_compiler.nodes.agent import Style, Turns, ends_turns, make_agent, make_tools, wants_tools
from langgraph_llm_compiler.nodes.base import Choice, Node, Parts
from langgraph_llm_compiler.nodes.graph_runs import CloseStreams
from langgraph_llm_compiler.state import InputState, LLMCompilerOutput, LLMCompilerState

DEFAULT_MAX_TURNS = 25


def create_react_baseline(
    model: str | BaseChatModel,
    tools: Sequence[BaseTool | Callable[..., Any]],
    *,
    parallel_tool_calls: bool = False,
    style: Style = "tools",
    examples: Sequence[str] = (),
    prompt: str | None = None,
    system_prompt: str | None = None,
    max_turns: int = DEFAULT_MAX_TURNS,
    tool_policies: Mapping[str, ToolPolicy] | None = None,
    interrupt_on: InterruptOn | None = None,
    max_history_tokens: int | None = DEFAULT_MAX_HISTORY_TOKENS,
    context_schema: type[ContextT] | None = None,
    checkpointer: Checkpointer = None,
    store: BaseStore | None = None,
    cache: BaseCache[Any] | None = None,
    name: str = "react",
) -> Graph[ContextT, Any]:
    r"""Build a graph that calls tools turn by turn, to compare LLMCompiler with; state and tool calls are the same.

    Args:
        model: Chat model, or its name as "provider:name".
        tools: LangChain tools or functions with docstrings.
        parallel_tool_calls: Whether one turn may hold several calls. Without, this is ReAct: if the provider sends more
            than one call, only the first is run. With, it is the provider's own parallel function calling.
        style: "tools" for the provider's tool calling; "text" for Thought, Action and Observation as in the paper, for
            models without it (one call a turn).
        examples: Worked examples for the text style.
        prompt: System prompt of the text style in place of ours; `{tools}` in it is filled in.
        system_prompt: Instructions of yours, put first.
        max_turns: How many turns may hold calls; in the turn after them, the model has to answer.
        tool_policies: As for `create_llm_compiler`.
        interrupt_on: As for `create_llm_compiler`.
        max_history_tokens: As for `create_llm_compiler`.
        context_schema: As for `create_llm_compiler`.
        checkpointer: As for `create_llm_compiler`.
        store: As for `create_llm_compiler`.
        cache: As for `create_llm_compiler`.
        name: Name of the graph.

    Returns:
        A graph that takes and gives `{"messages": [...]}`; its output also holds `tasks`.

    Raises:
        ConfigurationError: Arguments with which no graph can be built.

    Example:
        >>> from langchain_core.language_models import FakeListChatModel
        >>> def search(query: str) -> str:
        ...     "Look a thing up."
        ...     return f"{query} is 8,849 metres high."
        >>> replies = ['Thought: look it up\nAction: search("Mount Everest")', "Action: Finish(8,849 metres)"]
        >>> graph = create_react_baseline(FakeListChatModel(responses=replies), [search], style="text")
        >>> graph.invoke({"messages": [("user", "How high is Mount Everest?")]})["messages"][-1].content
        '8,849 metres'
    """
    if style not in ("tools", "text"):
        raise ConfigurationError(f'style={style!r}: give "tools" or "text"')
    if style == "text" and parallel_tool_calls:
        raise ConfigurationError('parallel_tool_calls needs style="tools": the text style makes one call a turn')
    check_least(1, max_turns=max_turns)
    check_least_if_any(0, max_history_tokens=max_history_tokens)
    caller = ToolCaller(tools, tool_policies)
    parts = Parts(
        model=counting(load_model(model)),
        caller=caller,
        planner_prompt=prompt,
        system_prompt=system_prompt,
        examples=examples,
        approvals=checked_rules(interrupt_on, list(caller.signatures)),
        max_history_tokens=max_history_tokens,
        settings=with_defaults(TURN_BY_TURN, {"model": model}),
    )
    turns = Turns(style=style, is_parallel=parallel_tool_calls, most=max_turns)
    builder = _wired(parts, turns, merged_schema(context_schema, parts.settings))
    graph = DiscreetGraph.of(builder.compile(checkpointer=checkpointer, store=store, cache=cache, name=name))
    if parts.needs_checkpointer():  # only where people are asked does it matter how a run was started
        graph = graph.with_config({"callbacks": [CloseStreams()]})
    return cast(Graph[ContextT, Any], graph)


def _wired(
    parts: Parts, turns: Turns, context: type[Any]
) -> StateGraph[LLMCompilerState, Any, InputState, LLMCompilerOutput]:
    builder: StateGraph[LLMCompilerState, Any, InputState, LLMCompilerOutput] = StateGraph(
        LLMCompilerState, context, input_schema=InputState, output_schema=LLMCompilerOutput
    )
    builder.add_node("agent", Node(make_agent(parts, turns)))
    builder.add_node("tools", Node(make_tools(parts, turns)))
    builder.add_edge(START, "agent")

    def after_agent(state: LLMCompilerState) -> Literal["act", "finish"]:
        return "act" if wants_tools(turns, state) else "finish"

    builder.add_conditional_edges("agent", Choice(after_agent), {"act": "tools", "finish": END})
    if parts.caller.any_returns_direct:

        def after_tools(state: LLMCompilerState) -> Literal["observe", "answer"]:
            return "answer" if ends_turns(parts, state) else "observe"

        builder.add_conditional_edges("tools", Choice(after_tools), {"observe": "agent", "answer": END})
    else:
        builder.add_edge("tools", "agent")
    return builder
