"""Threads for blocking functions: made on demand, reused, and never in the way."""

import asyncio
import contextvars
import threading
from collections.abc import Iterator

import pytest

from langgraph_llm_compiler.execution import threads
from langgraph_llm_compiler.execution.threads import WorkerThreads
from tests.support import PATIENCE, Gate, Meeting

VARIABLE: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="unset")


async def test_what_the_function_returns_with_the_callers_context():
    VARIABLE.set("set")

    def function(a: int, *, b: int) -> tuple[int, str, bool]:
        return a - b, VARIABLE.get(), threading.current_thread().daemon

    assert await WorkerThreads().run(function, 5, b=3) == (2, "set", True)


async def idle(workers: WorkerThreads) -> None:
    """Wait for a thread to be idle, which it is a moment after its result is there."""
    async with asyncio.timeout(PATIENCE):
        while workers._idle == 0:  # noqa: ASYNC110 - the threads tell nobody
            await asyncio.sleep(0)


async def test_one_thread_does_for_one_call_after_another():
    workers = WorkerThreads()
    idents = set()
    for _ in range(20):
        idents.add(await workers.run(threading.get_ident))
        await idle(workers)
    assert len(idents) == 1


async def test_every_call_has_a_thread_at_once():
    meeting = Meeting(40)
    workers = WorkerThreads()
    async with asyncio.TaskGroup() as group:
        for _ in range(40):
            group.create_task(workers.run(meeting.wait))
    assert meeting.most == 40


@pytest.mark.parametrize("error", [ValueError("v"), KeyboardInterrupt("k"), SystemExit(3), GeneratorExit("g")])
async def test_whatever_the_function_raises(error):
    def fail() -> None:
        raise error

    with pytest.raises(type(error)) as raised:
        await WorkerThreads().run(fail)
    assert raised.value is error


async def test_a_stop_iteration_which_no_future_takes():
    with pytest.raises(RuntimeError, match="raised StopIteration: x") as raised:
        await WorkerThreads().run(_stop)
    assert isinstance(raised.value.__cause__, StopIteration)


def _stop() -> None:
    raise StopIteration("x")


@pytest.mark.parametrize("late", ["a result", ValueError("an error")])
async def test_what_comes_after_a_cancellation_is_discarded(late):
    started, go_on, workers = Gate(), Gate(), WorkerThreads()

    def slow() -> str:
        started.open()
        go_on.wait()
        if isinstance(late, Exception):
            raise late
        return late

    running = asyncio.ensure_future(workers.run(slow))
    await started.passed()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    go_on.open()
    await idle(workers)
    assert await workers.run(lambda: "next") == "next"


def test_a_result_for_a_loop_that_is_closed_is_dropped_and_the_thread_lives_on():
    started, go_on, workers = Gate(), Gate(), WorkerThreads()

    def slow() -> None:
        started.open()
        go_on.wait()

    async def leave() -> None:
        left = asyncio.ensure_future(workers.run(slow))
        await started.passed()
        assert not left.done()

    asyncio.run(leave())
    go_on.open()
    assert asyncio.run(workers.run(lambda: "alive")) == "alive"


def test_an_idle_thread_ends(monkeypatch):
    monkeypatch.setattr(threads, "IDLE_SECONDS", 0.01)
    workers = WorkerThreads()
    thread = asyncio.run(workers.run(threading.current_thread))
    thread.join(PATIENCE)
    assert not thread.is_alive()
    assert workers._idle == 0
    assert asyncio.run(workers.run(lambda: "a new one")) == "a new one"


def test_a_thread_to_which_a_call_was_promised_waits_for_it(monkeypatch):
    """It gives up only if it is counted as idle: a promised call is about to be put into the queue."""
    monkeypatch.setattr(threads, "IDLE_SECONDS", 0.001)
    workers = WorkerThreads()
    thread = threading.Thread(target=workers._work, daemon=True)  # as if spawned for a call that is not queued yet
    thread.start()
    thread.join(0.02)
    assert thread.is_alive()
    workers._idle = 1
    thread.join(PATIENCE)
    assert not thread.is_alive()


@pytest.mark.parametrize("size", [0, 1, 1000])
async def test_a_blocking_iterator_is_read_in_its_order(size):
    assert [each async for each in WorkerThreads().iterate(lambda: iter(range(size)))] == list(range(size))


async def test_items_arrive_while_the_iterator_goes_on():
    gate = Gate()

    def make() -> Iterator[str]:
        yield "first"
        gate.wait()
        yield "second"

    items = WorkerThreads().iterate(make)
    assert await anext(items) == "first"
    gate.open()
    assert [each async for each in items] == ["second"]


async def test_what_an_iterator_raises_comes_after_its_items():
    def make() -> Iterator[int]:
        yield 1
        raise ConnectionError("gone")

    items = WorkerThreads().iterate(make)
    assert await anext(items) == 1
    with pytest.raises(ConnectionError, match="gone"):
        await anext(items)


async def test_an_iterator_that_nobody_reads_any_more_is_closed():
    going_on, closed = Gate(), Gate()

    def make() -> Iterator[int]:
        try:
            yield 1
            going_on.wait()
            yield 2
            raise AssertionError("nobody reads any more")
        finally:
            closed.open()

    items = WorkerThreads().iterate(make)
    assert await anext(items) == 1
    await items.aclose()
    going_on.open()
    await closed.passed()
