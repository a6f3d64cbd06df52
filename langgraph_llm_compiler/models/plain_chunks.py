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
_KNOWN = ("langchain_openai.", "langgraph_llm_compiler.")
_JSON = (str, int, float, bool, type(None))


def with_plain_chunks(model: BaseChatOpenAI) -> BaseChatOpenAI:
    """The model, with a client that streams texts as plain dictionaries.

    Requests, errors, retries and time limits stay those of the SDK and of langchain-openai.

    Returns:
        A copy for one call, which shares everything but that client. The model itself if it is of a class of somebody
        else's, which may read the chunks or keep things in its own way; or if its client is none of the SDK's own, or
        anything is instrumented: who watches there expects the SDK's objects.
    """
    completions, client = model.async_client, model.root_async_client
    if (
        type(model).__module__.startswith(_KNOWN)
        and _are_of(_KNOWN, model, "_astream", "_convert_chunk_to_generation_chunk")
        and type(completions) is AsyncCompletions
        and getattr(completions, "_client", None) is client
        and isinstance(client, AsyncOpenAI)
        and not getattr(client, "_strict_response_validation", False)
        and _are_of("openai.", completions, "create")
        and _are_of("openai.", client, "post", "request")
    ):
        return model.model_copy(update={"async_client": _PlainCompletions(completions, client)})
    return model


def _are_of(packages: str | tuple[str, ...], owner: Any, *names: str) -> bool:
    """Whether these methods are from these packages, on the object as on its class, with nothing put around them."""
    return all(
        name not in vars(owner)
        and type(method := getattr(type(owner), name, None)) is FunctionType
        and str(method.__globals__.get("__name__")).startswith(packages)
        for name in names
    )


class _PlainCompletions:
    """`AsyncCompletions`, but for its streams."""

    def __init__(self, completions: AsyncCompletions, client: AsyncOpenAI) -> None:
        self._completions, self._client = completions, client

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # Python asks for some before there is anything to hand them on to
            raise AttributeError(name)
        return getattr(self._completions, name)

    async def create(self, **given: Any) -> Any:
        """Send a request; what the SDK would refuse or translate is left to it."""
        if not given.get("stream") or not given.keys() <= _TAKEN or not all(map(_is_json, given.values())):
            return await self._completions.create(**given)
        body = {name: value for name, value in given.items() if name not in _OPTIONS}
        options: Any = {_OPTIONS[name]: given[name] for name in given.keys() - body if given[name] is not None}
        options["security"] = {"bearer_auth": True}  # as `create` has it, or an administrator's key might be sent
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
    choices, usage = chunk.get("choices"), chunk.get("usage")
    return (
        type(choices) is list
        and all(map(_is_text_choice, choices))
        and (usage is None or (type(usage) is dict and bool(usage) and _are_counts(usage)))
    )


def _are_counts(usage: Mapping[str, Any]) -> bool:
    """Whether no count has to be made a number of."""
    return all(
        each is None or type(each) is int or (type(each) is dict and _are_counts(each)) for each in usage.values()
    )


def _is_text_choice(choice: Any) -> bool:
    return (
        type(choice) is dict
        and type(delta := choice.get("delta")) is dict
        and not (delta.get("tool_calls") or delta.get("function_call") or choice.get("logprobs"))
    )
