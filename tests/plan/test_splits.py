"""How the text is cut never matters, and no text raises."""

from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from langgraph_llm_compiler.plan import PlanParser, render_call
from tests.plan.reading import TOOLS, read_in_pieces

CORPUS = [
    '1. search("Mount Everest")\n2. math("$1 / 2", context=["$1"])\nThought: done\n3. join()<END_OF_PLAN>\n',
    '1. f(\n  "a", # one )\n  k=[1.5, -2, (3,), {"x": None}],\n)\n2. g("""a "b"\n2. c("""")\r\n3. h(\'\', "")',
    '1. note("To do:\n1. wash(hands)\n2. dry(hands)\n12) x")\n2. search(In Cold Blood)\n3. search(It\'s (big), 2)',
    '1. search("a"\n2. search(b\n3. search("c)\n4. search(\'d)\nThought: on\n5. search("e")\n\n6. join',
    '1. search("The "Big" One", "x")\n2. search(""A" b")\n3. search("say "A", then "B"")\n4. search(“it’s”, ‘b’)',
    'Sure (really)! In 2. half (as).\n**1.** search ("a") 2. `search`("b"); 3) search("c")  # 4. search("d")',
    '1. f([1, 2)\n2. f(,)\n3. f(a=1, 2)\n4. f("a" b)\n1. f($9, "${9} $9 $1,000 $1.5 $1.a")\n5. answer("It is $1.")',
    '1. f("\\u00e9\\n\\"", r"\\d", f"{$1}", "a" "b" + $1, x: "y", z == 1)\n<END_OF_PALN>\n2. f()',
    "1. f('a\n2. f(\"b\")\n3. g('c')\n4. h(1",
    "1. f(\n2. 5, 3.)\n2. f([\n3. g(1)\n3. f(1,\n 4. h(2)",
    "1. f(‘a\n2) f(‘b’)\n- 3. search.map([`c`, «d»])\nStep 4: mcp-x.y/z(1) -> 5 (m) <x> </plan>\n6. f()",
    '1. f(a # b\n, "c" # d\n)\n2. f(# x\n)\n3. f([ # y\n 1])\n4. f("" , \'\'\n"" "z")',
    '1. answer ("x")\n2. answer(s)\nanswer(s) are\njoin them (all)\nEND OF PLAN\n3. f()',
]

FRAGMENTS = [
    "1. ", "2. search(", "3) ", "search(", '"', "'", "“", "”", "(", ")", "[", "]", "{", "}", ",", "=", ":", "\n", " ",
    "\n2. search(", "#", "$1", "${1}", "\\", '"""', "Thought: ", "join()", "answer(", "<END_OF_PLAN>", "x", "a b",
    "key=", "\r\n", "`", "**", ".map(", "1.5", "None", "+", "5. join", ";", "4. math(", "->", "//", ")\n", '("',
    "$2.a[0]", "\t",
]  # fmt: skip

plans = st.one_of(
    st.sampled_from(CORPUS),
    st.lists(st.sampled_from(FRAGMENTS), max_size=40).map("".join),
    st.lists(st.one_of(st.sampled_from(FRAGMENTS), st.text(max_size=3)), max_size=15).map("".join),
)
names = st.sampled_from([None, TOOLS])


@pytest.mark.parametrize("text", CORPUS)
@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 13])
def test_pieces_of_one_size(text: str, size: int):
    assert read_in_pieces(pieces(text, range(size, len(text), size))) == read_in_pieces([text])


@pytest.mark.parametrize("text", CORPUS)
def test_one_cut_anywhere(text: str):
    whole = read_in_pieces([text], TOOLS)
    for cut in range(len(text)):
        assert read_in_pieces([text[:cut], text[cut:]], TOOLS) == whole


@given(plans, names, st.data())
@example("{: 1}", None, None)
def test_every_split_gives_the_same_tasks(text: str, tools: frozenset[str] | None, data: st.DataObject | None):
    whole = read_in_pieces([text], tools, earlier=(1,))
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=8))) if data else []
    assert read_in_pieces(pieces(text, cuts), tools, earlier=(1,)) == whole
    assert read_in_pieces(text, tools, earlier=(1,)) == whole


@given(st.text() | st.text().map("1. f({}".format) | plans)
def test_no_text_raises(text: str):
    for task in read_in_pieces([text])[0]:
        render_call(task)


@given(plans, names)
def test_a_task_once_given_stays(text: str, tools: frozenset[str] | None):
    parser = PlanParser(tools)
    given_early = [task for character in text for task in parser.feed(character)]
    assert given_early == read_in_pieces([text], tools)[0][: len(given_early)]


def pieces(text: str, cuts: list[int] | range) -> Iterator[str]:
    start = 0
    for cut in (*cuts, len(text)):
        yield text[start:cut]
        start = cut
