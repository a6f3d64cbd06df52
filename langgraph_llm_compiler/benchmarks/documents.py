"""The JSON documents that commands print with `--json`, as types: `llm-compiler schema` makes JSON Schemas of them.

The text below a field is its description in the schema. docs/json-output.md is written from the same.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NotRequired, Required

from pydantic import ConfigDict, TypeAdapter, with_config
from typing_extensions import TypedDict

from langgraph_llm_compiler.benchmarks.report import Row
from langgraph_llm_compiler.state import TaskRecord, TaskStatus

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_DOCUMENTED = ConfigDict(extra="forbid", use_attribute_docstrings=True)


@with_config(_DOCUMENTED)
class NodeStats(TypedDict):
    """Model calls of one node, or of all."""

    calls: int
    """How many there were, those that failed among them."""
    input_tokens: int
    """Tokens of their prompts, as the endpoint counts them; 0 where it does not say."""
    output_tokens: int
    """Tokens of their replies, likewise."""
    cached_tokens: int
    """Those of the prompts that the endpoint served from a cache; they are part of input_tokens."""
    all_times: list[float]
    """Seconds that each call took."""


@with_config(_DOCUMENTED)
class TaskTimes(TypedDict):
    """When one task was planned, run and done, in seconds since the question was asked."""

    id: int
    """Its number in the plan."""
    round: int
    """Its plan: 1 for the first, 2 for the first replan; for agents that do not plan, the turn."""
    tool: str
    """The tool that it calls."""
    planned: float
    """When it was read in the plan."""
    started: float | None
    """When its call began; null if it never did."""
    ended: float | None
    """When it ended; null if it never did."""
    wait: float | None
    """Seconds from when it could start (planned, and its dependencies ended) to when it started."""
    status: TaskStatus
    """How it ended."""


@with_config(_DOCUMENTED)
class QuestionStats(TypedDict, total=False):
    """What one question took, by node; a benchmark's own baseline may have nodes of other names."""

    planner: NodeStats
    """The planner; LLMCompiler always has planner, executor and joiner."""
    executor: NodeStats
    """Model calls that tools made."""
    joiner: NodeStats
    """The joiner."""
    agent: NodeStats
    """The agent of a baseline."""
    tools: NodeStats
    """Model calls that a baseline's tools made."""
    total: Required[NodeStats]
    """All of them."""
    tasks: list[TaskTimes]
    """Every task, if detailed statistics were asked for."""


@with_config(_DOCUMENTED)
class StoredResult(TypedDict):
    """What became of one question; the results file holds the same."""

    question: str
    """What was asked."""
    label: str
    """What is right."""
    answer: str
    """What was answered; ERROR if the run failed."""
    time: float
    """Seconds from the question to the answer."""
    stats: QuestionStats | None
    """What it took; null in files that the original wrote without statistics."""
    error: NotRequired[str]
    """Why the run failed; only then."""


@with_config(_DOCUMENTED)
class AskDocument(TypedDict):
    """Output of `llm-compiler ask --json`."""

    question: str
    """What was asked."""
    answer: str
    """What was answered."""
    model: str
    """Which model answered, in words."""
    simulated: bool
    """Whether the simulator played the model."""
    system: str
    """Which agent answered: llm-compiler, llm-compiler-compact (both also with -no-stream), parallel-tools, react,
    react-text, react-dagger."""
    seconds: float
    """From the question to the answer."""
    stats: QuestionStats
    """What it took."""
    tasks: list[TaskRecord]
    """Every task, with its arguments, its observation and its times in Unix seconds."""


@with_config(_DOCUMENTED)
class DatasetInfo(TypedDict):
    """A set of questions."""

    name: str
    """Its name, or the name of its file."""
    sha256: str
    """SHA-256 of its questions and labels."""
    questions: int
    """How many questions it has, whether or not all were asked."""


@with_config(_DOCUMENTED)
class BenchRunDocument(TypedDict):
    """Output of `llm-compiler bench run --json`."""

    benchmark: str
    """Name of the benchmark, or its folder."""
    system: str
    """Which agent answered."""
    dataset: DatasetInfo
    """What was asked."""
    model: str
    """Which model answered, in words."""
    simulated: bool
    """Whether the simulator played the model, and the figures are simulated."""
    questions_at_once: int
    """How many questions ran at once."""
    tool_latency: float
    """Median seconds of a search of bundled passages."""
    seed: int
    """Seed of those latencies."""
    summary: Row
    """The row of the table; times and tokens are those of runs that did not fail."""
    results: dict[str, StoredResult]
    """What became of each question, by its id."""


@with_config(_DOCUMENTED)
class Averages(TypedDict):
    """Means a question, over the questions up to the first without statistics."""

    questions: int
    """How many questions they are of."""
    calls: float
    """Model calls."""
    input_tokens: float
    """Tokens of prompts."""
    output_tokens: float
    """Tokens of replies."""
    cached_tokens: float | None
    """Tokens of prompts that came from a cache; null where the file does not say."""


@with_config(_DOCUMENTED)
class WrongAnswer(TypedDict):
    """A question that was not answered right."""

    index: int
    """Its place in the file, from 0."""
    id: str
    """Its id."""
    label: Any
    """What is right."""
    answer: Any
    """What was answered."""


@with_config(_DOCUMENTED)
class EvaluationDocument(TypedDict):
    """Output of `llm-compiler bench evaluate --json`."""

    file: str
    """The results file."""
    benchmark: str | None
    """The benchmark, as named on the command line or in the sidecar; null if neither does."""
    scorer: str
    """Whose rule decides what is right: a benchmark's name, or `paper`."""
    system: str | None
    """Which agent answered; null without a sidecar."""
    model: str | None
    """Name of the model that answered; null without a sidecar."""
    simulated: bool | None
    """Whether the simulator played the model; null without a sidecar."""
    questions: int
    """How many questions are counted: --k, or all of the file."""
    right: int
    """How many of them were answered right."""
    accuracy: float
    """right / questions."""
    mean_seconds: float
    """Mean time a question, failed ones included."""
    std_seconds: float
    """Standard deviation of those times (of the population)."""
    median_seconds: float
    """Their median."""
    p95_seconds: float
    """Their 95th percentile, interpolated."""
    errors: int
    """How many questions failed."""
    averages: Averages | None
    """Calls and tokens; null if the file has no statistics."""
    wrong: NotRequired[list[WrongAnswer]]
    """What was not answered right; with --detail."""


@with_config(_DOCUMENTED)
class ComparedSystem(TypedDict):
    """One results file of a comparison."""

    label: str
    """What tables call it."""
    file: str
    """Its path."""
    system: str | None
    """Which agent answered; null without a sidecar."""
    model: str | None
    """Name of the model that answered; null if neither the sidecar nor --model says."""
    simulated: bool | None
    """Whether the simulator played the model; null without a sidecar."""
    scorer: str
    """Whose rule decides what is right: a benchmark's name, or `paper`."""
    questions: int
    """Questions in the file."""
    right: int
    """How many were answered right."""
    accuracy: float
    """right / questions."""
    accuracy_interval: tuple[float, float]
    """Its 95 % interval (Wilson's)."""
    mean_seconds: float
    """Mean time a question, failed ones included."""
    std_seconds: float
    """Standard deviation of those times (of the population)."""
    median_seconds: float
    """Their median."""
    p95_seconds: float
    """Their 95th percentile, interpolated."""
    errors: int
    """How many questions failed."""
    pairs: int
    """Questions that this and the baseline both answered: speedup and median_ratio are of these."""
    speedup: float | None
    """Mean time of the baseline over mean time of this, on the pairs; null without pairs."""
    speedup_interval: tuple[float, float] | None
    """Its 95 % interval (bootstrap over questions); null for the baseline itself and with fewer than two questions."""
    median_ratio: float | None
    """Median over the pairs of the baseline's time over that of this."""
    averages: Averages | None
    """Calls and tokens; null if the file has no statistics."""
    cost_per_1000: float | None
    """Price of 1,000 questions; null without a price of the model, or without statistics."""
    currency: str | None
    """Currency of that price."""


@with_config(_DOCUMENTED)
class PublishedFigures(TypedDict):
    """Figures that the paper reports, measured with other models and on other machines."""

    label: str
    """What tables call the row; it begins with `paper:`."""
    system: str
    """What answered, in the paper's words."""
    model: str
    """Its model."""
    accuracy: float
    """Share of right answers."""
    mean_seconds: float | None
    """Latency; null where the paper gives none."""
    speedup: float | None
    """Speed-up over the paper's baseline; null where the paper gives none."""
    input_tokens: int | None
    """Tokens of prompts a question; null where the paper gives none."""
    output_tokens: int | None
    """Tokens of replies a question; null where the paper gives none."""
    cost_per_1000: float | None
    """US dollars for 1,000 questions, at the prices of 2023; null where the paper gives none."""
    source: str
    """Where it stands."""


@with_config(_DOCUMENTED)
class CompareDocument(TypedDict):
    """Output of `llm-compiler bench compare --json`."""

    benchmark: str | None
    """The benchmark; null if the files do not say, or differ."""
    simulated: bool
    """Whether any of the figures are simulated."""
    baseline: str
    """Label of the file that speed-ups are over."""
    confidence: float
    """Level of the intervals."""
    resamples: int
    """Resamples of the bootstrap."""
    seed: int
    """Its seed."""
    systems: list[ComparedSystem]
    """A row for each file, in the order given."""
    published: list[PublishedFigures]
    """The paper's figures for this benchmark."""
    warnings: list[str]
    """Why figures may not be comparable; also printed on stderr."""
    notes: list[str]
    """What else is to be known of the figures."""


DOCUMENTS: Mapping[str, Any] = MappingProxyType(
    {"ask": AskDocument, "bench-run": BenchRunDocument, "evaluate": EvaluationDocument, "compare": CompareDocument}
)
"""The documents by the name of the command that prints them."""


def schema_of(name: str) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a document; no object in it may have other fields than those described.

    Args:
        name: A key of `DOCUMENTS`.

    Example:
        >>> schema_of("evaluate")["properties"]["accuracy"]["description"]
        'right / questions.'
    """
    schema = TypeAdapter(DOCUMENTS[name]).json_schema()
    parts = schema.get("$defs", {})
    for part in (schema, *parts.values()):
        part["additionalProperties"] = False
    if "QuestionStats" in parts:  # nodes of other names
        parts["QuestionStats"]["additionalProperties"] = {"$ref": "#/$defs/NodeStats"}
    return {"$schema": DIALECT, **schema}
