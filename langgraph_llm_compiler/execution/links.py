"""What the journal needs of LangGraph: links that are `@task`s, those that were saved, and answers put away."""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.config import get_config
from langgraph.constants import CONFIG_KEY_CHECKPOINTER
from langgraph.errors import GraphInterrupt
from langgraph.func import task
from langgraph.runtime import Runtime, get_runtime
from langgraph.types import interrupt

from langgraph_llm_compiler.execution.bridge import IN_SYNC_RUN, current_bridge
from langgraph_llm_compiler.execution.tracing import JOURNAL, note

NUMBER = "#link"
"""Key under which each link says which of its chain it is, from 0."""


async def saved_links() -> list[dict[str, Any]]:
    """What the checkpointer holds of this node's chain, in order."""
    config, info = get_config(), get_runtime().execution_info
    saver = config["configurable"].get(CONFIG_KEY_CHECKPOINTER)
    if info is None or not isinstance(saver, BaseCheckpointSaver):
        return []
    place = {"thread_id": info.thread_id, "checkpoint_id": info.checkpoint_id}
    place["checkpoint_ns"] = info.checkpoint_ns.rpartition("|")[0]
    if IN_SYNC_RUN.get():
        kept = await asyncio.to_thread(saver.get_tuple, {"configurable": place})
    else:
        kept = await saver.aget_tuple({"configurable": place})
    writes = kept.pending_writes or () if kept else ()
    links = [value for _, _, value in writes if isinstance(value, dict) and NUMBER in value]
    return sorted(links, key=lambda each: int(each[NUMBER]))


def is_subgraph(runtime: Runtime[Any]) -> bool:
    """Whether the graph of this node runs as a node of another one."""
    return runtime.execution_info is not None and "|" in runtime.execution_info.checkpoint_ns


def forget_answers() -> None:
    """Use up what people have answered so far, so that no further request takes it. To be called in a node or link.

    LangGraph keeps the last answer of a thread until the node has ended, and gives it to the next `interrupt` that has
    none, whatever that asks. So a run that died after its second request, and was resumed without an answer, would take
    the answer to the first one for both.
    """
    with contextlib.suppress(GraphInterrupt):
        while True:  # answers that this node or link has used up before come first
            interrupt(None)


def link(name: str, function: Callable[[], Coroutine[Any, Any, dict[str, Any]]]) -> "asyncio.Future[dict[str, Any]]":
    """Run `function` as a LangGraph `@task`, under `invoke` and `ainvoke` alike.

    The function given to `task` is made anew each time, because `task(name=...)` renames the function object itself.
    """
    as_link: Any = task(name=name)

    async def on_loop() -> dict[str, Any]:
        note(get_config(), {JOURNAL: True})
        return await function()

    if IN_SYNC_RUN.get():

        def in_thread() -> dict[str, Any]:
            return current_bridge().call(on_loop)

        return asyncio.wrap_future(as_link(in_thread)())
    running: asyncio.Future[dict[str, Any]] = asyncio.ensure_future(as_link(on_loop)())
    return running
