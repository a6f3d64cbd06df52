import asyncio
import random

import pytest

from langgraph_llm_compiler import create_react_baseline
from langgraph_llm_compiler.benchmarks.calls import CallRecorder, ModelCall
from langgraph_llm_compiler.benchmarks.runner import run_question
from langgraph_llm_compiler.benchmarks.statistics import has_statistics, percentile, question_stats, statistics_table
from tests.support import create_llm_compiler, finish, plan, replan, scripted, search, tool_calls


def task(id, *, round=1, planned=100.0, started=None, ended=None, needs=(), status="ok", tool="search"):
    return {
        "id": id, "round": round, "tool": tool, "args": {}, "resolved": None, "dependencies": list(needs),
        "thought": None, "observation": None, "status": status, "error": None,
        "planned_at": planned, "started_at": started, "ended_at": ended,
    }  # fmt: skip


def waits(*tasks):
    found = question_stats([], tasks, started_at=100.0, planned=True, detailed=True)["tasks"]
    return [each["wait"] for each in found]


def call(node, seconds=1.0):
    return ModelCall(node, None, 100, 10, 5, "", 0.0, seconds)


def test_the_three_components_are_always_there():
    found = question_stats([call("joiner"), call("planner")], [], started_at=0.0, planned=True, detailed=False)
    assert list(found) == ["planner", "executor", "joiner", "total"]
    assert [part["calls"] for part in found.values()] == [1, 0, 1, 2]


def test_a_baseline_has_the_nodes_that_made_calls():
    found = question_stats([call("agent"), call("tools")], [], started_at=0.0, planned=False, detailed=False)
    assert list(found) == ["agent", "tools", "total"]
    assert list(question_stats([], [], started_at=0.0, planned=False, detailed=False)) == ["total"]


def test_times_of_a_task_count_from_the_question():
    found = question_stats(
        [], [task(1, planned=100.5, started=101.0, ended=103.25)], started_at=100.0, planned=True, detailed=True
    )
    assert found["tasks"] == [
        {
            "id": 1, "round": 1, "tool": "search", "planned": 0.5, "started": 1.0, "ended": 3.25, "wait": 0.5,
            "status": "ok",
        }
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("tasks", "expected"),
    [
        ([task(1, planned=101.0, started=101.5)], [0.5]),
        ([task(1, status="skipped")], [None]),
        # task 2 was planned last, then task 1 ended: it could start from then on
        ([task(1, started=100.0, ended=104.0), task(2, planned=101.0, started=104.25, needs=[1])], [0.0, 0.25]),
        ([task(1, started=100.0, ended=101.0), task(2, planned=104.0, started=104.25, needs=[1])], [0.0, 0.25]),
        # the clock was set back
        ([task(1, planned=101.0, started=100.0)], [0.0]),
        # a dependency that there is not, or that never ended
        ([task(1, planned=101.0, started=101.0, needs=[7])], [0.0]),
        ([task(1), task(2, planned=101.0, started=101.5, needs=[1])], [None, 0.5]),
        # numbers begin anew in the second plan; what it does not number itself is of the first
        (
            [
                task(1, started=100.0, ended=101.0),
                task(2, started=100.0, ended=102.0),
                task(1, round=2, planned=103.0, started=103.0, ended=105.0),
                task(3, round=2, planned=104.0, started=105.5, needs=[1]),
                task(4, round=2, planned=104.0, started=105.5, needs=[2]),
            ],
            [0.0, 0.0, 0.0, 0.5, 1.5],
        ),
        # of two tasks with the same number the first keeps it
        (
            [
                task(1, started=100.0, ended=101.0),
                task(1, started=100.0, ended=109.0),
                task(2, started=101.5, needs=[1]),
            ],
            [0.0, 0.0, 0.5],
        ),
    ],
)
def test_a_task_waits_from_when_it_could_start(tasks, expected):
    assert waits(*tasks) == expected


async def test_statistics_of_a_run():
    asking = scripted("8849")

    async def ask_model(problem: str) -> str:
        """Asks a model."""
        return (await asking.ainvoke(problem)).text

    model = scripted(plan('search("a")', 'ask_model("$1")'), replan(), plan('search("b")'), finish())
    run = await run_question(create_llm_compiler(model, [search, ask_model]), "q")
    found = question_stats(run.calls, run.tasks, started_at=run.started_at, planned=True, detailed=True)
    assert {name: part["calls"] for name, part in found.items() if name != "tasks"} == {
        "planner": 2, "executor": 1, "joiner": 2, "total": 5,
    }  # fmt: skip
    assert [(each["round"], each["tool"], each["status"]) for each in found["tasks"]] == [
        (1, "search", "ok"), (1, "ask_model", "ok"), (2, "search", "ok"),
    ]  # fmt: skip
    for each in found["tasks"]:
        assert 0 <= each["planned"] <= each["started"] <= each["ended"] <= run.seconds + 0.1
        assert 0 <= each["wait"] <= each["started"]


async def test_statistics_of_a_baseline():
    model = scripted(tool_calls(("search", {"query": "a"})), "done")
    run = await run_question(create_react_baseline(model, [search]), "q")
    found = question_stats(run.calls, run.tasks, started_at=run.started_at, planned=False, detailed=True)
    assert {name: part["calls"] for name, part in found.items() if name != "tasks"} == {"agent": 2, "total": 2}
    assert len(found["tasks"]) == 1


async def test_a_question_that_failed_keeps_its_calls():
    async def never(query: str) -> str:
        """Hangs."""
        await asyncio.Event().wait()

    recorder = CallRecorder()
    with pytest.raises(TimeoutError):
        await run_question(
            create_llm_compiler(scripted(plan('never("a")')), [never]), "q", seconds=0.3, recorder=recorder
        )
    found = question_stats(recorder.ended(), [], started_at=0.0, planned=True, detailed=False)
    assert (found["planner"]["calls"], found["total"]["calls"]) == (1, 1)


@pytest.mark.parametrize("size", [1, 2, 3, 10, 33])
@pytest.mark.parametrize("share", [0.0, 0.025, 0.5, 0.95, 1.0])
def test_percentiles_are_numpys(size, share):
    numpy = pytest.importorskip("numpy")
    values = [random.Random(size).uniform(0, 9) for _ in range(size)]
    assert percentile(values, share) == pytest.approx(numpy.percentile(values, 100 * share))


@pytest.mark.parametrize(
    ("stats", "expected"),
    [
        ({"total": {"input_tokens": 1, "output_tokens": 2}}, True),
        ({"total": {"input_tokens": 1, "output_tokens": None}}, False),
        ({"total": {"input_tokens": True, "output_tokens": 1}}, False),
        ({"total": None}, False),
        ({}, False),
        (None, False),
        ([], False),
    ],
)
def test_what_counts_as_statistics(stats, expected):
    assert has_statistics({"stats": stats}) is expected
    assert not has_statistics({})


def test_the_table():
    def entry(calls, tasks=()):
        return {"stats": question_stats(calls, tasks, started_at=100.0, planned=True, detailed=bool(tasks))}

    ran = [
        task(1, started=100.1, ended=101.1),
        task(2, started=100.3, ended=103.3, status="error"),
        task(3, status="skipped", tool="math"),
    ]
    entries = [
        entry([call("planner", 2.0), call("joiner"), call("other")], ran),
        entry([call("planner", 4.0)]),
        {"stats": None},
    ]
    assert statistics_table(entries).splitlines() == [
        "node      calls  a question  input  cached  output  mean s a call  p95 s a call",
        "--------  -----  ----------  -----  ------  ------  -------------  ------------",
        "planner       2         1.0    200      10      20           3.00          3.90",
        "executor      0         0.0      0       0       0              -             -",
        "joiner        1         0.5    100       5      10           1.00          1.00",
        "other         1         0.5    100       5      10           1.00          1.00",
        "total         4         2.0    400      20      40           2.00          3.70",
        "",
        "tool    tasks  failed  mean s  p95 s  mean wait ms  p95 wait ms",
        "------  -----  ------  ------  -----  ------------  -----------",
        "search      2       1    2.00   2.90         200.0        290.0",
        "math        1       1       -      -             -            -",
    ]
    assert "tool" not in statistics_table(entries[1:])
    assert statistics_table([{"stats": None}]) == statistics_table([]) == "no statistics"
