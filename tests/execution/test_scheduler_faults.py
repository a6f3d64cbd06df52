"""What must not make the task fetching unit hang, and what only a person can decide; no model, no graph."""

import asyncio
import collections
from typing import Any

import pytest
from langchain_core.tools import StructuredTool, tool
from langgraph.types import RetryPolicy

from langgraph_llm_compiler import ToolPolicy
from langgraph_llm_compiler.execution.durable import Journal
from langgraph_llm_compiler.execution.policy import DEFAULT_POLICY
from langgraph_llm_compiler.execution.records import Outcome
from langgraph_llm_compiler.execution.scheduler import TaskFetchingUnit
from langgraph_llm_compiler.execution.signature import Signature
from langgraph_llm_compiler.plan import PlanParser, Task
from langgraph_llm_compiler.plan.task import Reference
from tests.support import PATIENCE, Gate, Meeting, left_running


@tool
def work(value: Any = None) -> str:
    """Work."""


TEXT_OR_NOTHING = {"type": "object", "properties": {"text": {"type": ["string", "null"]}}}
typed = StructuredTool(name="typed", description="Take text.", args_schema=TEXT_OR_NOTHING, func=lambda **_: None)


class Caller:
    """Calls what the argument of a call is, if that can be called; otherwise the argument is the observation."""

    def __init__(self, **policies: ToolPolicy) -> None:
        self.signatures = {"work": Signature(work), "typed": Signature(typed)}
        self.policies = policies
        self.called: list[tuple[str, dict[str, Any]]] = []

    def policy(self, name: str) -> ToolPolicy:
        return self.policies.get(name, DEFAULT_POLICY)

    async def call(self, name, args, call_id, state, config, *, is_watched=True) -> Outcome:
        self.called.append((call_id, args))
        value = next(iter(args.values()), None)
        try:
            return Outcome(await value() if callable(value) else value)
        except Exception as error:  # noqa: BLE001 - as a tool's error
            return Outcome(None, "error", str(error), exception=error)


class Kept(Journal):
    """A journal that counts as durable."""

    is_durable = True


def new_unit(caller: Any = None, **settings: Any) -> TaskFetchingUnit:
    return TaskFetchingUnit(caller or Caller(), {}, {}, **settings)


def task_of(number: int, value: Any = None, *, needs: set[int] = frozenset(), name: str = "work") -> Task:
    return Task(number, name, (value,), {}, frozenset(needs))


async def run(*tasks: Task, caller: Any = None, **settings: Any) -> list[Any]:
    """Run the tasks to their end; gives their records."""
    unit = new_unit(caller, **settings)
    for each in tasks:
        unit.add(each)
    async with asyncio.timeout(PATIENCE):
        await unit.settled()
    assert left_running() == []
    return unit.records


def summary(records: list[Any]) -> list[tuple[str, Any]]:
    return [(each["status"], each["observation"] if each["status"] == "ok" else each["error"]) for each in records]


NO_9 = "task 2 refers to '$9', but no earlier task has that id"


async def test_a_wrong_reference_beside_a_right_one_ends_once():
    records = await run(task_of(1, "a"), task_of(2, ["$1", "$9"], needs={1, 9}), task_of(3, "$2", needs={2}))
    assert summary(records) == [
        ("ok", "a"),
        ("error", NO_9),
        ("skipped", f"skipped: it needs $2, which has no result (Error: {NO_9})"),
    ]


async def test_tasks_that_refer_to_each_other_all_end():
    records = await run(task_of(1, "$2", needs={2}), task_of(2, "$1", needs={1}), task_of(3, "$3", needs={3}))
    assert [each["status"] for each in records] == ["error", "skipped", "error"]


async def test_a_reference_as_a_key_is_its_text():
    (_, record) = await run(task_of(1, ["a", 1]), task_of(2, {Reference(1): Reference(1)}, needs={1}))
    assert record["resolved"] == {"value": {'["a", 1]': ["a", 1]}}


async def test_a_parameter_of_several_types_takes_text():
    records = await run(task_of(1, {"a": 1}), task_of(2, Reference(1), needs={1}, name="typed"))
    assert summary(records) == [("ok", {"a": 1}), ("ok", '{"a": 1}')]


async def fail() -> None:
    raise ConnectionError("no")


async def test_a_fault_in_a_users_retry_rule_is_raised_and_not_lost():
    rule = RetryPolicy(retry_on=lambda error: error.no_such_field)
    with pytest.raises(AttributeError, match="no_such_field"):
        await run(task_of(1, fail), caller=Caller(work=ToolPolicy(retry=rule)))


async def test_a_fault_in_a_listener_is_raised_and_not_lost():
    def emit(event: Any) -> None:
        if event["type"] == "task_finished":
            raise BrokenPipeError("nobody listens")

    with pytest.raises(BrokenPipeError):
        await run(task_of(1, "a"), emit=emit)


async def test_a_tool_that_makes_an_error_of_its_cancellation_is_cancelled_all_the_same():
    begun = Gate()

    async def stubborn() -> None:
        begun.open()
        try:
            await Gate().passed()
        except asyncio.CancelledError:
            raise ConnectionError("interrupted") from None

    journal = Kept()
    unit = new_unit(Caller(work=ToolPolicy(retry=RetryPolicy(initial_interval=0.0, jitter=False))), journal=journal)
    unit.add(task_of(1, stubborn))
    unit.add(task_of(2, "$1", needs={1}))
    await begun.passed()
    await unit.cancel()
    assert [each["status"] for each in unit.records] == ["cancelled", "cancelled"]
    assert [each["status"] for each in journal.entries.values()] == ["cancelled"]
    assert left_running() == []


async def test_a_call_that_cancels_itself_is_cancelled_and_the_rest_goes_on():
    async def cancel() -> None:
        raise asyncio.CancelledError

    records = await run(task_of(1, cancel), task_of(2, "$1", needs={1}), task_of(3, "c"))
    assert [each["status"] for each in records] == ["cancelled", "skipped", "ok"]
    assert records[0]["error"] == "the call was cancelled"


async def test_cancelled_calls_that_were_recorded_run_again_and_others_do_not():
    journal, begun = Kept(), Gate()

    async def endless() -> None:
        begun.open()
        await Gate().passed()

    first = new_unit(journal=journal)
    for each in (task_of(1, "a"), task_of(2, {"k": "$1"}, needs={1}), task_of(3, endless)):
        first.add(each)
    await begun.passed()
    await first.cancel()
    caller = Caller()
    again = [task_of(1, "a"), task_of(2, {"k": "$1"}, needs={1}), task_of(3, endless)]
    second = new_unit(caller, journal=journal)
    for each in again:
        second.add(each)
    assert caller.called == []
    recalled = {each["id"]: each for each in second.records if each["ended_at"]}
    assert {key: each["observation"] for key, each in recalled.items()} == {1: "a", 2: {"k": "a"}}
    assert recalled[1] == first.records[0]
    await asyncio.sleep(0)
    assert [call_id for call_id, _ in caller.called] == ["r1_t3"]
    await second.cancel()


async def test_independent_tasks_meet():
    meeting = Meeting(50)
    records = await run(*(task_of(number, meeting.passed) for number in range(1, 51)))
    assert meeting.most == 50
    assert {each["status"] for each in records} == {"ok"}


async def test_a_task_starts_while_another_still_runs_and_more_are_being_planned():
    slow, seen, ended = Gate(), Gate(), Gate()

    async def look() -> str:
        seen.open()
        return "seen"

    def emit(event: Any) -> None:
        if (event["type"], event["id"]) == ("task_finished", 3):
            ended.open()

    unit = new_unit(emit=emit)
    unit.add(task_of(1, slow.passed))
    unit.add(task_of(2, look))
    await seen.passed()
    unit.add(Task(3, "work", ([Reference(2)],), {}, frozenset({2})))
    await ended.passed()
    assert unit.records[0]["ended_at"] is None
    slow.open()
    await unit.settled()


async def test_unknown_tools_duplicates_and_maps_end_at_once_and_say_why():
    parser = PlanParser({"work", "typed"})
    written = '1. nothing("a", key=2)\n2. work("b")\n2. work("c")\n3. work.map("d")\n4. work(1, 2)\n5. work("$2")\n'
    records = await run(*parser.feed(written), *parser.close())
    assert [each["status"] for each in records] == ["error", "ok", "error", "error", "error", "ok"]
    assert records[0]["error"] == "there is no tool 'nothing'; the tools are: typed, work"
    assert records[0]["args"] == {"0": "a", "key": 2}
    assert records[2]["error"] == "there already is a task 2; give every task an id of its own"
    assert records[3]["error"].startswith("`.map` takes one list")
    assert records[4]["args"] == {"0": 1, "1": 2}
    assert records[5]["observation"] == "b"


async def test_what_no_parser_has_checked_is_checked_here():
    records = await run(
        task_of(1, "a", name="nothing"), Task(2, "work", ("a",), {"valeu": 1}), task_of(3, "$2", needs={2})
    )
    assert [each["status"] for each in records] == ["error", "error", "skipped"]
    assert records[0]["error"] == "there is no tool 'nothing'; the tools are: typed, work"
    assert records[1]["error"] == "work takes no argument 'valeu', but value"


async def test_a_price_in_a_text_stays_though_a_task_of_that_number_comes_later():
    written = '1. work("a costs $5 and $3.50")\n2. work("$1, not $5 or $1,500")\n5. work("five")\n6. work("$5")\n'
    parser = PlanParser({"work"})
    records = await run(*parser.feed(written), *parser.close())
    assert [each["observation"] for each in records] == [
        "a costs $5 and $3.50",
        "a costs $5 and $3.50, not $5 or $1,500",
        "five",
        "five",
    ]


async def test_events_say_what_happens_in_its_order():
    seen: list[tuple[str, int]] = []
    await run(
        task_of(1, "a"),
        task_of(2, fail),
        Task(3, "work", ([Reference(2)],), {}, frozenset({2})),
        emit=lambda event: seen.append((event["type"], event["id"])),
    )
    per_task = collections.defaultdict(list)
    for kind, number in seen:
        per_task[number].append(kind)
    assert per_task[1] == per_task[2] == ["task_planned", "task_started", "task_finished"]
    assert per_task[3] == ["task_planned", "task_finished"]


DECISIONS = [
    ({"type": "approve"}, ("ok", "mine")),
    ({"type": "edit", "edited_action": {"args": {"value": "edited"}}}, ("ok", "edited")),
    ({"type": "edit", "edited_action": {"name": "typed", "args": {"text": "other"}}}, ("ok", "other")),
    ({"type": "respond", "message": "said"}, ("ok", "said")),
    ({"type": "reject", "message": "too dear"}, ("rejected", "too dear")),
    ({"type": "reject"}, ("rejected", "a person rejected the call")),
]


@pytest.mark.parametrize(("decision", "expected"), DECISIONS)
@pytest.mark.parametrize("is_known_before", [False, True])
async def test_a_decision_on_a_held_call(decision, expected, is_known_before):
    caller = Caller()
    made: dict[str, Any] = {}
    for _ in range(2):
        unit = new_unit(caller, journal=Kept(), approved_tools=["work"], decisions=made)
        unit.add(task_of(1, "free", name="typed"))
        unit.add(task_of(2, "mine"))
        await unit.settled()
        if not made:
            assert [each.held_call()["args"] for each in unit.held] == [{"value": "mine"}]
            made = {each.key: decision for each in unit.held}
            if is_known_before:
                continue
            unit.decide(made)
            await unit.settled()
        break
    assert unit.held == []
    assert not unit.end_waiting()
    assert summary(unit.records)[1] == expected
    assert unit.records[1]["tool"] == (decision.get("edited_action", {}).get("name") or "work")


async def test_calls_that_interrupt_run_one_by_one_in_plan_order():
    caller = Caller(typed=ToolPolicy(interrupts=True))
    unit = new_unit(caller)
    for each in (task_of(1, "a"), Task(2, "typed", (Reference(1),), {}, frozenset({1})), task_of(3, "c", name="typed")):
        unit.add(each)
    await unit.settled()
    assert [call_id for call_id, _ in caller.called] == ["r1_t1"]
    assert sorted(each.task.id for each in unit.serial) == [2, 3]


async def test_who_is_shown_a_call_changes_nothing_in_it():
    def mask(event):
        event["args"]["value"].append("***")

    def when(call):
        call["args"]["value"].append("***")
        return False

    unit = new_unit(Caller(), journal=Kept(), approved_tools=["work"], asks=when, emit=mask)
    unit.add(task_of(1, ["mine"]))
    await unit.settled()
    (record,) = unit.records
    assert (record["observation"], record["args"], record["resolved"]) == (["mine"], *[{"value": ["mine"]}] * 2)
