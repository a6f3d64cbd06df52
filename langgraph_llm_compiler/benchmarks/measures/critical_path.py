"""T*, the least time in which planner, tools and joiner can answer a question: the length of its critical path.

Every task starts at the later of its closing parenthesis arriving and its dependencies ending. The joiner's call
starts when the last task has ended and the plan is known to be complete. Rounds follow each other. Nothing else takes
time: no client, no network, no scheduling. What a system needs beyond T* is its own overhead.

The compact style has a limit of its own, by the same rule with three differences: an element of a `.map` task is a call
by itself, which arrives with its comma or bracket, and `$1[2]` waits for that element alone; the joiner's reply is the
next plan, so that a further round needs no call of its own; and after `answer(...)` there is no joiner's call.

All times are seconds; a round's times count from the planner's request.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from langgraph_llm_compiler.plan.parser import PlanParser
from langgraph_llm_compiler.plan.reference import parts_in
from langgraph_llm_compiler.plan.task import Reference, Task
from langgraph_llm_compiler.simulator.latency import DEFAULT_LATENCY, Latency
from langgraph_llm_compiler.simulator.tokens import split_tokens


@dataclass(frozen=True, slots=True)
class Pace:
    """How the text of an endpoint's replies arrives.

    Attributes:
        latency: When each token leaves.
        tokens_per_event: Tokens that leave together, when the last of them is due.
        merge_newlines: Whether a newline is part of the token before it.
    """

    latency: Latency = DEFAULT_LATENCY
    tokens_per_event: int = 1
    merge_newlines: bool = False

    def call_seconds(self, prompt_tokens: int, completion_tokens: int) -> float:
        """How long one model call takes until its last token has left the endpoint.

        Example:
            >>> Pace(Latency(ttft=400, tpot=15, prefill=50)).call_seconds(prompt_tokens=1000, completion_tokens=10)
            0.6
        """
        return self.latency.due(prompt_tokens, completion_tokens)


DEFAULT_PACE = Pace()


@dataclass(frozen=True, slots=True)
class TaskTiming:
    """When a task is known and how long it takes; in the compact style, when a call is.

    Attributes:
        id: The task's id; ids of later rounds differ from earlier ones. In the compact style, the call's place.
        arrival: When its closing parenthesis has arrived.
        duration: How long its tool takes; 0 for a task that is not run.
        dependencies: Ids of the tasks it waits for; those of earlier rounds have ended.
    """

    id: int
    arrival: float
    duration: float
    dependencies: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class RoundTiming:
    """One plan and the joiner's call after it.

    Attributes:
        tasks: The tasks in plan order.
        complete: When `join()`, or the end of the stream, has said that no task follows.
        joiner: How long the joiner's call takes; 0 where there is none.
    """

    tasks: tuple[TaskTiming, ...]
    complete: float
    joiner: float


def lower_bound(rounds: Iterable[RoundTiming]) -> float:
    """T* of a question, in seconds.

    Example:
        >>> first = TaskTiming(1, arrival=0.5, duration=1.0)
        >>> second = TaskTiming(2, arrival=0.7, duration=0.25, dependencies=frozenset({1}))
        >>> lower_bound([RoundTiming((first, second), complete=0.8, joiner=1.0)])
        2.75
    """
    return sum(_round_ends(timing) for timing in rounds)


def _round_ends(timing: RoundTiming) -> float:
    ends: dict[int, float] = {}
    for task in timing.tasks:
        ready = max((ends[id] for id in task.dependencies if id in ends), default=0.0)
        ends[task.id] = max(task.arrival, ready) + task.duration
    return max(timing.complete, *ends.values(), 0.0) + timing.joiner


def time_round(
    plan: str,
    prompt_tokens: int,
    pace: Pace,
    duration: Callable[[Task], float],
    joiner: float,
    *,
    streaming: bool = True,
) -> RoundTiming:
    """Time a plan as it leaves an endpoint of this pace.

    Args:
        plan: The planner's reply.
        prompt_tokens: Tokens of the prompt it replied to.
        pace: The endpoint's pace.
        duration: Gives the seconds that a task's tool takes.
        joiner: Seconds of the joiner's call, see `Pace.call_seconds`.
        streaming: Whether tasks are known as their text arrives, or all at the end of the reply.
    """
    read = _read(split_tokens(plan, pace.merge_newlines))

    def at(k: int) -> float:
        return _left_at(k if streaming else read.count, read.count, prompt_tokens, pace)

    tasks = tuple(TaskTiming(task.id, at(k), duration(task), task.dependencies) for task, k in read.tasks)
    return RoundTiming(tasks, at(read.complete), joiner)


def time_calls(
    plan: str, prompt_tokens: int, pace: Pace, seconds: Callable[[Task], Sequence[float]], joiner: float = 0.0
) -> RoundTiming:
    """Time a plan of the compact style as it leaves an endpoint of this pace, call by call.

    Args:
        plan: The planner's reply, or the joiner's that is the next plan.
        prompt_tokens: Tokens of the prompt it replied to.
        pace: The endpoint's pace.
        seconds: Gives the seconds that each call of a task takes: one, or one for each element of a `.map` task.
        joiner: Seconds of the reply after it if that is the answer; 0 if it is a plan, or `answer(...)` spares it.
    """
    read = _read(split_tokens(plan, pace.merge_newlines))
    calls: list[TaskTiming] = []
    places: dict[int, list[int]] = {}
    for task, complete in read.tasks:
        begun, of_task = read.elements.get(task.id, []), list(seconds(task))
        own: list[int] = []
        for place, duration in enumerate(of_task):
            k = begun[place] if place < len(begun) else complete
            waits = frozenset(call for id, part in _needs(task, place) for call in _calls_of(places.get(id, []), part))
            own.append(len(calls))
            calls.append(TaskTiming(len(calls), _left_at(k, read.count, prompt_tokens, pace), duration, waits))
        places[task.id] = own
    return RoundTiming(tuple(calls), _left_at(read.complete, read.count, prompt_tokens, pace), joiner)


def _needs(task: Task, place: int) -> Iterator[tuple[int, int | None]]:
    """The observations that a call of a task needs, each with the item of it, or `None` for all of it."""
    values = [*task.args, *task.kwargs.values()]
    needed = values
    if task.is_map and values and isinstance(values[0], (list, tuple)):
        needed = [values[0][place]]
    elif task.is_map and values and isinstance(values[0], Reference) and not values[0].path:
        needed = [Reference(values[0].id, (place,))]
    for id, parts in parts_in(needed).items():
        if id in task.dependencies:  # else it is a price
            yield from ((id, part) for part in parts)


def _calls_of(calls: Sequence[int], part: int | None) -> Sequence[int]:
    """The calls that give an item of a task's observation: one, if the task made a call for each, else all it made."""
    return calls if part is None or len(calls) <= part or len(calls) == 1 else [calls[part]]


def _left_at(k: int, count: int, prompt_tokens: int, pace: Pace) -> float:
    """When token k of `count` has left the endpoint: with the last token of its event."""
    event_ends = min(-(-k // pace.tokens_per_event) * pace.tokens_per_event, count)
    return pace.call_seconds(prompt_tokens, event_ends)


@dataclass(slots=True)
class _Read:
    """A plan read token by token; places are numbers of tokens, from 1.

    Attributes:
        count: Tokens of the reply.
        complete: The token that ended the plan.
        tasks: Each task with the token that completed it.
        elements: The tokens that completed the elements of a `.map` task before the task was complete, by its id.
    """

    count: int
    complete: int
    tasks: list[tuple[Task, int]] = field(default_factory=list)
    elements: dict[int, list[int]] = field(default_factory=dict)


def _read(tokens: Sequence[str]) -> _Read:
    parser, read = PlanParser(), _Read(len(tokens), len(tokens))
    for k, token in enumerate(tokens, start=1):
        read.tasks += [(task, k) for task in parser.feed(token)]
        if (begun := parser.begun()) is not None:
            read.elements.setdefault(begun.id, []).extend(k for _ in begun.elements)
        if parser.ending is not None:
            read.complete = k
            break
    read.tasks += [(task, len(tokens)) for task in parser.close()]
    return read
