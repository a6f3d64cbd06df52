"""A run over several attempts within this process, kept by the in-memory saver: broken off by an error or a cancel."""

import asyncio
import threading
import traceback
from collections.abc import Callable
from typing import Any

from langgraph_llm_compiler import ModelError, PlannerError
from tests.durability.cases import Case
from tests.durability.lives import Event, Run, Way, report, start_or_resume
from tests.durability.play import config_of, graph_of
from tests.durability.savers import TellingMemory


class Listener:
    """Keeps what it is told; with the event of a number comes the trouble."""

    def __init__(self, at: int | None, trouble: Callable[[], None]) -> None:
        self.events: list[Event] = []
        self._at, self._trouble, self._lock = at, trouble, threading.Lock()

    def __call__(self, kind: str, what: Any = None, **more: Any) -> None:
        with self._lock:
            self.events.append({"kind": kind, "what": what, **more})
            is_now = len(self.events) == self._at
        if is_now:
            self._trouble()


class Attempts(Run):
    """A run whose lives are attempts within this process.

    Args:
        case: What is run.
        face: "sync" for `invoke`, "async" for `ainvoke`.
        trouble: "error": the model's connection breaks, if it is in use; "cancel": the run is cancelled.
    """

    def __init__(self, case: Case, face: str, trouble: str = "error") -> None:
        super().__init__(case, Way(face, "async", "memory"), "1")
        self.saver, self.trouble = TellingMemory(), trouble
        self.config = config_of(case, self.thread)

    def graph(self, listener: Listener) -> Any:
        self.saver.tell = listener
        return graph_of(self.case, listener, self.saver, len(self.lives))

    def _life(self, given: Any, die_at: int | None) -> list[Event]:
        listener = Listener(die_at, _break if self.trouble == "error" else self._cancel)
        graph = self.graph(listener)
        given = given or start_or_resume(graph.get_state(self.config))
        try:
            report(self.invoked(graph, given, self.config), listener)
        except (PlannerError, ModelError, asyncio.CancelledError):
            pass
        except BaseException:  # noqa: BLE001 - whatever it was, it is told
            listener("broke", traceback.format_exc())
        return listener.events

    def invoked(self, graph: Any, given: Any, config: Any) -> Any:
        if self.way.face == "sync":
            return graph.invoke(given, config, durability=self.way.durability)
        return asyncio.run(self._invoked(graph, given, config))

    async def _invoked(self, graph: Any, given: Any, config: Any) -> Any:
        self._loop = asyncio.get_running_loop()
        self._run = asyncio.ensure_future(graph.ainvoke(given, config, durability=self.way.durability))
        return await self._run

    def _cancel(self) -> None:
        if not self._run.done():
            self._loop.call_soon_threadsafe(self._run.cancel)


def _break() -> None:
    raise ConnectionError("lost")

