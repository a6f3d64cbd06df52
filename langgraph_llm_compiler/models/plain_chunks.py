"""Streams of langchain-openai's models without an object for each chunk.

OpenAI's SDK makes a pydantic object of each event, with a field for all that a chunk may ever hold, and
langchain-openai at once makes a dictionary of it again. Both together are a good part of what a streamed call costs the
processor. The SDK hands out the dictionary that was sent if its `post` is asked for `object`; langchain-openai takes
either.

Importing this imports the SDK.
"""

import inspect
from collections.abc import Mapping
from types import FunctionType
from typing import Any, Self

from langchain_openai.chat_models.base import BaseChatOpenAI
from openai import AsyncOpenAI, AsyncStream
from openai.resources.chat.completions import AsyncCompletions
from openai.types.chat import ChatCompletionChunk

_OPTIONS = {"extra_headers": "headers", "extra_query": "params", "extra_body": "extra_json"}
"""What `create` takes beside the body of the request, and what `post` calls it."""

_TAKEN = frozenset(inspect.signature(AsyncCompletions.create).parameters) - {"self", "timeout"}
_READERS = ("_astream", "_convert_chunk_to_generation_chunk")
_KNOWN = ("langchain_openai.", "langgraph_llm_compiler.")
_JSON = (str, int, float, bool, type(None))


def with_plain_chunks(model: BaseChatOpenAI) -> BaseChatOpenAI:
    """The model, with a client that streams texts as plain dictionaries.

    Requests, errors, retries and time limits stay those of the SDK and of langchain-openai.

    Returns:
        A copy that shares everything but that client; the model itself if a subclass reads the chunks in its own way,
        or if its client is none of the SDK's own, or instrumented: who watches there expects the SDK's objects.
    """
    completions, client = model.async_client, model.root_async_client
    readers = [getattr(type(model), name, None) for name in _READERS]
    if (
        all(str(getattr(reader, "__module__", "")).startswith(_KNOWN) for reader in readers)
        and type(completions) is AsyncCompletions
        and getattr(completions, "_client", None) is client
        and isinstance(client, AsyncOpenAI)
        and _are_sdks(completions, "create")
        and _are_sdks(client, "post", "request")
    ):
        return model.model_copy(update={"async_client": _PlainCompletions(completions, client)})
    return model


def _are_sdks(owner: Any, *names: str) -> bool:
    """Whether these methods are the SDK's own, on the object as on its class."""
    return all(
        name not in vars(owner)
        and type(method := getattr(type(owner), name)) is FunctionType
        and method.__globals__["__name__"].startswith("openai.")
        for name in names
    )


class _PlainCompletions:
    """`AsyncCompletions`, but for its streams."""

    def __init__(self, completions: AsyncCompletions, client: AsyncOpenAI) -> None:
        self._completions, self._client = completions, client

    def __getattr__(self, name: str) -> Any:
        return getattr(self._completions, name)

    async def create(self, **given: Any) -> Any:
        """Send a request; what the SDK would refuse or translate is left to it."""
        if not given.get("stream") or not given.keys() <= _TAKEN or not all(map(_is_json, given.values())):
            return await self._completions.create(**given)
        body = {name: value for name, value in given.items() if name not in _OPTIONS}
        options: Any = {_OPTIONS[name]: given[name] for name in given.keys() - body if given[name] is not None}
        return await self._client.post(
            "/chat/completions", body=body, options=options, cast_to=object, stream=True, stream_cls=_PlainStream
        )


def _is_json(value: Any) -> bool:
    kind = type(value)
    if kind is dict:
        return all(map(_is_json, value.values()))
    return all(map(_is_json, value)) if kind is list else kind in _JSON


class _PlainStream(AsyncStream[object]):
    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> object:
        chunk = await super().__anext__()
        return ChatCompletionChunk.construct(**chunk) if isinstance(chunk, dict) and not _is_text(chunk) else chunk


def _is_text(chunk: Mapping[str, Any]) -> bool:
    """Whether everything is there that langchain-openai reads, and no more than a text and the counts of its tokens.

    Servers leave things out, and the SDK fills them in.
    """
    choices = chunk.get("choices")
    return type(choices) is list and chunk.get("usage") != {} and all(map(_is_text_choice, choices))


def _is_text_choice(choice: Any) -> bool:
    return (
        type(choice) is dict
        and type(delta := choice.get("delta")) is dict
        and not (delta.get("tool_calls") or delta.get("function_call") or choice.get("logprobs"))
    )
