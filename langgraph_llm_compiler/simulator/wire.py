"""OpenAI's wire format: requests read and checked, replies, stream chunks and errors written. No HTTP and no time."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from langgraph_llm_compiler.simulator.output import Event, Output
from langgraph_llm_compiler.simulator.records import Kind
from langgraph_llm_compiler.simulator.tokens import count_prompt_tokens

__all__ = ["DONE", "ModelCall", "RequestError", "Wire", "model_list", "read_request"]

DONE = b"data: [DONE]\n\n"


class RequestError(Exception):
    """Raised for a request that gets no reply; it becomes an OpenAI error body.

    Attributes:
        status: HTTP status.
        code: OpenAI's short name of what is wrong, or None.
        kind: OpenAI's `type` of the error.
    """

    def __init__(self, message: str, status: int = 400, code: str | None = None) -> None:
        super().__init__(message)
        self.status, self.code = status, code
        self.kind = "server_error" if status >= 500 else "invalid_request_error"

    def body(self) -> dict[str, Any]:
        """The error as JSON data."""
        return {"error": {"message": str(self), "type": self.kind, "param": None, "code": self.code}}


@dataclass(frozen=True, slots=True)
class ModelCall:
    """A request that can be answered.

    Args:
        kind: Chat or plain completion.
        body: The parsed body; the prompt of a completion is a string in it, even if it came as a list of one.
        model: Name of the model that is asked for.
        prompt_tokens: Length of the prompt, in tokens.
        stream: Whether the reply is streamed.
        include_usage: Whether the stream ends with its token counts.
        stop: Stop strings.
        max_tokens: The most tokens of the reply, or None.
    """

    kind: Kind
    body: dict[str, Any]
    model: str
    prompt_tokens: int
    stream: bool
    include_usage: bool
    stop: tuple[str, ...]
    max_tokens: int | None

    @property
    def n_messages(self) -> int:
        """Messages of the prompt; 1 for a completion."""
        return len(self.body.get("messages", ("prompt",)))


def read_request(kind: Kind, raw: bytes) -> ModelCall:
    """Reads the body of a request.

    Raises:
        RequestError: If it is no JSON object, lacks what the kind needs, or asks for what the simulator has not.
    """
    try:
        body = json.loads(raw)
    except ValueError as error:
        raise RequestError(f"the body is not JSON: {error}") from error
    if not isinstance(body, dict):
        raise RequestError("the body must be a JSON object")
    if body.get("n") not in (None, 1):
        raise RequestError("the simulator gives one choice: leave out n, or set it to 1")
    if kind == "chat":
        _check_messages(body.get("messages"))
    else:
        body.pop("messages", None)
        body["prompt"] = _one_prompt(body.get("prompt"))
    return ModelCall(
        kind=kind,
        body=body,
        model=str(body.get("model", "")),
        prompt_tokens=count_prompt_tokens(body),
        stream=bool(body.get("stream")),
        include_usage=bool((body.get("stream_options") or {}).get("include_usage")),
        stop=_stop_strings(body.get("stop")),
        max_tokens=_max_tokens(body),
    )


def _check_messages(messages: Any) -> None:
    if not isinstance(messages, list) or not messages:
        raise RequestError("messages must be a list with at least one message")
    if not all(isinstance(message, dict) and isinstance(message.get("role"), str) for message in messages):
        raise RequestError("each message must be an object with a role")


def _one_prompt(prompt: Any) -> str:
    if isinstance(prompt, list) and len(prompt) == 1:
        prompt = prompt[0]
    if not isinstance(prompt, str):
        raise RequestError("prompt must be one text: the simulator takes neither token ids nor several prompts at once")
    return prompt


def _stop_strings(stop: Any) -> tuple[str, ...]:
    strings = [stop] if isinstance(stop, str) else stop or []
    if not isinstance(strings, list) or not all(isinstance(text, str) for text in strings):
        raise RequestError("stop must be a string or a list of strings")
    return tuple(text for text in strings if text)


def _max_tokens(body: Mapping[str, Any]) -> int | None:
    limit = body.get("max_completion_tokens")
    limit = body.get("max_tokens") if limit is None else limit
    if limit is None or (isinstance(limit, int) and not isinstance(limit, bool) and limit > 0):
        return limit
    raise RequestError("max_tokens and max_completion_tokens must be whole numbers above 0")


class Wire:
    """Writes one reply, whole or chunk by chunk.

    Args:
        call: The request it answers.
        reply_id: Id of the reply.
        created: When the request arrived, Unix seconds.
    """

    def __init__(self, call: ModelCall, reply_id: str, created: int) -> None:
        self._call = call
        suffix = "chat.completion" if call.kind == "chat" else "text_completion"
        self._head = {"id": reply_id, "object": suffix, "created": created, "model": call.model}
        if call.kind == "chat" and call.stream:
            self._head["object"] = "chat.completion.chunk"
        # Only the content differs between the chunks of a stream: all the rest is written once.
        content = self._choice_chunk({"content": "@"} if call.kind == "chat" else {"text": "@"}, None)
        before, after = content.rsplit(b'"@"', 1)
        self._before, self._after = before, after

    def first(self) -> bytes:
        """What goes ahead of the first token: the role, in a chat."""
        return self._choice_chunk({"role": "assistant", "content": ""}, None) if self._call.kind == "chat" else b""

    def event(self, event: Event) -> bytes:
        """One chunk of the stream."""
        if event.kind == "text":
            return self._before + json.dumps(event.text).encode() + self._after
        call: dict[str, Any] = {"index": event.index, "function": {"arguments": event.text}}
        if event.kind == "call":
            call |= {"id": event.call_id, "type": "function", "function": {"name": event.text, "arguments": ""}}
        return self._choice_chunk({"tool_calls": [call]}, None)

    def last(self, output: Output) -> bytes:
        """What follows the last token: the finish reason, the counts if asked for, the end mark."""
        end = self._choice_chunk({} if self._call.kind == "chat" else {"text": ""}, output.finish_reason)
        if self._call.include_usage:
            end += _data(self._head | {"choices": [], "usage": self._usage(output)})
        return end + DONE

    def whole(self, output: Output) -> bytes:
        """The reply as one body."""
        choice: dict[str, Any] = {"index": 0, "logprobs": None, "finish_reason": output.finish_reason}
        if self._call.kind == "chat":
            choice["message"] = _message(output)
        else:
            choice["text"] = output.text()
        return json.dumps(self._head | {"choices": [choice], "usage": self._usage(output)}).encode()

    def _choice_chunk(self, delta: dict[str, Any], finish_reason: str | None) -> bytes:
        part: dict[str, Any] = {"delta": delta} if self._call.kind == "chat" else delta
        return _data(self._head | {"choices": [{"index": 0, **part, "logprobs": None, "finish_reason": finish_reason}]})

    def _usage(self, output: Output) -> dict[str, Any]:
        return {
            "prompt_tokens": self._call.prompt_tokens,
            "completion_tokens": output.tokens,
            "total_tokens": self._call.prompt_tokens + output.tokens,
            "prompt_tokens_details": {"cached_tokens": 0},
        }


def _message(output: Output) -> dict[str, Any]:
    text, calls = output.text(), output.tool_calls()
    message: dict[str, Any] = {"role": "assistant", "content": text if text or not calls else None}
    if calls:
        message["tool_calls"] = [
            {"id": call["id"], "type": "function", "function": {"name": call["name"], "arguments": call["arguments"]}}
            for call in calls
        ]
    return message


def _data(chunk: Mapping[str, Any]) -> bytes:
    return b"data: " + json.dumps(chunk, separators=(",", ":")).encode() + b"\n\n"


def model_list(models: Sequence[str], created: int) -> dict[str, Any]:
    """Body of the list of models."""
    return {
        "object": "list",
        "data": [{"id": name, "object": "model", "created": created, "owned_by": "simulator"} for name in models],
    }
