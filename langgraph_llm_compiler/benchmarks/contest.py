"""Several systems on the same questions, tools and model: the table of speed, tokens and right answers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from langgraph_llm_compiler.benchmarks.measures.bounds import bounds_of
from langgraph_llm_compiler.benchmarks.measures.critical_path import Pace
from langgraph_llm_compiler.benchmarks.report import Row, summarise
from langgraph_llm_compiler.benchmarks.runner import Conditions, answer_by
from langgraph_llm_compiler.benchmarks.setup import Setup
from langgraph_llm_compiler.benchmarks.suite import Question
from langgraph_llm_compiler.benchmarks.suite_run import Outcome, run_suite

REFERENCE = "llm-compiler"
"""The system whose prompts T* is that of: the paper's."""

SYSTEMS_COMPARED = ("llm-compiler-compact", REFERENCE, "llm-compiler-no-stream", "parallel-tools", "react")
"""ReAct last, which the others are held against."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """How systems are compared.

    Attributes:
        setup: What their graphs are built from; its own system does not count.
        at_once: Questions that run at once.
        seconds: After so many a question is given up.
        pace: Pace of the simulator that answers; `None` for a model whose pace is not known: no T* then.
    """

    setup: Setup
    at_once: int = 1
    seconds: float = 120.0
    pace: Pace | None = None


def choose_questions(questions: Sequence[Question], count: int) -> list[Question]:
    """Take `count` questions, one of each kind by turns, so that replans and follow-ups are among them.

    Example:
        >>> kinds = ["sum", "sum", "sum", "replan"]
        >>> questions = [Question(str(k), "q", "a", kind=kind) for k, kind in enumerate(kinds)]
        >>> [question.id for question in choose_questions(questions, 2)]
        ['0', '3']
    """
    by_kind: dict[str, list[Question]] = {}
    for question in questions:
        by_kind.setdefault(question.kind, []).append(question)
    chosen: list[Question] = []
    while len(chosen) < min(count, len(questions)):
        chosen += [kind.pop(0) for kind in by_kind.values() if kind]
    ids = {question.id for question in chosen[:count]}
    return [question for question in questions if question.id in ids]


async def compare_systems(
    contest: Contest,
    questions: Sequence[Question],
    names: Sequence[str] = SYSTEMS_COMPARED,
    on_outcome: Callable[[Setup, Outcome], None] = lambda setup, outcome: None,
) -> list[Row]:
    """Run the questions under each system, one system after the other.

    Args:
        contest: How they are compared.
        questions: The questions.
        names: Names in `systems.SYSTEMS`; the last is what speed is compared with.
        on_outcome: Told of each outcome.

    Returns:
        A row for each system, in their order.
    """
    setups = [replace(contest.setup, system=name) for name in names]
    outcomes: dict[str, list[Outcome]] = {}
    for setup in setups:
        outcomes[setup.system] = await run_suite(
            answer_by(setup.build(), Conditions(seconds=contest.seconds, planned=setup.planned)),
            questions,
            setup.suite().scorer,
            at_once=contest.at_once,
            on_outcome=_told(on_outcome, setup),
        )
    reference = next((setup for setup in setups if setup.system == REFERENCE), None)
    bounds = {} if reference is None else bounds_of(outcomes[REFERENCE], reference, contest.pace)
    return _rows(setups, outcomes, bounds)


def _rows(
    setups: Sequence[Setup], outcomes: Mapping[str, Sequence[Outcome]], bounds: Mapping[str, float]
) -> list[Row]:
    measured = {name: [outcome.measured for outcome in found] for name, found in outcomes.items()}
    baseline = measured[setups[-1].system]
    return [summarise(setup.title, measured[setup.system], baseline, bounds) for setup in setups]


def _told(on_outcome: Callable[[Setup, Outcome], None], setup: Setup) -> Callable[[Outcome], None]:
    return lambda outcome: on_outcome(setup, outcome)
