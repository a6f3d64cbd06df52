"""What a trace says of a run beside what LangGraph and LangChain say: metadata by which runs can be filtered.

Nothing is made for a run that nobody watches: metadata of tool calls needs a callback handler, that of nodes and the
status of calls one that traces.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler, BaseCallbackManager
from langchain_core.messages import ToolMessage
from langchain_core.runnables import RunnableConfig
from langchain_core.tracers.base import BaseTracer
from langgraph.errors import GraphBubbleUp

from langgraph_llm_compiler.execution.callbacks import handlers_of, is_watched, own_run
from langgraph_llm_compiler.execution.caught import Stopped
from langgraph_llm_compiler.execution.scheduled import ScheduledTask
from langgraph_llm_compiler.state import TaskRecord

ROUND, STATUS, JOURNAL = "plan_round", "plan_status", "plan_journal"
TASK, ELEMENT, DEPENDENCIES, ATTEMPT = "plan_task", "plan_element", "plan_dependencies", "plan_attempt"


def with_metadata(config: RunnableConfig, metadata: dict[str, Any]) -> RunnableConfig:
    """The config for a call whose run, and all that runs within it, is to have this metadata."""
    return {**config, "metadata": {**(config.get("metadata") or {}), **metadata}}


def is_traced(config: RunnableConfig) -> bool:
    """Whether a tracer sees what is called with this config, which LangGraph has made."""
    return bool(_tracers(config))


def note(config: RunnableConfig, metadata: dict[str, Any]) -> None:
    """Add metadata to the run of the node or `@task` that was given this config; LangGraph has already begun it."""
    if (run_id := own_run(config)) is not None:
        _note(_tracers(config), run_id, metadata)


def note_statuses(config: RunnableConfig, records: Iterable[TaskRecord]) -> None:
    """Add to the executor's run how many tasks ended how: `plan_ok`, `plan_error`, `plan_skipped`, ..."""
    if _tracers(config):
        counts = Counter(each["status"] for each in records if each["ended_at"] is not None)
        note(config, {f"plan_{status}": count for status, count in counts.items()})


def _note(tracers: Iterable[BaseTracer], run_id: UUID, metadata: dict[str, Any]) -> None:
    for tracer in tracers:
        if (run := tracer.run_map.get(str(run_id))) is not None:
            extra = run.extra or {}  # its metadata may be the very dictionary of other runs
            run.extra = {**extra, "metadata": {**extra.get("metadata", {}), **metadata}}


def _tracers(config: RunnableConfig) -> list[BaseTracer]:
    return [each for each in handlers_of(config) if isinstance(each, BaseTracer)]


class CallTraces:
    """Gives each tool call of a plan the config with which its run can be found in a trace.

    Args:
        config: Config of the node on whose behalf tools are called.

    Attributes:
        are_watched: Whether a tracer or another callback sees the calls.
    """

    def __init__(self, config: RunnableConfig) -> None:
        self.are_watched = is_watched(config)
        self._callbacks = callbacks = config.get("callbacks")
        if isinstance(callbacks, BaseCallbackManager) and (tracers := _tracers(config)):
            self._callbacks = callbacks.copy()
            # before the tracers, which send a run when it ends; not inherited by what runs within
            self._callbacks.handlers.insert(0, _Statuses(tracers))

    def config(self, scheduled: ScheduledTask, config: RunnableConfig) -> RunnableConfig:
        """The config for an attempt at a call, made of the one that it is to be called with."""
        if not self.are_watched:
            return config
        record = scheduled.record
        metadata: dict[str, Any] = {ROUND: record["round"], TASK: record["id"]}
        if scheduled.element is not None:
            metadata[ELEMENT] = scheduled.element
        if record["dependencies"]:
            metadata[DEPENDENCIES] = ",".join(map(str, record["dependencies"]))
        if scheduled.attempts > 1:
            metadata[ATTEMPT] = scheduled.attempts
        return with_metadata({**config, "callbacks": self._callbacks}, metadata)


class _Statuses(BaseCallbackHandler):
    """Notes in a tool's run how its call ended."""

    run_inline = True
    ignore_llm = ignore_chat_model = ignore_chain = ignore_retriever = ignore_retry = ignore_custom_event = True

    def __init__(self, tracers: Sequence[BaseTracer]) -> None:
        self._tracers = tracers

    def on_tool_end(self, output: Any, *, run_id: UUID, **_: Any) -> None:
        """The tool gave something; an error that it handled itself is one all the same."""
        is_error = isinstance(output, ToolMessage) and output.status == "error"
        _note(self._tracers, run_id, {STATUS: "error" if is_error else "ok"})

    def on_tool_error(self, error: BaseException, *, run_id: UUID, **_: Any) -> None:
        """The tool failed, asked a person, or was stopped."""
        status = "interrupted" if isinstance(error, GraphBubbleUp) else "error"
        _note(self._tracers, run_id, {STATUS: error.status if isinstance(error, Stopped) else status})
