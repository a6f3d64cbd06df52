"""One event loop in a thread of its own, on which every synchronous run executes its nodes.

LangGraph refuses async-only nodes under `invoke`, and running the whole graph through `ainvoke` would break the sync
checkpointers. So each node has a sync face that hands its coroutine to this loop and waits (about 30 microseconds).
"""

import asyncio
import concurrent.futures
import contextlib
import contextvars
import os
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

IN_SYNC_RUN: contextvars.ContextVar[bool] = contextvars.ContextVar("llm_compiler_in_sync_run", default=False)


class Bridge:
    """Runs coroutines for threads that have no event loop to await them on."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget the loop: a forked process has none of its parent's threads."""
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._inner: Bridge | None = None

    def inner(self) -> "Bridge":
        """Another bridge, for code on this one's loop that may block it, as by calling a graph's `invoke`."""
        with self._lock:
            self._inner = self._inner or Bridge()
            return self._inner

    def _running_loop(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=self._run, args=(self._loop,), name="llm-compiler-loop", daemon=True).start()
            return self._loop

    def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        while not loop.is_closed():
            # a KeyboardInterrupt or SystemExit in one coroutine ends run_forever(), but not the other runs on this loop
            with contextlib.suppress(BaseException):
                loop.run_forever()

    def call(self, function: Callable[..., Coroutine[Any, Any, T]], *args: Any) -> T:
        """What `await function(*args)` gives, with the caller's context variables; blocks the calling thread.

        An exception in the waiting thread (a keyboard interrupt) cancels the coroutine and waits for it to end.
        """
        loop, context = self._running_loop(), contextvars.copy_context()
        context.run(_CURRENT.set, self)
        outcome: concurrent.futures.Future[T] = concurrent.futures.Future()
        started: list[asyncio.Task[T]] = []

        def start() -> None:
            if not outcome.done():
                task = loop.create_task(function(*args), context=context)
                started.append(task)
                task.add_done_callback(lambda done: _transfer(done, outcome))

        def stop() -> None:
            if started:
                started[0].cancel()
            else:  # interrupted before it could start
                outcome.set_exception(asyncio.CancelledError())

        try:
            loop.call_soon_threadsafe(start)
            return outcome.result()
        except BaseException:
            if not outcome.done():
                loop.call_soon_threadsafe(stop)
                concurrent.futures.wait([outcome])
            raise


def _transfer(task: "asyncio.Task[T]", outcome: "concurrent.futures.Future[T]") -> None:
    if task.cancelled():
        outcome.set_exception(asyncio.CancelledError())
    elif error := task.exception():
        outcome.set_exception(error)
    else:
        outcome.set_result(task.result())


BRIDGE = Bridge()
_CURRENT: contextvars.ContextVar[Bridge | None] = contextvars.ContextVar("llm_compiler_bridge", default=None)


def current_bridge() -> Bridge:
    """The bridge on whose loop the code that started this thread runs."""
    return _CURRENT.get() or BRIDGE


def next_bridge() -> Bridge:
    """A bridge whose loop the calling code, on whatever thread it is, cannot be blocking."""
    outer = _CURRENT.get()
    return BRIDGE if outer is None else outer.inner()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=BRIDGE.reset)
