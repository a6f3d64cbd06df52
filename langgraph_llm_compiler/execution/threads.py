"""Threads for sync tools, and for the sync faces of models.

asyncio's default pool has a handful of threads that the whole program shares (six on two processors), so wide plans of
sync tools would queue there. These threads are made on demand, reused, and are daemons: a sync tool that never returns
cannot keep the program from ending. How many there are is bounded by the run's `max_concurrency`.
"""

import asyncio
import contextlib
import contextvars
import os
import queue
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, TypeVar

IDLE_SECONDS = 10.0

T = TypeVar("T")

_Job = tuple[Callable[[], Any], asyncio.AbstractEventLoop, "asyncio.Future[Any]"]


class _End:
    """Comes after the last item."""


class WorkerThreads:
    """Runs blocking functions, each at once, on a thread of its own or one that is idle."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget the threads: a forked process has none of its parent's."""
        self._jobs: queue.SimpleQueue[_Job] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._idle = 0

    async def run(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """What `function(*args, **kwargs)` returns, run with this task's context variables.

        Raises:
            BaseException: Whatever the function raises; a `StopIteration`, which futures refuse, as `RuntimeError`.
        """
        loop, context = asyncio.get_running_loop(), contextvars.copy_context()
        future: asyncio.Future[Any] = loop.create_future()
        with self._lock:
            spawn = self._idle == 0
            self._idle -= not spawn
        self._jobs.put((lambda: context.run(function, *args, **kwargs), loop, future))
        if spawn:
            threading.Thread(target=self._work, name="llm-compiler-tool", daemon=True).start()
        return await future

    async def iterate(self, make: Callable[[], Iterator[T]]) -> AsyncIterator[T]:
        """The items of a blocking iterator, which is made, read and closed on one thread.

        Once nobody reads any more, the iterator is closed with the next item that it gives.
        """
        loop, items, is_left = asyncio.get_running_loop(), asyncio.Queue[T | _End](), threading.Event()

        def produce() -> None:
            iterator = make()
            for item in iterator:
                if is_left.is_set():
                    break
                loop.call_soon_threadsafe(items.put_nowait, item)
            if hasattr(iterator, "close"):
                iterator.close()

        producer = asyncio.ensure_future(self.run(produce))
        producer.add_done_callback(lambda _: items.put_nowait(_End()))
        try:
            while not isinstance(item := await items.get(), _End):
                yield item
            await producer
        finally:
            is_left.set()
            producer.cancel()

    def _work(self) -> None:
        while True:
            try:
                job, loop, future = self._jobs.get(timeout=IDLE_SECONDS)
            except queue.Empty:
                with self._lock:
                    if self._idle == 0:  # a job was promised to this thread just now
                        continue
                    self._idle -= 1
                    return
            deliver = self._outcome(job, future)
            with contextlib.suppress(RuntimeError):  # the loop was closed meanwhile: nobody waits
                loop.call_soon_threadsafe(deliver)
            del job, loop, future, deliver
            with self._lock:
                self._idle += 1

    @staticmethod
    def _outcome(job: Callable[[], Any], future: "asyncio.Future[Any]") -> Callable[[], None]:
        try:
            result = job()
        except StopIteration as error:
            raised: BaseException = RuntimeError(f"the tool raised StopIteration: {error}")
            raised.__cause__ = error
        except BaseException as error:  # noqa: BLE001 - handed to whoever awaits the future
            raised = error
        else:
            return lambda: None if future.done() else future.set_result(result)
        return lambda: None if future.done() else future.set_exception(raised)


WORKERS = WorkerThreads()

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=WORKERS.reset)
