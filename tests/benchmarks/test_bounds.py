from types import SimpleNamespace

import pytest

from langgraph_llm_compiler.benchmarks.calls import ModelCall
from langgraph_llm_compiler.benchmarks.measures.bounds import bound_of_run, bounds_of, compact_limit, search_seconds
from langgraph_llm_compiler.benchmarks.measures.critical_path import Pace
from langgraph_llm_compiler.benchmarks.measures.original import PromptSizes
from langgraph_llm_compiler.benchmarks.runner import Run
from langgraph_llm_compiler.benchmarks.setup import Setup
from langgraph_llm_compiler.models import ModelSpec
from langgraph_llm_compiler.simulator.latency import Latency
from langgraph_llm_compiler.simulator.tokens import count_tokens
from langgraph_llm_compiler.tools.search import seeded_latency

LATENCY = Latency(ttft=100, tpot=10, prefill=100)
PACE = Pace(LATENCY)


def call(node, started, prompt, completion, text="", tool_call=None):
    return ModelCall(node, tool_call, prompt, completion, 0, text, started, started + 1)


def record(id, tool, resolved, round=1, started_at=1.0):
    return {"id": id, "round": round, "tool": tool, "resolved": resolved, "started_at": started_at}


def end(plan, prompt, to=None):
    return LATENCY.due(prompt, count_tokens(plan if to is None else plan[: plan.index(to) + len(to)]))


def test_a_run_of_one_round_with_a_tool_that_asks_the_model():
    plan = '1. search("Nile")\n2. math("half", context=["$1"])\n3. join()'
    calls = [
        call("planner", 10.0, 1000, 30, plan),
        call("executor", 12.0, 200, 5, "1 / 2", tool_call="r1_t2"),
        call("joiner", 13.0, 500, 20),
    ]
    tasks = [record(1, "search", {"query": "Nile"}), record(2, "math", {"problem": "half"})]
    bound = bound_of_run(Run("x", 5.0, calls, tasks), PACE, search_seconds(lambda query: 2.0))
    first = end(plan, 1000, to='Nile")') + 2.0
    assert bound == pytest.approx(first + LATENCY.due(200, 5) + LATENCY.due(500, 20))


def test_rounds_add_up_and_a_joiner_asked_twice_counts_twice():
    plans = ['1. search("A")\n2. join()', '3. search("B")\n4. join()']
    calls = [
        call("joiner", 12.0, 100, 10),
        call("planner", 10.0, 1000, 9, plans[0]),
        call("joiner", 13.0, 110, 11),
        call("planner", 20.0, 2000, 9, plans[1]),
        call("joiner", 25.0, 300, 12),
    ]
    tasks = [record(1, "search", {"query": "A"}), record(3, "search", {"query": "B"}, round=2)]
    bound = bound_of_run(Run("x", 5.0, calls, tasks), PACE, search_seconds({"A": 1.0, "B": 4.0}.__getitem__))
    first = end(plans[0], 1000, to=")") + 1.0 + LATENCY.due(100, 10) + LATENCY.due(110, 11)
    second = end(plans[1], 2000, to=")") + 4.0 + LATENCY.due(300, 12)
    assert bound == pytest.approx(first + second)


def test_a_task_that_was_not_run_takes_no_time():
    plan = '1. search("A")\n2. other("$1")\n3. join()'
    tasks = [record(1, "search", None, started_at=None), record(2, "other", {"x": "y"})]
    calls = [call("planner", 10.0, 0, 9, plan), call("joiner", 12.0, 0, 10)]
    bound = bound_of_run(Run("x", 5.0, calls, tasks), PACE, search_seconds(lambda query: 9.0))
    assert bound == pytest.approx(end(plan, 0, to="join()") + LATENCY.due(0, 10))


def test_events_of_several_tokens_come_later():
    plan = '1. search("A")\n2. join()'
    run = Run("x", 5.0, [call("planner", 10.0, 0, 9, plan)], [record(1, "search", {"query": "A"})])
    fine = bound_of_run(run, PACE, search_seconds(lambda query: 1.0))
    assert bound_of_run(run, Pace(LATENCY, tokens_per_event=64), search_seconds(lambda query: 1.0)) > fine


def test_prompts_of_another_size():
    plan = '1. search("A")\n2. join()'
    calls = [call("planner", 10.0, 100, 9, plan), call("joiner", 12.0, 200, 10)]
    run = Run("x", 5.0, calls, [record(1, "search", {"query": "A"})])
    bound = bound_of_run(run, PACE, search_seconds(lambda query: 1.0), [PromptSizes(1000, 3000)])
    assert bound == pytest.approx(end(plan, 1000, to='A")') + 1.0 + LATENCY.due(3000, 10))


COMPACT = '1. search.map(["A", "B"])\n2. join()'


def mapped(*queries):
    elements = [record(1, "search", {"query": query}) for query in queries]
    return {**record(1, "search", None), "elements": elements}


def test_the_compact_limit_counts_elements_and_further_plans_as_they_stream():
    second = '3. search("$1[1]")\n4. join()'
    calls = [
        call("joiner", 13.0, 200, 10, second),
        call("planner", 10.0, 100, 9, COMPACT),
        call("joiner", 15.0, 300, 8, "It is B."),
    ]
    tasks = [mapped("A", "B"), record(3, "search", {"query": "C"}, round=2)]
    limit = compact_limit(Run("x", 5.0, calls, tasks), PACE, search_seconds({"A": 4.0, "B": 1.0, "C": 2.0}.__getitem__))
    first = end(COMPACT, 100, to='A",') + 4.0
    assert limit == pytest.approx(first + end(second, 200, to='[1]")') + 2.0 + LATENCY.due(300, 8))


def test_the_compact_limit_without_a_joiner():
    plan = '1. search("A")\n2. math("half", context=["$1"])\n3. answer($2)'
    calls = [call("planner", 10.0, 100, 9, plan), call("executor", 12.0, 200, 5, "1 / 2", tool_call="r1_t2")]
    tasks = [record(1, "search", {"query": "A"}), record(2, "math", {"problem": "half"})]
    limit = compact_limit(Run("x", 5.0, calls, tasks), PACE, search_seconds(lambda query: 1.0))
    assert limit == pytest.approx(end(plan, 100, to='A")') + 1.0 + LATENCY.due(200, 5))


def test_calls_that_were_not_made_and_tasks_without_a_record_take_no_time():
    plan = '1. search("A")\n2. search("B")\n3. join()'
    tasks = [record(1, "search", None, started_at=None)]
    limit = compact_limit(
        Run("x", 5.0, [call("planner", 10.0, 0, 9, plan)], tasks), PACE, search_seconds(lambda query: 9.0)
    )
    assert limit == pytest.approx(end(plan, 0, to="join()"))


@pytest.mark.parametrize(("system", "bound"), [("llm-compiler-compact", compact_limit), ("llm-compiler", bound_of_run)])
def test_a_benchmark_is_held_against_the_limit_of_its_style(system, bound):
    setup = Setup(benchmark="sample", system=system, model=ModelSpec(type="simulated", name="simulated"))
    calls = [call("planner", 10.0, 100, 9, COMPACT), call("joiner", 15.0, 300, 8, "It is B.")]
    run = Run("x", 5.0, calls, [mapped("A", "B")])
    outcome = SimpleNamespace(question=SimpleNamespace(id="1"), run=run)
    seconds = search_seconds(seeded_latency(setup.tool_latency, setup.seed))
    assert bounds_of([outcome], setup, PACE) == {"1": bound(run, PACE, seconds)}
    assert bounds_of([outcome], setup, None) == {}
