"""The HTTP side of the endpoint: routes, and one request from its arrival to its last byte."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from uuid import uuid4

from langgraph_llm_compiler.errors import ConfigurationError
from langgraph_llm_compiler.simulator.latency import DEFAULT_LATENCY, Latency
from langgraph_llm_compiler.simulator.output import Event, Output, cut_reply
from langgraph_llm_compiler.simulator.pacing import Clock, LoopClock, send_on_time
from langgraph_llm_compiler.simulator.protocol import Player, UnknownQuestionError
from langgraph_llm_compiler.simulator.records import Kind, RequestRecord
from langgraph_llm_compiler.simulator.wire import ModelCall, RequestError, Wire, model_list, read_request

try:
    from aiohttp import web
except ImportError as error:
    raise ConfigurationError('the simulator needs aiohttp: pip install "langgraph-llm-compiler[simulator]"') from error

__all__ = ["HOST", "Service"]

logger = logging.getLogger(__name__)

HOST = "127.0.0.1"
_SECONDS_TO_CLOSE = 0.2  # for replies that are on their way; a simulated one is no loss
_LARGEST_BODY = 256 * 1024 * 1024  # bytes; aiohttp's own limit of 1 MB is less than a long conversation


@dataclass(slots=True)
class Service:
    """Answers requests for a player.

    Args:
        player: Says what the model replies.
        latency: Says when.
        tokens_per_event: Tokens that one stream event carries.
        merge_newlines: Whether a newline belongs to the token before it.
        models: Names that are served.
        api_key: What clients must send as their key, or None for any.
        clock: What times are read from.

    Attributes:
        requests: One record for each request the player was asked about, in order of arrival.
    """

    player: Player
    latency: Latency = DEFAULT_LATENCY
    tokens_per_event: int = 1
    merge_newlines: bool = False
    models: Sequence[str] = ("simulated",)
    api_key: str | None = None
    clock: Clock = field(default_factory=LoopClock)
    requests: list[RequestRecord] = field(default_factory=list)
    _runner: web.AppRunner | None = None

    async def open(self, port: int) -> int:
        """Starts to listen on loopback, on the running event loop.

        Args:
            port: Port; 0 takes a free one.

        Returns:
            The port that was taken.

        Raises:
            ConfigurationError: If the port cannot be had.
        """
        runner = web.AppRunner(
            self._app(), access_log=None, handler_cancellation=True, shutdown_timeout=_SECONDS_TO_CLOSE
        )
        await runner.setup()
        try:
            await web.TCPSite(runner, HOST, port, backlog=1024).start()
        except (OSError, OverflowError) as error:
            await runner.cleanup()
            raise ConfigurationError(
                f"cannot serve on port {port} of {HOST} ({error}); choose another one, or 0 for a free one"
            ) from error
        self._runner = runner
        return int(runner.addresses[0][1])

    async def close(self) -> None:
        """Stops to listen and breaks off what is on its way."""
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    def _app(self) -> web.Application:
        app = web.Application(client_max_size=_LARGEST_BODY, middlewares=[_errors])
        app.router.add_post("/v1/chat/completions", self._chat)
        app.router.add_post("/v1/completions", self._completion)
        app.router.add_get("/v1/models", self._models)
        app.router.add_get("/v1/requests", self._list_requests)
        app.router.add_delete("/v1/requests", self._clear_requests)
        app.router.add_route("*", "/{path:.*}", _nothing_here)
        return app

    async def _chat(self, http: web.Request) -> web.StreamResponse:
        return await self._answer(http, "chat")

    async def _completion(self, http: web.Request) -> web.StreamResponse:
        return await self._answer(http, "completion")

    async def _models(self, http: web.Request) -> web.Response:
        self._check_key(http)
        return web.json_response(model_list(self.models, int(time.time())))

    async def _list_requests(self, _: web.Request) -> web.Response:
        return web.json_response([record.to_dict() for record in self.requests])

    async def _clear_requests(self, _: web.Request) -> web.Response:
        self.requests.clear()
        return web.Response(status=204)

    async def _answer(self, http: web.Request, kind: Kind) -> web.StreamResponse:
        arrived, arrived_at = self.clock.now(), time.time()
        await asyncio.sleep(0)  # what came together gets its time of arrival before the first of it costs time
        self._check_key(http)
        call = read_request(kind, await http.read())
        if call.model not in self.models:
            served = ", ".join(self.models)
            raise RequestError(
                f"there is no model {call.model!r}; this simulator serves: {served}", 404, "model_not_found"
            )
        record = RequestRecord(
            kind, call.model, call.stream, call.n_messages, call.prompt_tokens, arrived_at, arrived_monotonic=arrived
        )
        self.requests.append(record)
        delivery = _Delivery(record, call, self._ask(call, record), self.latency, self.clock)
        return await delivery.run(http)

    def _check_key(self, http: web.Request) -> None:
        if self.api_key is not None and http.headers.get("Authorization") != f"Bearer {self.api_key}":
            raise RequestError(
                "this simulator was started with a key, and the request carries another", 401, "invalid_api_key"
            )

    def _ask(self, call: ModelCall, record: RequestRecord) -> Output:
        try:
            reply = self.player.reply(call.body)
            if call.kind == "completion" and reply.tool_calls:
                raise TypeError("the player answers with tool calls, which only chat completions have")
        except UnknownQuestionError as error:
            record.status, record.finished_at = 400, time.time()
            raise RequestError(str(error), code="unknown_question") from error
        except Exception:
            record.status, record.finished_at = 500, time.time()
            raise
        record.tag = reply.role
        return cut_reply(
            reply,
            stop=call.stop,
            max_tokens=call.max_tokens,
            tokens_per_event=self.tokens_per_event,
            merge_newlines=self.merge_newlines,
        )


@dataclass(slots=True)
class _Delivery:
    """One reply on its way out."""

    record: RequestRecord
    call: ModelCall
    output: Output
    latency: Latency
    clock: Clock
    sent: int = 0  # events that have left

    async def run(self, http: web.Request) -> web.StreamResponse:
        wire = Wire(self.call, f"sim-{uuid4().hex[:24]}", int(self.record.arrived_at))
        try:
            return await (self._stream(http, wire) if self.call.stream else self._whole(wire))
        except asyncio.CancelledError:  # aiohttp cancels the handler when its client goes away
            self.record.cancelled = True
            raise
        finally:
            self._close_record()

    def _due(self, tokens: int) -> float:
        return self.record.arrived_monotonic + self.latency.due(self.call.prompt_tokens, tokens)

    async def _whole(self, wire: Wire) -> web.Response:
        due = self._due(self.output.tokens)
        await self.clock.sleep_until(due)
        self._count(self.output.events, self.clock.now() - due)
        return web.Response(body=wire.whole(self.output), content_type="application/json")

    async def _stream(self, http: web.Request, wire: Wire) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-cache"})
        await response.prepare(http)

        async def send(events: Sequence[Event], late: float) -> None:
            head = b"" if self.sent else wire.first()
            end = self.sent + len(events) == len(self.output.events)
            await response.write(b"".join((head, *map(wire.event, events), wire.last(self.output) if end else b"")))
            self._count(events, late)

        try:
            if self.output.events:
                await send_on_time(self.output.events, lambda event: self._due(event.tokens), send, self.clock)
            else:
                await self.clock.sleep_until(self._due(0))
                await send((), 0.0)
        except ConnectionError:  # the client went away during a write
            self.record.cancelled = True
        return response

    def _count(self, events: Sequence[Event], late: float) -> None:
        self.sent += len(events)
        self.record.completion_tokens = events[-1].tokens if events else 0
        self.record.lateness = max(self.record.lateness, late)

    def _close_record(self) -> None:
        self.record.finished_at = time.time()
        self.record.text = self.output.text(self.sent)
        if self.sent == len(self.output.events):
            self.record.tool_calls = self.output.tool_calls()
        if not self.record.cancelled:
            self.record.finish_reason = self.output.finish_reason


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def _errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turns what a handler raises into OpenAI's error body; a bug of the player is logged too."""
    try:
        return await handler(request)
    except RequestError as error:
        return web.json_response(error.body(), status=error.status)
    except web.HTTPException as error:
        return web.json_response(RequestError(error.reason, error.status).body(), status=error.status)
    except Exception as error:
        logger.exception("the simulator could not answer")
        failure = RequestError(f"the simulator failed: {type(error).__name__}: {error}", 500)
        return web.json_response(failure.body(), status=500)


async def _nothing_here(http: web.Request) -> web.StreamResponse:
    raise RequestError(
        f"there is no {http.method} {http.path} here, only chat/completions, completions and models", 404
    )
