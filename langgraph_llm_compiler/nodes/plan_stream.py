"""A plan as it arrives: filled by a background task, and read by the executor."""

import asyncio
import contextlib
import time
import uuid
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from typing import Any, ClassVar, NamedTuple
from uuid import UUID

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata, add_usage
from langchain_core.runnables import RunnableConfig
from langgraph.errors import GraphBubbleUp

from langgraph_llm_compiler.errors import LLMCompilerError, ModelError, PlannerError
from langgraph_llm_compiler.execution.tracing import is_traced
from langgraph_llm_compiler.nodes.model_calls import streamed
from langgraph_llm_compiler.nodes.reply import Kind, Reply
from langgraph_llm_compiler.plan import BegunMap, Ending, PlanParser, Task
from langgraph_llm_compiler.tools.addresses import public_address

DRAIN_SECONDS = 10.0
"""How long what a model writes after the end of its plan is waited for, once the run is otherwise done."""

CANCEL_AGAIN_SECONDS = 0.1


class PlannedTask(NamedTuple):
    """A task, or elements of one whose line is still being written, and when it was planned, in Unix seconds."""

    task: Task | BegunMap
    at: float


class PlanStream:
    """A model's reply as it streams, replayable from its start by any reader in this process.

    The planner's reply is a plan. The joiner's, in the compact style, is the next plan or the answer: `kind` tells, and
    `pieces` gives the text of an answer.

    State never holds a live object: it holds `id`, under which the executor claims the stream. In another process, or
    after a resume, nobody knows the id, and the executor opens a stream of its own.

    Args:
        model: The planner's model.
        messages: Its prompt.
        config: Config of the model call.
        tool_names: Tools a plan may use.
        earlier: Ids of earlier rounds' tasks.
        owner: Id of the run that opened it; the stream is closed when the graph run around that node ends.
        may_answer: Whether the reply may be an answer.
        before: The stream of the round before, which is drained with this one.
        stop: Texts at which the endpoint ends the reply.
    """

    _live: ClassVar[dict[str, "PlanStream"]] = {}

    def __init__(
        self,
        model: BaseChatModel,
        messages: Sequence[BaseMessage],
        config: RunnableConfig,
        *,
        tool_names: Collection[str],
        earlier: Collection[int],
        owner: UUID | None = None,
        may_answer: bool = False,
        before: "PlanStream | None" = None,
        stop: Sequence[str] = (),
    ) -> None:
        self.id, self.owner = uuid.uuid4().hex, owner
        self._model, self._messages, self._config = model, messages, config
        self._parser = PlanParser(tool_names, earlier=earlier)
        self._pieces: list[str] = []
        # side by side, because thousands of pairs would be that many more objects for the garbage collector
        self._tasks: list[Task | BegunMap] = []
        self._times: list[float] = []
        self._reply = Reply(tool_names) if may_answer else None
        self._before, self._stop = before, list(stop)
        self.usage: UsageMetadata | None = None
        self.response_metadata: dict[str, Any] = {}
        self._listener: Callable[[str], None] | None = None
        self._error: BaseException | None = None
        self._is_complete, self._news = False, asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._live[self.id] = self
        self._pump = self._loop.create_task(self._fill())

    @classmethod
    def claim(cls, stream_id: str) -> "PlanStream | None":
        """The live stream of that id, if this process and event loop opened it."""
        stream = cls._live.get(stream_id)
        return stream if stream is not None and stream._loop is asyncio.get_running_loop() else None

    @classmethod
    def is_untraced(cls, stream_id: str) -> bool:
        """Whether it is known that no tracer sees the graph run that opened that stream; callable from any thread.

        Another run that goes on from a checkpoint of that one, while it runs, is taken for it.
        """
        stream = cls._live.get(stream_id)
        return stream is not None and not is_traced(stream._config)

    @classmethod
    def close_all_of(cls, owners: Collection[UUID]) -> None:
        """Close the streams that these runs opened; callable from any thread."""
        for stream in list(cls._live.values()):
            if stream.owner in owners:
                del cls._live[stream.id]
                with contextlib.suppress(RuntimeError):  # its loop is closed, and the stream with it
                    stream._loop.call_soon_threadsafe(stream._cancel)

    @property
    def text(self) -> str:
        """The plan as far as it has been written."""
        return "".join(self._pieces)

    @property
    def ending(self) -> Ending | None:
        """How the plan ends, once it has ended."""
        return self._parser.ending

    async def kind(self) -> Kind:
        """Whether the reply is a plan or an answer, as soon as that is certain.

        Raises:
            PlannerError: The model's stream broke before.
        """
        while self._reply is not None and self._reply.kind is None and not self._is_complete:
            await self._news.wait()
        self._check()
        return "plan" if self._reply is None else self._reply.close()

    async def pieces(self) -> AsyncIterator[str]:
        """The text of an answer, from its start, cut as the model's client gives it.

        Raises:
            PlannerError: The model's stream broke before its end.
        """
        await self.kind()
        before = 0 if self._reply is None else len(self._reply.text) - len(self._reply.body)
        position, left = 0, before
        while True:
            while position < len(self._pieces):
                piece = self._pieces[position]
                if text := piece[left:]:
                    yield text
                position, left = position + 1, max(0, left - len(piece))
            if self._is_complete:
                break
            await self._news.wait()
        self._check()

    def listen(self, listener: Callable[[str], None]) -> None:
        """Hand the plan's text to `listener`, from its start, as it arrives."""
        if self._pieces:
            listener(self.text)
        self._listener = listener

    async def tasks(self) -> AsyncIterator[PlannedTask]:
        """The tasks from the first on, each as soon as its closing parenthesis has arrived.

        Raises:
            PlannerError: The model's stream broke before the plan was complete.
        """
        position = 0
        while True:
            while position < len(self._tasks):
                yield PlannedTask(self._tasks[position], self._times[position])
                position += 1
            if self._is_complete:
                break
            news = self._news
            await news.wait()
        self._check()

    def _check(self) -> None:
        if isinstance(self._error, (GraphBubbleUp, LLMCompilerError)):
            raise self._error
        if self._error is not None:
            is_answer = self._reply is not None and self._reply.kind != "plan"
            raise (ModelError if is_answer else PlannerError)(endpoint_of(self._model), self._error)

    async def drain(self) -> None:
        """Wait for what the model writes after the end of its plan, and close the stream if that takes too long.

        Closing earlier would mark the model's run as failed for every tracer, lose its token usage and drop the
        connection.
        """
        await asyncio.wait([self._pump], timeout=DRAIN_SECONDS)
        await self.close()
        if self._before is not None:
            await self._before.drain()

    async def close(self) -> None:
        """Cancel the model call, if it still runs, and return once it has ended."""
        self._live.pop(self.id, None)
        self._cancel()
        await asyncio.wait([self._pump])
        if self._before is not None:
            await self._before.close()

    def _cancel(self) -> None:
        """Cancel the model call until it gives in: HTTP clients swallow a cancellation now and then."""
        if not self._pump.done():
            self._pump.cancel()
            self._loop.call_later(CANCEL_AGAIN_SECONDS, self._cancel)

    async def _fill(self) -> None:
        try:
            async for chunk in streamed(self._model, self._messages, self._config, self._stop):
                content = chunk.content  # as it is, where it is text: `chunk.text` makes an object of its own each time
                if not self._is_complete and (text := content if isinstance(content, str) else str(chunk.text)):
                    self._take(text)
                if chunk.usage_metadata or chunk.response_metadata:
                    self._note(chunk)
        except BaseException as error:
            if not self._is_complete:  # after its end, a plan needs nothing more; tracers have the error
                self._error = error
                self._publish((), is_complete=True)
            if not isinstance(error, Exception):  # a cancellation ends this task as cancelled
                raise
        else:
            if not self._is_complete:
                self._end()

    def _note(self, chunk: AIMessageChunk) -> None:
        if chunk.usage_metadata:
            self.usage = add_usage(self.usage, chunk.usage_metadata)
        self.response_metadata |= chunk.response_metadata

    def _take(self, text: str) -> None:
        self._pieces.append(text)
        if self._listener:
            self._listener(text)
        if self._reply is not None:
            was_known, kind = self._reply.kind is not None, self._reply.feed(text)
            if kind != "plan":
                if kind is not None:
                    self._publish((), is_complete=False)
                return
            text = text if was_known else self.text
            if not was_known:
                self._publish((), is_complete=False)
        tasks: list[Task | BegunMap] = [*self._parser.feed(text)]
        if (begun := self._parser.begun()) is not None:
            tasks.append(begun)
        if tasks or self._parser.ended:
            self._publish(tasks, is_complete=self._parser.ended)

    def _end(self) -> None:
        tasks: list[Task] = []
        if self._reply is None or self._reply.kind == "plan":
            tasks = self._parser.close()
        elif self._reply.close() == "plan":
            tasks = [*self._parser.feed(self.text), *self._parser.close()]
        self._publish(tasks, is_complete=True)

    def _publish(self, tasks: Sequence[Task | BegunMap], *, is_complete: bool) -> None:
        self._tasks += tasks
        self._times += [time.time()] * len(tasks)
        self._is_complete = is_complete
        news, self._news = self._news, asyncio.Event()
        news.set()


def parsed_plan(text: str, tool_names: Collection[str], earlier: Collection[int]) -> list[PlannedTask]:
    """The tasks of a plan that is there as text."""
    parser, now = PlanParser(tool_names, earlier=earlier), time.time()
    return [PlannedTask(task, now) for task in (*parser.feed(text), *parser.close())]


def ending_of(text: str, tool_names: Collection[str] | None = None, earlier: Collection[int] = ()) -> Ending | None:
    """How a plan that is there as text ends."""
    parser = PlanParser(tool_names, earlier=earlier)
    parser.feed(text)
    parser.close()
    return parser.ending


def endpoint_of(model: BaseChatModel) -> str:
    """Name and address of a model, as far as it tells them, and without what may be a secret in them."""
    name = _first_set(model, "model_name", "model") or type(model).__name__
    address = _first_set(model, "openai_api_base", "base_url")
    return f"{name!r} at {public_address(address)}" if address else repr(name)


def _first_set(model: BaseChatModel, *attributes: str) -> str | None:
    return next((str(value) for each in attributes if (value := getattr(model, each, None))), None)
