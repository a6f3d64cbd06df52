"""Equal calls of tools that only read share one run; the unit alone, no graph."""

import asyncio
from typing import Any

import pytest
from langchain_core.messages import HumanMessage
from langchain_core.tools import tool
from langgraph.types import RetryPolicy

from langgraph_llm_compiler import ToolPolicy
from langgraph_llm_compiler.execution.policy import DEFAULT_POLICY
from langgraph_llm_compiler.execution.records import Outcome
from langgraph_llm_compiler.execution.scheduler import TaskFetchingUnit
from langgraph_llm_compiler.execution.signature import Signature
from langgraph_llm_compiler.plan import PlanParser
from tests.support import PATIENCE

READS = ToolPolicy(read_only=True)


@tool
def look(query: Any = None, lang: str = "en") -> str:
    """Look a thing up."""


class Caller:
    """Gives the outcomes of its script, one after another, and then what was asked for."""

    def __init__(self, *outcomes: Outcome, policy: ToolPolicy = READS) -> None:
        self.signatures = {"look": Signature(look)}
        self.outcomes, self.look_policy = list(outcomes), policy
        self.called: list[dict[str, Any]] = []

    def policy(self, name: str) -> ToolPolicy:
        return self.look_policy if name == "look" else DEFAULT_POLICY

    async def call(self, name, args, call_id, state, config, *, is_watched=True) -> Outcome:
        self.called.append(args)
        await asyncio.sleep(0)
        return self.outcomes.pop(0) if self.outcomes else Outcome(f"<{args['query']}>")


async def run(written: str, caller: Caller, **settings: Any) -> TaskFetchingUnit:
    unit = TaskFetchingUnit(caller, {}, {}, **settings)
    parser = PlanParser({"look"})
    for each in (*parser.feed(written), *parser.close()):
        unit.add(each)
    async with asyncio.timeout(PATIENCE):
        await unit.settled()
    return unit


async def test_equal_calls_run_once_and_all_have_the_result():
    caller = Caller()
    unit = await run('1. look("a")\n2. look(query="a")\n3. look("b")\n4. look("a", lang="de")\n5. look("a")\n', caller)
    assert caller.called == [{"query": "a"}, {"query": "b"}, {"query": "a", "lang": "de"}]
    assert [each["observation"] for each in unit.records] == ["<a>", "<a>", "<b>", "<a>", "<a>"]
    assert {each["status"] for each in unit.records} == {"ok"}
    assert all(each["started_at"] and each["ended_at"] for each in unit.records)


async def test_what_a_reference_gives_decides_whether_calls_are_equal():
    caller = Caller()
    unit = await run('1. look("a")\n2. look("$1")\n3. look("<a>")\n', caller)
    assert len(caller.called) == 2
    assert unit.records[1]["observation"] == unit.records[2]["observation"] == "<<a>>"


async def test_a_call_that_comes_after_the_result_has_it_too():
    caller = Caller()
    unit = await run('1. look("a")\n2. look("b$1")\n', caller)
    parser = PlanParser({"look"}, earlier=[1, 2])
    for each in parser.feed('3. look("a")\n4. look("$3")\n'):
        unit.add(each)
    await unit.settled()
    assert [each["query"] for each in caller.called] == ["a", "b<a>", "<a>"]
    assert [each["observation"] for each in unit.records] == ["<a>", "<b<a>>", "<a>", "<<a>>"]


async def test_a_failure_is_that_of_all_who_waited_and_of_nobody_else():
    caller = Caller(Outcome(None, "error", "no luck"))
    unit = await run('1. look("a")\n2. look("a")\n3. look("$2")\n', caller)
    assert [each["status"] for each in unit.records] == ["error", "error", "skipped"]
    for each in PlanParser({"look"}, earlier=[1, 2, 3]).feed('4. look("a")\n'):
        unit.add(each)
    await unit.settled()
    assert unit.records[3]["observation"] == "<a>"
    assert len(caller.called) == 2


async def test_those_who_wait_see_the_last_attempt_only():
    retry = RetryPolicy(initial_interval=0.001, jitter=False, max_attempts=2)
    failed = Outcome(None, "error", "no", exception=ConnectionError("no"))
    caller = Caller(failed, policy=ToolPolicy(read_only=True, retry=retry))
    unit = await run('1. look("a")\n2. look("a")\n', caller)
    assert [each["observation"] for each in unit.records] == ["<a>", "<a>"]
    assert len(caller.called) == 2


async def test_the_update_of_a_shared_call_is_applied_once():
    update = {"messages": [HumanMessage("noted")]}
    unit = await run('1. look("a")\n2. look("a")\n', Caller(Outcome("x", update=update, content="shown")))
    assert [each.outcome.update for each in unit.tasks] == [update, None]
    assert [each.outcome.content for each in unit.tasks] == ["shown", "shown"]


async def test_shared_calls_take_one_slot():
    caller = Caller()
    unit = await run('1. look("a")\n2. look("a")\n3. look("a")\n', caller, limit=1)
    assert [each["observation"] for each in unit.records] == ["<a>"] * 3


async def test_those_who_wait_are_cancelled_with_the_run():
    unit = TaskFetchingUnit(Caller(), {}, {})
    for each in PlanParser({"look"}).feed('1. look("a")\n2. look("a")\n'):
        unit.add(each)
    await unit.cancel()
    assert [each["status"] for each in unit.records] == ["cancelled", "cancelled"]


@pytest.mark.parametrize("settings", [{}, {"approved_tools": ["look"]}])
async def test_other_calls_are_not_shared(settings):
    caller = Caller(policy=READS if settings else DEFAULT_POLICY)
    unit = await run('1. look("a")\n2. look("a")\n', caller, **settings)
    assert len(unit.held if settings else caller.called) == 2
