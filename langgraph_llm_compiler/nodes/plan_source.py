"""Where the executor reads the plan from."""

from typing import Any

from langchain_core.messages.ai import UsageMetadata
from langchain_core.runnables import RunnableConfig
from langgraph.errors import GraphBubbleUp
from langgraph.runtime import Runtime

from langgraph_llm_compiler.execution.durable import Journal
from langgraph_llm_compiler.execution.events import listener
from langgraph_llm_compiler.execution.scheduler import TaskFetchingUnit
from langgraph_llm_compiler.nodes.base import Parts, State
from langgraph_llm_compiler.nodes.conversation import earlier_records
from langgraph_llm_compiler.nodes.plan_stream import PlanStream, ending_of, parsed_plan
from langgraph_llm_compiler.nodes.planner import open_stream
from langgraph_llm_compiler.plan import BegunMap, Ending, Task

PLAN = "plan"
"""Key under which the journal keeps the plan: once it is there, a resume makes no planner call."""


def _hand(unit: TaskFetchingUnit, task: Task | BegunMap, at: float) -> None:
    if isinstance(task, BegunMap):
        unit.begin(task, at)
    else:
        unit.add(task, at)


class PlanSource:
    """Where the executor reads the plan: the journal, the state, the planner's stream, or a stream of its own.

    Args:
        parts: What the graph was built with.
        state: The state.
        config: Config of the executor.
        runtime: The run.
        journal: The executor's journal.

    Attributes:
        ending: How the plan ends, once it has been fed.
    """

    def __init__(
        self, parts: Parts, state: State, config: RunnableConfig, runtime: Runtime[Any], journal: Journal
    ) -> None:
        self._parts, self._state, self._journal, self._runtime = parts, state, journal, runtime
        self._stream: PlanStream | None = None
        self.ending: Ending | None = None
        self._config, self._text = config, journal.entries.get(PLAN, state.get("plan", ""))

    @property
    def text(self) -> str:
        """The plan, as written."""
        return self._text if self._stream is None else self._stream.text

    @property
    def stream_id(self) -> str:
        """Id of the stream that may still have to be drained."""
        return "" if self._stream is None else self._stream.id

    @property
    def usage(self) -> UsageMetadata | None:
        """Tokens of the model call that wrote the plan, if it was made here."""
        return None if self._stream is None else self._stream.usage

    async def feed(self, unit: TaskFetchingUnit) -> None:
        """Hand every task to the unit as soon as it is planned."""
        await self._open()
        if self._stream is None:
            earlier = [record["id"] for record in earlier_records(self._state)]
            for task, at in parsed_plan(self._text, self._parts.caller.signatures.keys(), earlier):
                _hand(unit, task, at)
            self.ending = ending_of(self._text, self._parts.caller.signatures.keys(), earlier)
        else:
            self._announce(self._stream)
            async for task, at in self._stream.tasks():
                _hand(unit, task, at)
            self.ending = self._stream.ending
        if PLAN not in self._journal.entries:
            self._journal.record(PLAN, self.text)

    async def _open(self) -> None:
        stream_id = self._state.get("plan_stream", "")
        if self._text or not stream_id or PLAN in self._journal.entries:
            return
        if (stream := PlanStream.claim(stream_id)) is None:
            # another process, or an earlier attempt, had the stream: open it again
            stream = await open_stream(self._parts, self._state, self._config, self._runtime)
        self._stream = stream

    async def drain(self) -> None:
        """Wait for what the model still writes."""
        if self._stream is not None:
            await self._stream.drain()

    def _announce(self, stream: PlanStream) -> None:
        if emit := listener(self._runtime):
            round_ = self._state.get("round", 1)
            stream.listen(lambda text: emit({"type": "plan_delta", "round": round_, "text": text}))

    async def close(self, error: BaseException) -> None:
        """Close the stream, if there is one; a run that stops for a person lets the model come to its end."""
        if self._stream is not None:
            await (self._stream.drain() if isinstance(error, GraphBubbleUp) else self._stream.close())
