"""What has to hold of a run, however often it was killed."""

import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from tests.durability.cases import Case, drawn
from tests.durability.expected import Expected
from tests.durability.lives import Event, Run, Way

MOST_KILLS = 10
"""How often a run of the rehearsal of endless misfortune is killed, before it is left in peace."""


class Report(NamedTuple):
    """What was tried with one case.

    Attributes:
        title: Which case, and how it was run.
        kills: How many processes were killed.
        faults: What did not hold.
    """

    title: str
    kills: int
    faults: list[str]


def prove(seed: int, style: str, way: Way) -> Report:
    """Kill the case's run at each of its events in turn, resume it, and hold it against what it has to give.

    Then a run that is killed again and again, a few events after each resume.
    """
    case = drawn(seed, style)
    expected, faults, kills = Expected(case), [], 0
    for plan, die_at in _misfortunes(seed):
        run = Run(case, way, f"{seed} {style} {way.face} {way.durability}, {plan}")
        run.to_end(die_at)
        faults += [f"killed {plan}: {fault}" for fault in faults_of(run, expected)]
        kills += run.kills
        if plan.startswith("at") and not run.kills:  # it has no further event
            return Report(f"seed {seed}, {style}, {way}", kills, faults)
    raise AssertionError("events do not end")


def _misfortunes(seed: int) -> Iterator[tuple[str, Callable[[int], int | None]]]:
    yield "again and again", _again_and_again(random.Random(f"kills {seed}"))
    for event in range(1, 1000):
        yield f"at event {event}", lambda so_far, event=event: event - so_far if so_far < event else None


def _again_and_again(draw: random.Random) -> Callable[[int], int | None]:
    left = iter(range(MOST_KILLS))
    return lambda so_far: draw.randint(8, 20) if next(left, None) is not None else None


def faults_of(run: Run, expected: Expected) -> list[str]:
    """What of a run is not as it has to be."""
    last = run.lives[-1][-1]
    if last["kind"] == "broke":
        return [last["what"]]
    faults = list(_repeated(run.lives, saves_at_exit=run.way.durability == "exit"))
    if last["what"]["answer"] != expected.answer:
        faults.append(f"the answer is {last['what']['answer']!r}, not {expected.answer!r}")
    for task, wanted in expected.ended.items():
        shown = last["what"]["tasks"].get(str(task))
        if shown != wanted.shown and not (expected.is_direct and _is_dropped(expected.case, task, shown)):
            faults.append(f"task {task} ended as {shown}, not as {wanted.shown}")
    return faults


def _is_dropped(case: Case, task: int, shown: Any) -> bool:
    """Whether it is a call that only reads and was not needed any more, once the answer was known."""
    tool = next(each.tool for tasks in case.rounds for each in tasks if each.id == task)
    return tool == "read" and shown is not None and shown[0] == "cancelled"


def _repeated(lives: Sequence[Sequence[Event]], *, saves_at_exit: bool) -> Iterator[str]:
    """Calls made, and plans asked for, although they were recorded in an earlier life.

    What LangGraph has written means nothing before the checkpoint that it belongs to is saved, too. With
    `durability="exit"` it writes all at once, in no order, and what is cut short of that counts for nothing.
    """
    for number, life in enumerate(lives):
        before = [each for each in lives[:number] if each[-1]["kind"] == "asks" or not saves_at_exit]
        recorded = _recorded([event for each in before for event in each])
        begun = [f"{each['kind']} {each['what']}" for each in life if each["kind"] in ("call", "plan")]
        yield from (f"{each!r} was recorded, and came again" for each in begun if each in recorded)


def _recorded(events: Sequence[Event]) -> set[str]:
    steps = {each["what"] for each in events if each["kind"] == "step"}
    saved = [each for each in events if each["kind"] == "saved" and each["checkpoint"] in steps]
    calls = {f"call {name}" for each in saved for name in each["what"] if name != "plan"}
    rounds = {each["checkpoint"] for each in saved if "plan" in each["what"]}
    return calls | {f"plan {number}" for number in range(1, len(rounds) + 1)}
