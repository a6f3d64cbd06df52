"""Elements of a `.map` task that arrive before its line is complete."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langgraph_llm_compiler.plan import PlanParser, Reference, items_of, parts_in, render_value

SCALARS = st.none() | st.booleans() | st.integers(-99, 99) | st.text(max_size=8)
KEYS = st.text(max_size=4)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=5
)


def read(text, cuts):
    """The plan's tasks, and what had begun of each before it was complete."""
    parser, begun, tasks = PlanParser({"f", "g"}), {}, []
    for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True):
        tasks += parser.feed(text[start:end])
        if (found := parser.begun()) is not None:
            begun.setdefault(found.id, []).extend(found.elements)
    return [*tasks, *parser.close()], begun


@given(st.lists(VALUES, max_size=5), st.data())
def test_what_begins_early_is_what_the_task_has(values, data):
    text = f"1. g(1)\n2. f.map({render_value(values)})\n3. join()"
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=12)))
    (_, task), begun = read(text, cuts)
    early = [each.value for each in begun.get(2, [])]
    assert list(task.args[0])[: len(early)] == early
    assert task.is_map


@given(st.lists(VALUES, min_size=1, max_size=5))
def test_each_element_begins_with_the_comma_or_bracket_behind_it(values):
    written = [render_value(each) for each in values]
    parser = PlanParser({"f"})
    parser.feed("1. f.map([")
    seen = []
    for place, text in enumerate(written):
        parser.feed(text)
        assert parser.begun() is None
        parser.feed("," if place < len(written) - 1 else "]")
        seen += parser.begun().elements
        assert len(seen) == place + 1
    (task,) = parser.feed(")")
    assert [each.value for each in seen] == task.args[0]


def test_an_element_knows_what_it_needs():
    text = '1. g(1)\n2. f.map(["a $1", $1.x, ("b", $1[0]), {"q": 5}])\n'
    _, begun = read(text, range(1, len(text)))
    assert [sorted(each.dependencies) for each in begun[2]] == [[1], [1], [1], []]
    assert begun[2][2].value == ("b", Reference(1, (0,), "$1[0]"))


@pytest.mark.parametrize(
    "line",
    ['f("a", "b")', "f.map($1)", 'f.map("a", "b")', 'h.map(["a", "b"])', 'f.map(x=["a", "b"])', "f.map([$7, $1])"],
)
def test_nothing_begins_that_is_no_plain_list_of_a_known_tool(line):
    text = f"1. g(1)\n2. {line}\n3. join()"
    assert read(text, range(1, len(text)))[1] == {}


def test_a_fault_stops_what_begins_and_is_the_tasks_error():
    (task, other), begun = read('1. f.map(["a", g(1), "b"])\n2. g(1)', range(1, 30))
    assert [each.value for each in begun[1]] == ["a"]
    assert "called inside a call" in str(task.error)
    assert other.error is None


def test_which_parts_a_value_needs():
    assert parts_in({"a": ["$1[0] $2", Reference(1, (3, "x"))], "b": "${3[1]}", "$4": 1}) == {
        1: {0, 3},
        2: {None},
        3: {1},
        4: {None},
    }
    assert parts_in(Reference(1, (-1,))) == {1: {None}}
    assert parts_in("$5.00 and $1.name") == {1: {None}}


def test_what_can_be_gone_through():
    assert items_of([1, 2]) == [1, 2]
    assert items_of("[1, 2]") == [1, 2]
    assert items_of("a, b") is None
    assert items_of({"a": 1}) is None
