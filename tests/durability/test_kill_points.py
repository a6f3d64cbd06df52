"""Killed with signal 9 at every event and resumed, a run gives the same answer and repeats no recorded call."""

import multiprocessing
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from pathlib import Path

import pytest

from tests.durability.lives import Way, rehearse
from tests.durability.proof import Report, prove

WAYS = list(product(("sync", "async", "mixed"), ("sync", "async", "exit"), ("sqlite", "postgres")))
"""Face of the run, durability, checkpointer."""
SAMPLE, ALL = range(9), range(9, 209)
STEP = {"compact": 7, "paper": 11}
"""Strides through the ways, which share no factor with their number: any 18 cases in a row are run in all of them."""

WORKERS = 2 * (os.cpu_count() or 1)
"""A life waits about as long as it computes."""

styles = pytest.mark.parametrize("style", ["compact", "paper"])


def proved(seeds: Iterable[int], style: str, folder: Path, postgres: str) -> Iterator[Report]:
    """The reports on cases of these seeds, several at once."""
    context = multiprocessing.get_context("spawn")  # its processes have no threads, and so can be forked
    with ProcessPoolExecutor(WORKERS, mp_context=context, initializer=rehearse) as pool:
        started = []
        for seed in seeds:
            face, durability, kind = WAYS[seed * STEP[style] % len(WAYS)]
            place = postgres if kind == "postgres" else str(folder / f"{seed}.sqlite")
            started.append(pool.submit(prove, seed, style, Way(face, durability, place)))
        for each in started:
            yield each.result()


def hold(seeds: range, style: str, folder: Path, postgres: str) -> None:
    reports = []
    for each in proved(seeds, style, folder, postgres):
        print(f"{each.title}: {each.kills} kills", *each.faults, sep="\n  ", flush=True)
        reports.append(each)
    assert len(reports) == len(seeds)
    assert [f"{each.title} {fault}" for each in reports for fault in each.faults] == []
    assert sum(each.kills for each in reports) > 20 * len(seeds)


@styles
@pytest.mark.timeout(300)
def test_a_run_killed_at_any_event_goes_on_as_if_it_never_was(style, tmp_path, postgres):
    hold(SAMPLE, style, tmp_path, postgres)


@pytest.mark.long
@styles
@pytest.mark.timeout(7200)
def test_200_random_runs_killed_at_every_event_go_on_as_if_they_never_were(style, tmp_path, postgres):
    hold(ALL, style, tmp_path, postgres)
