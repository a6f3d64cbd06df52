"""Sending on time: absolute deadlines, so that a delay is caught up and never handed on."""

import asyncio
import select
import selectors
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol, TypeVar

__all__ = ["Clock", "LoopClock", "new_precise_loop", "send_on_time"]

T = TypeVar("T")


class Clock(Protocol):
    """A monotonic clock, in seconds, that can be waited on."""

    def now(self) -> float:
        """Seconds since some fixed moment."""
        ...

    async def sleep_until(self, when: float) -> None:
        """Returns at `when`, or as soon as possible after it; yields to the event loop in every case."""
        ...


class LoopClock:
    """The clock of the running event loop."""

    def now(self) -> float:
        """Seconds on the loop's clock, `time.monotonic`."""
        return asyncio.get_running_loop().time()

    async def sleep_until(self, when: float) -> None:
        """Sleeps until `when`."""
        await asyncio.sleep(when - self.now())


async def send_on_time(
    items: Sequence[T], due: Callable[[T], float], send: Callable[[Sequence[T], float], Awaitable[None]], clock: Clock
) -> None:
    """Hands items over when they are due; those that are due at once go together.

    Args:
        items: What is to be sent, in order of time.
        due: When an item is to leave, on `clock`.
        send: Takes the items that are due, and by how many seconds the first of them is late.
        clock: What times are read from.
    """
    first = 0
    while first < len(items):
        deadline = due(items[first])
        await clock.sleep_until(deadline)
        now, end = clock.now(), first + 1
        while end < len(items) and due(items[end]) <= now:
            end += 1
        await send(items[first:end], now - deadline)
        first = end


if sys.platform == "linux":

    class _PreciseSelector(selectors.EpollSelector):
        """epoll rounds a wait up to the next millisecond; a select on the epoll itself waits to the microsecond."""

        _highest = 1023  # select takes no file descriptor above it

        def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
            if timeout is not None and timeout > 0 and self.fileno() <= self._highest:
                select.select([self.fileno()], (), (), timeout)
                timeout = 0
            return super().select(timeout)

    def new_precise_loop() -> asyncio.AbstractEventLoop:
        """An event loop whose timers fire within about 0.1 ms of their time on an idle machine."""
        return asyncio.SelectorEventLoop(_PreciseSelector())

else:  # pragma: no cover

    def new_precise_loop() -> asyncio.AbstractEventLoop:
        """An event loop of the platform's own kind."""
        return asyncio.new_event_loop()
