"""From a player's reply to what leaves the endpoint: tokens, cut by its limits, bundled into stream events."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal
from uuid import uuid4

from langgraph_llm_compiler.simulator.protocol import Reply, ToolRequest
from langgraph_llm_compiler.simulator.tokens import count_tokens, split_tokens

__all__ = ["Event", "Output", "cut_reply"]

EventKind = Literal["text", "call", "arguments"]


@dataclass(frozen=True, slots=True)
class Event:
    """Part of a reply that leaves in one piece.

    Args:
        kind: `"text"`; `"call"`, the start of a tool call with its id and name; `"arguments"` of that call.
        text: The text; of a `"call"`, the tool's name.
        tokens: Tokens of the reply up to the end of this part.
        index: Which tool call it belongs to.
        call_id: Id of that tool call.
    """

    kind: EventKind
    text: str
    tokens: int
    index: int = 0
    call_id: str = ""


@dataclass(frozen=True, slots=True)
class Output:
    """A reply as it leaves.

    Args:
        events: Its parts, in order.
        finish_reason: As OpenAI names it.
    """

    events: Sequence[Event]
    finish_reason: Literal["stop", "tool_calls", "length"]

    @property
    def tokens(self) -> int:
        """Length of the whole, in tokens."""
        return self.events[-1].tokens if self.events else 0

    def text(self, sent: int | None = None) -> str:
        """Text of the first `sent` events, or of all."""
        return "".join(event.text for event in self.events[:sent] if event.kind == "text")

    def tool_calls(self) -> list[dict[str, str]]:
        """The tool calls: `{"id", "name", "arguments"}`, the arguments as JSON text."""
        calls: list[dict[str, str]] = []
        for event in self.events:
            if event.kind == "call":
                calls.append({"id": event.call_id, "name": event.text, "arguments": ""})
            elif event.kind == "arguments":
                calls[-1]["arguments"] += event.text
        return calls


def cut_reply(
    reply: Reply,
    *,
    stop: Sequence[str] = (),
    max_tokens: int | None = None,
    tokens_per_event: int = 1,
    merge_newlines: bool = False,
) -> Output:
    """Cuts a reply into events as a model under these limits would have sent it.

    A stop string ends the reply before it, tool calls included, and is not sent. The name of a tool call counts its
    tokens and leaves whole. An event holds one kind of thing, so it may hold fewer tokens than asked for where text
    ends and a tool call begins.

    Args:
        reply: What the player said.
        stop: Stop strings of the request.
        max_tokens: The most tokens that may leave, or None for no limit.
        tokens_per_event: Tokens that one stream event carries.
        merge_newlines: As in `split_tokens`.
    """
    text = _before(reply.text, stop)
    calls = reply.tool_calls if text == reply.text else ()
    events = list(_parts(text, calls, merge_newlines))
    whole = len(events)
    if max_tokens is not None:
        events = [event for event in events if event.tokens <= max_tokens]
    if len(events) < whole:
        return Output(_bundle(events, tokens_per_event), "length")
    return Output(_bundle(events, tokens_per_event), "tool_calls" if calls else "stop")


def _before(text: str, stop: Sequence[str]) -> str:
    """The text up to the stop string that comes first."""
    return text[: min((at for at in map(text.find, stop) if at >= 0), default=len(text))]


def _parts(text: str, calls: Sequence[ToolRequest], merge_newlines: bool) -> Iterator[Event]:
    """The reply token by token; only the name of a tool call may be several."""
    tokens = 0
    for tokens, token in enumerate(split_tokens(text, merge_newlines), start=1):
        yield Event("text", token, tokens)
    for index, call in enumerate(calls):
        call_id = f"call_{uuid4().hex[:24]}"
        tokens += max(1, count_tokens(call.name))
        yield Event("call", call.name, tokens, index, call_id)
        for token in split_tokens(json.dumps(dict(call.arguments), ensure_ascii=False), merge_newlines):
            tokens += 1
            yield Event("arguments", token, tokens, index, call_id)


def _bundle(events: Sequence[Event], size: int) -> list[Event]:
    """Joins up to `size` neighbours of one kind and one call into one event, due when the last of them is."""
    if size == 1:
        return list(events)
    bundles: list[Event] = []
    for (kind, index, call_id), group in groupby(events, key=lambda event: (event.kind, event.index, event.call_id)):
        run = list(group)
        bundles.extend(
            Event(kind, "".join(event.text for event in batch), batch[-1].tokens, index, call_id)
            for batch in (run[at : at + size] for at in range(0, len(run), size))
        )
    return bundles
