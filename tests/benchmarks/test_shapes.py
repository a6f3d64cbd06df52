import asyncio

import pytest

from langgraph_llm_compiler.benchmarks.measures.shapes import (
    PEAKS,
    SHAPES,
    height,
    make_cases,
    next_peak,
    shape_tools,
    tool_seconds,
)
from langgraph_llm_compiler.errors import ConfigurationError
from langgraph_llm_compiler.simulator.script import parse_script


def test_no_two_peaks_are_alike():
    assert len(set(PEAKS)) == len(PEAKS) == 48
    assert len({height(peak) for peak in PEAKS}) == 48
    assert sorted(map(next_peak, PEAKS)) == sorted(PEAKS)


def test_every_case_is_a_script_the_simulator_can_play():
    cases = make_cases(variants=5)
    scripts = parse_script([case.script for case in cases])
    assert [script.question for script in scripts] == [case.question.question for case in cases]
    assert len({script.question for script in scripts}) == len(cases) == 5 * len(SHAPES)
    assert len({case.question.id for case in cases}) == len(cases)


def test_only_these_shapes():
    assert [case.shape for case in make_cases(["replan", "32 wide"], variants=2)] == ["replan"] * 2 + ["32 wide"] * 2
    with pytest.raises(ConfigurationError, match=r"no shape 'star'; the shapes are: 2 searches, 8 searches"):
        make_cases(["star"])


async def test_the_tools():
    asked = []

    def latency(key):
        asked.append(key)
        return 0.0

    search, ridge, add = shape_tools(latency)
    assert await search.ainvoke({"query": "Arden"}) == f"Arden is {height('Arden')} metres high."
    assert await search.ainvoke({"query": "Everest"}) == "Could not find 'Everest'."
    assert await ridge.ainvoke({"peak": "Arden"}) == next_peak("Arden")
    assert await ridge.ainvoke({"peak": "Everest"}) == "Could not find 'Everest'."
    assert await add.ainvoke({"heights": ["it is 7 m", "30 metres in all"]}) == "37"
    assert asked == ["Arden", "Everest", "Arden", "Everest"]


async def test_each_look_up_takes_its_latency(monkeypatch):
    slept = []

    async def sleep(seconds):
        slept.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    for tool in shape_tools(lambda key: float(len(key))):
        await tool.ainvoke({"heights": ["1", "2"]} if tool.name == "add" else {next(iter(tool.args)): "Arden"})
    assert slept == [5.0, 5.0]


def test_the_time_of_a_task_follows_from_its_arguments():
    seconds = tool_seconds(lambda key: float(len(key)))
    assert seconds({"tool": "search", "resolved": {"query": "Arden"}}) == 5.0
    assert seconds({"tool": "add", "resolved": {"heights": ["ab", "c"]}}) == 0.0
    assert seconds({"tool": "search", "resolved": None}) == 0.0
