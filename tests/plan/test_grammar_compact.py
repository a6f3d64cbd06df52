"""The grammar of plans in the compact style: `.map`, `answer(...)`, no thoughts and no end marker."""

from random import Random

import pytest

from langgraph_llm_compiler.plan import PlanParser
from tests.plan.grammars import MANY, ODD, TOOLS, decoder


@pytest.mark.parametrize(
    "text",
    [
        "1. join()",
        '1. search("a")\n2. answer($1)',
        '1. search("a")\n2. answer("It is ${1} m.")\n',
        '1. answer("Hello")',
        '1. search.map(["a", "b"])\n2. search.map($1)\n3. search.map([$1[0], "$2[1]"])\n4. answer($3[0])',
        '1. search.map([("a")])\n2. join()'.replace('("a")', '{"query": "a"}'),
        '1. search("a")\n2. math.map([("half", ["$1"]), {"problem": "x", "context": [$1]}, "plain"])\n3. join()',
    ],
)
def test_a_plan_is_admitted(text):
    assert decoder(style="compact").accepts(text)
    parser = PlanParser(TOOLS)
    tasks = [*parser.feed(text), *parser.close()]
    assert all(task.error is None for task in tasks)
    assert parser.ending.error is None


@pytest.mark.parametrize(
    "text",
    [
        "1. join()<END_OF_PLAN>",
        'Thought: hm\n1. search("a")\n2. join()',
        "1. answer($1)",
        '1. search("a")\n2. answer(${2})',
        '1. search("a")\n2. answer(5)',
        '1. search("a")\n2. answer($1, $1)',
        '1. search.map("a")\n2. join()',
        "1. search.map($1)\n2. join()",
        "1. search.map([])\n2. join()",
        "1. search.map([5])\n2. join()",
        '1. search("a")',
        '1. nothing.map(["a"])\n2. join()',
    ],
)
def test_a_plan_is_refused(text):
    assert not decoder(style="compact").accepts(text)


def test_the_papers_style_has_neither():
    assert not decoder().accepts('1. search.map(["a"])\n2. join()')
    assert not decoder().accepts('1. search("a")\n2. answer($1)')


@pytest.mark.parametrize("tools", ["TOOLS", "ODD", "MANY"])
@pytest.mark.parametrize("seed", range(12))
def test_whatever_is_drawn_is_read_without_an_error(tools, seed):
    names = {"TOOLS": TOOLS, "ODD": ODD, "MANY": MANY}[tools]
    text = decoder(tools, style="compact", max_tasks=4).draw(Random(seed), 120)
    parser = PlanParser(names)
    tasks = [*parser.feed(text), *parser.close()]
    assert [str(task.error) for task in tasks if task.error] == [], text
    assert parser.ending is not None, text
    assert parser.ending.error is None, text
    assert all(task.thought is None for task in tasks)
