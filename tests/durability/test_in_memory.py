"""Broken off by an error or a cancel at any event and resumed, a run in memory gives the same answer."""

import pytest

from tests.durability.cases import drawn
from tests.durability.expected import Expected
from tests.durability.memory import Attempts
from tests.durability.proof import faults_of

IN_USE = ("plan", "piece", "joiner")
"""Events at which the model is in use, so that its connection can break."""

styles = pytest.mark.parametrize("style", ["compact", "paper"])
troubles = pytest.mark.parametrize(("trouble", "face"), [("error", "sync"), ("error", "async"), ("cancel", "async")])


def break_off(seeds, style, trouble, face):
    """Break each seed's run off at each of its events in turn; gives what does not hold, and how many were broken."""
    faults, broken = [], 0
    for seed in seeds:
        case = drawn(seed, style)
        expected = Expected(case)
        undisturbed = Attempts(case, face)
        undisturbed.to_end(lambda so_far: None)
        events = [each["kind"] for life in undisturbed.lives for each in life]
        for at, kind in enumerate(events, 1):
            if kind in ("asks", "ended") or (trouble == "error" and kind not in IN_USE):
                continue
            run = Attempts(case, face, trouble)
            run.to_end(lambda so_far, at=at: at - so_far if so_far < at else None)
            broken += sum(life[-1]["kind"] not in ("asks", "ended") for life in run.lives)
            faults += [f"{seed}, {trouble} at {at}: {fault}" for fault in faults_of(run, expected)]
    return faults, broken


@styles
@troubles
def test_a_run_that_is_broken_off_goes_on_as_if_it_never_was(style, trouble, face):
    faults, broken = break_off(range(3), style, trouble, face)
    assert faults == []
    assert broken > 10


@pytest.mark.long
@pytest.mark.timeout(3600)
@styles
@troubles
def test_many_random_runs_broken_off_at_every_event_go_on_as_if_they_never_were(style, trouble, face):
    faults, broken = break_off(range(9, 59), style, trouble, face)
    assert faults == []
    assert broken > 500
