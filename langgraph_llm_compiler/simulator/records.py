"""What an endpoint remembers of each request."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

__all__ = ["Kind", "RequestRecord"]

Kind = Literal["chat", "completion"]


@dataclass(slots=True)
class RequestRecord:
    """One request that the player was asked about, from its arrival on.

    Attributes:
        kind: `"chat"` or `"completion"`.
        model: The model name the client asked for.
        stream: Whether the reply is streamed.
        n_messages: Messages in the request; 1 for a completion.
        prompt_tokens: Length of the prompt, in simulator tokens.
        arrived_at: When the request arrived, Unix seconds.
        arrived_monotonic: The same on the monotonic clock, in seconds; comparable between processes of one machine.
        tag: `Reply.role`: which part the reply plays.
        completion_tokens: Tokens that have left so far.
        cached_tokens: Prompt tokens that a prefix cache served; always 0.
        text: Text of the reply, as far as it has left; set at the end.
        tool_calls: `{"id", "name", "arguments"}` (`arguments` is JSON text) of calls that left whole; set at the end.
        finish_reason: `"stop"`, `"tool_calls"` or `"length"`; None while it runs or if it broke off.
        status: HTTP status; 200 unless the player refused.
        finished_at: When the last byte was handed to the network, Unix seconds; None while it runs.
        cancelled: Whether the client went away, or the endpoint closed, before the end.
        lateness: By how much the latest token missed its time, in seconds. More than a few milliseconds means that
            the machine was too busy to simulate this speed.
    """

    kind: Kind
    model: str
    stream: bool
    n_messages: int
    prompt_tokens: int
    arrived_at: float
    arrived_monotonic: float
    tag: str = ""
    completion_tokens: int = 0
    cached_tokens: int = 0
    text: str = ""
    tool_calls: list[dict[str, str]] = field(default_factory=list)
    finish_reason: str | None = None
    status: int = 200
    finished_at: float | None = None
    cancelled: bool = False
    lateness: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """The record as JSON data."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "RequestRecord":
        """The record that `to_dict` gave this data."""
        return cls(**data)
