"""The grammar of plans in the compact style: `.map`, `answer(...)`, no thoughts and no end marker."""

import re
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from langgraph_llm_compiler.errors import ConfigurationError
from langgraph_llm_compiler.plan import PlanParser, Task
from langgraph_llm_compiler.plan.grammar import plan_grammar
from tests.plan.decoding import Decoder
from tests.plan.grammars import MANY, ODD, SETS, TEXT, TOOLS, decoder
from tests.plan.spelling import Spelt, as_read, spelt

_TUPLE = "<tuple>"
_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*"|[()]')


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


def in_the_papers_style(text: str) -> str:
    """The same plan, to be spelt out: an answer is a task before `join()`, and a tuple is a list with a mark."""
    *lines, end = text.removesuffix("\n").split("\n")
    if not end.endswith(". join()"):
        lines.append(end)
        end = f"{len(lines) + 1}. join()"
    return "\n".join([*map(_marked, lines), end])


def _marked(line: str) -> str:
    head, _, arguments = line.partition("(")
    marks = {"(": f'["{_TUPLE}", ', ")": "]"}
    written = _BRACKET.sub(lambda found: marks.get(found[0], found[0]), arguments.removesuffix(")"))
    return f"{head}({written})"


def with_tuples(task: Spelt) -> Spelt:
    if task.args and isinstance(task.args[0], list):
        items = [tuple(each[1:]) if isinstance(each, list) and each[:1] == [_TUPLE] else each for each in task.args[0]]
        return task._replace(args=(items, *task.args[1:]))
    return task


def read(text: str, tools: dict[str, Any]) -> list[Spelt]:
    """What the parser makes of a plan that arrives character by character, an answer as a task."""
    parser, tasks, begun = PlanParser(tools), list[Task](), dict[int, list[Any]]()
    for letter in text:
        tasks += parser.feed(letter)
        if (part := parser.begun()) is not None:
            begun.setdefault(part.id, []).extend(each.value for each in part.elements)
    for task in tasks:
        assert repr(begun.get(task.id, [])) in ("[]", repr(task.args[0] if task.args else None))
    found = [as_read(replace(each, tool=each.tool + ".map" * each.is_map, is_map=False)) for each in tasks]
    ending = parser.ending
    assert ending is not None
    if ending.name == "answer":
        assert ending.error is None
        found.append(as_read(Task(len(tasks) + 1, "answer", ending.args, ending.kwargs, ending.dependencies)))
    return found


@pytest.mark.parametrize("tools", ["TOOLS", "ODD", "MANY", "ANY"])
def test_what_is_drawn_is_read_as_it_is_spelt(tools: str):
    seen: dict[str, int] = {}
    for seed in range(120):
        text = decoder(tools, style="compact").draw(Random(seed), seed)
        expected = [with_tuples(each) for each in spelt(in_the_papers_style(text))]
        assert repr(read(text, SETS[tools])) == repr(expected), text
        for each in expected:
            kind = "map" if each.tool.endswith(".map") and each.tool not in SETS[tools] else each.tool
            seen[kind] = seen.get(kind, 0) + 1
    assert seen["map"] > 10, seen
    assert seen["answer"] > 10, seen


@pytest.mark.parametrize("other", ["deep.map", "DEEP.MAP"])
def test_a_name_that_is_another_tools_is_no_map(other: str):
    tools = {
        "deep": {"properties": {"query": TEXT}, "required": ["query"]},
        other: {"properties": {"n": {"type": "integer"}}, "required": ["n"]},
    }
    found = Decoder(plan_grammar(tools, style="compact"))
    assert not found.accepts('1. deep.map(["a"])\n2. join()')
    assert found.accepts(f"1. {other}(1)\n2. {other}.map([1, 2])\n3. join()")


def test_tools_without_parameters_or_with_long_names_have_no_map():
    long = "x" * 186
    found = Decoder(plan_grammar({"now": {}, long: TOOLS["search"]}, style="compact"))
    assert found.accepts(f'1. now()\n2. {long}("a")\n3. join()')
    assert found.refused_at("1. now.map($1)") == len("1. now")
    assert found.refused_at(f'1. {long}.map(["a"])') == len(f"1. {long}")


@pytest.mark.parametrize(
    "element", ["{}", '{"k": 1}', "()", "(1)", "(1,)", '{"a": 1, "a": 2}', "(1, 2, 3, 4, 5)", '{"a": 1, "e": 2}']
)
def test_an_element_that_is_no_call_is_refused(element: str):
    assert not decoder("ANY", style="compact").accepts(f"1. any.map([{element}])\n2. join()")


@pytest.mark.parametrize("element", ["1", "[{}]", "(1, {})", '{"a": {"k": 1}}', '{"d": 1}', "(1, 2, 3, 4)"])
def test_an_element_that_is_a_call_is_admitted(element: str):
    assert decoder("ANY", style="compact").accepts(f"1. any.map([{element}, 1])\n2. join()")


def test_what_is_required_is_in_each_element():
    found = decoder("MANY", style="compact")
    for element in ('"a"', '("a", 1)', '{"b": 1}', '{"e": 1}', '("a", 1, "c", {})'):
        assert not found.accepts(f"1. many.map([{element}])\n2. join()")
    for element in ('{"b": 1, "e": 2}', '("a", 1, "c", {}, 2)', '{"a": "x", "b": 1.5, "e": 2, "g": [3]}'):
        assert found.accepts(f"1. many.map([{element}])\n2. join()")


def test_a_style_that_is_none_is_refused():
    with pytest.raises(ConfigurationError, match="style='paper-like'"):
        plan_grammar(TOOLS, style="paper-like")  # type: ignore[arg-type]
