"""Broken off by an error or a cancel at any event and resumed, a run in memory gives the same answer."""

from itertools import count

import pytest

from tests.durability.cases import drawn
from tests.durability.expected import Expected
from tests.durability.memory import Attempts
from tests.durability.proof import faults_of

styles = pytest.mark.parametrize("style", ["compact", "paper"])
troubles = pytest.mark.parametrize(("trouble", "face"), [("error", "sync"), ("error", "async"), ("cancel", "async")])


def break_off(seeds, style, trouble, face):
    """Break each seed's run off at each of its events in turn; gives what does not hold, and how many were broken."""
    faults, broken = [], 0
    for seed in seeds:
        case = drawn(seed, style)
        expected = Expected(case)
        for at in count(1):
            run = Attempts(case, face, trouble)
            run.to_end(lambda so_far, at=at: at if so_far < at else None)
            faults += [f"{seed}, {trouble} at {at}: {fault}" for fault in faults_of(run, expected)]
            if run.spared:
                break
            broken += 1
    return faults, broken


@pytest.mark.timeout(300)
@styles
@troubles
def test_a_run_that_is_broken_off_goes_on_as_if_it_never_was(style, trouble, face):
    faults, broken = break_off(range(2, 5), style, trouble, face)
    assert faults == []
    assert broken > 8


@pytest.mark.long
@pytest.mark.timeout(3600)
@styles
@troubles
def test_many_random_runs_broken_off_at_every_event_go_on_as_if_they_never_were(style, trouble, face):
    faults, broken = break_off(range(9, 34), style, trouble, face)
    assert faults == []
    assert broken > 150
