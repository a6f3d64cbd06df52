"""The least client there can be: a socket, the plan parser, coroutines. No LangGraph, no LangChain, no HTTP library.

It sends the requests that a run in the compact style sent, and runs the plans that stream back by data flow. What it
takes beyond the limit is what any client in Python has to pay; what the graph takes beyond it is the graph's.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import urlsplit

from langchain_core.messages import convert_to_openai_messages
from langchain_core.tools import BaseTool, StructuredTool

from langgraph_llm_compiler.benchmarks.calls import ModelCall
from langgraph_llm_compiler.benchmarks.measures.sent import Prompt
from langgraph_llm_compiler.benchmarks.runner import Run
from langgraph_llm_compiler.models import SIMULATED
from langgraph_llm_compiler.plan.parser import PlanParser
from langgraph_llm_compiler.plan.reference import observation_text, parts_in, resolve
from langgraph_llm_compiler.plan.task import Ending, Task

BARE = "bare-socket"
"""What tables call it."""

Coroutine = Callable[..., Awaitable[Any]]


async def run_bare(base_url: str, prompts: Sequence[Prompt], tools: Sequence[BaseTool], seconds: float) -> Run:
    """Answer a question that a run in the compact style has answered.

    Args:
        base_url: Address of the endpoint, `http://HOST:PORT/v1`.
        prompts: What the run sent.
        tools: Its tools: coroutines of one argument, mapped over lists that the plan itself writes.
        seconds: After so many the question is given up.

    Raises:
        TimeoutError: It took longer.
        ConnectionError: The endpoint refused, or hung up.
    """
    bodies = [_body(prompt) for prompt in prompts]
    functions = {tool.name: cast(Coroutine, cast(StructuredTool, tool).coroutine) for tool in tools}
    started_at, started = time.time(), time.perf_counter()
    async with asyncio.timeout(seconds), _Connection(base_url) as connection:
        question = _Question(connection, functions)
        answer = await question.answer(bodies)
    return Run(answer, time.perf_counter() - started, question.calls, [], started_at)


def _body(prompt: Prompt) -> bytes:
    body: dict[str, Any] = {
        "model": SIMULATED,
        "messages": convert_to_openai_messages(prompt.messages),
        "stream": True,
        "stream_options": {"include_usage": True},
        "temperature": 0,
    }
    if prompt.stop:
        body["stop"] = list(prompt.stop)
    return json.dumps(body).encode()


class _Connection:
    """One HTTP connection, kept open between requests."""

    def __init__(self, base_url: str) -> None:
        parts = urlsplit(base_url)
        self._host, self._port = parts.hostname or "", parts.port or 80
        self._head = f"POST {parts.path}/chat/completions HTTP/1.1\r\nHost: {parts.netloc}\r\n".encode()

    async def __aenter__(self) -> "_Connection":
        self._reader, self._writer = await asyncio.open_connection(self._host, self._port)
        return self

    async def __aexit__(self, *error: object) -> None:
        self._writer.close()

    async def events(self, body: bytes) -> AsyncIterator[dict[str, Any]]:
        """The events of a streamed reply."""
        headers = b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
        self._writer.write(self._head + headers + body)
        head = await self._reader.readuntil(b"\r\n\r\n")
        if head.split(b" ", 2)[1] != b"200":
            raise ConnectionError(f"the endpoint refused: {head.splitlines()[0].decode()}")
        waiting = b""
        async for chunk in self._chunks():
            *events, waiting = (waiting + chunk).split(b"\n\n")
            for event in events:
                data = event.removeprefix(b"data: ")
                if data != b"[DONE]":
                    yield json.loads(data)

    async def _chunks(self) -> AsyncIterator[bytes]:
        while size := int(await self._reader.readline(), 16):
            yield (await self._reader.readexactly(size + 2))[:-2]
        await self._reader.readline()


@dataclass(slots=True)
class _Made:
    """The calls of one task, each as it runs; `.map` tasks have one for each element."""

    calls: list["asyncio.Task[Any]"] = field(default_factory=list)
    is_map: bool = False

    def needed(self, part: int | None) -> Iterable["asyncio.Task[Any]"]:
        """The calls that give an item of the observation."""
        return self.calls if part is None or not self.is_map or part >= len(self.calls) else [self.calls[part]]

    def observation(self) -> Any:
        """What they gave, as far as they have ended; only what was waited for is looked at."""
        values = [call.result() if call.done() else None for call in self.calls]
        return values if self.is_map else values[0]


class _Question:
    """One question on its way: what has been called, and what it gave."""

    def __init__(self, connection: _Connection, tools: Mapping[str, Coroutine]) -> None:
        self.calls: list[ModelCall] = []
        self._connection, self._tools = connection, tools
        self._made: dict[int, _Made] = {}

    async def answer(self, bodies: Sequence[bytes]) -> str:
        """Send the requests one after the other; the last reply is the answer, or its `answer(...)`."""
        text = ""
        for body in bodies:
            try:
                async with asyncio.TaskGroup() as group:  # the round ends when all calls have
                    text, ending = await self._reply(body, group)
            except ExceptionGroup as failed:
                raise failed.exceptions[0] from None
            if ending is not None and ending.name == "answer":
                return self._given(ending)
        return text.strip()

    async def _reply(self, body: bytes, group: asyncio.TaskGroup) -> tuple[str, Ending | None]:
        parser = PlanParser(self._tools, earlier=self._made.keys())
        text, usage, started = "", dict[str, int](), time.time()
        async for event in self._connection.events(body):
            usage = event.get("usage") or usage
            for choice in event["choices"]:
                piece = choice["delta"].get("content") or ""
                text += piece
                self._start(parser, parser.feed(piece), group)
        self._start(parser, parser.close(), group)
        tokens = usage.get("prompt_tokens", 0), usage.get("completion_tokens", 0)
        self.calls.append(ModelCall("client", None, *tokens, 0, text, started, time.time()))
        return text, parser.ending

    def _start(self, parser: PlanParser, tasks: Sequence[Task], group: asyncio.TaskGroup) -> None:
        for task in tasks:
            (value,) = [*task.args, *task.kwargs.values()]
            self._call(task.id, task.tool, value if task.is_map else [value], task.is_map, group)
        if (begun := parser.begun()) is not None:
            made = self._made.get(begun.id, _Made())
            values = [None] * len(made.calls) + [element.value for element in begun.elements]
            self._call(begun.id, begun.tool, values, True, group)

    def _call(self, id: int, tool: str, values: Sequence[Any], is_map: bool, group: asyncio.TaskGroup) -> None:
        """Start the calls of a task that have not been started yet."""
        made = self._made.setdefault(id, _Made(is_map=is_map))
        for value in values[len(made.calls) :]:
            made.calls.append(group.create_task(self._one(tool, value)))

    async def _one(self, tool: str, value: Any) -> Any:
        for id, parts in parts_in(value).items():
            for call in {call for part in parts for call in self._needed(id, part)}:
                await asyncio.wait([call])
        return await self._tools[tool](self._filled(value))

    def _needed(self, id: int, part: int | None) -> Iterable["asyncio.Task[Any]"]:
        return self._made[id].needed(part) if id in self._made else ()

    def _filled(self, value: Any) -> Any:
        return resolve(value, {id: self._made[id].observation() for id in parts_in(value) if id in self._made})

    def _given(self, ending: Ending) -> str:
        values = self._filled([*ending.args, *ending.kwargs.values()])
        return " ".join(map(observation_text, values))
