"""What the tests of the engine share: a model that follows a script, gates to hold things back, and tools."""

import asyncio
import itertools
import threading
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import PrivateAttr

import langgraph_llm_compiler
from tests.message_rules import check_conversation as assert_valid
from tests.message_rules import check_request

STYLE = {"now": "paper"}
"""Prompt style of the graphs that a test builds: tests/graph runs in both."""

paper_only = pytest.mark.styles("paper")
"""For tests of what only the paper's prompts do; tests of what only the compact style does set it themselves."""

PATIENCE = 10.0
"""Seconds after which a test that waits for something gives up."""


class Gate:
    """An event that threads and coroutines of any event loop can wait for."""

    def __init__(self) -> None:
        self._event, self._lock = threading.Event(), threading.Lock()
        self._waiting: list[tuple[asyncio.AbstractEventLoop, asyncio.Future[None]]] = []

    def open(self) -> None:
        with self._lock:
            self._event.set()
            waiting, self._waiting = self._waiting, []
        for loop, future in waiting:
            if not loop.is_closed():
                loop.call_soon_threadsafe(lambda future=future: future.done() or future.set_result(None))

    @property
    def is_open(self) -> bool:
        return self._event.is_set()

    def wait(self) -> None:
        """Wait in a thread."""
        assert self._event.wait(PATIENCE), "nobody opened the gate"

    async def passed(self) -> None:
        """Wait in a coroutine."""
        loop = asyncio.get_running_loop()
        with self._lock:
            if self._event.is_set():
                return
            future = loop.create_future()
            self._waiting.append((loop, future))
        async with asyncio.timeout(PATIENCE):
            await future


class Meeting:
    """Where `size` calls have to be at the same time before any of them goes on."""

    def __init__(self, size: int) -> None:
        self._size, self._gate, self._lock = size, Gate(), threading.Lock()
        self.here = self.most = self.arrived = 0

    def _arrive(self) -> None:
        with self._lock:
            self.arrived += 1
            self.here += 1
            self.most = max(self.most, self.here)
            if self.arrived == self._size:
                self._gate.open()

    def _leave(self) -> None:
        with self._lock:
            self.here -= 1

    def wait(self) -> None:
        self._arrive()
        self._gate.wait()
        self._leave()

    async def passed(self) -> None:
        self._arrive()
        await self._gate.passed()
        self._leave()

    async def began(self) -> None:
        """Wait, without taking part, until all are there."""
        await self._gate.passed()


_IDS = itertools.count()

Piece = str | Gate | BaseException
Reply = str | AIMessage | BaseException | list[Piece]


@dataclass(frozen=True)
class Request:
    """What the model was sent."""

    messages: list[BaseMessage]
    kwargs: dict[str, Any]

    @property
    def text(self) -> str:
        """System prompt and all, as one text."""
        return "\n".join(str(each.text) for each in self.messages)

    @property
    def last(self) -> str:
        return str(self.messages[-1].text)


class ScriptedChatModel(BaseChatModel):
    """Gives one reply of its script after another, and fails when there is none left.

    A reply is a text (streamed `chunk_size` characters at a time), a message, an error to raise, or a list of pieces:
    a text is one chunk, a gate holds the stream back until it is opened, an error breaks it.
    """

    replies: Sequence[Any] = ()
    chunk_size: int = 4
    _requests: list[Request] = PrivateAttr(default_factory=list)
    _lock: Any = PrivateAttr(default_factory=threading.Lock)

    @property
    def _llm_type(self) -> str:
        return "scripted"

    @property
    def requests(self) -> list[Request]:
        return self._requests

    @property
    def is_exhausted(self) -> bool:
        return len(self._requests) == len(self.replies)

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> Any:
        return self.bind(tools=list(tools), **kwargs)

    def _next(self, messages: list[BaseMessage], kwargs: dict[str, Any]) -> Reply:
        with self._lock:
            self._requests.append(Request(list(messages), kwargs))
            number = len(self._requests)
        check_request(messages, kwargs.get("tools", ()))
        assert number <= len(self.replies), f"request {number} of a script of {len(self.replies)}: {messages[-1]!r}"
        return self.replies[number - 1]

    def _generate(self, messages, stop=None, run_manager=None, **kwargs):
        raise AssertionError("async code called the model synchronously")

    async def _agenerate(self, messages, stop=None, run_manager=None, **kwargs):
        reply = self._next(messages, {"stop": stop, **kwargs})
        text = ""
        for piece in [reply] if not isinstance(reply, list) else reply:
            match piece:
                case BaseException():
                    raise piece
                case Gate():
                    await piece.passed()
                case AIMessage():
                    return ChatResult(generations=[ChatGeneration(message=piece.model_copy())])
                case _:
                    text += piece
        return ChatResult(generations=[ChatGeneration(message=AIMessage(text))])

    async def _astream(self, messages, stop=None, run_manager=None, **kwargs) -> AsyncIterator[ChatGenerationChunk]:
        reply = self._next(messages, {"stop": stop, **kwargs})
        for piece in self._pieces(reply):
            if isinstance(piece, BaseException):
                raise piece
            if isinstance(piece, Gate):
                await piece.passed()
                continue
            message = piece if isinstance(piece, AIMessageChunk) else AIMessageChunk(piece)
            chunk = ChatGenerationChunk(message=message)
            if run_manager:
                await run_manager.on_llm_new_token(chunk.text, chunk=chunk)
            yield chunk

    def _pieces(self, reply: Reply) -> list[Any]:
        if isinstance(reply, AIMessage):
            return [AIMessageChunk(**reply.model_dump(exclude={"type"}))]
        if isinstance(reply, str):
            return [reply[at : at + self.chunk_size] for at in range(0, max(len(reply), 1), self.chunk_size)]
        return reply if isinstance(reply, list) else [reply]


def scripted(*replies: Reply, **settings: Any) -> ScriptedChatModel:
    return ScriptedChatModel(replies=replies, **settings)


def finish(answer: str = "done") -> str:
    return f"Thought: that is all\nAction: Finish({answer})"


def replan(feedback: str = "look further") -> str:
    return f"Thought: not yet\nAction: Replan({feedback})"


def plan(*calls: str, first: int = 1) -> str:
    """A plan of these calls, numbered."""
    lines = [f"{number}. {call}" for number, call in enumerate([*calls, "join()"], first)]
    return "\n".join(lines) + "<END_OF_PLAN>\n"


def tool_calls(*calls: tuple[str, dict[str, Any]]) -> AIMessage:
    """A model's reply that asks for these calls, under ids that come once, as a provider's do."""
    return AIMessage("", tool_calls=[{"name": name, "args": args, "id": f"call_{next(_IDS)}"} for name, args in calls])


def create_llm_compiler(*args: Any, **settings: Any) -> Any:
    """As the package's, in the style that the test is for."""
    settings.setdefault("prompt_style", STYLE["now"])
    return langgraph_llm_compiler.create_llm_compiler(*args, **settings)


async def search(query: str) -> str:
    """Look a thing up."""
    return f"<{query}>"


def with_results(question: str, *results: str) -> str:
    """A question of an earlier turn, as prompts hold it."""
    return "\n".join([question, "", "Results of tools:", *results])


def ask(question: str = "How high is it?") -> dict[str, Any]:
    return {"messages": [("user", question)]}


def thread(number: int | str = 1, **more: Any) -> dict[str, Any]:
    """Config of a run that a checkpointer keeps."""
    return {"configurable": {"thread_id": str(number)}, **more}


def sync_invoke(graph: Any, given: Any, config: Any = None, **kwargs: Any) -> dict[str, Any]:
    return graph.invoke(given, config, **kwargs)


def async_invoke(graph: Any, given: Any, config: Any = None, **kwargs: Any) -> dict[str, Any]:
    return asyncio.run(graph.ainvoke(given, config, **kwargs))


def sync_stream(graph: Any, given: Any, config: Any = None, **kwargs: Any) -> list[Any]:
    return list(graph.stream(given, config, **kwargs))


def async_stream(graph: Any, given: Any, config: Any = None, **kwargs: Any) -> list[Any]:
    async def collected() -> list[Any]:
        return [each async for each in graph.astream(given, config, **kwargs)]

    return asyncio.run(collected())


both = pytest.mark.parametrize("invoke", [sync_invoke, async_invoke], ids=["sync", "async"])
both_streams = pytest.mark.parametrize("stream", [sync_stream, async_stream], ids=["sync", "async"])


def answer_of(out: dict[str, Any]) -> str:
    return out["messages"][-1].text


def observations(out: dict[str, Any]) -> dict[int, Any]:
    return {record["id"]: record["observation"] for record in out["tasks"]}


def statuses(out: dict[str, Any]) -> dict[int, str]:
    return {record["id"]: record["status"] for record in out["tasks"]}


def errors(out: dict[str, Any]) -> dict[int, str]:
    return {record["id"]: record["error"] for record in out["tasks"] if record["error"]}


def left_running() -> list[str]:
    """What runs on this loop beside the caller."""
    return [repr(each) for each in asyncio.all_tasks() if each is not asyncio.current_task()]


def call(
    invoke: Any, a_tool: Any, written: str, config: Any = None, **settings: Any
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Run a plan of this one call; gives its record and the run's output."""
    out = invoke(create_llm_compiler(scripted(plan(written), finish()), [a_tool], **settings), ask(), config)
    assert_valid(out["messages"])
    return out["tasks"][0], out
