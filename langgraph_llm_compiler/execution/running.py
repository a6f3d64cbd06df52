"""Runs the calls that can start: each in an asyncio task, within limits, and again after failures that may pass."""

import asyncio
import random
from collections.abc import Callable, Collection, Mapping
from typing import Any

from langchain_core.runnables import RunnableConfig

from langgraph_llm_compiler.execution.calls import ToolCaller
from langgraph_llm_compiler.execution.caught import CANCELLED
from langgraph_llm_compiler.execution.namespaces import of_call
from langgraph_llm_compiler.execution.policy import pause_before_retry
from langgraph_llm_compiler.execution.reads import ReadCache
from langgraph_llm_compiler.execution.records import Outcome
from langgraph_llm_compiler.execution.scheduled import ScheduledTask
from langgraph_llm_compiler.execution.slots import Slots
from langgraph_llm_compiler.execution.tracing import CallTraces


class CallRunner:
    """Runs the calls of one plan.

    Args:
        caller: Calls the tools.
        state: The graph's state, which tools may have injected.
        config: Config of the node on whose behalf they are called.
        limit: How many calls may run at once, or None.
        cache: Keeps results of calls that only read from run to run, or None.
        approved_tools: Tools whose results no cache keeps, because a person has to approve each call.
        on_start: Told of a call before each attempt at it.
        on_end: Told how a call has ended, and whether the journal keeps that end: not if the call was cancelled, unless
            because nobody needed it.

    Attributes:
        failure: What came out of a call, or out of `on_end`: a signal of LangGraph's, or a bug. No call follows it.
        is_stopped: Whether no call is to start any more.
    """

    def __init__(
        self,
        caller: ToolCaller,
        state: Mapping[str, Any],
        config: RunnableConfig,
        *,
        limit: int | None,
        cache: ReadCache | None,
        approved_tools: Collection[str],
        on_start: Callable[[ScheduledTask], None],
        on_end: Callable[[ScheduledTask, Outcome, bool], None],
    ) -> None:
        self.failure: BaseException | None = None
        self.is_stopped = False
        self._caller, self._state, self._config, self._traces = caller, state, config, CallTraces(config)
        self._cache, self._approved_tools = cache, approved_tools
        self._on_start, self._on_end = on_start, on_end
        self._slots = Slots(limit, lambda tool: caller.policy(tool).max_concurrency)
        self._running: dict[asyncio.Task[Outcome], ScheduledTask] = {}
        self._pauses: dict[ScheduledTask, asyncio.TimerHandle] = {}
        self._next_start: asyncio.Handle | None = None
        self._settled: asyncio.Future[None] | None = None
        self._loop = asyncio.get_running_loop()

    def add(self, scheduled: ScheduledTask) -> None:
        """Let a call start as soon as it may; `start` has to follow."""
        self._slots.add(scheduled)

    def start(self) -> None:
        """Start calls that have been added."""
        if self._next_start is None:
            self._start_next()

    async def settled(self) -> None:
        """Return once no call runs or is about to.

        Raises:
            BaseException: The failure.
        """
        while self.failure is None and (self._running or self._pauses):
            self._settled = self._loop.create_future()
            await self._settled
        if self.failure is not None:
            raise self.failure

    def cancel(self, scheduled: ScheduledTask) -> bool:
        """Cancel one call; whether it runs, so that its end is still to come."""
        running = next((each for each, which in self._running.items() if which is scheduled), None)
        if running is not None:
            running.cancel()
        elif (pause := self._pauses.pop(scheduled, None)) is not None:
            pause.cancel()
        return running is not None

    async def stop(self) -> list[ScheduledTask]:
        """Start nothing more, cancel what runs, wait until it has ended, and give which calls these were."""
        self.is_stopped, called = True, list(self._running.values())
        for pause in self._pauses.values():
            pause.cancel()
        for running in self._running:
            running.cancel()
        if self._running:
            await asyncio.wait(self._running)
        return called

    def release(self) -> None:
        """Drop the callbacks, now that no call runs: they refer back to whoever owns this."""
        del self._on_start, self._on_end

    async def call(self, scheduled: ScheduledTask, config: RunnableConfig) -> Outcome:
        """Make one attempt at a call, or take its result from the cache.

        Args:
            scheduled: The call.
            config: Config that it is made with.
        """
        record = scheduled.record
        args, tool = record["resolved"] or {}, record["tool"]
        cache = self._cache
        if cache is not None and (tool in self._approved_tools or not self._caller.is_cached(tool)):
            cache = None
        if cache is not None and (kept := await cache.get(tool, args)) is not None:
            return kept
        config = self._traces.config(scheduled, config)
        outcome = await self._caller.call(
            tool, args, scheduled.call_id, self._state, config, is_watched=self._traces.are_watched
        )
        if cache is not None and outcome.status == "ok":
            await cache.put(tool, args, outcome)
        return outcome

    def _start_next(self) -> None:
        """Start one call, and the next one in the next pass of the event loop.

        So a call gets on before others are begun. Were all begun at once, what they hold would outlive the collector's
        young generations, and each call would cost more, the more of them there are.
        """
        self._next_start = None
        if not (self.is_stopped or self.failure) and (scheduled := self._slots.take()) is not None:
            self._on_start(scheduled)
            running = self._loop.create_task(self.call(scheduled, of_call(self._config, scheduled.call_id)))
            self._running[running] = scheduled
            running.add_done_callback(self._ended)
            self._next_start = self._loop.call_soon(self._start_next)

    def _ended(self, running: "asyncio.Task[Outcome]") -> None:
        try:
            self._take_end(self._running.pop(running), running)
        except Exception as error:  # noqa: BLE001 - a callback's error reaches nobody, and the run would wait for ever
            self.failure = self.failure or error
        is_settled = self.failure is not None or not (self._running or self._pauses)
        if is_settled and self._settled is not None and not self._settled.done():
            self._settled.set_result(None)

    def _take_end(self, scheduled: ScheduledTask, running: "asyncio.Task[Outcome]") -> None:
        self._slots.free(scheduled)
        if scheduled.dropped is not None and (running.cancelled() or running.exception() is None):
            self._on_end(scheduled, Outcome(status="cancelled", error=scheduled.dropped), True)
        elif running.cancelled():
            self._on_end(scheduled, Outcome(status="cancelled", error=CANCELLED), False)
        elif error := running.exception():
            self.failure = self.failure or error
        elif self.is_stopped and running.result().exception is not None:  # the tool made an error of it
            self._on_end(scheduled, Outcome(status="cancelled", error=CANCELLED), False)
        elif not self._is_tried_again(scheduled, outcome := running.result()):
            self._on_end(scheduled, outcome, True)
        self.start()

    def _is_tried_again(self, scheduled: ScheduledTask, outcome: Outcome) -> bool:
        if outcome.exception is None:
            return False
        policy = self._caller.policy(scheduled.record["tool"])
        pause = pause_before_retry(policy.retry, outcome.exception, scheduled.attempts, random.random)
        if pause is None:
            return False
        self._pauses[scheduled] = self._loop.call_later(pause, self._try_again, scheduled)
        return True

    def _try_again(self, scheduled: ScheduledTask) -> None:
        del self._pauses[scheduled]
        self._slots.add(scheduled)
        self.start()
