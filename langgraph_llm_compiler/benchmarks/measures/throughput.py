"""What a question costs the client's processor when many run at once.

Held against bare `ChatOpenAI.astream` calls with the same prompts and replies: no graph, no tools, in the same process
and run. The endpoint has a process of its own, whose time does not count.
"""

import asyncio
import gc
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.language_models import BaseChatModel
from typing_extensions import TypedDict

from langgraph_llm_compiler.benchmarks.measures.limit import STYLES, LimitSettings, Style, shape_endpoint
from langgraph_llm_compiler.benchmarks.measures.sent import Prompt, PromptRecorder
from langgraph_llm_compiler.benchmarks.measures.shapes import Case, default_latency, make_cases, shape_tools
from langgraph_llm_compiler.benchmarks.report import format_table
from langgraph_llm_compiler.benchmarks.scoring import score
from langgraph_llm_compiler.benchmarks.systems import Graph, find_system
from langgraph_llm_compiler.models import simulated_model

AT_ONCE = (1, 4, 16, 64, 256)
SHAPES = ("8 searches",)
"""Shapes of the questions unless asked otherwise."""


class ThroughputRow(TypedDict):
    """One number of questions at once.

    Attributes:
        style: Prompt style of the graph.
        at_once: How many questions at once.
        questions: How many were asked in all.
        right: How many of the answers are right.
        seconds: From the first question to the last answer, a mean.
        cpu_ms: Milliseconds of processor time a question.
        bare_cpu_ms: The same for the bare calls.
        bare_chunks: Chunks that the bare calls for a question stream, a mean: what they cost grows with these.
        ratio: `cpu_ms` to `bare_cpu_ms`.
    """

    style: str
    at_once: int
    questions: int
    right: int
    seconds: float
    cpu_ms: float
    bare_cpu_ms: float
    bare_chunks: float
    ratio: float


@dataclass(slots=True)
class _Totals:
    right: int = 0
    seconds: float = 0.0
    cpu: float = 0.0
    questions: int = 0
    chunks: int = 0


async def measure_throughput(
    levels: Sequence[int] = AT_ONCE,
    settings: LimitSettings | None = None,
    repeat: int = 3,
    on_row: Callable[[ThroughputRow], None] = lambda row: None,
    *,
    style: Style = "compact",
    shapes: Sequence[str] = SHAPES,
) -> list[ThroughputRow]:
    """Measure these numbers of questions at once.

    Args:
        levels: Numbers of questions at once.
        settings: Latencies of endpoint and tools; shapes, systems and repeats are not used.
        repeat: How often each number is measured, by turns with the bare calls.
        on_row: Told of each row as it is complete.
        style: Prompt style of the graph; the bare calls are sent what it sends.
        shapes: Shapes of the questions, which take turns.
    """
    settings = settings or LimitSettings()
    cases = _by_turns(shapes, max(levels))
    rows: list[ThroughputRow] = []
    with shape_endpoint(cases, settings) as endpoint:
        model = simulated_model(endpoint.base_url)
        tools = shape_tools(default_latency(settings.tool_latency, settings.seed))
        bench = _Bench(style, find_system(STYLES[style]).build(model, tools), model)
        await bench.learn(cases)
        for level in levels:
            rows.append(await bench.measure(cases[:level], repeat))
            on_row(rows[-1])
    return rows


def _by_turns(shapes: Sequence[str], count: int) -> list[Case]:
    """So many questions, one of each shape after the other."""
    variants = -(-count // len(shapes))
    cases = make_cases(shapes, variants)
    return [case for variant in range(variants) for case in cases[variant::variants]][:count]


class _Bench:
    """The graph and the bare model, and the prompts that the graph sends for each question."""

    def __init__(self, style: Style, graph: Graph, model: BaseChatModel) -> None:
        self._style, self._graph, self._model = style, graph, model
        self._prompts: dict[str, list[Prompt]] = {}

    async def learn(self, cases: Sequence[Case]) -> None:
        """Run every question once: warms up, and notes what is sent."""
        recorders = {case.question.id: PromptRecorder() for case in cases}
        async with asyncio.TaskGroup() as group:
            for case in cases:
                group.create_task(self._graph.ainvoke(_inputs(case), {"callbacks": [recorders[case.question.id]]}))
        self._prompts = {id: recorder.prompts for id, recorder in recorders.items()}

    async def measure(self, cases: Sequence[Case], repeat: int) -> ThroughputRow:
        ours, bare = _Totals(), _Totals()
        for _ in range(repeat):
            await _measure(cases, self._answer, ours)
            await _measure(cases, self._stream, bare)
        cpu, bare_cpu = ours.cpu / ours.questions * 1000, bare.cpu / bare.questions * 1000
        return ThroughputRow(
            style=self._style,
            at_once=len(cases),
            questions=ours.questions,
            right=ours.right,
            seconds=ours.seconds / repeat,
            cpu_ms=cpu,
            bare_cpu_ms=bare_cpu,
            bare_chunks=bare.chunks / bare.questions,
            ratio=cpu / bare_cpu,
        )

    async def _answer(self, case: Case, totals: _Totals) -> None:
        state = await self._graph.ainvoke(_inputs(case))
        totals.right += score(case.question.answer, str(state["messages"][-1].text))

    async def _stream(self, case: Case, totals: _Totals) -> None:
        for prompt in self._prompts[case.question.id]:
            async for _ in self._model.astream(prompt.messages, **prompt.options):
                totals.chunks += 1


def _inputs(case: Case) -> dict[str, Any]:
    return {"messages": [("user", case.question.question)]}


async def _measure(
    cases: Sequence[Case], answer: Callable[[Case, _Totals], Coroutine[Any, Any, None]], totals: _Totals
) -> None:
    gc.collect()
    cpu, started = time.process_time(), time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for case in cases:
            group.create_task(answer(case, totals))
    totals.cpu += time.process_time() - cpu
    totals.seconds += time.perf_counter() - started
    totals.questions += len(cases)


def throughput_table(rows: Sequence[ThroughputRow]) -> str:
    """The rows as a table of text."""
    return format_table(
        ("at once", "right", "seconds", "cpu ms/question", "bare cpu ms", "bare chunks", "ratio"),
        [
            (
                row["at_once"],
                f"{row['right']}/{row['questions']}",
                f"{row['seconds']:.2f}",
                f"{row['cpu_ms']:.1f}",
                f"{row['bare_cpu_ms']:.1f}",
                f"{row['bare_chunks']:.0f}",
                f"{row['ratio']:.2f}",
            )
            for row in rows
        ],
    )
