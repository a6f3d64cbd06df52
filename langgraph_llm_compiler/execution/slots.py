"""Which of the calls that can run may start next."""

import heapq
from collections import defaultdict, deque
from collections.abc import Callable

from langgraph_llm_compiler.execution.scheduled import ScheduledTask


class Slots:
    """Calls that are ready, in plan order, within the limit of the run and those of their tools.

    Args:
        limit: How many calls may run at once, or None.
        limit_of: The same for the calls of one tool, by its name.
    """

    def __init__(self, limit: int | None, limit_of: Callable[[str], int | None]) -> None:
        self._limit, self._limit_of = limit, limit_of
        self._ready: list[tuple[tuple[int, int], ScheduledTask]] = []
        self._parked: dict[str, deque[ScheduledTask]] = defaultdict(deque)
        self._taken: dict[str, int] = defaultdict(int)
        self._all_taken = 0

    def add(self, scheduled: ScheduledTask) -> None:
        """Let a call wait for a slot."""
        heapq.heappush(self._ready, (scheduled.order, scheduled))

    def take(self) -> ScheduledTask | None:
        """The next call that may start, which then holds a slot; None if there is none, or no slot for it."""
        while self._ready and (self._limit is None or self._all_taken < self._limit):
            _, scheduled = heapq.heappop(self._ready)
            if scheduled.outcome is not None:  # it is not needed any more
                continue
            tool = scheduled.record["tool"]
            most = self._limit_of(tool)
            if most is None or self._taken[tool] < most:
                self._taken[tool] += 1
                self._all_taken += 1
                return scheduled
            self._parked[tool].append(scheduled)
        return None

    def free(self, scheduled: ScheduledTask) -> None:
        """Give back the slot of a call that has ended, or that pauses before another attempt."""
        tool = scheduled.record["tool"]
        self._taken[tool] -= 1
        self._all_taken -= 1
        parked = self._parked.get(tool) if self._parked else None
        while parked:
            if (waiting := parked.popleft()).outcome is None:
                self.add(waiting)
                break
