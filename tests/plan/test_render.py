"""Tasks written back in the plan language."""

import datetime
import math

from hypothesis import given
from hypothesis import strategies as st

from langgraph_llm_compiler.plan import PlanParser, Reference, Task, references_in, render_call, render_value
from tests.plan.reading import read_one

texts = st.text(max_size=20).filter(lambda text: "$" not in text) | st.sampled_from(
    [
        "$1 m",
        "costs $1,000",
        "see ${2.a[0]}.",
        '"',
        "'",
        '"""',
        "\\",
        "\\n",
        "a\nb",
        "1. f()",
        "\n2. f(",
        ")",
        "# no",
        " ",
    ]
)
references = st.sampled_from(["$1", "${2}", "$1.a.b", "$2[0]", '$1["a b"]', "${1.x[3]}"]).map(
    lambda text: read_one(f"9. f({text})", earlier=(1, 2)).args[0]
)
scalars = texts | references | st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.just(10**100)
keys = texts | st.integers()
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4) | st.lists(inner, max_size=3).map(tuple) | st.dictionaries(keys, inner, max_size=3)
    ),
    max_leaves=12,
)
names = st.from_regex(r"[a-z_][a-z0-9_]{0,8}", fullmatch=True)


@st.composite
def tasks(draw: st.DrawFn) -> Task:
    args = tuple(draw(st.lists(values, max_size=3)))
    kwargs = draw(st.dictionaries(names, values, max_size=3))
    tool = draw(names.filter(lambda name: name not in ("join", "answer")))
    return Task(
        draw(st.integers(3, 10**9 - 1)),
        tool,
        args,
        kwargs,
        references_in((args, kwargs), {1, 2}),
        is_map=draw(st.booleans()),
    )


@given(st.lists(tasks(), max_size=4, unique_by=lambda task: task.id))
def test_what_is_written_is_read_again(written: list[Task]):
    parser = PlanParser(earlier=(1, 2))
    text = "".join(f"{task.id}. {render_call(task)}\n" for task in written)
    assert [*parser.feed(text), *parser.close()] == written


def test_calls_as_they_are_written():
    text = 'search("Mount Everest", 2, [$1, (1,), None], lang="en", d={"k": ${1.a}, 2: -1.5})'
    assert render_call(read_one(f"7. {text}", earlier=(1,))) == text
    assert render_call(Task(1, "f")) == "f()"
    assert render_call(Task(1, "f", (["é", Reference(1, ("a", 0))],), is_map=True)) == 'f.map(["é", $1.a[0]])'


def test_values_that_no_plan_holds():
    assert render_value(math.nan) == "nan"
    assert render_value([math.inf, -math.inf]) == "[1e999, -1e999]"
    assert render_value(datetime.date(2024, 1, 30)) == '"2024-01-30"'
