"""What langchain's `create_agent` takes in other words than this package: read, or refused with what to do instead."""

from collections.abc import Iterable, Sequence
from typing import Any

from langchain_core.messages import SystemMessage

from langgraph_llm_compiler.errors import ConfigurationError

NODES = ("planner", "executor", "joiner")

APPROVALS = (
    "in place of middleware=[HumanInTheLoopMiddleware(interrupt_on=RULES)], pass interrupt_on=RULES: the requests and "
    "decisions are the same"
)
NO_MIDDLEWARE = (
    "middleware={names}: middleware wraps the turns of create_agent's loop, which this graph has none of. Instead: "
    "tool_policies for retries, timeouts and limits of tools; max_retries of the model, or joiner_model, for models; "
    "system_prompt, planner_prompt and joiner_prompt for prompts; or a node of yours before or after this graph"
)


def refuse_middleware(middleware: Any) -> None:
    """Say what to do in place of middleware, if any was given.

    Raises:
        ConfigurationError: Some was.
    """
    given = list(middleware) if isinstance(middleware, Iterable) else [middleware] if middleware else []
    if any(_is_approval(each) for each in given):
        raise ConfigurationError(APPROVALS)
    if given:
        names = [getattr(each, "name", None) or type(each).__name__ for each in given]
        raise ConfigurationError(NO_MIDDLEWARE.format(names=names))


def _is_approval(middleware: Any) -> bool:
    return any(each.__name__ == "HumanInTheLoopMiddleware" for each in type(middleware).__mro__)


def text_of_prompt(system_prompt: str | SystemMessage | None) -> str | None:
    """The text of a system prompt, which may be given as a message."""
    return system_prompt.text if isinstance(system_prompt, SystemMessage) else system_prompt


def schema_of(response_format: Any) -> Any:
    """The schema itself, where langchain's `ToolStrategy`, `ProviderStrategy` or `AutoStrategy` holds it."""
    is_strategy = type(response_format).__module__.startswith("langchain.agents.")
    return response_format.schema if is_strategy else response_format


def checked_nodes(name: str, nodes: Sequence[str] | None) -> Any:
    """The nodes to stop before or after: some of this graph's, or "*" for all.

    Raises:
        ConfigurationError: One of them is none of this graph's.
    """
    for each in () if nodes is None or nodes == "*" else nodes:
        if each not in NODES:
            raise ConfigurationError(f"{name} names {each!r}, but the nodes are: {', '.join(NODES)}")
    return nodes
