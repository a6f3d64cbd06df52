"""Model calls of the nodes: by the model's async face in async runs, by its sync face, on a thread, in sync runs.

The async clients of providers are bound to the event loop that they were first used on. Were a sync run to use them on
our loop, an `await graph.ainvoke(...)` after a `graph.invoke(...)`, as in a notebook, would find them bound to another.
"""

from collections.abc import AsyncIterator, Sequence
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.runnables import Runnable, RunnableConfig

from langgraph_llm_compiler.execution.bridge import IN_SYNC_RUN
from langgraph_llm_compiler.execution.threads import WORKERS


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
    return model.astream(list(messages), config, **more)


async def called(
    model: BaseChatModel, runnable: Runnable[Any, Any], given: Any, config: RunnableConfig, **more: Any
) -> Any:
    """What a runnable made of the model (the model itself, or with tools bound) gives."""
    if is_called_sync(model):
        return await WORKERS.run(runnable.invoke, given, config, **more)
    return await runnable.ainvoke(given, config, **more)
