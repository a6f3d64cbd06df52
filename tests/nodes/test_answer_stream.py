"""The joiner's reply in all the forms that models give it, and what of it streams, however it is cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langgraph_llm_compiler.nodes.decision import AnswerStream, read_decision
from langgraph_llm_compiler.prompts import joiner as prompts

THOUGHT = "Thought: t\n"

FINISHED = [
    ("Action: Finish(Paris (France))", "Paris (France)"),
    ("Action: Finish(Paris (Île-de-France (region)) and (more))", "Paris (Île-de-France (region)) and (more)"),
    ("Action: Finish(one\n\n- two\n- three\n)", "one\n\n- two\n- three"),
    ("Action: Finish(one\r\ntwo)\r\n", "one\r\ntwo"),
    ("Action: Finish(a) first b) second)", "a) first b) second"),
    ("Action: Finish(\na) first\nb) second\n)", "a) first\nb) second"),
    ("Action: Finish(It wins: 2.5)", "It wins: 2.5"),
    ("Action: Finish(Do not Replan(x), finish)", "Do not Replan(x), finish"),
    ("Action: Finish(you could\nReplan(again)\nor not)", "you could\nReplan(again)\nor not"),
    ("Action: Finish(f(x) = :-) )", "f(x) = :-)"),
    ("Action: Finish(cut off (as here", "cut off (as here"),
    ("Action: Finish(cut off (as here) too", "cut off (as here) too"),
    ("Action: Finish(a frown :( is open)", "a frown :( is open"),
    ("Action: Finish()", ""),
    ("Action: Finish( \n )", ""),
    ("action: FINISH( yes )", "yes"),
    ("Finish(42)", "42"),
    ("finish (42).", "42"),
    ("**Action:** Finish(42)", "42"),
    ("**Action: Finish(42)**", "42"),
    ("Action: **Finish(42)**", "42"),
    ("`Action: Finish(42)`", "42"),
    ("- Action: Finish(42)", "42"),
    ("> Action : Finish(42)", "42"),
    ("### Action\nFinish(42)", "42"),
    ("Action:\nFinish(42)", "42"),
    ("```\nAction: Finish(42)\n```", "42"),
    ("Action: Finish(42)\n\nI hope this (short) answer helps!", "42"),
    ("Action: Finish(42)\n\n(It is the answer.)", "42"),
    ("Action: Finish(42) (high confidence)", "42"),
    ("Action: Finish(42)\nObservation: (none)", "42"),
    ("Action: Finish(42) and nothing else", "42"),
    ("Action: Finish(42)\nWhy:\n1) it is\n2) it was, always", "42"),
]


def streamed(reply: str, *cuts: int) -> str:
    stream, ends = AnswerStream(), [*sorted(cuts), len(reply)]
    given = "".join(stream.feed(reply[start:end]) for start, end in zip([0, *ends], ends, strict=False))
    assert given == stream.given
    return given


@pytest.mark.parametrize("before", ["", THOUGHT, "Thought: see (a) Replan(x)?\n", "no label, just thoughts.\n\n"])
@pytest.mark.parametrize(("reply", "answer"), FINISHED)
def test_a_reply_that_answers(before, reply, answer):
    decision = read_decision(before + reply)
    assert decision is not None
    assert (decision.kind, decision.text) == ("finish", answer)
    letters = range(len(before + reply))
    assert streamed(before + reply) == streamed(before + reply, *letters) == answer


REPLANNED = [
    ("Action: Replan(find K2 (again))", "find K2 (again)"),
    ("Action: Replan(then\nFinish(x) it)", "then\nFinish(x) it"),
    ("Action: Replan(Action: Finish(x) is too early)", "Action: Finish(x) is too early"),
    ("**action:** replan(more", "more"),
    ("Action: Replan()", ""),
    ("Thought: I may not Finish(yet)\nAction: Replan(more)", "more"),
]


@pytest.mark.parametrize(("reply", "feedback"), REPLANNED)
def test_a_reply_that_asks_for_another_plan(reply, feedback):
    decision = read_decision(reply)
    assert decision is not None
    assert (decision.kind, decision.text) == ("replan", feedback)
    assert streamed(reply, *range(len(reply))) == ""


@pytest.mark.parametrize(
    "reply",
    ["", " \n", "Thought: hm", "Observation: (8849)", "Action: search(x)", "Action: Finish 42", "I will finish(ed)x"],
)
def test_a_reply_without_a_decision(reply):
    assert read_decision(reply) is None
    assert streamed(reply, *range(len(reply))) == ""


def test_the_last_action_counts_when_the_prompt_was_echoed():
    reply = f"{prompts.SYSTEM}\n{THOUGHT}Action: Finish(Paris)"
    assert read_decision(reply).text == "Paris"
    assert read_decision(f"{prompts.SYSTEM}\n{THOUGHT}Action: Replan(more)").kind == "replan"
    assert len(streamed(reply, *range(len(reply)))) <= len("answer")


def test_an_action_behind_its_thought_on_one_line_counts_but_does_not_stream():
    reply = "Thought: it says so. Action: Finish(42)"
    assert (read_decision(reply).text, read_decision(reply).thought) == ("42", "it says so.")
    assert streamed(reply, 5, 20, 30) == ""


def test_an_answer_within_an_answer_within_an_echo():
    reply = "Action: Finish(answer)\nAction: Replan(like this:\nFinish(x)\nand on)"
    assert (read_decision(reply).kind, read_decision(reply).text) == ("replan", "like this:\nFinish(x)\nand on")


def test_text_streams_as_soon_as_it_is_certain():
    stream = AnswerStream()
    steps = [
        ("Thought: t\nAct", ""),
        ("ion: Finish", ""),
        ("( ", ""),
        (" Paris", "Paris"),
        (" ", ""),
        ("(France", " (France"),
        (")", ""),
        (" is", ") is"),
        (")", ""),
        ("\n", ""),
        ("(a remark", ""),
        (")", ""),
    ]
    assert [stream.feed(text) for text, _ in steps] == [text for _, text in steps]


SIGNS = st.sampled_from(["(", ")", " ", "\n", ".", "a", "b", "Finish(", "Replan(", "Action: ", "**", "é"])
TEXTS = st.lists(SIGNS, max_size=25).map("".join)


@given(st.sampled_from(["", THOUGHT]), TEXTS, st.sampled_from([")", ")\n", "", ")\nBye (now)."]), st.data())
def test_whatever_the_cuts_what_streams_begins_the_answer(before, answer, after, data):
    reply = f"{before}Action: Finish({answer}{after}"
    cuts = data.draw(st.lists(st.integers(0, len(reply)), max_size=8))
    decision = read_decision(reply)
    given = streamed(reply, *cuts)
    assert given == streamed(reply)
    if "Finish(" not in answer and "Replan(" not in answer:
        assert decision.kind == "finish"
        assert decision.text.startswith(given)


@given(st.text(st.characters(exclude_characters="()", codec="utf-8"), max_size=30), st.data())
def test_a_plain_answer_streams_whole(answer, data):
    reply = f"{THOUGHT}Action: Finish({answer})"
    cuts = data.draw(st.lists(st.integers(0, len(reply)), max_size=8))
    assert streamed(reply, *cuts) == read_decision(reply).text == answer.strip()
