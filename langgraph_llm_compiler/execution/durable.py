"""The journal: finished calls that a resume must not run again, kept by a chain of LangGraph `@task`s.

LangGraph matches finished `@task`s on resume by call order and name, ignoring arguments, and lets `max_concurrency`
gate them. So calls are no `@task`s. They run as plain asyncio tasks, and one chain `results#0, results#1, ...` records
them: each link returns what has finished since the one before. At most one link is in flight and their order is fixed,
so a resume replays them safely whatever order the calls ended in. A call that was in flight, or not yet recorded, when
the process died runs again: at least once, not exactly once.

What asks a person is a link of its own, announced by the one before: so its answer is recorded, and reaches nothing
else.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from langgraph_llm_compiler.errors import ConfigurationError
from langgraph_llm_compiler.execution.links import NUMBER, forget_answers, link, saved_links

RESULTS, CALL = "results", "call"
"""Names of the links, as `updates` streams and traces show them: `results#3`, `call#4`."""

_NEXT_CALL = "#call"
STARVED_SECONDS = 10.0
STARVED = (
    "the journal got no slot to run in: LangGraph counts the streaming node itself against max_concurrency. With a "
    "checkpointer, stream with max_concurrency of 2 or more (3 or more under the synchronous stream), or use invoke"
)


class Journal:
    """What is known of finished calls; this one keeps it for the run only, for graphs without a checkpointer.

    Attributes:
        entries: Recorded values by key.
        is_durable: Whether entries outlive the process.
    """

    is_durable = False

    def __init__(self) -> None:
        self.entries: dict[str, Any] = {}

    def record(self, key: str, value: Any) -> None:
        """Keep a value: plain data, messages at most."""
        self.entries[key] = value

    @property
    def recorded_calls(self) -> list[dict[str, Any]]:
        """The ends of calls among the entries, as `ScheduledTask.recorded` gives them."""
        return [each for each in self.entries.values() if isinstance(each, dict) and "tool" in each]

    async def flush(self) -> None:
        """Return once everything recorded is safe."""

    async def run(self, key: str, function: Callable[[], Awaitable[Any]]) -> Any:
        """Run a call that may interrupt the graph, and record what it gives under `key`."""
        value = await function()
        self.record(key, value)
        return value

    async def close(self) -> None:
        """End the journal; nothing may be recorded afterwards."""


class DurableJournal(Journal):
    """A journal that the graph's checkpointer keeps. Call `replay` first."""

    is_durable = True

    def __init__(self) -> None:
        super().__init__()
        self._fresh: dict[str, Any] = {}
        self._unsaved: set[str] = set()
        self._news, self._reached, self._progress = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._links, self._is_closing, self._is_skipped = 0, False, False
        self._open_call: str | None = None
        self._function: asyncio.Future[Callable[[], Awaitable[Any]]] | None = None

    async def replay(self, *, is_first: bool = False, is_answered: bool = True) -> None:
        """Collect what earlier attempts at this node recorded.

        Args:
            is_first: Whether there can have been none.
            is_answered: Whether this attempt was started with an answer to what the last one asked.

        Raises:
            ConfigurationError: `max_concurrency` leaves the journal no slot.
        """
        if not is_answered:
            forget_answers()
        saved = [] if is_first else await saved_links()
        numbers = {each[NUMBER] for each in saved}
        try:
            self._open_batch()
            if await self._is_reached() and 0 in numbers:
                saved, numbers = [], set()  # LangGraph chose to repeat what was saved
            while not await self._is_reached() or self._is_missing(numbers):
                self._take(await self._current)
        except BaseException:  # the link in flight may yet get its slot, and LangGraph waits for it
            self._is_closing = True
            self._news.set()
            raise
        for each in saved:
            self._keep_values(each)
        self._keeper = asyncio.ensure_future(self._keep())

    async def _is_reached(self) -> bool:
        """Whether the link in flight runs for the first time, rather than being replayed."""
        reached = asyncio.ensure_future(self._reached.wait())
        links: list[asyncio.Future[Any]] = [self._current, reached]
        await asyncio.wait(links, timeout=STARVED_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        reached.cancel()
        if not self._reached.is_set() and not self._current.done():
            self._is_closing = True  # LangGraph waits for the link, which gets its slot when this node has failed
            raise ConfigurationError(STARVED)
        return self._reached.is_set()

    def _is_missing(self, saved: set[int]) -> bool:
        """Whether the link in flight, which runs for the first time, is to end empty because later ones were saved.

        LangGraph saves links side by side, and a process may die between a later one and an earlier one.
        """
        if self._open_call is not None or self._links > max(saved, default=-1):
            return False
        self._reached.clear()
        self._is_skipped = True
        self._news.set()
        return True

    def record(self, key: str, value: Any) -> None:
        """Keep a value, with the next link of the chain."""
        super().record(key, value)
        self._fresh[key] = value
        self._unsaved.add(key)
        self._news.set()

    async def flush(self) -> None:
        """Return once LangGraph has every value; raises what broke the chain, if anything did."""
        while self._unsaved and not self._keeper.done():
            self._progress.clear()
            await self._progress.wait()
        if self._keeper.done():
            self._keeper.result()

    async def run(self, key: str, function: Callable[[], Awaitable[Any]]) -> Any:
        """Run a call that may interrupt the graph as a link of its own.

        An interrupt inside a `@task` is answered by that `@task`'s identity, so its answer can reach no other call.
        Nobody can have answered what was not asked yet, so what answers there are is forgotten before.
        """
        if self._open_call != key:
            if self._function is not None:
                self._function.set_result(_pass)  # it was opened for a call whose turn comes later this time
            forget_answers()
            self.record(_NEXT_CALL, key)
            await self.flush()
        if self._function is None:
            raise AssertionError("the link of the call is open once its announcement is saved")
        call = self._current
        self._function.set_result(function)
        await asyncio.wait([call])
        call.result()
        await self.flush()
        return self.entries[key]

    async def close(self) -> None:
        """End the chain with an empty link, so that LangGraph waits for none."""
        self._is_closing = True
        self._news.set()
        if self._function is not None:
            self._function.cancel()
        await asyncio.wait([self._keeper], timeout=1.0)
        self._keeper.cancel()
        with contextlib.suppress(BaseException):  # the node's own outcome stands; LangGraph reports what broke a link
            await self._keeper

    async def _keep(self) -> None:
        try:
            while len(batch := await self._current) > 1 or not self._is_closing:
                self._unsaved -= batch.keys()
                self._take(batch)
                self._progress.set()
        finally:
            self._progress.set()

    def _take(self, batch: dict[str, Any]) -> None:
        """Keep what a link has returned, and open the next one."""
        self._keep_values(batch)
        if key := batch.get(_NEXT_CALL):
            self._open_call, self._function = key, asyncio.get_running_loop().create_future()
            self._open_link(CALL, self._call)
        else:
            self._open_batch()

    def _keep_values(self, batch: dict[str, Any]) -> None:
        self.entries |= {key: value for key, value in batch.items() if key != NUMBER}

    def _open_batch(self) -> None:
        self._open_call = self._function = None
        self._open_link(RESULTS, self._batch)

    def _open_link(self, kind: str, function: Callable[[], Coroutine[Any, Any, dict[str, Any]]]) -> None:
        number = self._links

        async def numbered() -> dict[str, Any]:
            return {NUMBER: number, **await function()}

        self._links += 1
        self._current = link(f"{kind}#{number}", numbered)

    async def _batch(self) -> dict[str, Any]:
        self._reached.set()
        # a link before this one may have taken the news with its batch
        while not (self._fresh or self._is_closing or self._is_skipped):
            self._news.clear()
            await self._news.wait()
        self._is_skipped = False
        batch, self._fresh = self._fresh, {}
        if _NEXT_CALL in batch:
            forget_answers()  # in the link as in the node: each has an answer of its own left
        return batch

    async def _call(self) -> dict[str, Any]:
        self._reached.set()
        if self._function is None or self._open_call is None:
            raise AssertionError("a call's link is opened with its key")
        key, function = self._open_call, await self._function
        return {} if function is _pass else {key: await function()}


async def _pass() -> None:
    """Stands for a call that is not made."""
