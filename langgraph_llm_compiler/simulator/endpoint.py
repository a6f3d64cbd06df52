"""`SimulatedEndpoint`: the simulator inside this process, on the running event loop or on a thread of its own."""

import asyncio
from collections.abc import Iterable
from concurrent.futures import Future
from contextlib import AsyncExitStack
from dataclasses import dataclass
from threading import Thread
from types import TracebackType
from typing import Self

from langgraph_llm_compiler.errors import ConfigurationError
from langgraph_llm_compiler.simulator.latency import DEFAULT_LATENCY, Latency
from langgraph_llm_compiler.simulator.pacing import Clock, LoopClock, new_precise_loop
from langgraph_llm_compiler.simulator.protocol import Player
from langgraph_llm_compiler.simulator.records import RequestRecord
from langgraph_llm_compiler.simulator.service import HOST, Service

__all__ = ["SimulatedEndpoint"]


@dataclass(frozen=True, slots=True)
class _Serving:
    """What the thread of a synchronous endpoint is told to stop by."""

    thread: Thread
    loop: asyncio.AbstractEventLoop
    stop: asyncio.Event


class SimulatedEndpoint:
    """An OpenAI-compatible endpoint on 127.0.0.1 that a player answers for.

    It serves chat completions, completions and models, streamed or whole. `async with` serves on the running event
    loop, whose timers are up to 1 ms late and wait for whatever else runs on it; `with` serves on a daemon thread
    with a precise loop of its own; to measure, use `SimulatedProcess`. An endpoint can be opened again after it was
    closed; its records stay.

    Args:
        player: Says what the model replies.
        latency: Says when each token leaves, see `Latency`.
        tokens_per_event: Tokens that one stream event carries; it leaves when its last token is due.
        merge_newlines: Whether a newline belongs to the token before it or is a token itself.
        models: Names served beside `"simulated"`.
        api_key: What clients must send as their key; None takes any.
        port: Port on 127.0.0.1; 0 takes a free one.
        clock: What times are read from; for tests.

    Attributes:
        requests: One `RequestRecord` for each request the player was asked about, in order of arrival. It grows
            until it is cleared.

    Raises:
        ConfigurationError: If `tokens_per_event` is below 1; on opening, if the port is taken.

    Example:
        >>> from langgraph_llm_compiler.simulator import Latency, Reply, SimulatedEndpoint
        >>> class Parrot:
        ...     def reply(self, request):
        ...         return Reply(request["messages"][-1]["content"])
        >>> with SimulatedEndpoint(Parrot(), latency=Latency(ttft=0, tpot=0, prefill=0)) as endpoint:
        ...     endpoint.base_url.startswith("http://127.0.0.1:")
        True
    """

    def __init__(
        self,
        player: Player,
        *,
        latency: Latency = DEFAULT_LATENCY,
        tokens_per_event: int = 1,
        merge_newlines: bool = False,
        models: Iterable[str] = (),
        api_key: str | None = None,
        port: int = 0,
        clock: Clock | None = None,
    ) -> None:
        if tokens_per_event < 1:
            raise ConfigurationError(f"tokens_per_event must be 1 or more, not {tokens_per_event!r}")
        names = tuple(dict.fromkeys(("simulated", *models)))
        self._service = Service(player, latency, tokens_per_event, merge_newlines, names, api_key, clock or LoopClock())
        self._wanted_port = port
        self._port: int | None = None
        self._serving: _Serving | None = None

    @property
    def base_url(self) -> str:
        """What a client takes as its base URL, `http://127.0.0.1:PORT/v1`.

        Raises:
            RuntimeError: If the endpoint is not open.
        """
        if self._port is None:
            raise RuntimeError("the endpoint has no address until it is opened: use it in `with` or `async with`")
        return f"http://{HOST}:{self._port}/v1"

    @property
    def requests(self) -> list[RequestRecord]:
        """The records, in order of arrival."""
        return self._service.requests

    async def __aenter__(self) -> Self:
        if self._port is not None:
            raise RuntimeError("the endpoint is open already")
        self._port = await self._service.open(self._wanted_port)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._port = None
        await self._service.close()

    def __enter__(self) -> Self:
        opened: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()
        thread = Thread(target=self._run, args=(opened,), name="simulated-endpoint", daemon=True)
        thread.start()
        try:
            self._serving = _Serving(thread, *opened.result())
        except BaseException:
            thread.join()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        serving, self._serving = self._serving, None
        if serving is not None:
            serving.loop.call_soon_threadsafe(serving.stop.set)
            serving.thread.join()

    def _run(self, opened: "Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]]") -> None:
        with asyncio.Runner(loop_factory=new_precise_loop) as runner:
            runner.run(self._serve(opened))

    async def _serve(self, opened: "Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]]") -> None:
        async with AsyncExitStack() as closing:
            try:
                await closing.enter_async_context(self)
            except Exception as error:  # noqa: BLE001 - raised in the thread that waits for it
                opened.set_exception(error)
                return
            stop = asyncio.Event()
            opened.set_result((asyncio.get_running_loop(), stop))
            await stop.wait()
