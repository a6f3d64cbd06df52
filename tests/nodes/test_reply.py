"""A reply in the compact style is told from its first line, however it is cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langgraph_llm_compiler.nodes.reply import Reply

NAMES = ("search", "math.add", "get-it")
CASES = {
    '3. search("a")\n4. join()': "plan",
    'search("a")': "answer",
    '\n\n  3. search.map(["a"])': "plan",
    '3) search("a")': "plan",
    '**3. search("a")**': "plan",
    '3. functions.search("a")': "plan",
    "3. math.add(1, 2)": "plan",
    '3. get_it("x")': "plan",
    "Thought: more is needed\n3. search('a')": "plan",
    "```python\n3. search('a')\n```": "plan",
    "3. answer($1)": "plan",
    "answer($1)": "plan",
    "join()": "plan",
    "4. join()": "plan",
    "1. Rome (Italy)": "answer",
    "1. search (the verb) is old": "answer",
    "1. searched(it)": "answer",
    "1984 was a year": "answer",
    "1.5 metres": "answer",
    "12.": "answer",
    "Seattle": "answer",
    "Thoughtful people": "answer",
    "Finishing (in time)": "answer",
    "Action: Finish(42)": "action",
    "Thought: ok\nAction: Replan(more)": "action",
    "": "answer",
    "Thought: only this": "answer",
}


@pytest.mark.parametrize(("text", "kind"), CASES.items())
@given(data=st.data())
def test_every_split_gives_the_same_kind(text, kind, data):
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=8)))
    reply = Reply(NAMES)
    kinds = [reply.feed(text[a:b]) for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    assert reply.close() == kind
    assert {each for each in kinds if each} <= {kind}


@pytest.mark.parametrize(
    ("text", "kind"), [("T", None), ("Th", None), ("X", "answer"), ("1. s", None), ("1. x", "answer")]
)
def test_it_is_told_as_early_as_it_is_certain(text, kind):
    assert Reply(NAMES).feed(text) == kind


def test_thoughts_are_no_part_of_the_answer():
    reply = Reply(NAMES)
    reply.feed("Thought: it says so\n\nRome")
    assert (reply.kind, reply.body) == ("answer", "Rome")
