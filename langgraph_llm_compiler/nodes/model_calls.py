"""Model calls of the nodes: by the model's async face in async runs, by its sync face, on a thread, in sync runs.

The async clients of providers are bound to the event loop that they were first used on. Were a sync run to use them on
our loop, an `await graph.ainvoke(...)` after a `graph.invoke(...)`, as in a notebook, would find them bound to another.

What langchain's `astream` adds to a model's own stream is for callbacks: it keeps every chunk to the end, to hand them
the reply as a whole. Without any callback the model's own stream gives the same text, usage and metadata, with less
work for the processor and the garbage collector; its chunks have no ids, and no empty one follows the last.
"""

import sys
from collections.abc import AsyncIterator, Sequence
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.runnables import Runnable, RunnableConfig

from langgraph_llm_compiler.execution.bridge import IN_SYNC_RUN
from langgraph_llm_compiler.execution.callbacks import is_watched
from langgraph_llm_compiler.execution.threads import WORKERS

_FOR_TRACERS = "lc_gateway_metadata"
"""What langchain hands to tracers alone, of all that a model tells of a reply."""

_HOOKS = ("astream", "_should_stream", "_convert_input")
_LANGCHAINS = {name: getattr(BaseChatModel, name) for name in _HOOKS}
"""Langchain's own, of which neither a model nor somebody's instrumentation has put another in the place."""


def is_called_sync(model: BaseChatModel) -> bool:
    """Whether this run calls the model by its sync face: only a model that has one of its own can be."""
    return IN_SYNC_RUN.get() and type(model)._stream is not BaseChatModel._stream


def streamed(
    model: BaseChatModel, messages: Sequence[BaseMessage], config: RunnableConfig, stop: Sequence[str] = ()
) -> AsyncIterator[AIMessageChunk]:
    """The chunks of the model's reply, which ends at one of the texts `stop`."""
    more: dict[str, Any] = {"stop": list(stop)} if stop else {}
    if is_called_sync(model):
        return WORKERS.iterate(lambda: model.stream(list(messages), config, **more))
    model = _plain(model)
    if is_unwatched(model, messages, config):
        return _own_chunks(model, list(messages), list(stop) or None)
    return model.astream(list(messages), config, **more)


def _plain(model: BaseChatModel) -> BaseChatModel:
    """The model, with fewer objects made of each chunk if it is one of langchain-openai's."""
    # the module may be there half imported: another run's model may just be made, on a thread
    kind = getattr(sys.modules.get("langchain_openai.chat_models.base"), "BaseChatOpenAI", None)
    if kind is None or not isinstance(model, kind):
        return model
    from langgraph_llm_compiler.models.plain_chunks import with_plain_chunks  # noqa: PLC0415 - imports the SDK

    return with_plain_chunks(model)


def is_unwatched(model: BaseChatModel, messages: Sequence[BaseMessage], config: RunnableConfig) -> bool:
    """Whether a streamed call comes to the same with and without langchain's `astream` around it.

    Args:
        model: A chat model; one that limits its rate, may not stream, or translates contents has langchain do it.
        messages: What it is sent; contents other than text have to be translated.
        config: Config of the call.
    """
    kind = type(model)
    return (
        all(getattr(kind, name) is own for name, own in _LANGCHAINS.items())
        and kind._astream is not BaseChatModel._astream
        and model.rate_limiter is None
        and not model.disable_streaming
        and "streaming" not in model.model_fields_set
        and model.output_version != "v1"
        and all(isinstance(each.content, str) for each in messages)
        and not is_watched(config, model.callbacks, verbose=model.verbose)
    )


async def _own_chunks(
    model: BaseChatModel, messages: list[BaseMessage], stop: list[str] | None
) -> AsyncIterator[AIMessageChunk]:
    """The chunks of the stream as the model itself gives it.

    Raises:
        ValueError: There were none; worded as langchain does.
    """
    is_empty = True
    async for chunk in model._astream(messages, stop=stop):
        message: Any = chunk.message
        for key, value in (chunk.generation_info or {}).items():
            if key != _FOR_TRACERS:
                message.response_metadata.setdefault(key, value)
        is_empty = False
        yield message
    if is_empty:
        raise ValueError("No generation chunks were returned")


async def called(
    model: BaseChatModel, runnable: Runnable[Any, Any], given: Any, config: RunnableConfig, **more: Any
) -> Any:
    """What a runnable made of the model (the model itself, or with tools bound) gives."""
    if is_called_sync(model):
        return await WORKERS.run(runnable.invoke, given, config, **more)
    return await runnable.ainvoke(given, config, **more)
