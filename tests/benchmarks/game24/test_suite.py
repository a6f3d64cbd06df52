"""What the suite consists of: prompts, examples, settings."""

import json
import re

import pytest

from langgraph_llm_compiler.benchmarks.game24.checking import check
from langgraph_llm_compiler.benchmarks.game24.puzzles import HIGHEST, numbers_in
from langgraph_llm_compiler.benchmarks.game24.thoughts import best
from langgraph_llm_compiler.benchmarks.suites import SUITES, load_suite
from langgraph_llm_compiler.benchmarks.suites.gameof24 import player
from langgraph_llm_compiler.nodes.decision import read_decision
from langgraph_llm_compiler.plan.parser import PlanParser
from langgraph_llm_compiler.simulator.serve import load_player
from langgraph_llm_compiler.simulator.transcript import react_calls, scratchpad_calls
from tests.benchmarks.game24.playing import SUITE, PlayerModel, build, shape
from tests.support import answer_of, ask, async_invoke, create_llm_compiler

TOOLS = {tool.name: tool for tool in SUITE.make_tools(None)}
families = pytest.mark.parametrize("prompts", SUITE.prompts.values(), ids=list(SUITE.prompts))


def test_it_is_found_by_its_name():
    assert "gameof24" in SUITES
    assert load_suite("gameof24") is SUITE
    assert set(SUITE.prompts) == {"chat", "completion"}
    assert isinstance(load_player(SUITE.player), type(player()))


@families
def test_examples_ask_what_no_dataset_and_no_bundled_puzzle_asks(prompts):
    for example in (*prompts.examples, *prompts.joiner_examples, *prompts.react_examples):
        assert example.startswith("Question: ")
        assert max(numbers_in(example)) > HIGHEST


@families
def test_the_planners_examples_are_plans(prompts):
    earlier = []
    for example in prompts.examples:
        plan = example[re.search(r"^\d+\. (?!.*\nObservation)", example, re.MULTILINE).start() :]
        parser = PlanParser(TOOLS, earlier=earlier)
        tasks = [*parser.feed(plan), *parser.close()]
        assert [task.error for task in tasks] == [None] * len(tasks)
        assert parser.ending
        earlier += [task.id for task in tasks]
    assert earlier == list(range(1, 11))


@families
def test_the_joiners_examples_decide_by_what_they_show(prompts):
    kinds = []
    for example in prompts.joiner_examples:
        calls = scratchpad_calls(example.rpartition("\nThought")[0])
        decision = read_decision(example)
        kinds.append(decision.kind)
        kept = json.loads(calls[-1].observation)
        rated = [text for call in calls if call.tool == "state_evaluator" for text in json.loads(call.observation)]
        assert kept == best(rated[-6:] if len(calls) > 3 else rated)
        if decision.kind == "finish":
            assert check(numbers_in(example), decision.text)
            assert kept[0].startswith(decision.text)
    assert kinds == ["replan", "finish"]


@families
def test_the_example_of_react_is_a_whole_search(prompts):
    [example] = prompts.react_examples
    calls = react_calls(example)
    assert [call.tool for call in calls].count("top_k_select") == 2
    assert len(calls) == 10
    for call in calls:
        if call.tool == "top_k_select":
            assert json.loads(call.observation) == best(call.values)
    assert check(numbers_in(example), read_decision(example).text)


def test_replans_are_as_many_as_the_search_needs():
    assert SUITE.max_replans == 2
    asked = SUITE.questions[0]
    out = async_invoke(build("llm-compiler", PlayerModel(asked=[]), max_replans=1), {"messages": asked.messages})
    assert answer_of(out) == "no solution found"
    assert len(shape(out["tasks"]).split()) == 2


async def test_a_round_that_fails_is_done_again():
    class Failing(PlayerModel):
        async def _agenerate(self, messages, stop=None, run_manager=None, **kwargs):
            is_second_round = re.match(r"State: .*=", messages[-1].text)
            if is_second_round and ("failed", "") not in self.asked:
                self.asked.append(("failed", ""))
                raise RuntimeError("no network")
            return self._generate(messages, stop, run_manager, **kwargs)

    model = Failing(asked=[])
    graph = create_llm_compiler(model, SUITE.make_tools(model), max_replans=3)
    out = await graph.ainvoke(ask("Question: Make 24 from 4 9 10 13."))
    assert SUITE.scorer("4 9 10 13", answer_of(out))
    assert [task["round"] for task in out["tasks"] if task["status"] == "error"] == [2]
    assert [task["status"] for task in out["tasks"] if task["round"] == 2][-1] == "skipped"
    assert shape(out["tasks"]).split()[1:3] == ["PPPPPEEEEES", "PPPPPEEEEES"]
    assert max(task["round"] for task in out["tasks"]) == 4
