"""Seven shapes of plan, from two searches to a replan, over a made-up range of peaks.

They cover what a task fetching unit can get wrong: width, depth, dependents that are planned long after what they wait
for, a second round. Each shape comes in as many variants as wanted, with other peaks and so other figures and answers.
"""

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.tools import BaseTool, tool

from langgraph_llm_compiler.benchmarks.suite import Question
from langgraph_llm_compiler.errors import ConfigurationError
from langgraph_llm_compiler.state import TaskRecord
from langgraph_llm_compiler.tools.search import seeded_latency

_FIRST = ("Ar", "Bel", "Cor", "Dun", "El", "Fen", "Gal", "Hol", "Ivar", "Jor", "Kel", "Lor")
_LAST = ("den", "mont", "wick", "tor")
PEAKS = tuple(first + last for last in _LAST for first in _FIRST)
_FIGURE = re.compile(r"\d+")

# Thoughts of about 30 tokens, as joiners write them.
COMPARED = "The observations give the height of every peak that was asked about, so the highest one can be named now."
SUMMED = "The heights were found and added up step by step, and the last sum is the figure that was asked for."
FOLLOWED = "The look-ups followed the ridge from peak to peak, and the last one names the peak that was asked for."
NAMED = "The observations name the two peaks that follow, but their heights were not looked up, so both are missing."

Script = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Case:
    """One question of a shape.

    Attributes:
        shape: Name of its shape.
        question: The question with its right answer.
        script: How the simulator plays it.
    """

    shape: str
    question: Question
    script: Script


def height(peak: str) -> int:
    """Height of a peak of the range, in metres; no two are alike."""
    return 1000 + (PEAKS.index(peak) * 37 + 11) % len(PEAKS) * 61


def next_peak(peak: str) -> str:
    """The peak that follows on the ridge."""
    return PEAKS[(PEAKS.index(peak) * 5 + 7) % len(PEAKS)]


def shape_tools(latency: Callable[[str], float]) -> list[BaseTool]:
    """The tools of the shapes: look-ups take as long as `latency` says for what is looked up, sums no time."""

    @tool
    async def search(query: str) -> str:
        """Says how high a peak is."""
        await asyncio.sleep(latency(query))
        return f"{query} is {height(query)} metres high." if query in PEAKS else f"Could not find {query!r}."

    @tool
    async def ridge(peak: str) -> str:
        """Names the peak that follows another one on the ridge."""
        await asyncio.sleep(latency(peak))
        return next_peak(peak) if peak in PEAKS else f"Could not find {peak!r}."

    @tool
    async def add(heights: list[str]) -> str:
        """Adds up the heights that stand in the given texts."""
        return str(sum(int(_FIGURE.findall(text)[0]) for text in heights))

    return [search, ridge, add]


def tool_seconds(latency: Callable[[str], float]) -> Callable[[TaskRecord], float]:
    """How long the tool of a task takes, from the arguments it was called with; 0 if it was not called."""

    def seconds(record: TaskRecord) -> float:
        if record["resolved"] is None or record["tool"] == "add":
            return 0.0
        (argument,) = record["resolved"].values()
        return latency(argument)

    return seconds


def default_latency(median: float = 0.5, seed: int = 0) -> Callable[[str], float]:
    """Seconds of a look-up by its argument: log-normal around `median` seconds, the same for the same seed."""
    return seeded_latency(median, seed)


def _searches(peaks: Sequence[str], first: int = 1) -> list[str]:
    return [f'{id}. search("{peak}")' for id, peak in enumerate(peaks, start=first)]


def _heights(count: int, first: int = 1) -> dict[str, Any]:
    return {f"height_{id}": {"task": id, "pattern": "is # metres"} for id in range(first, first + count)}


def _plan(lines: Sequence[str], last: int) -> str:
    return "\n".join([*lines, f"{last + 1}. join()"]) + "<END_OF_PLAN>"


def _highest(peaks: Sequence[str]) -> tuple[Script, str]:
    lines = _searches(peaks)
    script = {
        "question": f"Which of these peaks is the highest: {', '.join(peaks)}?",
        "plan": _plan(lines, len(peaks)),
        "facts": _heights(len(peaks)),
        "thought": COMPARED,
        "answer": {"op": "argmax", "of": {peak: f"height_{id}" for id, peak in enumerate(peaks, start=1)}},
    }
    return script, max(peaks, key=height)


def _sums(peaks: Sequence[str], question: str, additions: Sequence[str], total: int) -> tuple[Script, str]:
    first = len(peaks) + 1
    lines = [*_searches(peaks), *(f"{id}. add({refs})" for id, refs in enumerate(additions, start=first))]
    last = len(lines)
    script = {
        "question": question,
        "plan": _plan(lines, last),
        "thought": SUMMED,
        "answer": {"op": "value", "of": f"${last}"},
    }
    return script, str(total)


def _two(peaks: Sequence[str]) -> tuple[Script, str]:
    return _highest(peaks[:2])


def _eight(peaks: Sequence[str]) -> tuple[Script, str]:
    return _highest(peaks[:8])


def _wide(peaks: Sequence[str]) -> tuple[Script, str]:
    return _highest(peaks[:32])


def _mixed(peaks: Sequence[str]) -> tuple[Script, str]:
    a, b, c, d = peaks[:4]
    question = f"How high are {a} and {b} together with {c} and {d}, in metres?"
    return _sums((a, b, c, d), question, ('["$1", "$2"]', '["$3", "$4"]', '["$5", "$6"]'), sum(map(height, peaks[:4])))


def _chain(peaks: Sequence[str]) -> tuple[Script, str]:
    start = answer = peaks[0]
    for _ in range(5):
        answer = next_peak(answer)
    lines = [f'1. ridge("{start}")', *(f'{id}. ridge("${id - 1}")' for id in range(2, 6))]
    script = {
        "question": f"Which peak is the fifth after {start} on the ridge?",
        "plan": _plan(lines, 5),
        "thought": FOLLOWED,
        "answer": {"op": "value", "of": "$5"},
    }
    return script, answer


def _late(peaks: Sequence[str]) -> tuple[Script, str]:
    """Ten searches, and after them sums of the first four: those have ended long before the plan names the sums."""
    chosen = peaks[:10]
    first, second, third, fourth = chosen[:4]
    question = (
        f"Look up {', '.join(chosen)}. How high are {first}, twice {second} and {third} together,"
        f" with {third} and {fourth} on top, in metres?"
    )
    additions = ('["$1", "$2"]', '["$2", "$3"]', '["$3", "$4"]', '["$11", "$12"]', '["$14", "$13"]')
    total = height(first) + 2 * height(second) + 2 * height(third) + height(fourth)
    return _sums(chosen, question, additions, total)


def _replan(peaks: Sequence[str]) -> tuple[Script, str]:
    a, b = peaks[:2]
    script = {
        "question": f"Which is higher: the peak after {a} on the ridge, or the peak after {b}?",
        "facts": {
            "one": {"task": 1, "pattern": "(.+)"},
            "other": {"task": 2, "pattern": "(.+)"},
            **_heights(2, first=3),
        },
        "rounds": [
            {
                "plan": _plan([f'1. ridge("{a}")', f'2. ridge("{b}")'], 2),
                "thought": NAMED,
                "replan": "Look up {one} and {other}.",
            },
            {
                "plan": _plan(_searches(("{one}", "{other}"), first=3), 4),
                "thought": COMPARED,
                "answer": {"op": "argmax", "of": {"{one}": "height_3", "{other}": "height_4"}},
            },
        ],
    }
    return script, max(next_peak(a), next_peak(b), key=height)


SHAPES: Mapping[str, Callable[[Sequence[str]], tuple[Script, str]]] = {
    "2 searches": _two,
    "8 searches": _eight,
    "searches + math": _mixed,
    "chain of 5": _chain,
    "32 wide": _wide,
    "late dependents": _late,
    "replan": _replan,
}


def make_cases(shapes: Sequence[str] = tuple(SHAPES), variants: int = 3) -> list[Case]:
    """Make questions of these shapes, `variants` of each.

    Raises:
        ConfigurationError: There is no such shape.
    """
    for name in shapes:
        if name not in SHAPES:
            raise ConfigurationError(f"there is no shape {name!r}; the shapes are: {', '.join(SHAPES)}")
    return [_case(name, variant) for name in shapes for variant in range(variants)]


def _case(shape: str, variant: int) -> Case:
    """The peaks of a variant start elsewhere in the range; with 7 and 48 coprime, 48 variants differ."""
    start = variant * 7 % len(PEAKS)
    script, answer = SHAPES[shape]((PEAKS + PEAKS)[start : start + len(PEAKS)])
    question = Question(id=f"{shape} #{variant + 1}", question=script["question"], answer=answer)
    return Case(shape, question, script)
