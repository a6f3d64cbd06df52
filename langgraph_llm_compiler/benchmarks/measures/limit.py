"""How close systems come to T*, shape by shape: real graph, real client, endpoint in a process of its own.

Every system is held against the same classic T*: the critical path of the paper's plan with the prompts of the
original implementation. Those whose limit is their own are held against that too: the paper's style against T* with the
prompts it sends, the compact style and the bare client against the compact limit.
"""

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import prod
from pathlib import Path
from statistics import fmean, median
from types import MappingProxyType
from typing import Literal

from typing_extensions import TypedDict

from langgraph_llm_compiler.benchmarks.measures.bare_client import BARE, run_bare
from langgraph_llm_compiler.benchmarks.measures.bounds import bound_of_run, compact_limit
from langgraph_llm_compiler.benchmarks.measures.critical_path import DEFAULT_PACE, Pace
from langgraph_llm_compiler.benchmarks.measures.original import ORIGINAL_PROMPTS
from langgraph_llm_compiler.benchmarks.measures.sent import Prompt, PromptRecorder
from langgraph_llm_compiler.benchmarks.measures.shapes import (
    SHAPES,
    Case,
    default_latency,
    make_cases,
    shape_tools,
    tool_seconds,
)
from langgraph_llm_compiler.benchmarks.report import NOTHING, format_table, ratio_to_bound
from langgraph_llm_compiler.benchmarks.runner import Run, run_question
from langgraph_llm_compiler.benchmarks.scoring import score
from langgraph_llm_compiler.benchmarks.systems import SYSTEMS, Graph
from langgraph_llm_compiler.errors import ConfigurationError
from langgraph_llm_compiler.models import simulated_model
from langgraph_llm_compiler.simulator.process import SimulatedProcess

Style = Literal["compact", "paper"]

STYLES: Mapping[Style, str] = MappingProxyType({"compact": "llm-compiler-compact", "paper": "llm-compiler"})
"""The system of each prompt style."""

REFERENCE = STYLES["paper"]
"""The system whose plans T* is worked out from."""

COMPACT = STYLES["compact"]
"""The system whose requests the bare client sends, and whose runs give the compact limit."""

COMPARED = (COMPACT, REFERENCE, "parallel-tools", "react", BARE)
"""What is measured unless asked otherwise."""


@dataclass(frozen=True, slots=True)
class LimitSettings:
    """What is measured, and how.

    Attributes:
        shapes: Names in `shapes.SHAPES`.
        systems: Names in `systems.SYSTEMS`, and `bare-socket`; what others are held against is measured in any case.
        repeat: Questions of each shape.
        pace: Pace of the endpoint.
        tool_latency: Median seconds of a tool call.
        seed: Seed of the tools' latencies.
        timeout: Seconds after which a question is given up.
    """

    shapes: Sequence[str] = tuple(SHAPES)
    systems: Sequence[str] = COMPARED
    repeat: int = 3
    pace: Pace = DEFAULT_PACE
    tool_latency: float = 0.5
    seed: int = 0
    timeout: float = 120.0


class ShapeRow(TypedDict):
    """One shape under one system; seconds and ratios are medians over its questions, calls and tokens means.

    Where nothing takes any time T* is 0, and there is no ratio.

    Attributes:
        shape: The shape.
        system: The system.
        right: How many answers are right.
        questions: How many questions were asked.
        median_seconds: From the question to the answer.
        bound_seconds: The classic T*.
        ratio: The median of the questions' ratios to the classic T*.
        own_bound_seconds: T* with the prompts sent, or the compact limit; None of systems that have neither.
        own_ratio: Likewise, the ratio to that.
        calls: Model calls.
        prompt_tokens: Tokens of all their prompts.
        completion_tokens: Tokens of all their replies.
    """

    shape: str
    system: str
    right: int
    questions: int
    median_seconds: float
    bound_seconds: float
    ratio: float | None
    own_bound_seconds: float | None
    own_ratio: float | None
    calls: float
    prompt_tokens: float
    completion_tokens: float


@dataclass(frozen=True, slots=True)
class _Measured:
    """One question under one system."""

    run: Run
    right: bool
    bound: float
    own_bound: float | None


@contextmanager
def shape_endpoint(cases: Sequence[Case], settings: LimitSettings) -> Iterator[SimulatedProcess]:
    """Serve the questions from a process of its own, sharing neither processor time nor event loop."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "shapes.json"
        script.write_text(json.dumps([case.script for case in cases]), encoding="utf-8")
        with SimulatedProcess(
            script=script,
            latency=settings.pace.latency,
            tokens_per_event=settings.pace.tokens_per_event,
            merge_newlines=settings.pace.merge_newlines,
        ) as endpoint:
            yield endpoint


async def measure_limit(
    settings: LimitSettings, on_row: Callable[[ShapeRow], None] = lambda row: None
) -> list[ShapeRow]:
    """Measure every shape under every system, one question at a time.

    Args:
        settings: What is measured.
        on_row: Told of each row as it is complete.

    Raises:
        ConfigurationError: There is no such shape or system, or the simulator does not start.
    """
    names = _names(settings.systems)
    cases = make_cases(settings.shapes, settings.repeat)
    latency = default_latency(settings.tool_latency, settings.seed)
    rows: list[ShapeRow] = []
    with shape_endpoint(cases, settings) as endpoint:
        bench = _Bench(names, endpoint.base_url, settings, latency)
        await bench.warm_up(cases[0])
        for shape in settings.shapes:
            measured = [await bench.measure(case) for case in cases if case.shape == shape]
            for name in names:
                rows.append(_row(shape, name, [each[name] for each in measured]))
                on_row(rows[-1])
    return rows


def _names(systems: Sequence[str]) -> list[str]:
    """What is measured, in the order asked for, with what others are held against."""
    for name in systems:
        if name not in SYSTEMS and name != BARE:
            raise ConfigurationError(f"there is no system {name!r}; the systems are: {', '.join((*SYSTEMS, BARE))}")
    needed = [REFERENCE] if BARE not in systems else [COMPACT, REFERENCE]
    return list(dict.fromkeys([*(name for name in needed if name not in systems), *systems]))


class _Bench:
    """The systems, built, and the bare client."""

    def __init__(
        self, names: Sequence[str], base_url: str, settings: LimitSettings, latency: Callable[[str], float]
    ) -> None:
        self._names, self._base_url, self._settings = names, base_url, settings
        self._tools, self._seconds = shape_tools(latency), tool_seconds(latency)
        model, tools = simulated_model(base_url), self._tools
        self._graphs: dict[str, Graph] = {name: SYSTEMS[name].build(model, tools) for name in names if name != BARE}

    async def warm_up(self, case: Case) -> None:
        """The first run imports, connects and compiles; it is not counted."""
        await self.measure(case)

    async def measure(self, case: Case) -> dict[str, _Measured]:
        """Ask every system the question, one after the other."""
        runs: dict[str, Run] = {}
        sent: list[Prompt] = []
        for name, graph in self._graphs.items():
            recorder = PromptRecorder()
            runs[name] = await run_question(
                graph, case.question.question, seconds=self._settings.timeout, recorder=recorder
            )
            if name == COMPACT:
                sent = recorder.prompts
        if BARE in self._names:
            runs[BARE] = await run_bare(self._base_url, sent, self._tools, self._settings.timeout)
        bounds, bound = self._own_bounds(runs), self._bound(case, runs[REFERENCE])
        return {
            name: _Measured(run, score(case.question.answer, run.answer), bound, bounds.get(name))
            for name, run in runs.items()
        }

    def _bound(self, case: Case, run: Run) -> float:
        """The classic T*."""
        return bound_of_run(run, self._settings.pace, self._seconds, ORIGINAL_PROMPTS[case.shape])

    def _own_bounds(self, runs: Mapping[str, Run]) -> dict[str, float]:
        bounds = {REFERENCE: bound_of_run(runs[REFERENCE], self._settings.pace, self._seconds)}
        if COMPACT in runs:
            limit = compact_limit(runs[COMPACT], self._settings.pace, self._seconds)
            bounds |= {COMPACT: limit, BARE: limit}
        return bounds


def _row(shape: str, system: str, measured: Sequence[_Measured]) -> ShapeRow:
    own = [each.own_bound for each in measured if each.own_bound is not None]
    runs = [each.run for each in measured]
    return ShapeRow(
        shape=shape,
        system=system,
        right=sum(each.right for each in measured),
        questions=len(measured),
        median_seconds=median(run.seconds for run in runs),
        bound_seconds=median(each.bound for each in measured),
        ratio=_ratio(runs, [each.bound for each in measured]),
        own_bound_seconds=median(own) if own else None,
        own_ratio=_ratio(runs, own),
        calls=fmean(len(run.calls) for run in runs),
        prompt_tokens=fmean(sum(call.prompt_tokens for call in run.calls) for run in runs),
        completion_tokens=fmean(sum(call.completion_tokens for call in run.calls) for run in runs),
    )


def _ratio(runs: Sequence[Run], bounds: Sequence[float]) -> float | None:
    if not bounds or not all(bounds):
        return None
    return median(run.seconds / bound for run, bound in zip(runs, bounds, strict=True))


def geometric_means(rows: Sequence[ShapeRow]) -> dict[str, float]:
    """The geometric mean over the shapes of each system's ratio to the classic T*; only of systems that have ratios."""
    ratios: dict[str, list[float]] = {}
    for row in rows:
        if row["ratio"] is not None:
            ratios.setdefault(row["system"], []).append(row["ratio"])
    return {system: prod(found) ** (1 / len(found)) for system, found in ratios.items()}


def limit_table(rows: Sequence[ShapeRow]) -> str:
    """The rows as a table of text, and a last line with the geometric means."""
    table = format_table(
        ("shape", "system", "right", "median s", "T* s", "ratio", "own limit s", "to own", "calls", "prompt", "reply"),
        [
            (
                row["shape"],
                row["system"],
                f"{row['right']}/{row['questions']}",
                f"{row['median_seconds']:.3f}",
                f"{row['bound_seconds']:.3f}",
                ratio_to_bound(row["ratio"]),
                NOTHING if row["own_bound_seconds"] is None else f"{row['own_bound_seconds']:.3f}",
                ratio_to_bound(row["own_ratio"]),
                f"{row['calls']:.1f}",
                f"{row['prompt_tokens']:.0f}",
                f"{row['completion_tokens']:.0f}",
            )
            for row in rows
        ],
    )
    means = ", ".join(f"{system} {mean:.3f}" for system, mean in geometric_means(rows).items())
    return f"{table}\ngeometric mean of the ratios: {means or NOTHING}"
