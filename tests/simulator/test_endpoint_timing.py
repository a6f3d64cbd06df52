"""When tokens leave: on a clock of the test's own, and once on the real one with generous bounds."""

import asyncio
import time

import aiohttp
import pytest

from langgraph_llm_compiler.simulator.endpoint import SimulatedEndpoint
from langgraph_llm_compiler.simulator.latency import Latency
from langgraph_llm_compiler.simulator.pacing import LoopClock, new_precise_loop, send_on_time
from langgraph_llm_compiler.simulator.protocol import Reply

LATENCY = Latency(ttft=400, tpot=15, prefill=50)


class FakeClock:
    """Jumps to each deadline; `delays` are added to the waits, in order."""

    def __init__(self, delays=()):
        self.time, self.deadlines, self.delays = 100.0, [], iter(delays)

    def now(self):
        return self.time

    async def sleep_until(self, when):
        self.deadlines.append(round(when - 100, 6))
        self.time = max(self.time, when) + next(self.delays, 0.0)
        await asyncio.sleep(0)


class HeldClock(FakeClock):
    """Waits for ever once `free` waits are over; says when that wait begins and when it is cancelled."""

    def __init__(self, free):
        super().__init__()
        self.free, self.held, self.cancelled = free, asyncio.Event(), asyncio.Event()

    async def sleep_until(self, when):
        await super().sleep_until(when)
        if len(self.deadlines) > self.free:
            self.held.set()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self.cancelled.set()
                raise


class Says:
    def __init__(self, *arguments, **keywords):
        self.answer = Reply(*arguments, **keywords)

    def reply(self, request):
        return self.answer


async def ask(endpoint, **fields):
    message = {"role": "user", "content": "a " * 496}  # 500 prompt tokens with those of the message
    async with (
        aiohttp.ClientSession() as session,
        session.post(
            f"{endpoint.base_url}/chat/completions", json={"model": "simulated", "messages": [message], **fields}
        ) as response,
    ):
        return await response.text()


@pytest.mark.parametrize(("size", "due"), [(1, [0.44, 0.455, 0.47, 0.485, 0.5]), (2, [0.455, 0.485, 0.5]), (64, [0.5])])
async def test_each_event_leaves_when_its_last_token_is_due(size, due):
    clock = FakeClock()
    async with SimulatedEndpoint(Says("a b c d e"), latency=LATENCY, clock=clock, tokens_per_event=size) as endpoint:
        await ask(endpoint, stream=True)

    (record,) = endpoint.requests
    assert record.prompt_tokens == 500 + 1  # the last blank is a token too
    assert clock.deadlines == pytest.approx([at + 50e-6 for at in due], abs=1e-6)
    assert (record.lateness, record.completion_tokens) == (0, 5)


async def test_a_whole_reply_leaves_when_its_last_token_is_due():
    clock = FakeClock()
    async with SimulatedEndpoint(Says("a b c d e"), latency=LATENCY, clock=clock) as endpoint:
        await ask(endpoint)

    assert clock.deadlines == pytest.approx([0.50005])


async def test_an_empty_reply_leaves_after_the_prefill():
    clock = FakeClock()
    async with SimulatedEndpoint(Says(), latency=LATENCY, clock=clock) as endpoint:
        stream = await ask(endpoint, stream=True)

    assert clock.deadlines == pytest.approx([0.42505])
    assert stream.count("data: ") == 3
    assert endpoint.requests[0].finish_reason == "stop"


async def test_a_delay_is_caught_up_and_not_handed_on():
    # The second token leaves 20 ms late; the third, which was due meanwhile, goes with it; the fourth is on time.
    clock = FakeClock(delays=[0.0, 0.020])
    async with SimulatedEndpoint(Says("a b c d"), latency=LATENCY, clock=clock) as endpoint:
        stream = await ask(endpoint, stream=True)

    assert clock.deadlines == pytest.approx([0.44005, 0.45505, 0.48505])
    assert stream.count('"content":') == 5  # the role and four events: what is late is not merged
    assert endpoint.requests[0].lateness == pytest.approx(0.020)


async def test_items_that_are_due_go_together():
    sent = []

    async def send(items, late):
        sent.append((list(items), round(late, 3)))

    await send_on_time([100, 101, 101, 102.5, 104], float, send, FakeClock(delays=[0, 1.5]))

    assert sent == [([100], 0), ([101, 101, 102.5], 1.5), ([104], 0)]


@pytest.mark.parametrize("stream", [True, False])
async def test_a_client_that_goes_away_is_recorded(stream):
    clock = HeldClock(free=2 if stream else 0)
    async with SimulatedEndpoint(Says("a b c d"), latency=LATENCY, clock=clock) as endpoint:
        client = asyncio.create_task(ask(endpoint, stream=stream))
        await asyncio.wait_for(clock.held.wait(), timeout=10)
        client.cancel()
        await asyncio.wait_for(clock.cancelled.wait(), timeout=10)

    (record,) = endpoint.requests
    assert (record.cancelled, record.finish_reason, record.tool_calls) == (True, None, [])
    assert (record.completion_tokens, record.text) == ((2, "a b") if stream else (0, ""))
    assert record.finished_at is not None


async def test_a_connection_lost_during_a_write_is_recorded(monkeypatch):
    async def lost(self, data):
        raise ConnectionResetError

    monkeypatch.setattr(aiohttp.web.StreamResponse, "write", lost)
    async with SimulatedEndpoint(Says("a b"), latency=LATENCY, clock=FakeClock()) as endpoint:
        await ask(endpoint, stream=True)

    (record,) = endpoint.requests
    assert (record.cancelled, record.completion_tokens, record.text) == (True, 0, "")


async def test_closing_the_endpoint_ends_replies_on_their_way():
    clock = HeldClock(free=1)
    async with asyncio.TaskGroup() as group:
        async with SimulatedEndpoint(Says("a b c d"), latency=LATENCY, clock=clock) as endpoint:
            asked = group.create_task(_ask_and_lose(endpoint))
            await asyncio.wait_for(clock.held.wait(), timeout=10)
        await asked

    assert endpoint.requests[0].cancelled


async def _ask_and_lose(endpoint):
    with pytest.raises(aiohttp.ClientError):
        await ask(endpoint, stream=True)


def test_64_streams_on_the_real_clock_take_the_time_they_should():
    latency = Latency(ttft=50, tpot=5, prefill=0)

    async def all_at_once(endpoint):
        async with asyncio.TaskGroup() as group:
            for _ in range(64):
                group.create_task(ask(endpoint, stream=True))

    with SimulatedEndpoint(Says("a b c d " * 10), latency=latency) as endpoint:
        began = time.monotonic()
        asyncio.run(all_at_once(endpoint))
        took = time.monotonic() - began

    assert [record.completion_tokens for record in endpoint.requests] == [41] * 64
    # Never early; far from 64 times as long; and the delays of 41 waits did not add up.
    assert latency.due(0, 41) <= took < latency.due(0, 41) + 5
    assert all(record.finished_at - record.arrived_at >= 0.254 for record in endpoint.requests)


@pytest.mark.parametrize("highest", [1023, -1])
def test_the_precise_loop_never_wakes_early(highest, monkeypatch):
    async def lateness():
        clock, late = LoopClock(), []
        start = clock.now()
        for k in range(1, 11):
            await clock.sleep_until(start + k * 0.0013)
            late.append(clock.now() - start - k * 0.0013)
        return late

    with asyncio.Runner(loop_factory=new_precise_loop) as runner:
        monkeypatch.setattr(runner.get_loop()._selector, "_highest", highest, raising=False)
        late = runner.run(lateness())

    assert min(late) > -1e-6
    assert min(late) < 0.1
