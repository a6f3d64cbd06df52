"""The task fetching unit against a model of it: random plans, random endings, limits; no model, no graph."""

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.tools import tool
from langgraph.types import RetryPolicy

from langgraph_llm_compiler import ToolPolicy
from langgraph_llm_compiler.errors import DependencyCycleError
from langgraph_llm_compiler.execution.durable import Journal
from langgraph_llm_compiler.execution.policy import DEFAULT_POLICY
from langgraph_llm_compiler.execution.records import Outcome
from langgraph_llm_compiler.execution.scheduler import TaskFetchingUnit
from langgraph_llm_compiler.execution.signature import Signature
from langgraph_llm_compiler.plan import PlanParser, Task
from langgraph_llm_compiler.plan.task import Reference


@tool
def work(value: Any = None) -> str:
    """Work."""


@tool
def rare(value: Any = None) -> str:
    """Work, of which little may be done at once."""


class DrivenCaller:
    """Calls that end when the test says so."""

    def __init__(self, **policies: ToolPolicy) -> None:
        self.signatures = {"work": Signature(work), "rare": Signature(rare)}
        self._policies = policies
        self.open: dict[str, asyncio.Future[Outcome]] = {}
        self.started: list[str] = []
        self.begun = asyncio.Event()

    def policy(self, name: str) -> ToolPolicy:
        return self._policies.get(name, DEFAULT_POLICY)

    async def call(self, name, args, call_id, state, config, *, is_watched=True) -> Outcome:
        self.started.append(call_id)
        self.begun.set()
        self.open[call_id] = asyncio.get_running_loop().create_future()
        try:
            return await self.open[call_id]
        finally:
            del self.open[call_id]

    async def end(self, call_id: str, outcome: Outcome) -> None:
        self.open[call_id].set_result(outcome)
        await turns()


async def turns() -> None:
    """Let everything happen that can happen by itself."""
    for _ in range(5):
        await asyncio.sleep(0)


def new_unit(caller: Any, **settings: Any) -> TaskFetchingUnit:
    return TaskFetchingUnit(caller, {}, {}, **settings)


def task_of(task_id: int, needs: Iterable[int] = (), name: str = "work") -> Task:
    needs = sorted(needs)
    return Task(task_id, name, ([Reference(each) for each in needs],), {}, frozenset(needs))


@st.composite
def plans(draw) -> list[Task]:
    size = draw(st.integers(1, 12))
    return [
        task_of(number, draw(st.sets(st.integers(1, number - 1), max_size=3)) if number > 1 else (), draw(TOOLS))
        for number in range(1, size + 1)
    ]


TOOLS = st.sampled_from(["work", "rare"])
ENDINGS = st.sampled_from(["ok", "ok", "ok", "error", "timeout"])


@settings(max_examples=150)
@given(plans(), st.data(), st.sampled_from([None, 1, 2, 3]), st.sampled_from([None, 1, 2]))
def test_random_plans_run_as_the_model_says(plan, data, limit, rare_limit):
    """The model: a task can start when its dependencies are ok, and has started if there is a slot for it."""
    asyncio.run(drive(plan, data, limit, rare_limit))


async def drive(plan: list[Task], data: st.DataObject, limit: int | None, rare_limit: int | None) -> None:
    caller = DrivenCaller(rare=ToolPolicy(max_concurrency=rare_limit))
    unit = new_unit(caller, limit=limit)
    by_id = {task.id: task for task in plan}
    waiting, ended = list(plan), {}

    def status_of(task: Task) -> str | None:
        if task.id in ended:
            return ended[task.id]
        needed = [status_of(by_id[each]) for each in task.dependencies]
        return "skipped" if all(needed) and set(needed) != {"ok"} else None

    while waiting or caller.open:
        running = sorted(int(each.removeprefix("r1_t")) for each in caller.open)
        rare_running = sum(by_id[each].tool == "rare" for each in running)
        assert len(running) <= (limit or 99)
        assert rare_running <= (rare_limit or 99)
        for task in plan[: len(plan) - len(waiting)]:
            can_start = all(ended.get(each) == "ok" for each in task.dependencies)
            has_slot = len(running) < (limit or 99) and (task.tool == "work" or rare_running < (rare_limit or 99))
            assert (task.id in running) <= can_start
            assert task.id in running or task.id in ended or not (can_start and has_slot)
        if waiting and (not running or data.draw(st.booleans())):
            unit.add(waiting.pop(0))
            await turns()
        else:
            chosen = data.draw(st.sampled_from(running))
            ended[chosen] = data.draw(ENDINGS)
            error = None if ended[chosen] == "ok" else "no"
            await caller.end(f"r1_t{chosen}", Outcome(chosen if error is None else None, ended[chosen], error))
    await unit.settled()
    assert not unit.end_waiting()
    records = unit.records
    assert [each["id"] for each in records] == [each.id for each in plan]
    assert [each["status"] for each in records] == [status_of(each) for each in plan]
    for record, task in zip(records, plan, strict=True):
        assert record["dependencies"] == sorted(task.dependencies)
        if record["status"] == "ok":
            assert record["resolved"] == {"value": sorted(task.dependencies)}
            assert record["planned_at"] <= record["started_at"] <= record["ended_at"]
        elif record["status"] == "skipped":
            assert record["error"].startswith("skipped: it needs $")
            assert record["started_at"] is None


async def test_a_chain_of_thousands_needs_no_deep_stack():
    caller = DrivenCaller()
    unit = new_unit(caller)
    for number in range(1, 5_001):
        unit.add(task_of(number, [number - 1] if number > 1 else ()))
    await turns()
    await caller.end("r1_t1", Outcome(None, "error", "no"))
    await unit.settled()
    assert {each["status"] for each in unit.records[1:]} == {"skipped"}
    assert len(unit.records[-1]["error"]) < 500


async def test_a_chain_of_thousands_runs():
    class Instant(DrivenCaller):
        async def call(self, name, args, call_id, state, config, *, is_watched=True) -> Outcome:
            return Outcome((args["value"] or [0])[0] + 1)

    unit = new_unit(Instant())
    for number in range(1, 5_001):
        unit.add(task_of(number, [number - 1] if number > 1 else ()))
    await unit.settled()
    assert unit.records[-1]["observation"] == 5_000


async def test_recalled_calls_end_at_once_even_thousands_in_a_chain():
    journal = Journal()
    journal.is_durable = True
    caller = DrivenCaller()
    first = new_unit(caller, journal=journal)
    tasks = [task_of(number, [number - 1] if number > 1 else ()) for number in range(1, 2_001)]
    for each in tasks:
        first.add(each)
    keys = [each.key for each in first.tasks]
    assert len(set(keys)) == 2_000
    await turns()
    await first.cancel()
    caller.started.clear()
    journal.entries = {key: {"status": "ok", "observation": 1, "ended_at": 7.0, "tool": "work"} for key in keys}
    second = new_unit(caller, journal=journal)
    for each in tasks:
        second.add(each)
    await second.settled()
    assert caller.started == []
    assert {each["status"] for each in second.records} == {"ok"}
    assert {each["ended_at"] for each in second.records} == {7.0}


async def test_another_plan_never_meets_the_result_of_a_call():
    """The key of a call holds its tool, its arguments, and all that it needs."""
    journal = Journal()
    journal.is_durable = True

    def keys_of(written: str) -> list[str]:
        unit = new_unit(DrivenCaller(), journal=journal)
        parser = PlanParser({"work", "rare"})
        for each in (*parser.feed(written), *parser.close()):
            unit.add(each)
        return [each.key for each in unit.tasks]

    async def two(written: str) -> str:
        return keys_of(written)[1]

    base = "1. work(1)\n2. work($1)\n"
    others = ["1. work(2)\n2. work($1)", "1. work(1)\n2. rare($1)", "1. work(1)\n2. work([$1])"]
    others.append("1. rare(1)\n2. work($1)")
    assert keys_of(base) == keys_of(base + "3. work(5)")[:2]
    assert len({await two(each) for each in [base, *others]}) == 5


async def test_waiting_for_a_retry_holds_no_slot():
    caller = DrivenCaller(work=ToolPolicy(retry=RetryPolicy(initial_interval=0.02, jitter=False, max_attempts=2)))
    unit = new_unit(caller, limit=1)
    unit.add(task_of(1))
    unit.add(task_of(2, name="rare"))
    await turns()
    assert list(caller.open) == ["r1_t1"]
    await caller.end("r1_t1", Outcome(None, "error", "no", exception=ConnectionError("no")))
    assert list(caller.open) == ["r1_t2"]
    await caller.end("r1_t2", Outcome(2))
    assert caller.open == {}
    caller.begun.clear()
    settled = asyncio.ensure_future(unit.settled())
    await caller.begun.wait()
    assert not settled.done()
    await turns()
    await caller.end("r1_t1", Outcome(1))
    await settled
    assert [each["observation"] for each in unit.records] == [1, 2]
    assert caller.started == ["r1_t1", "r1_t2", "r1_t1"]


async def test_cancel_notes_what_had_not_ended_and_starts_nothing_more():
    journal = Journal()
    journal.is_durable = True
    caller = DrivenCaller()
    unit = new_unit(caller, limit=2, journal=journal)
    for each in (task_of(1), task_of(2), task_of(3), task_of(4, [1])):
        unit.add(each)
    await turns()
    await caller.end("r1_t1", Outcome(1))
    await unit.cancel()
    assert caller.started == ["r1_t1", "r1_t2", "r1_t3"]
    assert caller.open == {}
    assert [each["status"] for each in unit.records] == ["ok", "cancelled", "cancelled", "cancelled"]
    kept = {entry["status"] for entry in journal.entries.values()}
    assert kept == {"ok", "cancelled"}
    assert len(journal.entries) == 3


async def test_cancel_during_a_pause_tries_nothing_again():
    caller = DrivenCaller(work=ToolPolicy(retry=RetryPolicy(initial_interval=0.01, jitter=False)))
    unit = new_unit(caller)
    unit.add(task_of(1))
    await turns()
    await caller.end("r1_t1", Outcome(None, "error", "no", exception=ConnectionError("no")))
    await unit.cancel()
    await asyncio.sleep(0.03)
    assert caller.started == ["r1_t1"]
    assert unit.records[0]["status"] == "cancelled"


async def test_a_signal_out_of_a_call_is_raised_and_the_rest_can_be_cancelled():
    class Broken(DrivenCaller):
        async def call(self, name, args, call_id, state, config, *, is_watched=True) -> Outcome:
            if name == "rare":
                raise KeyError("a bug")
            return await super().call(name, args, call_id, state, config)

    caller = Broken()
    unit = new_unit(caller)
    unit.add(task_of(1))
    unit.add(task_of(2, name="rare"))
    with pytest.raises(KeyError, match="a bug"):
        await unit.settled()
    await unit.cancel()
    assert caller.open == {}


async def test_tasks_that_no_parser_checked_may_wait_for_each_other():
    unit = new_unit(DrivenCaller())
    unit.add(task_of(1, [9]))
    unit.add(task_of(2, [2]))
    await unit.settled()
    assert [each["status"] for each in unit.records] == ["error", "error"]
    assert "$9" in unit.records[0]["error"]
    unit = new_unit(DrivenCaller())
    for each in (task_of(1), task_of(2, [1]), task_of(3, [1])):
        unit.add(each)
    assert unit.end_waiting()
    assert unit.records[0]["error"] == str(DependencyCycleError([1, 2, 3]))
    await unit.cancel()


async def test_more_tasks_than_allowed_are_errors():
    caller = DrivenCaller()
    unit = new_unit(caller, max_tasks=2)
    for number in range(1, 5):
        unit.add(task_of(number))
    await turns()
    assert caller.started == ["r1_t1", "r1_t2"]
    assert "max_tasks=2" in unit.records[3]["error"]
    await unit.cancel()


async def test_earlier_rounds_can_be_referred_to_and_their_failures_skip():
    caller = DrivenCaller()
    first = new_unit(caller)
    first.add(task_of(1))
    first.add(task_of(2))
    await turns()
    await caller.end("r1_t1", Outcome("one"))
    await caller.end("r1_t2", Outcome(None, "error", "no luck"))
    second = new_unit(caller, round_=2, earlier=first.records)
    for each in (task_of(3, [1]), task_of(4, [2]), task_of(1), task_of(5, [1])):
        second.add(each)
    await turns()
    assert list(caller.open) == ["r2_t3", "r2_t1"]
    assert second.records[0]["resolved"] == {"value": ["one"]}
    assert second.records[1]["status"] == "skipped"
    assert "no luck" in second.records[1]["error"]
    await caller.end("r2_t1", Outcome("new one"))
    assert second.records[3]["resolved"] == {"value": ["new one"]}
    await second.cancel()


async def test_maps_take_a_list_and_arguments_that_fit_no_parameter():
    unit = new_unit(DrivenCaller())
    unit.add(Task(1, "work", ("a",), is_map=True))
    unit.add(Task(2, "work", (1, 2)))
    unit.add(Task(3, "work", (1,), {"value": 2}))
    assert "takes one list" in unit.records[0]["error"]
    assert unit.records[1]["error"] == "work takes 1 arguments (value), not 2"
    assert unit.records[2]["error"] == "work was given two values for 'value'"
    assert [each["args"] for each in unit.records[1:]] == [{"0": 1, "1": 2}, {"0": 1, "value": 2}]


async def test_a_path_that_leads_nowhere_is_an_error_of_its_task():
    caller = DrivenCaller()
    unit = new_unit(caller)
    unit.add(task_of(1))
    unit.add(Task(2, "work", (Reference(1, ("height",), "$1.height"),), {}, frozenset({1})))
    await turns()
    await caller.end("r1_t1", Outcome({"width": 3}))
    assert unit.records[1]["status"] == "error"
    assert "$1.height" in unit.records[1]["error"]


async def test_a_journal_without_a_checkpointer_keeps_for_the_run_alone():
    journal = Journal()

    async def call() -> int:
        return 7

    assert await journal.run("key", call) == 7
    await journal.flush()
    await journal.close()
    assert journal.entries == {"key": 7}


async def test_nothing_more_starts_after_a_failure():
    """A failure is a bug or a signal of LangGraph's: no further call may have its side effects."""
    caller = DrivenCaller()
    unit = new_unit(caller, limit=1)
    for number in (1, 2):
        unit.add(task_of(number))
    await turns()
    caller.open["r1_t1"].set_exception(RuntimeError("a bug"))
    await turns()
    assert caller.started == ["r1_t1"]
    assert unit.records[1]["started_at"] is None
    with pytest.raises(RuntimeError, match="a bug"):
        unit.add(task_of(3))
    with pytest.raises(RuntimeError, match="a bug"):
        await unit.settled()
