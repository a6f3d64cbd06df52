"""What the nodes of a graph share: the parts they work with, and how a coroutine becomes a node."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from langchain_core.language_models import BaseChatModel
from langchain_core.runnables import Runnable, RunnableConfig
from langgraph.cache.base import BaseCache
from langgraph.config import get_config
from langgraph.constants import CONFIG_KEY_CHECKPOINTER, TAG_NOSTREAM
from langgraph.runtime import Runtime

from langgraph_llm_compiler.context import PLANNED, Setting, check_settings, setting
from langgraph_llm_compiler.errors import ConfigurationError
from langgraph_llm_compiler.execution.approvals import InterruptOnConfig
from langgraph_llm_compiler.execution.bridge import IN_SYNC_RUN, next_bridge
from langgraph_llm_compiler.execution.calls import ToolCaller
from langgraph_llm_compiler.execution.threads import WORKERS
from langgraph_llm_compiler.execution.tracing import ROUND, with_metadata
from langgraph_llm_compiler.models import load_model
from langgraph_llm_compiler.models.usage import counting
from langgraph_llm_compiler.nodes.graph_runs import CloseStreams
from langgraph_llm_compiler.nodes.tool_text import described, listed
from langgraph_llm_compiler.state import LLMCompilerState

NEEDS_CHECKPOINTER = (
    "approvals (interrupt_on, or a policy with interrupts=True) stop the run and resume it, which needs a checkpointer "
    "and a thread: pass checkpointer=InMemorySaver() and config={'configurable': {'thread_id': '1'}}; on a LangGraph "
    "server, run it on a thread"
)

PromptStyle = Literal["compact", "paper"]
State = LLMCompilerState
Update = dict[str, Any]
NodeFunction = Callable[[State, RunnableConfig], Coroutine[Any, Any, Update]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What `create_llm_compiler` was given, checked; see there for the meaning of each.

    Attributes:
        tools_text: The tools, as system prompts describe them.
    """

    model: BaseChatModel
    caller: ToolCaller
    joiner_model: BaseChatModel | None = None
    planner_prompt: str | None = None
    joiner_prompt: str | None = None
    system_prompt: str | None = None
    examples: Sequence[str] = ()
    response_format: Any = None
    max_replans: int = 2
    stream: bool = True
    style: PromptStyle = "paper"
    approvals: dict[str, InterruptOnConfig] = field(default_factory=dict)
    max_tasks: int | None = None
    max_map_size: int | None = None
    max_history_tokens: int | None = None
    cache: BaseCache[Any] | None = None
    settings: Sequence[Setting] = PLANNED
    tools_text: str = field(init=False)

    def __post_init__(self) -> None:
        text = (described if self.style == "paper" else listed)(self.caller.tools, self.caller.signatures)
        object.__setattr__(self, "tools_text", text)

    async def planner_model(self, runtime: Runtime[Any]) -> BaseChatModel:
        """The planner's model of this run."""
        return await _named(runtime, "model") or self.model

    async def joiners_model(self, runtime: Runtime[Any]) -> BaseChatModel:
        """The joiner's model of this run: its own, else the planner's."""
        return await _named(runtime, "joiner_model") or self.joiner_model or await self.planner_model(runtime)

    def prompt(self, runtime: Runtime[Any], name: str, default: str) -> str:
        """System prompt `planner_prompt` or `joiner_prompt` of this run."""
        own: str | None = getattr(self, name)
        return str(setting(runtime.context, name, own if own is not None else default))

    def is_last_round(self, runtime: Runtime[Any], round_: int) -> bool:
        """Whether no further plan may follow this round."""
        return round_ > int(setting(runtime.context, "max_replans", self.max_replans))

    def needs_checkpointer(self) -> bool:
        """Whether a run may have to stop for a person."""
        return bool(self.approvals) or any(policy.interrupts for policy in self.caller.policies.values())


async def _named(runtime: Runtime[Any], name: str) -> BaseChatModel | None:
    """The model that this run names, made on a thread: it imports its client, and reads certificates."""
    if (chosen := setting(runtime.context, name, None)) is None:
        return None
    try:
        model: BaseChatModel = counting(await WORKERS.run(load_model, chosen))
    except ConfigurationError as error:
        raise ConfigurationError(f"context field {name!r}: {error}") from error
    return model


def is_durable(runtime: Runtime[Any]) -> bool:
    """Whether a checkpointer keeps this run; a thread's id in the config alone keeps nothing."""
    has_thread = runtime.execution_info is not None and runtime.execution_info.thread_id is not None
    return has_thread and get_config()["configurable"].get(CONFIG_KEY_CHECKPOINTER) is not None


async def check_run(parts: Parts, runtime: Runtime[Any]) -> None:
    """Refuse to start a run with wrong settings, or one that could stop for a person and never go on.

    Raises:
        ConfigurationError: A wrong value in the context, or approvals without a checkpointer.
    """
    check_settings(runtime.context, parts.settings)
    if any(each.name == "joiner_model" for each in parts.settings):
        await _named(runtime, "joiner_model")
    if parts.needs_checkpointer() and not is_durable(runtime):
        raise ConfigurationError(NEEDS_CHECKPOINTER)


def updated(state: State, update: Mapping[str, Any]) -> State:
    """The state as it will be with an update of fields that have no reducer."""
    return cast(State, {**state, **update})


def hidden(config: RunnableConfig, state: State) -> RunnableConfig:
    """The config with which a model is called whose raw text is not for the chat."""
    found_by = with_metadata(CloseStreams.left_out(config), {ROUND: state.get("round", 1)})
    return {**found_by, "tags": [*(config.get("tags") or ()), TAG_NOSTREAM]}


class Choice(Runnable[LLMCompilerState, str]):
    """A function that chooses what follows a node; unlike a plain function, it is no run of its own in traces.

    Args:
        function: Gives the name of the edge to take.
    """

    def __init__(self, function: Callable[[State], str]) -> None:
        self._function, self.name = function, function.__name__.strip("_")

    def invoke(self, input: State, config: RunnableConfig | None = None, **kwargs: Any) -> str:
        """Choose, in sync code."""
        return self._function(input)

    async def ainvoke(self, input: State, config: RunnableConfig | None = None, **kwargs: Any) -> str:
        """Choose, in async code."""
        return self._function(input)


class Node(Runnable[LLMCompilerState, Update]):
    """A coroutine function as a node that behaves alike under `invoke` and `ainvoke`.

    LangGraph traces the node; a `RunnableLambda` here would be one more run in it, of the same name.

    Args:
        function: The node function.
    """

    def __init__(self, function: NodeFunction) -> None:
        self._function = function

    def invoke(self, input: State, config: RunnableConfig | None = None, **kwargs: Any) -> Update:
        """Run the node from sync code."""
        token = IN_SYNC_RUN.set(True)
        try:
            return next_bridge().call(self._function, input, config or {})
        finally:
            IN_SYNC_RUN.reset(token)

    async def ainvoke(self, input: State, config: RunnableConfig | None = None, **kwargs: Any) -> Update:
        """Run the node from async code."""
        token = IN_SYNC_RUN.set(False)  # an async run within a sync one, as a tool's subgraph, is async
        try:
            return await self._function(input, config or {})
        finally:
            IN_SYNC_RUN.reset(token)
