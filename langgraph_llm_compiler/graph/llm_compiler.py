"""The LLMCompiler graph: planner, executor and joiner, and the edges between them. Wiring only."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, Literal, TypeAlias, cast

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import SystemMessage
from langchain_core.tools import BaseTool
from langgraph.cache.base import BaseCache
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.store.base import BaseStore

from langgraph_llm_compiler.context import PLANNED, ContextT, merged_schema, with_defaults
from langgraph_llm_compiler.errors import ConfigurationError
from langgraph_llm_compiler.execution.approvals import InterruptOn, checked_rules
from langgraph_llm_compiler.execution.calls import ToolCaller
from langgraph_llm_compiler.execution.policy import ToolPolicy
from langgraph_llm_compiler.graph.agent_arguments import checked_nodes, refuse_middleware, schema_of, text_of_prompt
from langgraph_llm_compiler.graph.discreet import DiscreetGraph
from langgraph_llm_compiler.graph.limits import check_least, check_least_if_any
from langgraph_llm_compiler.models import load_model
from langgraph_llm_compiler.models.usage import counting
from langgraph_llm_compiler.nodes import shown
from langgraph_llm_compiler.nodes.base import Choice, Node, Parts, PromptStyle
from langgraph_llm_compiler.nodes.compact_joiner import make_compact_joiner
from langgraph_llm_compiler.nodes.executor import make_executor
from langgraph_llm_compiler.nodes.graph_runs import CloseStreams
from langgraph_llm_compiler.nodes.joiner import make_joiner, wants_replan
from langgraph_llm_compiler.nodes.planner import make_planner
from langgraph_llm_compiler.nodes.structured import json_schema
from langgraph_llm_compiler.prompts import compact, joiner, planner
from langgraph_llm_compiler.state import (
    InputState,
    LLMCompilerInput,
    LLMCompilerOutput,
    LLMCompilerState,
    ResponseT,
    StateSchemas,
    merged_state,
)

DEFAULT_MAX_TASKS = 10_000
DEFAULT_MAX_MAP_SIZE = 1_000
DEFAULT_MAX_HISTORY_TOKENS = 8_000

_PROMPTS = {"compact": (compact.SYSTEM, None), "paper": (planner.SYSTEM, joiner.SYSTEM)}

Checkpointer: TypeAlias = BaseCheckpointSaver[Any] | bool | None
Graph: TypeAlias = CompiledStateGraph[LLMCompilerState, ContextT, LLMCompilerInput, LLMCompilerOutput[ResponseT]]


def create_llm_compiler(
    model: str | BaseChatModel,
    tools: Sequence[BaseTool | Callable[..., Any]] | None,
    *,
    joiner_model: str | BaseChatModel | None = None,
    examples: Sequence[str | tuple[str, str]] = (),
    planner_prompt: str | None = None,
    joiner_prompt: str | None = None,
    response_format: type[ResponseT] | dict[str, Any] | None = None,
    max_replans: int = 2,
    stream: bool = True,
    prompt_style: PromptStyle = "compact",
    system_prompt: str | SystemMessage | None = None,
    tool_policies: Mapping[str, ToolPolicy] | None = None,
    interrupt_on: InterruptOn | None = None,
    max_tasks: int | None = DEFAULT_MAX_TASKS,
    max_map_size: int | None = DEFAULT_MAX_MAP_SIZE,
    max_history_tokens: int | None = DEFAULT_MAX_HISTORY_TOKENS,
    middleware: Sequence[Any] = (),
    state_schema: type[Any] | None = None,
    context_schema: type[ContextT] | None = None,
    checkpointer: Checkpointer = None,
    store: BaseStore | None = None,
    interrupt_before: Sequence[str] | None = None,
    interrupt_after: Sequence[str] | None = None,
    debug: bool = False,
    cache: BaseCache[Any] | None = None,
    transformers: Sequence[Callable[[tuple[str, ...]], Any]] | None = None,
    name: str = "llm_compiler",
) -> Graph[ContextT, ResponseT]:
    r"""Build the LLMCompiler graph (Kim et al., arXiv 2312.04511): plan, run in parallel, join.

    Args:
        model: Chat model, or its name as "provider:name", that writes the plan.
        tools: LangChain tools or functions with docstrings; their descriptions tell the planner what they do. If
            the tools of all tasks that no other task needs have `return_direct=True`, and none of these fails, what
            they give is the answer, without a joiner call.
        joiner_model: Model that reads the observations and answers; by default the planner's.
        examples: Worked examples for the planner: texts, or pairs of a question and its plan.
        planner_prompt: System prompt in place of ours. `{tools}`, `{examples}` and `{join_number}` in it are filled in.
        joiner_prompt: System prompt of the joiner in place of ours; in the compact style, which has one system prompt
            for both, instructions after the results.
        response_format: Pydantic model, dataclass, TypedDict or JSON schema, also within langchain's `ToolStrategy` or
            `ProviderStrategy`; the answer in that shape is in the state as `structured_response`.
        max_replans: How often the joiner may ask for another plan; then it has to answer.
        stream: Whether tasks start while the plan is being written. Without, the state holds the whole plan before
            the executor starts, so that a breakpoint there can show and change it.
        prompt_style: "compact": one short conversation, in which plans may use `tool.map([...])` and `answer(...)`, and
            the joiner's reply is the answer or at once the next plan. "paper": the prompts' structure of the paper, a
            joiner of its own, replans through the planner.
        system_prompt: Instructions of yours, put before the prompts of planner and joiner; of a message, its text.
        tool_policies: Timeout, retries and limits by tool name.
        interrupt_on: Tools whose calls a person approves: True, or `{"allowed_decisions": [...], "description": ...}`,
            as for langchain's `HumanInTheLoopMiddleware`. Needs a checkpointer.
        max_tasks: How many tasks a plan may have; None for no limit.
        max_map_size: How many elements a `.map` task may have; None for no limit.
        max_history_tokens: How many tokens of the conversation before the question planner and joiner are sent, in
            LangChain's approximate count, about four characters a token; None for all of it. What does not fit is left
            out from its beginning, by whole turns, and long messages and results are shortened; system messages, the
            question and what belongs to it are always sent. The state keeps everything.
        middleware: Takes none: it is here to say what takes its place.
        state_schema: TypedDict with fields of yours for the state, as for `create_agent`: a run takes and gives them,
            and tools may have them injected and update them.
        context_schema: Fields of yours for `context`, beside those of `LLMCompilerContext`. A TypedDict of yours may
            inherit from that, so that type checkers see both.
        checkpointer: Keeps threads; finished tool calls survive a crash and are not run again on resume.
        store: Long-term memory, as for any LangGraph graph.
        interrupt_before: Nodes ("planner", "executor", "joiner") to stop before.
        interrupt_after: Nodes to stop after.
        debug: Whether LangGraph prints what it does.
        cache: LangGraph's cache. Besides nodes, it keeps results of tools that only read (`ToolPolicy(read_only=True)`)
            from run to run.
        transformers: Further stream transformers for `stream_events(version="v3")`; that of tool calls is there.
        name: Name of the graph.

    Returns:
        A graph that takes and gives `{"messages": [...]}`; its output also holds `tasks`, the record of every task. The
        run's config sets `max_concurrency`, how many tool calls may run at once; its context sets what is in
        `LLMCompilerContext`.

    Raises:
        ConfigurationError: No tools, two of one name, a tool called `join` or `answer`, or another argument with which
            no graph can be built.

    Example:
        >>> from langchain_core.language_models import FakeListChatModel
        >>> def search(query: str) -> str:
        ...     "Look a thing up."
        ...     return f"{query} is 8,849 metres high."
        >>> replies = ['1. search("Mount Everest")\n2. join()', "8,849 metres"]
        >>> graph = create_llm_compiler(FakeListChatModel(responses=replies), [search])
        >>> graph.invoke({"messages": [("user", "How high is Mount Everest?")]})["messages"][-1].content
        '8,849 metres'
    """
    if prompt_style not in ("compact", "paper"):
        raise ConfigurationError(f'prompt_style={prompt_style!r}: give "compact" or "paper"')
    check_least(0, max_replans=max_replans)
    check_least_if_any(1, max_tasks=max_tasks, max_map_size=max_map_size)
    check_least_if_any(0, max_history_tokens=max_history_tokens)
    refuse_middleware(middleware)
    if (response_format := schema_of(response_format)) is not None:
        json_schema(response_format)
    caller = ToolCaller(tools or (), tool_policies)
    wording = _PROMPTS[prompt_style]
    defaults = {
        "model": model,
        "joiner_model": joiner_model,
        "planner_prompt": planner_prompt or wording[0],
        "joiner_prompt": joiner_prompt or wording[1],
        "max_replans": max_replans,
    }
    parts = Parts(
        model=counting(load_model(model)),
        caller=caller,
        joiner_model=None if joiner_model is None else counting(load_model(joiner_model)),
        planner_prompt=planner_prompt,
        joiner_prompt=joiner_prompt,
        system_prompt=text_of_prompt(system_prompt),
        examples=[each if isinstance(each, str) else _example(*each) for each in examples],
        response_format=response_format,
        max_replans=max_replans,
        stream=stream,
        approvals=checked_rules(interrupt_on, list(caller.signatures)),
        max_tasks=max_tasks,
        max_map_size=max_map_size,
        max_history_tokens=max_history_tokens,
        cache=cache,
        style=prompt_style,
        settings=with_defaults(PLANNED, defaults),
    )
    from langgraph.prebuilt import ToolCallTransformer  # noqa: PLC0415 - as in ToolCaller

    graph = _wired(parts, merged_state(state_schema), merged_schema(context_schema, parts.settings)).compile(
        checkpointer=checkpointer,
        store=store,
        interrupt_before=checked_nodes("interrupt_before", interrupt_before),
        interrupt_after=checked_nodes("interrupt_after", interrupt_after),
        debug=debug,
        cache=cache,
        transformers=[ToolCallTransformer, *(transformers or ())],
        name=name,
    )
    # a run of the graph leaves no stream open, wherever it stops
    return cast(Graph[ContextT, ResponseT], DiscreetGraph.of(graph).with_config({"callbacks": [CloseStreams()]}))


def _wired(
    parts: Parts, schemas: StateSchemas, context: type[Any]
) -> StateGraph[LLMCompilerState, Any, InputState, LLMCompilerOutput]:
    builder: StateGraph[LLMCompilerState, Any, InputState, LLMCompilerOutput] = StateGraph(
        schemas.state, context_schema=context, input_schema=schemas.input, output_schema=schemas.output
    )
    builder.add_node("planner", Node(make_planner(parts)), trace_policy=shown.PLANNER)
    builder.add_node("executor", Node(make_executor(parts)), trace_policy=shown.EXECUTOR)
    joining = make_compact_joiner(parts) if parts.style == "compact" else make_joiner(parts)
    builder.add_node("joiner", Node(joining), trace_policy=shown.JOINER)
    builder.add_edge(START, "planner")
    builder.add_edge("planner", "executor")
    if parts.style == "compact":
        builder.add_conditional_edges("executor", Choice(_after_executor), {"observe": "joiner", "answer": END})
        builder.add_conditional_edges("joiner", Choice(_after_joiner), {"replan": "executor", "finish": END})
    else:
        direct: dict[Hashable, str] = {"answer": END} if parts.caller.any_returns_direct else {}
        builder.add_conditional_edges("executor", Choice(_after_executor), {"observe": "joiner", **direct})
        builder.add_conditional_edges("joiner", Choice(_after_joiner), {"replan": "planner", "finish": END})
    return builder


def _example(question: str, plan: str) -> str:
    return planner.EXAMPLE.format(question=question, plan=plan)


def _after_executor(state: LLMCompilerState) -> Literal["observe", "answer"]:
    return "answer" if state.get("answered") else "observe"


def _after_joiner(state: LLMCompilerState) -> Literal["replan", "finish"]:
    return "replan" if wants_replan(state) else "finish"
