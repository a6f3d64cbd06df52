"""The validator of messages finds what OpenAI and Anthropic refuse."""

import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage

from tests.message_rules import (
    anthropic_payload,
    check_anthropic,
    check_conversation,
    check_openai,
    check_request,
    openai_payload,
)

TOOLS = [{"type": "function", "function": {"name": "search", "description": "", "parameters": {}}}]
QUESTION, ANSWER = HumanMessage("How high?"), AIMessage("8,849 m")


def calls(*ids, name="search", text=""):
    return AIMessage(text, tool_calls=[{"name": name, "args": {"query": "a"}, "id": each} for each in ids])


def result(call_id, **more):
    return ToolMessage("found", tool_call_id=call_id, **more)


GOOD = {
    "a question": [QUESTION],
    "a system prompt": [SystemMessage("Be kind."), SystemMessage("Be brief."), QUESTION],
    "a turn with calls": [QUESTION, calls("a", "b"), result("b"), result("a", status="error"), ANSWER],
    "calls turn by turn": [QUESTION, calls("a", text="I look."), result("a"), calls("b"), result("b"), ANSWER],
    "an image": [HumanMessage([{"type": "text", "text": "?"}, {"type": "image_url", "image_url": {"url": "data:,"}}])],
    "two questions": [QUESTION, QUESTION, ANSWER],
    "what a tool adds": [QUESTION, calls("a"), result("a"), HumanMessage("and a note")],
}


@pytest.mark.parametrize("messages", GOOD.values(), ids=GOOD)
def test_what_is_right_passes(messages):
    check_conversation(messages)


BOTH_REFUSE = {
    "no messages": ([], "no messages"),
    "a result without a call": ([QUESTION, result("a")], "answer|come first"),
    "a call without a result": ([QUESTION, calls("a"), QUESTION], "answer"),
    "a call that stays open": ([QUESTION, calls("a")], "not"),
    "one result of two": ([QUESTION, calls("a", "b"), result("a"), QUESTION], "answer"),
    "a result of another call": ([QUESTION, calls("a"), result("b"), QUESTION], "answer"),
    "a result given twice": ([QUESTION, calls("a"), result("a"), result("a")], "answer"),
    "a result that comes late": ([QUESTION, calls("a"), QUESTION, result("a")], "answered|come first"),
    "an id that comes again": ([QUESTION, calls("a"), result("a"), calls("a"), result("a")], "twice"),
    "a tool with a dot": ([QUESTION, calls("a", name="fs.read"), result("a")], r"'fs\.read' is no name"),
    "a name that is too long": ([QUESTION, calls("a", name="x" * 65), result("a")], "is no name"),
    "a block of no kind": ([HumanMessage([{"type": "hologram"}])], "hologram"),
}


@pytest.mark.parametrize(("messages", "told"), BOTH_REFUSE.values(), ids=BOTH_REFUSE)
def test_what_both_refuse(messages, told):
    with pytest.raises(AssertionError, match=told):
        check_openai(openai_payload(messages, TOOLS))
    with pytest.raises(AssertionError, match=told):
        check_anthropic(anthropic_payload(messages, TOOLS))


ONLY_OPENAI = {
    "a long id": ([QUESTION, calls("a" * 41), result("a" * 41)], "too long"),
    "an image in a result": (
        [QUESTION, calls("a"), ToolMessage([{"type": "image_url", "image_url": {"url": "data:,"}}], tool_call_id="a")],
        "in a message of tool",
    ),
    "a name with a space": ([HumanMessage("hi", name="Ann Lee")], "is no name"),
}


@pytest.mark.parametrize(("messages", "told"), ONLY_OPENAI.values(), ids=ONLY_OPENAI)
def test_what_openai_refuses(messages, told):
    check_anthropic(anthropic_payload(messages, TOOLS))
    with pytest.raises(AssertionError, match=told):
        check_openai(openai_payload(messages, TOOLS))


ONLY_ANTHROPIC = {
    "an answer first": ([ANSWER, QUESTION], "the first message"),
    "an answer last": ([QUESTION, ANSWER], "the last message"),
    "a system message later": ([QUESTION, SystemMessage("Be kind."), QUESTION], "at the start only"),
    "an empty system prompt": ([SystemMessage(" "), QUESTION], "a system text is empty"),
    "an empty question": ([HumanMessage(""), ANSWER, QUESTION], "empty text"),
    "an answer of spaces": ([QUESTION, AIMessage("\n "), QUESTION], "empty text"),
    "an id with a dot": ([QUESTION, calls("a.b"), result("a.b")], "is no id"),
    "a note between results": ([QUESTION, calls("a"), HumanMessage("note"), result("a")], "come first"),
}


@pytest.mark.parametrize(("messages", "told"), ONLY_ANTHROPIC.values(), ids=ONLY_ANTHROPIC)
def test_what_anthropic_refuses(messages, told):
    with pytest.raises(AssertionError, match=told):
        check_anthropic(anthropic_payload(messages, TOOLS))


def test_calls_are_refused_where_no_tools_are_given():
    check_request([QUESTION, calls("a"), result("a")], TOOLS)
    with pytest.raises(AssertionError, match="but no tools"):
        check_request([QUESTION, calls("a"), result("a")])


def test_a_conversation_has_each_message_once():
    with pytest.raises(AssertionError, match="one id"):
        check_conversation([HumanMessage("a", id="1"), AIMessage("b", id="1")])
