"""A run over several attempts within this process, kept by the in-memory saver: broken off by an error or a cancel."""

import asyncio
import threading
import traceback
from typing import Any

from langgraph_llm_compiler import ModelError, PlannerError
from tests.durability.cases import Case
from tests.durability.lives import Event, Run, Way, answer_to, report, start_or_resume
from tests.durability.play import config_of, graph_of
from tests.durability.savers import TellingMemory

IN_USE = ("plan", "piece", "joiner")
"""Events at which the model is in use, so that its connection can break."""


class Attempts(Run):
    """A run whose lives are attempts within this process.

    Args:
        case: What is run.
        face: "sync" for `invoke`, "async" for `ainvoke`.
        trouble: "error": the model's connection breaks; "cancel": the run is cancelled. That happens once, at an event
            whose number `to_end` is told; of those at which the model is in use, if its connection is to break.

    Attributes:
        saver: Where it is kept.
        start: Config of its first attempt: that of an earlier checkpoint repeats the run from there.
        spared: Whether no trouble came.
    """

    def __init__(self, case: Case, face: str, trouble: str = "error") -> None:
        super().__init__(case, Way(face, "async", "memory"), "1")
        self.saver, self.trouble = TellingMemory(), trouble
        self.config = self.start = config_of(case, self.thread)
        self.spared = True
        self._left = -1
        self._lock = threading.Lock()

    def _life(self, asked: Event | None, die_at: int | None) -> list[Event]:
        self._left = die_at or -1 if not self.lives else self._left
        events: list[Event] = []

        def tell(kind: str, what: Any = None, **more: Any) -> None:
            with self._lock:
                events.append({"kind": kind, "what": what, **more})
                self._left -= self.trouble == "cancel" or kind in IN_USE
                is_now, self._left = self._left == 0, self._left or -1
            if is_now:
                self._make_trouble(kind)

        self.saver.tell = tell
        graph = graph_of(self.case, tell, self.saver, len(self.lives))
        config = self.config if self.lives else self.start
        given = start_or_resume(graph.get_state(config)) if asked is None else answer_to(asked)
        try:
            report(self._invoked(graph, given, config), tell)
        except (PlannerError, ModelError, asyncio.CancelledError):
            pass
        except BaseException:  # noqa: BLE001 - whatever it was, it is told
            tell("broke", traceback.format_exc())
        return events

    def _make_trouble(self, kind: str) -> None:
        if kind in ("asks", "ended"):  # nothing runs any more
            return
        self.spared = False
        if self.trouble == "error":
            raise ConnectionError("lost")
        self._loop.call_soon_threadsafe(self._run.cancel)

    def _invoked(self, graph: Any, given: Any, config: Any) -> Any:
        if self.way.face == "sync":
            return graph.invoke(given, config, durability=self.way.durability)
        return asyncio.run(self._awaited(graph, given, config))

    async def _awaited(self, graph: Any, given: Any, config: Any) -> Any:
        self._loop = asyncio.get_running_loop()
        self._run = asyncio.ensure_future(graph.ainvoke(given, config, durability=self.way.durability))
        return await self._run

    @property
    def history(self) -> list[Any]:
        """The checkpoints from which it can go on."""
        graph = graph_of(self.case, self.saver.tell, self.saver)
        return [each for each in graph.get_state_history(self.config) if each.next]

    @property
    def begun(self) -> set[str]:
        """The calls that it has made."""
        return {each["what"] for life in self.lives for each in life if each["kind"] == "call"}
