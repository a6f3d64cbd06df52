"""What a run asked of its models: one record per call, gathered by a callback.

Tokens are those that the endpoint reports (`usage_metadata`), so the same file serves the simulator and real models.
"""

import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, LLMResult
from typing_extensions import TypedDict


@dataclass(frozen=True, slots=True)
class ModelCall:
    """One call of a chat model.

    Attributes:
        node: Node of the graph that made it; `""` outside a graph.
        tool_call: Id of the tool call inside which it was made, `None` for the graph's own calls.
        prompt_tokens: Tokens of the prompt, as the endpoint counts them; 0 if it does not say.
        completion_tokens: Tokens of the reply, likewise.
        cached_tokens: Prompt tokens that the endpoint served from a cache.
        text: Text of the reply; `""` if the call failed.
        started: When it was made, in Unix seconds.
        ended: When its reply was complete, or it failed.
        failed: Whether it raised, or was cancelled.
    """

    node: str
    tool_call: str | None
    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int
    text: str
    started: float
    ended: float
    failed: bool = False


class NodeStats(TypedDict):
    """Calls and tokens of one node."""

    calls: int
    input_tokens: int
    output_tokens: int
    cached_tokens: int


class CallRecorder(BaseCallbackHandler):
    """Callback that keeps a `ModelCall` for every model call of a run, in the order in which they ended.

    Give each run one of its own: `graph.ainvoke(inputs, {"callbacks": [recorder]})`.
    """

    run_inline = True  # in the event loop: a thread per callback would cost more than what it records

    def __init__(self) -> None:
        self.calls: list[ModelCall] = []
        self._open: dict[UUID, tuple[str, str | None, float]] = {}
        self._tool_calls: dict[UUID, str] = {}

    def on_tool_start(self, *args: Any, run_id: UUID, tool_call_id: str | None = None, **kwargs: Any) -> None:
        """Remember which tool call this run is."""
        if tool_call_id is not None:
            self._tool_calls[run_id] = tool_call_id

    def on_chat_model_start(
        self,
        serialized: dict[str, Any],
        messages: list[list[BaseMessage]],
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        metadata: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """Note when a call starts and who makes it."""
        node = str((metadata or {}).get("langgraph_node", ""))
        tool_call = self._tool_calls.get(parent_run_id) if parent_run_id else None
        self._open[run_id] = (node, tool_call, time.time())

    def on_llm_end(self, response: LLMResult, *, run_id: UUID, **kwargs: Any) -> None:
        """Record a complete reply."""
        message = _message(response)
        usage: Any = (message and message.usage_metadata) or {}
        self._close(
            run_id,
            usage.get("input_tokens", 0),
            usage.get("output_tokens", 0),
            usage.get("input_token_details", {}).get("cache_read", 0) or 0,
            str(message.text) if message else "",
        )

    def on_llm_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """Record a call that failed."""
        self._close(run_id, failed=True)

    def _close(
        self, run_id: UUID, prompt: int = 0, completion: int = 0, cached: int = 0, text: str = "", failed: bool = False
    ) -> None:
        opened = self._open.pop(run_id, None)
        if opened is not None:
            node, tool_call, started = opened
            self.calls.append(
                ModelCall(node, tool_call, prompt, completion, cached, text, started, time.time(), failed)
            )


def stats(calls: Iterable[ModelCall]) -> dict[str, NodeStats]:
    """Sum calls and tokens per node, with their `total`.

    Example:
        >>> call = ModelCall("planner", None, 700, 40, 0, "1. f()", 0.0, 1.0)
        >>> stats([call])["total"]
        {'calls': 1, 'input_tokens': 700, 'output_tokens': 40, 'cached_tokens': 0}
    """
    sums: dict[str, Counter[str]] = {}
    for call in calls:
        for name in (call.node or "model", "total"):
            sums.setdefault(name, Counter()).update(
                calls=1,
                input_tokens=call.prompt_tokens,
                output_tokens=call.completion_tokens,
                cached_tokens=call.cached_tokens,
            )
    total = sums.pop("total", Counter())
    return {name: _node_stats(counts) for name, counts in [*sums.items(), ("total", total)]}


def _node_stats(counts: Counter[str]) -> NodeStats:
    return NodeStats(
        calls=counts["calls"],
        input_tokens=counts["input_tokens"],
        output_tokens=counts["output_tokens"],
        cached_tokens=counts["cached_tokens"],
    )


def _message(response: LLMResult) -> AIMessage | None:
    for generations in response.generations:
        for generation in generations:
            if isinstance(generation, ChatGeneration) and isinstance(generation.message, AIMessage):
                return generation.message
    return None
