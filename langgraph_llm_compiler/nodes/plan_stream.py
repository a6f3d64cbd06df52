"""A plan as it arrives: filled by a background task, read by the executor, and closed when its run ends."""

import asyncio
import contextlib
import time
import uuid
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from typing import Any, ClassVar, NamedTuple
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler, BaseCallbackManager
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage
from langchain_core.runnables import RunnableConfig
from langgraph.errors import GraphBubbleUp

from langgraph_llm_compiler.errors import LLMCompilerError, PlannerError
from langgraph_llm_compiler.nodes.model_calls import streamed
from langgraph_llm_compiler.plan import PlanParser, Task

DRAIN_SECONDS = 10.0
"""How long what a model writes after the end of its plan is waited for, once the run is otherwise done."""

CANCEL_AGAIN_SECONDS = 0.1


class PlannedTask(NamedTuple):
    """A task and when it was planned, in Unix seconds."""

    task: Task
    at: float


class PlanStream:
    """The planner's stream, replayable from its start by any reader in this process.

    State never holds a live object: it holds `id`, under which the executor claims the stream. In another process, or
    after a resume, nobody knows the id, and the executor opens a stream of its own.

    Args:
        model: The planner's model.
        messages: Its prompt.
        config: Config of the model call.
        tool_names: Tools a plan may use.
        earlier: Ids of earlier rounds' tasks.
        owner: Id of the run that opened it; the stream is closed when the graph run around that node ends.
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
    ) -> None:
        self.id, self.owner = uuid.uuid4().hex, owner
        self._model, self._messages, self._config = model, messages, config
        self._parser = PlanParser(tool_names, earlier=earlier)
        self._pieces: list[str] = []
        self._tasks: list[Task] = []
        self._times: list[float] = []
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
        if isinstance(self._error, (GraphBubbleUp, LLMCompilerError)):
            raise self._error
        if self._error is not None:
            raise PlannerError(endpoint_of(self._model), self._error)

    async def drain(self) -> None:
        """Wait for what the model writes after the end of its plan, and close the stream if that takes too long.

        Closing earlier would mark the model's run as failed for every tracer, lose its token usage and drop the
        connection.
        """
        await asyncio.wait([self._pump], timeout=DRAIN_SECONDS)
        await self.close()

    async def close(self) -> None:
        """Cancel the model call, if it still runs, and return once it has ended."""
        self._live.pop(self.id, None)
        self._cancel()
        await asyncio.wait([self._pump])

    def _cancel(self) -> None:
        """Cancel the model call until it gives in: HTTP clients swallow a cancellation now and then."""
        if not self._pump.done():
            self._pump.cancel()
            self._loop.call_later(CANCEL_AGAIN_SECONDS, self._cancel)

    async def _fill(self) -> None:
        try:
            async for chunk in streamed(self._model, self._messages, self._config):
                if not self._is_complete and (text := str(chunk.text)):
                    self._take(text)
        except BaseException as error:
            if not self._is_complete:  # after its end, a plan needs nothing more; tracers have the error
                self._error = error
                self._publish((), is_complete=True)
            if not isinstance(error, Exception):  # a cancellation ends this task as cancelled
                raise
        else:
            if not self._is_complete:
                self._publish(self._parser.close(), is_complete=True)

    def _take(self, text: str) -> None:
        self._pieces.append(text)
        if self._listener:
            self._listener(text)
        tasks = self._parser.feed(text)
        if tasks or self._parser.ended:
            self._publish(tasks, is_complete=self._parser.ended)

    def _publish(self, tasks: Sequence[Task], *, is_complete: bool) -> None:
        self._tasks += tasks
        self._times += [time.time()] * len(tasks)
        self._is_complete = is_complete
        news, self._news = self._news, asyncio.Event()
        news.set()


def parsed_plan(text: str, tool_names: Collection[str], earlier: Collection[int]) -> list[PlannedTask]:
    """The tasks of a plan that is there as text."""
    parser, now = PlanParser(tool_names, earlier=earlier), time.time()
    return [PlannedTask(task, now) for task in (*parser.feed(text), *parser.close())]


def endpoint_of(model: BaseChatModel) -> str:
    """Name and address of a model, as far as it tells them."""
    name = _first_set(model, "model_name", "model") or type(model).__name__
    address = _first_set(model, "openai_api_base", "base_url")
    return f"{name!r} at {address}" if address else repr(name)


def _first_set(model: BaseChatModel, *attributes: str) -> str | None:
    return next((str(value) for each in attributes if (value := getattr(model, each, None))), None)


class CloseStreams(BaseCallbackHandler):
    """Closes the streams of a graph run when that run ends, so that none outlives it unclaimed.

    That happens at a breakpoint before the executor, or when the run is cancelled between planner and joiner.
    """

    run_inline = True
    ignore_llm = ignore_chat_model = ignore_agent = ignore_retriever = ignore_retry = ignore_custom_event = True

    def __init__(self) -> None:
        self._root_of: dict[UUID, UUID] = {}
        self._runs_of: dict[UUID, set[UUID]] = {}

    def on_chain_start(
        self, serialized: dict[str, Any], inputs: Any, *, run_id: UUID, parent_run_id: UUID | None = None, **_: Any
    ) -> None:
        """Note to which graph run this run within it belongs; a node is a run, and what it consists of is, too."""
        root = run_id if parent_run_id is None else self._root_of.get(parent_run_id, run_id)
        self._root_of[run_id] = root
        self._runs_of.setdefault(root, set()).add(run_id)

    def on_chain_end(self, outputs: Any, *, run_id: UUID, **_: Any) -> None:
        """Close what the runs within this graph run left open."""
        if runs := self._runs_of.pop(run_id, None):
            PlanStream.close_all_of(runs)
            for each in runs:
                self._root_of.pop(each, None)

    def on_chain_error(self, error: BaseException, *, run_id: UUID, **_: Any) -> None:
        """Close what the runs within this graph run left open."""
        self.on_chain_end(None, run_id=run_id)

    @classmethod
    def left_out(cls, config: RunnableConfig) -> RunnableConfig:
        """The config for a model or tool: with no handler left, langchain dispatches none of a stream's tokens."""
        callbacks = config.get("callbacks")
        if not isinstance(callbacks, BaseCallbackManager):
            return config
        callbacks = callbacks.copy()
        for handler in [each for each in callbacks.handlers if isinstance(each, cls)]:
            callbacks.remove_handler(handler)
        return {**config, "callbacks": callbacks}
