"""The joiner's reply is read whatever its form, whole and as it streams."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langgraph_llm_compiler.nodes.decision import AnswerStream, Decision, read_decision

READ = [
    ("Thought: it says so\nAction: Finish(8,849 metres)", Decision("finish", "8,849 metres", "it says so")),
    ("Action: Replan(look for K2)", Decision("replan", "look for K2", "")),
    ("it says so.\nAction: Finish(42)", Decision("finish", "42", "it says so.")),
    ("Thought: t\nAction: Finish(Paris (France))", Decision("finish", "Paris (France)", "t")),
    ("Thought: t\nAction: Finish(f(x) and g(y))", Decision("finish", "f(x) and g(y)", "t")),
    ("Thought: t\nAction: Finish(one\ntwo (three)\nfour)", Decision("finish", "one\ntwo (three)\nfour", "t")),
    ("Thought: Replan(x)? no\nAction: Finish(Replan it is)", Decision("finish", "Replan it is", "Replan(x)? no")),
    ("Action: Finish(then Action: Replan(x) would do)", Decision("finish", "then Action: Replan(x) would do", "")),
    ("Action: finish(ok).", Decision("finish", "ok", "")),
    ("**Action:** Finish(ok)**", Decision("finish", "ok", "")),
    ("Thought: t Action: Finish(ok)", Decision("finish", "ok", "t")),
    ("Finish(ok)", Decision("finish", "ok", "")),
    ("Action: Finish()", Decision("finish", "", "")),
    ("Action: Finish(cut off", Decision("finish", "cut off", "")),
    ("Action: Replan(a)\nAction: Finish(b)", Decision("finish", "b", "")),
    ("Action: Finish(ok)\nI hope this helps (a lot).", Decision("finish", "ok", "")),
    ("Action: Finish(a) one b) two)", Decision("finish", "a) one b) two", "")),
]


@pytest.mark.parametrize(("reply", "decision"), READ)
def test_decisions(reply, decision):
    read = read_decision(reply)
    assert read is not None
    assert (read.kind, read.text) == (decision.kind, decision.text)
    assert read.thought.startswith(decision.thought)


@pytest.mark.parametrize("reply", ["", "  \n", "Observation: 8849", "I am finished (really)", "Thought: finish it"])
def test_what_is_no_decision(reply):
    assert read_decision(reply) is None


def streamed(reply: str, size: int) -> str:
    stream = AnswerStream()
    return "".join(stream.feed(reply[at : at + size]) for at in range(0, len(reply), size))


@pytest.mark.parametrize("size", [1, 3, 7, 1000])
@pytest.mark.parametrize("reply", [reply for reply, decision in READ if decision.kind == "finish"])
def test_what_streams_is_the_beginning_of_the_answer(reply, size):
    if reply == "Action: Replan(a)\nAction: Finish(b)" or "Thought: t Action" in reply:
        assert streamed(reply, size) == ""
    else:
        assert read_decision(reply).text.startswith(streamed(reply, size))


ANSWERS = st.text(st.sampled_from("ab ()\n.Finsh:Action$1"), max_size=30)


@given(ANSWERS, st.integers(1, 40))
def test_any_answer_streams_as_a_beginning_of_itself(answer, size):
    reply = f"Thought: t\nAction: Finish({answer})"
    given = streamed(reply, size)
    assert given == given.rstrip()
    decision = read_decision(reply)
    if decision is not None and decision.kind == "finish" and decision.thought == "t":
        assert decision.text.startswith(given)


@given(st.text(st.sampled_from("ab \n.()")).filter(lambda text: balanced(text)))
def test_answers_with_balanced_parentheses_come_back_whole(answer):
    assert read_decision(f"Action: Finish({answer})").text == answer.strip()


def balanced(text: str) -> bool:
    depth = 0
    for each in text:
        depth += (each == "(") - (each == ")")
        if depth < 0:
            return False
    return depth == 0
