"""Maps in the task fetching unit: whatever ends in whatever order, each element runs once and the list is theirs."""

import asyncio
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st
from langgraph.graph import MessagesState, StateGraph

from langgraph_llm_compiler.execution.calls import ToolCaller
from langgraph_llm_compiler.execution.scheduler import TaskFetchingUnit
from langgraph_llm_compiler.plan import PlanParser


class Work:
    """A tool whose calls end in an order of the test's choice, some of them badly."""

    def __init__(self, pauses, failing):
        self.pauses, self.failing, self.calls = pauses, failing, Counter()

    async def work(self, value: str) -> str:
        """Work on a value."""
        self.calls[value] += 1
        for _ in range(self.pauses.get(value[:2], 0)):
            await asyncio.sleep(0)
        if value in self.failing:
            raise ValueError(value)
        return f"<{value}>"


def run(plan, work, size=1):
    caller, units = ToolCaller([work.work]), []

    async def node(state, config):
        parser, unit = PlanParser(caller.signatures), TaskFetchingUnit(caller, state, config)
        units.append(unit)
        for at in range(0, len(plan), size):
            for task in parser.feed(plan[at : at + size]):
                unit.add(task)
            if (begun := parser.begun()) is not None:
                unit.begin(begun)
            await asyncio.sleep(0)
        for task in parser.close():
            unit.add(task)
        await unit.settled()
        assert not unit.end_waiting()

    builder = StateGraph(MessagesState)
    builder.add_node("node", node)
    builder.set_entry_point("node")
    asyncio.run(builder.compile().ainvoke({"messages": []}))
    return units[0]


NAMES = [f"{letter}{number}" for letter in "abc" for number in range(4)]


@settings(max_examples=60)
@given(
    st.lists(st.sampled_from(NAMES), max_size=5),
    st.dictionaries(st.sampled_from(NAMES), st.integers(0, 6)),
    st.sets(st.sampled_from(NAMES)),
    st.sampled_from([1, 2, 7, 1000]),
    st.integers(0, 5),
)
def test_elements_run_once_and_those_that_need_them_meet_them(values, pauses, failing, size, place):
    written = ", ".join(f'"{value}"' for value in values)
    plan = f'1. work.map([{written}])\n2. work.map($1)\n3. work("x$1[{place}]")\n4. work("y$2")\n'
    plan += '5. work.map(["$1[0]", "z"])\n'
    work = Work(pauses, failing)
    unit = run(plan, work, size)
    first, second, one, whole, mixed = unit.records
    given_ = [None if value in failing else f"<{value}>" for value in values]
    assert first["observation"] == given_
    assert second["observation"] == [None if each is None else f"<{each}>" for each in given_]
    assert first["status"] == second["status"] == ("error" if None in given_ else "ok")
    assert whole["status"] == ("skipped" if None in given_ else "ok")
    if place < len(values):
        assert one["status"] == ("skipped" if given_[place] is None else "ok")
        assert given_[place] is None or one["observation"] == f"<x{given_[place]}>"
    assert mixed["elements"][1]["observation"] == "<z>"
    assert all(each["ended_at"] is not None for each in unit.records)
    assert work.calls["z"] == 1
    assert sum(work.calls[value] for value in set(values)) == len(values)


def test_a_plan_that_is_cut_off_within_a_list_is_an_error():
    unit = run('1. work.map(["a", "b"', Work({}, ()))
    assert unit.records[0]["status"] == "error"


def test_an_error_of_the_whole_task_is_told_of_it():
    unit = run('1. work.map(["a", work("b")])\n2. work($1)', Work({}, ()))
    assert unit.records[0]["status"] == "error"
    assert "called inside a call" in unit.records[0]["error"]
    assert unit.records[1]["status"] == "skipped"


def test_elements_with_names_tuples_and_arguments_that_do_not_fit():
    plan = '1. work.map([{"value": "a"}, ("b",), {"other": 1}, ("c", "d")])\n2. work.map(value=["e"])'
    unit = run(plan, Work({}, ()))
    first, second = unit.records
    assert first["observation"] == ["<a>", "<b>", None, None]
    assert "takes no argument 'other'" in first["elements"][2]["error"]
    assert second["observation"] == ["<e>"]
