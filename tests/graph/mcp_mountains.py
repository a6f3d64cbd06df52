"""An MCP server about mountains: `python mcp_mountains.py` serves it over stdio, `served()` over HTTP on loopback."""

import asyncio
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from mcp.server.fastmcp import FastMCP, Image
from mcp.server.fastmcp.exceptions import ToolError
from mcp.types import TextContent, ToolAnnotations
from pydantic import BaseModel

HEIGHTS = {"Everest": 8849, "K2": 8611}
READS = ToolAnnotations(readOnlyHint=True)
REPEATABLE = ToolAnnotations(readOnlyHint=False, idempotentHint=True)


class Place(BaseModel):
    country: str
    camps: list[str]


class Mountain(BaseModel):
    name: str
    metres: int
    place: Place


class Verdict(BaseModel):
    result: str


class Mountains:
    """The server, how often its tools were called, how many calls it will refuse, and where teams meet."""

    def __init__(self, meeting: Any = None) -> None:
        self.calls: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.meeting = meeting
        self.server = FastMCP("mountains", log_level="CRITICAL")
        self.server.add_tool(self.mountain, annotations=READS)
        self.server.add_tool(self.rename, annotations=REPEATABLE)
        for function in (self.difference, self.names, self.camp, self.climb, self.survey, self.judge):
            self.server.add_tool(function)
        self.server.add_tool(self.legend, name="old.legend-of", structured_output=False)
        self.server.add_tool(self.lines, structured_output=False)
        self.server.add_tool(self.picture, structured_output=False)

    def mountain(self, name: str) -> Mountain:
        """Look a mountain up."""
        self.calls["mountain"] += 1
        return Mountain(name=name, metres=HEIGHTS[name], place=Place(country="Nepal", camps=["base", name]))

    def difference(self, a: float, b: float) -> float:
        """Give a - b."""
        return a - b

    def names(self, first: int = 0) -> list[str]:
        """List the mountains."""
        return list(HEIGHTS)[first:]

    def camp(self, at: Place, near: Place | None = None, kind: str = "tent") -> str:
        """Camp at a place."""
        return f"{kind} in {at.country} at {'/'.join(at.camps)}" + (f" near {near.country}" if near else "")

    def rename(self, name: str) -> str:
        """Name a mountain."""
        self.calls["rename"] += 1
        return f"It is {name} now"

    def climb(self, name: str) -> str:
        """Climb a mountain."""
        self.calls["climb"] += 1
        raise ToolError(f"{name} is too high")

    def judge(self, name: str) -> Verdict:
        """Judge a mountain."""
        return Verdict(result=f"{name} is high")

    def legend(self, name: str) -> str:
        """Tell the legend of a mountain."""
        return f'{{"hero": "{name}"}}'

    def lines(self) -> list[TextContent]:
        """Recite."""
        return [TextContent(type="text", text=each) for each in ("first", "second")]

    def picture(self) -> list[Any]:
        """Show a picture."""
        return ["a peak", Image(data=b"\x89PNG", format="png")]

    async def survey(self, name: str) -> str:
        """Survey a mountain, together with another team."""
        await self.meeting.passed()
        return f"{name} surveyed"

    async def http(self, scope: Any, receive: Any, send: Any) -> None:
        """The server as a web application; calls of tools in `refused` are answered with 503 so many times."""
        if scope["type"] != "http" or scope["method"] != "POST":
            return await self._app(scope, receive, send)
        message = await receive()
        name = next((each for each in self.refused if f'"name":"{each}"'.encode() in message["body"]), None)
        if name is not None and self.refused[name] > 0:
            self.refused[name] -= 1
            await send({"type": "http.response.start", "status": 503, "headers": []})
            return await send({"type": "http.response.body", "body": b""})
        again = iter([message])

        async def replayed() -> Any:
            return next(again, None) or await receive()

        return await self._app(scope, replayed, send)

    @contextmanager
    def served(self) -> Iterator[str]:
        """Serve over HTTP in a thread; gives the address."""
        self._app = self.server.streamable_http_app()
        listening = socket.create_server(("127.0.0.1", 0))
        config = uvicorn.Config(self.http, interface="asgi3", log_level="warning", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listening])))
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/mcp"
        finally:
            server.should_exit = True
            thread.join()
            listening.close()


if __name__ == "__main__":
    Mountains().server.run("stdio")
