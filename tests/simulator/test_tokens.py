import pytest
from hypothesis import given
from hypothesis import strategies as st

from langgraph_llm_compiler.simulator.tokens import (
    TOKENS_PER_MESSAGE,
    count_prompt_tokens,
    count_tokens,
    split_tokens,
)

PLAN = '1. search("Mount Everest")\n2. math("half of $1", context=["$1"])\n\n3. join()'


@given(st.text(), st.booleans())
def test_tokens_join_to_the_text(text, merge_newlines):
    tokens = split_tokens(text, merge_newlines)

    assert "".join(tokens) == text
    assert all(tokens)
    assert count_tokens(text, merge_newlines) == len(tokens)


@given(st.text(alphabet=st.sampled_from('ab 1"(\n\r')))
def test_a_newline_stands_alone_or_only_after_something(text):
    assert all(token in ("\n", "\r", "\r\n") for token in split_tokens(text) if "\n" in token or "\r" in token)
    merged = split_tokens(text, merge_newlines=True)
    assert not any(token[0] in "\r\n" for token in merged[1:])


def test_the_calls_of_a_plan_arrive_in_pieces():
    assert split_tokens(PLAN)[:9] == ["1", ".", " search", '("', "Mount", " Everest", '")', "\n", "2"]
    assert split_tokens(PLAN)[-7:] == ['"])', "\n", "\n", "3", ".", " join", "()"]
    assert [token for token in split_tokens(PLAN, merge_newlines=True) if "\n" in token] == ['")\n', '"])\n\n']


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", []),
        ("8849 m", ["884", "9", " m"]),
        ("Kilimanjaro", ["Kiliman", "jaro"]),
        ("a    b", ["a", "   ", " b"]),
        ("a  ", ["a", "  "]),
        ("snake_case", ["snake", "_", "case"]),
        ("Brasília", ["Bras", "í", "lia"]),
        ("a\r\nb", ["a", "\r\n", "b"]),
        ("====", ["===", "="]),
    ],
)
def test_what_a_token_is(text, tokens):
    assert split_tokens(text) == tokens


def test_about_four_characters_of_english_make_a_token():
    text = (
        "The task fetching unit starts each call the moment it can run, while the rest of the plan is still being"
        " written. A joiner then reads the observations and decides whether they are enough for an answer."
    )

    assert 3.5 < len(text) / count_tokens(text) < 5


def test_a_chat_prompt_counts_messages_tool_calls_and_schemas():
    question = {"role": "user", "content": "one two"}
    call = {"id": "call_1", "type": "function", "function": {"name": "search", "arguments": "{}"}}
    answer = {"role": "assistant", "content": None, "tool_calls": [call]}
    tools = [{"type": "function", "function": {"name": "search"}}]

    assert count_prompt_tokens({"messages": [question]}) == TOKENS_PER_MESSAGE + 2
    assert count_prompt_tokens({"messages": [question, answer]}) == 2 * TOKENS_PER_MESSAGE + 2 + 2
    schemas = count_tokens('[{"type":"function","function":{"name":"search"}}]')
    assert count_prompt_tokens({"messages": [question], "tools": tools}) == TOKENS_PER_MESSAGE + 2 + schemas


def test_only_the_text_of_a_message_in_parts_counts():
    parts = [{"type": "text", "text": "one two"}, {"type": "image_url", "image_url": {"url": "data:"}}, "odd"]

    assert count_prompt_tokens({"messages": [{"role": "user", "content": parts}]}) == TOKENS_PER_MESSAGE + 2


def test_a_completion_prompt_counts_its_text():
    assert count_prompt_tokens({"prompt": "one two three"}) == 3
    assert count_prompt_tokens({"prompt": None}) == 0
