"""What prompts hold of the conversation before the question: valid for every provider, bounded, and steady."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import (
    AIMessage,
    ChatMessage,
    FunctionMessage,
    HumanMessage,
    RemoveMessage,
    SystemMessage,
    ToolMessage,
)
from langchain_core.messages.utils import count_tokens_approximately
from langgraph.graph.message import add_messages
from langgraph.runtime import Runtime

from langgraph_llm_compiler.execution.calls import ToolCaller
from langgraph_llm_compiler.nodes.agent import agent_messages
from langgraph_llm_compiler.nodes.base import Parts
from langgraph_llm_compiler.nodes.compact import compact_messages
from langgraph_llm_compiler.nodes.conversation import FROM_TOOL
from langgraph_llm_compiler.nodes.history import RESULT_CHARACTERS, opening
from langgraph_llm_compiler.nodes.joiner import joiner_messages
from langgraph_llm_compiler.nodes.planner import planner_messages
from tests.message_rules import check_request
from tests.support import scripted, search, with_results

QUESTION = HumanMessage("Now?", id="now")
IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}


def call(call_id="c", name="search", **args):
    return {"name": name, "args": args, "id": call_id}


def parts_of(most: int | None = None) -> Parts:
    return Parts(model=scripted(), caller=ToolCaller([search]), max_history_tokens=most)


def history(*messages, most=None, **state):
    return opening(parts_of(most), {"messages": [*messages, QUESTION], **state}, "")


def said(*messages, most=None, **state):
    return [each.content for each in history(*messages, most=most, **state)]


def turn(number, answer="yes"):
    return [HumanMessage(f"Question {number}?"), AIMessage(answer)]


def test_calls_and_results_of_earlier_turns_are_told_as_text():
    messages = [
        HumanMessage("How high?"),
        AIMessage("I look.", tool_calls=[call(query="a", limit=2), call("d", name="fs.read")]),
        ToolMessage("8,849 m", tool_call_id="c"),
        ToolMessage("two\nlines", tool_call_id="d"),
        AIMessage([{"type": "text", "text": "8,849 "}, {"type": "text", "text": "metres"}]),
    ]
    results = ['search(query="a", limit=2) = 8,849 m', "fs.read() = ```\ntwo\nlines\n```"]
    assert said(*messages) == [with_results("How high?", *results), "I look.\n\n8,849 metres"]


def test_a_call_that_got_no_result_is_left_out_and_a_result_without_a_call_is_kept():
    dangling = AIMessage("", tool_calls=[call(query="a")])
    assert said(HumanMessage("One?"), dangling) == ["One?", "(No answer was given.)"]
    orphan = ToolMessage("", tool_call_id="gone", name="fetch")
    assert said(HumanMessage("One?"), orphan, AIMessage("1")) == [with_results("One?", "fetch() = (no text)"), "1"]


def test_an_id_that_comes_again_is_of_the_call_before():
    turns = [
        [HumanMessage(f"{n}?"), AIMessage("", tool_calls=[call(query=n)]), ToolMessage("r", tool_call_id="c")]
        for n in "ab"
    ]
    told = said(*turns[0], *turns[1])
    assert told[::2] == [with_results(f"{n}?", f'search(query="{n}") = r') for n in "ab"]


def test_a_question_without_an_answer_stays():
    none = "(No answer was given.)"
    assert said(HumanMessage("One?"), HumanMessage("Two?")) == ["One?", none, "Two?", none]


def test_what_an_assistant_opened_begins_with_the_user_all_the_same():
    assert said(AIMessage("Hello!")) == ["(Nothing was said yet.)", "Hello!"]


def test_system_messages_stand_in_one_before_all_others():
    messages = [*turn(1), SystemMessage("Be brief."), *turn(2), ChatMessage("Be kind.", role="developer")]
    system, *rest = opening(parts_of(), {"messages": [*messages, QUESTION]}, "Plan.")
    assert system == SystemMessage("Be brief.\n\nBe kind.\n\nPlan.")
    assert [each.type for each in rest] == ["human", "ai"] * 2


def test_who_spoke_is_told_where_there_are_several():
    assert said(HumanMessage("One?"), AIMessage("1", name="ann")) == ["One?", "1"]
    messages = [HumanMessage("One?", name="Mr X"), AIMessage("1", name="ann"), AIMessage("2", name="bob")]
    assert said(*messages) == ["Mr X: One?", "ann: 1\n\nbob: 2"]


def test_what_a_tool_adds_in_a_humans_name_begins_no_turn():
    note = HumanMessage("A note.", additional_kwargs={FROM_TOOL: True})
    calls, result = AIMessage("", tool_calls=[call()]), ToolMessage("r", tool_call_id="c")
    assert said(HumanMessage("One?"), calls, result, note, AIMessage("1")) == [
        with_results("One?\n\nA note.", "search() = r"),
        "1",
    ]


def test_images_stay_and_calls_in_content_go():
    messages = [
        HumanMessage([{"type": "text", "text": "This?"}, IMAGE, {"type": "tool_result", "tool_use_id": "x"}]),
        AIMessage([{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "A peak."}]),
        HumanMessage([IMAGE]),
    ]
    text = {"type": "text", "text": "This?"}
    assert said(*messages) == [[text, IMAGE], "A peak.", [IMAGE], "(No answer was given.)"]


def test_messages_of_old_kinds_are_read_too():
    messages = [
        ChatMessage("One?", role="user"),
        FunctionMessage("found", name="look"),
        ChatMessage("1", role="assistant"),
    ]
    assert said(*messages) == [with_results("One?", "look() = found"), "1"]


def test_what_was_removed_from_the_state_is_not_sent():
    messages = add_messages(turn(1) + turn(2), [])
    assert said(*add_messages(messages, [RemoveMessage(each.id) for each in messages[:2]])) == ["Question 2?", "yes"]


def test_what_other_agents_said_since_the_question_is_told_before_it():
    messages = [QUESTION, AIMessage("I found X.", name="ann")]
    told = opening(parts_of(), {"messages": messages}, "")
    assert [each.text for each in told] == ["Now?", "I found X."]


def test_a_call_that_asked_for_this_run_is_not_said_to_the_question():
    """As where an agent calls the graph as its tool, with its own state."""
    messages = [*turn(1), QUESTION, AIMessage("", tool_calls=[call(query="a")]), SystemMessage("Be kind.")]
    told = opening(parts_of(), {"messages": messages}, "")
    assert [each.text for each in told] == ["Be kind.", "Question 1?", "yes"]


def test_what_the_run_itself_added_since_the_question_is_not_told():
    """Of two attempts at one question, the first is part of the conversation and the second is not."""
    first = [AIMessage("", id="now-calls", tool_calls=[call("r1_t1")]), ToolMessage("a", tool_call_id="r1_t1")]
    second = [AIMessage("", id="now-calls-2", tool_calls=[call("r1_t1_q2")]), ToolMessage("b", tool_call_id="r1_t1_q2")]
    more = [AIMessage("", id="now-calls-3", tool_calls=[call("r2_t2_q2")]), ToolMessage("c", tool_call_id="r2_t2_q2")]
    before = [QUESTION, *first, AIMessage("one")]
    planner = opening(parts_of(), {"messages": before}, "")
    assert [each.text for each in planner] == [with_results("Now?", "search() = a"), "one"]
    for own in (second, [*second, *more], [*second, HumanMessage("n", additional_kwargs={FROM_TOOL: True}), *more]):
        assert opening(parts_of(), {"messages": [*before, *own], "tasks": [{"round": 1}]}, "") == planner


# The bound


def tokens(messages):
    return count_tokens_approximately(messages)


def test_the_last_turns_are_kept_whole():
    messages = [each for number in range(100) for each in turn(number)]
    kept = history(*messages, most=200)
    assert 50 <= tokens(kept) <= 200
    assert [each.content for each in kept] == [each.content for each in messages[-len(kept) :]]
    assert kept[0].type == "human"
    assert history(*messages, most=None) == [each.model_copy(update={"id": None}) for each in messages]


def test_the_history_begins_with_the_same_turn_for_many_questions():
    """A cut that moved with every turn would make a provider's prefix cache useless."""
    messages, begins, steady = [], set(), 0
    before: list[Any] = []
    for number in range(200):
        messages += turn(number)
        kept = history(*messages, most=1_000)
        begins.add(kept[0].text)
        steady += kept[: len(before)] == before
        before = kept
    assert len(begins) <= 7
    assert steady >= 193


def test_a_message_that_is_too_long_keeps_its_beginning_and_end():
    long = "begin " + "word " * 10_000 + "end"
    question, answer = history(HumanMessage(long), AIMessage(long), most=400)
    for message in (question, answer):
        assert message.text.startswith("begin word")
        assert message.text.endswith("word end")
        assert "characters left out ..." in message.text
        assert 50 < tokens([message]) <= 100


def test_long_results_are_shortened_each_for_itself():
    page = "page " * 1_000
    calls = AIMessage("", tool_calls=[call("a"), call("b")])
    results = [ToolMessage(page, tool_call_id=each) for each in "ab"]
    question, answer = said(HumanMessage("One?"), calls, *results, AIMessage("1"), most=8_000)
    assert answer == "1"
    assert question.count("characters left out") == question.count("search() = page") == 2
    assert len(question) < 2 * RESULT_CHARACTERS + 200
    assert page.strip() in said(HumanMessage("One?"), calls, *results, most=None)[0]


def test_files_that_are_too_large_are_left_out():
    recording = {"type": "input_audio", "input_audio": {"data": "A" * 100_000, "format": "wav"}}
    message = HumanMessage([{"type": "text", "text": "Hear this:"}, recording])
    assert said(message, most=1_000)[0] == "Hear this:"
    assert said(HumanMessage([recording]), most=1_000)[0] == "(Files are left out.)"
    assert said(message, most=None)[0][1] == recording


def test_system_messages_count_and_are_never_cut():
    rules = SystemMessage("rule " * 100)
    system, *rest = history(rules, *[each for number in range(100) for each in turn(number)], most=200)
    assert system.text == rules.text.strip()
    assert 0 < tokens(rest) <= 200 - tokens([rules])
    assert history(rules, *turn(1), most=50) == [system]


@pytest.mark.parametrize("most", [0, 3])
def test_a_bound_too_small_for_any_message_leaves_no_history(most):
    assert history(*turn(1), most=most) == []


WORDS = st.sampled_from(["", " ", "no", "a longer thing that was said", "two\nlines", "x" * 3_000])
NAMES = st.sampled_from([None, "ann", "Ann Lee", "fs.read"])
IDS = st.sampled_from(["", "c1", "c2", "call.3", "r1_t1", "x" * 60])
BLOCK = st.one_of(
    st.builds(lambda text: {"type": "text", "text": text}, WORDS),
    st.just(IMAGE),
    st.just({"type": "file", "file": {"file_data": "A" * 5_000, "filename": "a.pdf"}}),
    st.builds(lambda each: {"type": "tool_result", "tool_use_id": each, "content": "x"}, IDS),
)
CALL = st.builds(lambda each, name, word: call(each, name or "search", query=word), IDS, NAMES, WORDS)
CONTENT = WORDS | st.lists(BLOCK, max_size=3)
MESSAGE = st.one_of(
    st.builds(lambda content, name: HumanMessage(content, name=name), CONTENT, NAMES),
    st.builds(lambda word: HumanMessage(word, additional_kwargs={FROM_TOOL: True}), WORDS),
    st.builds(lambda word, calls, name: AIMessage(word, tool_calls=calls, name=name), WORDS, st.lists(CALL), NAMES),
    st.builds(lambda content, each, name: ToolMessage(content, tool_call_id=each, name=name), CONTENT, IDS, NAMES),
    st.builds(SystemMessage, WORDS),
    st.builds(lambda word, role: ChatMessage(word, role=role), WORDS, st.sampled_from(["user", "assistant", "critic"])),
)


@given(
    st.lists(MESSAGE, max_size=12),
    st.lists(st.builds(AIMessage, WORDS), max_size=2),
    st.sampled_from([None, 0, 30, 300, 2_000]),
)
def test_whatever_was_said_what_is_sent_is_valid_and_bounded(messages, since, most):
    state: Any = {"messages": [*messages, QUESTION, *since]}
    before = copy.deepcopy(state)
    parts, runtime = parts_of(most), Runtime()
    for made in (
        planner_messages(parts, state, runtime),
        joiner_messages(parts, state, runtime),
        compact_messages(parts, state, runtime, 0),
        agent_messages(parts, state, is_last=False),
    ):
        check_request(made)
        system, *rest, question = made
        assert [each.type for each in (system, question)] == ["system", "human"]
        assert "Now?" in question.text
        assert [each.type for each in rest] == ["human", "ai"] * (len(rest) // 2)
        assert most is None or tokens(rest) <= most
    assert state == before
