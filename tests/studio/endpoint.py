"""What the server's graphs talk to, in the test's own process: a scripted model, and tools that the test holds back."""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler

from langgraph_llm_compiler.simulator import Reply
from langgraph_llm_compiler.simulator.output import cut_reply
from langgraph_llm_compiler.simulator.wire import Wire, read_request
from tests.models.server import Seen, Server, send, serving
from tests.support import PATIENCE, Gate

Piece = str | Gate


@dataclass
class Held:
    """A tool call that stays open until its client goes away."""

    arrived: Gate = field(default_factory=Gate)
    gone: Gate = field(default_factory=Gate)


@dataclass
class Endpoint:
    """The model's replies, in order, and what the tools are to do.

    A reply is a list of pieces: a text streams token by token, a gate holds the stream back until it is opened.
    """

    server: Server | None = None
    replies: deque[list[Piece]] = field(default_factory=deque)
    held: Held | None = None
    visits: list[str] = field(default_factory=list)

    def says(self, *replies: str | list[Piece]) -> None:
        """Begin a script: what is left of the last one, and what was seen so far, is forgotten."""
        self.replies = deque([each] if isinstance(each, str) else each for each in replies)
        self.held, self.visits = None, []
        assert self.server is not None
        self.server.seen.clear()

    @property
    def bodies(self) -> list[dict]:
        """What the model was sent."""
        assert self.server is not None
        return [each.body for each in self.server.seen if each.kind == "chat"]

    def answer(self, seen: Seen, http: BaseHTTPRequestHandler) -> None:
        if seen.kind == "chat":
            self._model(seen, http)
        elif self.held is None:
            self.visits.append(seen.body["text"])
            send(http, 200, f"<{seen.body['text']}>".encode(), "plain")
        else:
            self.held.arrived.open()
            http.connection.settimeout(PATIENCE)
            assert http.connection.recv(1) == b""
            self.held.gone.open()

    def _model(self, seen: Seen, http: BaseHTTPRequestHandler) -> None:
        if not self.replies:
            return send(http, 400, b'{"error": {"message": "the script has ended"}}', "json")
        pieces, call = self.replies.popleft(), read_request("chat", seen.raw)
        whole = cut_reply(Reply("".join(each for each in pieces if isinstance(each, str))), stop=call.stop)
        wire = Wire(call, "1", 1)
        if not call.stream:
            return send(http, 200, wire.whole(whole), "json")
        http.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")
        http.wfile.write(wire.first())
        for piece in pieces:
            if isinstance(piece, Gate):
                piece.wait()
                continue
            for event in cut_reply(Reply(piece), stop=call.stop).events:
                http.wfile.write(wire.event(event))
        http.wfile.write(wire.last(whole))


@contextmanager
def scripted_endpoint() -> Iterator[Endpoint]:
    endpoint = Endpoint()
    with serving(endpoint.answer) as endpoint.server:
        yield endpoint
