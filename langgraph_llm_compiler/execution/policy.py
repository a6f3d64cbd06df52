"""How the calls of one tool are run."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from langgraph.types import RetryPolicy

from langgraph_llm_compiler.errors import ConfigurationError


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolPolicy:
    """How the calls of one tool are run; given as `tool_policies={"search": ToolPolicy(timeout=10)}`.

    A tool that has one is run by it alone: hints in the tool's metadata (`readOnlyHint`, `idempotentHint`, as MCP tools
    have them) count for tools without.

    Attributes:
        timeout: Seconds one attempt may take; its observation is then an error of status `timeout`. A sync tool
            cannot be stopped: what it returns later is discarded.
        retry: LangGraph's `RetryPolicy`: attempts, and the pauses between them, during which no slot is held.
        max_concurrency: How many calls of this tool may run at once, beside the limit of the run.
        read_only: Whether the tool only reads: equal calls then share one run, within a plan, over the rounds of a
            question and, if the graph has a `cache`, over runs, unless a person approves them; and a call that the
            answer does not need any more may be cancelled.
        cache_ttl: Seconds for which the graph's `cache` keeps results of a tool that only reads; None for as long as
            it keeps anything.
        interrupts: Whether the tool calls LangGraph's `interrupt()` itself. Such calls run one by one, in plan order,
            once nothing else can move, because LangGraph gives answers to interrupts by position.

    Raises:
        ConfigurationError: `timeout`, `max_concurrency` or `cache_ttl` is not positive.

    Example:
        >>> ToolPolicy(timeout=5.0, max_concurrency=2).read_only
        False
    """

    timeout: float | None = None
    retry: RetryPolicy | None = None
    max_concurrency: int | None = None
    read_only: bool = False
    cache_ttl: int | None = None
    interrupts: bool = False

    def __post_init__(self) -> None:
        if self.timeout is not None and self.timeout <= 0:
            raise ConfigurationError(f"timeout={self.timeout!r}: give seconds above 0, or None for no limit")
        if self.max_concurrency is not None and self.max_concurrency < 1:
            raise ConfigurationError(f"max_concurrency={self.max_concurrency!r}: give 1 or more, or None for no limit")
        if self.cache_ttl is not None and self.cache_ttl < 1:
            raise ConfigurationError(f"cache_ttl={self.cache_ttl!r}: give whole seconds above 0, or None for no limit")


DEFAULT_POLICY = ToolPolicy()


def hinted_policy(metadata: Mapping[str, Any] | None) -> ToolPolicy:
    """The policy of a tool that `tool_policies` does not name: what the hints in its metadata, as of MCP, allow.

    A tool with `readOnlyHint` only reads. One with `readOnlyHint` or `idempotentHint` can be called again without
    harm: calls that raise or time out, though not those that the tool itself says have failed, are tried again.

    >>> hinted_policy({"readOnlyHint": True}).read_only, hinted_policy({"idempotentHint": True}).read_only
    (True, False)
    """
    hints = metadata or {}
    is_read_only = hints.get("readOnlyHint") is True
    is_repeatable = is_read_only or hints.get("idempotentHint") is True
    return ToolPolicy(read_only=is_read_only, retry=RetryPolicy()) if is_repeatable else DEFAULT_POLICY


def checked_policies(policies: Mapping[str, ToolPolicy] | None, tool_names: Sequence[str]) -> dict[str, ToolPolicy]:
    """The policies by tool name.

    Raises:
        ConfigurationError: A policy names no tool there is.
    """
    for name in policies or {}:
        if name not in tool_names:
            raise ConfigurationError(f"tool_policies names {name!r}, but the tools are: {', '.join(tool_names)}")
    return dict(policies or {})


def pause_before_retry(
    retry: RetryPolicy | None, error: Exception, attempt: int, jitter: Callable[[], float]
) -> float | None:
    """Seconds to wait before attempt `attempt + 1`, or None if the call is not to be tried again.

    Args:
        retry: The tool's retry policy.
        error: What the last attempt raised.
        attempt: Number of attempts made so far, from 1.
        jitter: Gives a number from 0 to 1, the seconds that LangGraph's `jitter` adds.
    """
    if retry is None or attempt >= retry.max_attempts or not _is_retried(retry, error):
        return None
    pause = min(retry.max_interval, retry.initial_interval * retry.backoff_factor ** (attempt - 1))
    return pause + jitter() if retry.jitter else pause


def _is_retried(retry: RetryPolicy, error: Exception) -> bool:
    wanted = retry.retry_on
    if wanted is RetryPolicy().retry_on and isinstance(error, TimeoutError):
        return True  # LangGraph's default leaves out every OSError, and a timeout is one; but it passes
    if isinstance(wanted, type):
        return isinstance(error, wanted)
    if isinstance(wanted, Sequence):
        return isinstance(error, tuple(wanted))
    return bool(wanted(error))
