"""Runs questions through a graph: one of them, or many at once into a results file.

Latency is measured per question, from the moment its run starts. It is fair as long as the questions that run at once
do not wait for each other, in this process or at the endpoint.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from langchain_core.messages import AnyMessage
from langchain_core.runnables import RunnableConfig

from langgraph_llm_compiler.benchmarks.calls import CallRecorder, ModelCall, stats
from langgraph_llm_compiler.benchmarks.report import Measured
from langgraph_llm_compiler.benchmarks.results import FAILED, Entry, ResultStore
from langgraph_llm_compiler.benchmarks.suite import Question, Scorer
from langgraph_llm_compiler.benchmarks.systems import Graph
from langgraph_llm_compiler.state import TaskRecord

OnEvent = Callable[[Mapping[str, Any]], None]


@dataclass(frozen=True, slots=True)
class Run:
    """One question, answered.

    Attributes:
        answer: The final message's text.
        seconds: From the question to the answer.
        calls: The model calls made, in the order in which they ended.
        tasks: Records of all tasks.
    """

    answer: str
    seconds: float
    calls: list[ModelCall]
    tasks: list[TaskRecord]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one question of a suite.

    Attributes:
        question: The question.
        entry: What the results file holds of it.
        right: Whether the answer is right.
        run: The run; `None` if it failed or was taken from the results file.
    """

    question: Question
    entry: Entry
    right: bool
    run: Run | None = None

    @property
    def measured(self) -> Measured:
        """The figures that reports are made from."""
        total = self.entry["stats"].get("total", {})
        return Measured(
            self.question.id,
            self.right,
            self.entry["time"],
            total.get("calls", 0),
            total.get("input_tokens", 0),
            total.get("output_tokens", 0),
            "error" in self.entry,
        )


async def run_question(
    graph: Graph,
    question: str,
    *,
    history: Sequence[AnyMessage | tuple[str, str]] = (),
    seconds: float | None = None,
    max_concurrency: int | None = None,
    on_event: OnEvent | None = None,
) -> Run:
    """Ask a graph one question.

    Args:
        graph: An LLMCompiler or a baseline.
        question: The question.
        history: The conversation before it.
        seconds: After so many the run is cancelled.
        max_concurrency: How many tools may run at once.
        on_event: Takes the run's custom events as they come; without it none are made.

    Raises:
        TimeoutError: It took longer than `seconds`.
        Exception: Whatever the run raised.
    """
    recorder = CallRecorder()
    config: RunnableConfig = {"callbacks": [recorder]}
    if max_concurrency is not None:
        config["max_concurrency"] = max_concurrency
    inputs = {"messages": [*history, ("user", question)]}
    started = time.perf_counter()
    async with asyncio.timeout(seconds):
        state = await (graph.ainvoke(inputs, config) if on_event is None else _watched(graph, inputs, config, on_event))
    took = time.perf_counter() - started
    return Run(str(state["messages"][-1].text), took, recorder.calls, state.get("tasks") or [])


async def _watched(graph: Graph, inputs: Any, config: RunnableConfig, on_event: OnEvent) -> dict[str, Any]:
    state: dict[str, Any] = {}
    async for part in graph.astream(inputs, config, stream_mode=["custom", "values"]):
        mode, chunk = cast(tuple[str, dict[str, Any]], part)
        if mode == "custom":
            on_event(chunk)
        else:
            state = chunk
    return state


async def run_suite(
    graph: Graph,
    questions: Sequence[Question],
    scorer: Scorer,
    *,
    store: ResultStore | None = None,
    at_once: int = 1,
    seconds: float | None = None,
    on_outcome: Callable[[Outcome], None] = lambda outcome: None,
) -> list[Outcome]:
    """Run the questions that the store does not hold yet, and keep each result as it comes.

    A question whose run fails is stored with the answer `ERROR` and does not stop the others.

    Args:
        graph: An LLMCompiler or a baseline.
        questions: The questions; ids are unique.
        scorer: Takes label and answer and says whether the answer is right.
        store: Where results are kept; memory by default.
        at_once: How many questions run at once.
        seconds: After so many one question is given up.
        on_outcome: Told of each outcome, stored ones first.

    Returns:
        An outcome for every question, in their order.
    """
    suite_run = _SuiteRun(graph, scorer, ResultStore() if store is None else store, seconds, on_outcome)
    pending = iter(suite_run.recall(questions))
    async with asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(suite_run.work(pending))
    return [suite_run.outcomes[question.id] for question in questions]


class _SuiteRun:
    """What the workers of `run_suite` share."""

    def __init__(
        self,
        graph: Graph,
        scorer: Scorer,
        store: ResultStore,
        seconds: float | None,
        on_outcome: Callable[[Outcome], None],
    ) -> None:
        self.outcomes: dict[str, Outcome] = {}
        self._graph, self._scorer, self._store = graph, scorer, store
        self._seconds, self._on_outcome = seconds, on_outcome
        self._writing = asyncio.Lock()

    def recall(self, questions: Sequence[Question]) -> list[Question]:
        """Take what the store holds, and give the questions that are left."""
        for question in questions:
            if self._store.answered(question.id):
                self._note(question, self._store[question.id])
        return [question for question in questions if question.id not in self.outcomes]

    async def work(self, pending: Any) -> None:
        """Answer one question after another; several workers share the iterator."""
        for question in pending:
            entry, run = await self._answer(question)
            async with self._writing:  # in a thread: the disk must not hold up the questions that are running
                await asyncio.to_thread(self._store.add, question.id, entry)
            self._note(question, entry, run)

    async def _answer(self, question: Question) -> tuple[Entry, Run | None]:
        started = time.perf_counter()
        try:
            run = await run_question(self._graph, question.question, history=question.history, seconds=self._seconds)
        except Exception as error:  # noqa: BLE001 - one question's failure, of whatever kind, is a result like any other
            entry = _entry(question, FAILED, time.perf_counter() - started)
            entry["error"] = f"{type(error).__name__}: {error}".rstrip(": ")
            return entry, None
        return _entry(question, run.answer, run.seconds, stats(run.calls)), run

    def _note(self, question: Question, entry: Entry, run: Run | None = None) -> None:
        right = "error" not in entry and self._scorer(question.answer, entry["answer"])
        outcome = Outcome(question, entry, right, run)
        self.outcomes[question.id] = outcome
        self._on_outcome(outcome)


def _entry(question: Question, answer: str, seconds: float, nodes: Mapping[str, Any] | None = None) -> Entry:
    return Entry(
        question=question.question, label=question.answer, answer=answer, time=seconds, stats=dict(nodes or {})
    )
