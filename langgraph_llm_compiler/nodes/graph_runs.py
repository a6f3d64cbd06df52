"""The runs of a graph: how each was started, and what it leaves open when it ends."""

import re
from typing import Any, Literal
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.runnables import RunnableConfig
from langgraph.types import Command

from langgraph_llm_compiler.execution.callbacks import handlers_of, own_run, without_handlers
from langgraph_llm_compiler.nodes.plan_stream import PlanStream

Start = Literal["question", "nothing", "answer"]
"""What a run of a graph was given: an input, nothing (it goes on where it was), or a person's answer."""

_INTERRUPT_ID = re.compile("[0-9a-f]{32}")
"""Answers may come by the ids of the interrupts that they are for."""


def _start(given: Any) -> tuple[Start, Any]:
    if not isinstance(given, Command):
        return ("nothing" if given is None else "question"), None
    answer: Any = given.resume
    if isinstance(answer, dict) and len(answer) == 1 and all(_INTERRUPT_ID.fullmatch(str(each)) for each in answer):
        (answer,) = answer.values()
    return ("nothing" if answer is None else "answer"), answer


class CloseStreams(BaseCallbackHandler):
    """Closes the streams of a graph run when that run ends, so that none outlives it unclaimed.

    That happens at a breakpoint before the executor, or when the run is cancelled between planner and joiner. It also
    knows how the runs were started.
    """

    run_inline = True
    ignore_llm = ignore_chat_model = ignore_agent = ignore_retriever = ignore_retry = ignore_custom_event = True

    def __init__(self) -> None:
        self._root_of: dict[UUID, UUID] = {}
        self._runs_of: dict[UUID, set[UUID]] = {}
        self._starts: dict[UUID, tuple[Start, Any]] = {}

    def on_chain_start(
        self, serialized: dict[str, Any], inputs: Any, *, run_id: UUID, parent_run_id: UUID | None = None, **_: Any
    ) -> None:
        """Note to which graph run this run within it belongs; a node is a run, and what it consists of is, too."""
        root = run_id if parent_run_id is None else self._root_of.get(parent_run_id, run_id)
        self._root_of[run_id] = root
        self._runs_of.setdefault(root, set()).add(run_id)
        if root == run_id:
            self._starts[root] = _start(inputs)

    def on_chain_end(self, outputs: Any, *, run_id: UUID, **_: Any) -> None:
        """Close what the runs within this graph run left open."""
        self._starts.pop(run_id, None)
        if runs := self._runs_of.pop(run_id, None):
            PlanStream.close_all_of(runs)
            for each in runs:
                self._root_of.pop(each, None)

    def on_chain_error(self, error: BaseException, *, run_id: UUID, **_: Any) -> None:
        """Close what the runs within this graph run left open."""
        self.on_chain_end(None, run_id=run_id)

    @classmethod
    def start_of(cls, config: RunnableConfig) -> tuple[Start | None, Any]:
        """How the graph run of a node, whose config this is, was started, and with what answer; None if not known."""
        if (run := own_run(config)) is None:
            return None, None
        roots = ((each, each._root_of.get(run)) for each in handlers_of(config) if isinstance(each, cls))
        starts = (handler._starts.get(root) for handler, root in roots if root is not None)
        return next(starts, None) or (None, None)

    @classmethod
    def left_out(cls, config: RunnableConfig) -> RunnableConfig:
        """The config for a model or tool: with no handler left, langchain dispatches none of a stream's tokens."""
        return without_handlers(config, cls)
