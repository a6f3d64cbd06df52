from dataclasses import replace

import pytest

from langgraph_llm_compiler.benchmarks.measures.critical_path import (
    Pace,
    RoundTiming,
    TaskTiming,
    lower_bound,
    time_calls,
    time_round,
)
from langgraph_llm_compiler.simulator.latency import Latency
from langgraph_llm_compiler.simulator.tokens import split_tokens

PACE = Pace(Latency(ttft=100, tpot=10, prefill=50))


def task(id, arrival, duration, *dependencies):
    return TaskTiming(id, arrival, duration, frozenset(dependencies))


@pytest.mark.parametrize(
    ("rounds", "seconds"),
    [
        ([], 0.0),
        # no task at all: the joiner follows the plan
        ([RoundTiming((), complete=0.5, joiner=1.0)], 1.5),
        # the longer of two
        ([RoundTiming((task(1, 0.5, 1.0), task(2, 0.75, 0.5)), complete=1.0, joiner=1.0)], 2.5),
        # the plan outlasts its tasks
        ([RoundTiming((task(1, 0.5, 0.25),), complete=2.0, joiner=1.0)], 3.0),
        # a chain
        ([RoundTiming((task(1, 0.5, 1.0), task(2, 0.75, 0.5, 1), task(3, 1.0, 0.25, 2)), 1.25, 1.0)], 3.25),
        # a dependent that is planned after what it waits for has ended
        ([RoundTiming((task(1, 0.5, 0.25), task(2, 4.0, 0.5, 1)), complete=4.25, joiner=1.0)], 5.5),
        # two dependencies: the later one counts
        ([RoundTiming((task(1, 0.5, 3.0), task(2, 0.75, 0.5), task(3, 1.0, 0.5, 1, 2)), 1.25, 1.0)], 5.0),
        # rounds add up; what earlier rounds gave is there
        ([RoundTiming((task(1, 0.5, 0.5),), 0.75, 1.0), RoundTiming((task(2, 0.5, 0.25, 1),), 0.5, 2.0)], 4.75),
    ],
)
def test_the_critical_path(rounds, seconds):
    assert lower_bound(rounds) == pytest.approx(seconds)


def test_one_call():
    assert PACE.call_seconds(prompt_tokens=2000, completion_tokens=30) == pytest.approx(0.1 + 0.1 + 0.3)


PLAN = '1. search("Nile")\n2. search("Amazon")\n3. join()<END_OF_PLAN>'


def test_tasks_arrive_with_their_closing_parenthesis():
    tokens = split_tokens(PLAN)
    ends = [k for k, token in enumerate(tokens, start=1) if ")" in token]
    timing = time_round(PLAN, 1000, PACE, lambda task: float(task.id), joiner=1.0)
    assert [t.arrival for t in timing.tasks] == pytest.approx([0.15 + 0.01 * k for k in ends[:2]])
    assert timing.complete == pytest.approx(0.15 + 0.01 * ends[2])
    assert [(t.id, t.duration, t.dependencies) for t in timing.tasks] == [(1, 1.0, frozenset()), (2, 2.0, frozenset())]
    assert lower_bound([timing]) == pytest.approx(timing.tasks[1].arrival + 2.0 + 1.0)


def test_a_plan_that_does_not_stream_is_known_at_its_end():
    end = 0.1 + 0.01 * len(split_tokens(PLAN))
    timing = time_round(PLAN, 0, PACE, lambda task: 0.0, joiner=0.0, streaming=False)
    assert [t.arrival for t in timing.tasks] == pytest.approx([end, end])
    assert timing.complete == pytest.approx(end)


def test_events_of_several_tokens_arrive_with_their_last_one():
    count = len(split_tokens(PLAN))
    timing = time_round(PLAN, 0, replace(PACE, tokens_per_event=8), lambda task: 0.0, joiner=0.0)
    arrivals = [t.arrival for t in timing.tasks]
    assert arrivals[0] == pytest.approx(0.1 + 0.01 * 8)
    assert arrivals[1] == pytest.approx(0.1 + 0.01 * 16)
    assert timing.complete == pytest.approx(0.1 + 0.01 * min(24, count))


def test_a_plan_without_an_end_mark_ends_with_its_text():
    plan = '1. search("Nile")\n2. math("half", context=["$1"])'
    timing = time_round(plan, 0, PACE, lambda task: 0.5, joiner=0.0)
    end = 0.1 + 0.01 * len(split_tokens(plan))
    assert timing.complete == pytest.approx(end)
    assert timing.tasks[1].dependencies == {1}
    assert timing.tasks[1].arrival == pytest.approx(end)


def test_a_last_task_that_only_the_end_completes():
    plan = "1. search(Nile"
    timing = time_round(plan, 0, PACE, lambda task: 0.0, joiner=0.0)
    assert [t.arrival for t in timing.tasks] == pytest.approx([0.1 + 0.01 * len(split_tokens(plan))])


def test_newlines_that_are_part_of_the_token_before_them():
    apart = time_round(PLAN, 0, PACE, lambda task: 0.0, joiner=0.0)
    merged = time_round(PLAN, 0, replace(PACE, merge_newlines=True), lambda task: 0.0, joiner=0.0)
    assert apart.complete - merged.complete == pytest.approx(2 * 0.01)


def compact(plan, seconds=lambda task: [0.0], **options):
    return time_calls(plan, 0, PACE, seconds, **options)


def at(plan, to):
    return 0.1 + 0.01 * len(split_tokens(plan[: plan.index(to) + len(to)]))


MAP = '1. search.map(["Nile", "Po"])\n2. other("$1[0]")\n3. add(["$1[1]", $1])\n4. answer($2)'


def test_elements_arrive_one_by_one_and_are_waited_for_one_by_one():
    timing = compact(MAP, lambda task: [1.0, 2.0] if task.is_map else [3.0])
    arrivals = [call.arrival for call in timing.tasks]
    assert arrivals == pytest.approx([at(MAP, '",'), at(MAP, '"])'), at(MAP, '[0]")'), at(MAP, "$1])")])
    assert [call.duration for call in timing.tasks] == [1.0, 2.0, 3.0, 3.0]
    assert [call.dependencies for call in timing.tasks] == [frozenset(), frozenset(), {0}, {0, 1}]
    assert timing.complete == pytest.approx(at(MAP, "($2)"))
    # no joiner: the end of the last call, which waited for the second element
    assert lower_bound([timing]) == pytest.approx(max(arrivals[1] + 2.0 + 3.0, arrivals[0] + 1.0 + 3.0))


def test_what_follows_the_answer_is_not_waited_for():
    plan = '1. search("Nile")\n2. answer($1)\nThat was all.'
    assert lower_bound([compact(plan)]) == pytest.approx(at(plan, "($1)"))


def test_an_answer_waits_for_calls_that_it_does_not_need():
    plan = '1. search("Nile")\n2. search("Po")\n3. answer($1)'
    timing = compact(plan, lambda task: [float(task.id)])
    assert lower_bound([timing]) == pytest.approx(at(plan, 'Po")') + 2.0)


def test_a_join_is_followed_by_the_joiner():
    plan = '1. search("Nile")\n2. join()'
    assert lower_bound([compact(plan, joiner=0.5)]) == pytest.approx(at(plan, "join()") + 0.5)


def test_a_map_over_what_an_earlier_map_gave_follows_it_element_by_element():
    plan = '1. search.map(["Nile", "Po"])\n2. other.map($1)\n3. join()'
    timing = compact(plan, lambda task: [1.0, 1.0])
    assert [call.dependencies for call in timing.tasks] == [frozenset(), frozenset(), {0}, {1}]


def test_a_map_over_what_one_call_gave_and_prices_and_what_earlier_rounds_gave():
    plan = '4. search("$1 of $2")\n5. other.map($4)\n6. add("costs $7.50, see $4[9]")'
    timing = compact(plan, lambda task: [1.0, 1.0] if task.is_map else [1.0])
    assert [call.dependencies for call in timing.tasks] == [frozenset(), {0}, {0}, {0}]


def test_a_map_of_nothing():
    timing = compact("1. search.map([])\n2. add($1)\n3. join()", lambda task: [] if task.is_map else [1.0])
    assert [call.dependencies for call in timing.tasks] == [frozenset()]


def test_elements_that_share_an_event():
    timing = time_calls(MAP, 0, replace(PACE, tokens_per_event=64), lambda task: [0.0] * (1 + task.is_map))
    end = 0.1 + 0.01 * len(split_tokens(MAP))
    assert [call.arrival for call in timing.tasks] == pytest.approx([end] * 4)
