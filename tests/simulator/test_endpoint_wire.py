"""The endpoint's wire format and cutting, without HTTP."""

import json

import pytest

from langgraph_llm_compiler.simulator.output import cut_reply
from langgraph_llm_compiler.simulator.protocol import Reply, ToolRequest
from langgraph_llm_compiler.simulator.records import RequestRecord
from langgraph_llm_compiler.simulator.wire import DONE, RequestError, Wire, read_request

CALLS = [ToolRequest("search", {"query": "Mount Everest"}), ToolRequest("now")]


def body(**fields):
    return json.dumps({"model": "simulated", "messages": [{"role": "user", "content": "hi"}], **fields}).encode()


def chunks(data):
    events = data.split(b"\n\n")
    assert events.pop() == b""
    return [json.loads(event.removeprefix(b"data: ")) for event in events if event + b"\n\n" != DONE]


# Cutting


def test_one_event_is_one_token():
    output = cut_reply(Reply("one two\nthree"))

    assert [event.text for event in output.events] == ["one", " two", "\n", "three"]
    assert [event.tokens for event in output.events] == [1, 2, 3, 4]
    assert (output.tokens, output.text(), output.tool_calls(), output.finish_reason) == (
        4,
        "one two\nthree",
        [],
        "stop",
    )


@pytest.mark.parametrize(("size", "due"), [(2, [2, 4, 5]), (3, [3, 5]), (64, [5])])
def test_an_event_of_several_tokens_is_due_with_the_last_of_them(size, due):
    output = cut_reply(Reply("a b c d e"), tokens_per_event=size)

    assert [event.tokens for event in output.events] == due
    assert output.text() == "a b c d e"


def test_a_newline_is_merged_on_request():
    assert [event.text for event in cut_reply(Reply("a\nb"), merge_newlines=True).events] == ["a\n", "b"]


@pytest.mark.parametrize("size", [1, 2, 64])
def test_a_tool_call_starts_with_its_name_and_goes_on_with_its_arguments(size):
    output = cut_reply(Reply("look", CALLS), tokens_per_event=size)

    kinds = [(event.kind, event.index) for event in output.events]
    assert list(dict.fromkeys(kinds)) == [("text", 0), ("call", 0), ("arguments", 0), ("call", 1), ("arguments", 1)]
    assert kinds.count(("call", 0)) == kinds.count(("call", 1)) == 1
    first, second = output.tool_calls()
    assert (first["name"], json.loads(first["arguments"])) == ("search", {"query": "Mount Everest"})
    assert (second["name"], second["arguments"]) == ("now", "{}")
    assert first["id"] != second["id"]
    assert output.finish_reason == "tool_calls"
    assert output.tokens == cut_reply(Reply("look", CALLS)).tokens


def test_the_first_stop_string_ends_the_reply_and_is_not_sent():
    output = cut_reply(Reply("Action: x\nObservation: y END", CALLS), stop=("END", "\nObservation:", "nowhere"))

    assert (output.text(), output.tool_calls(), output.finish_reason) == ("Action: x", [], "stop")


def test_a_token_limit_cuts_the_reply():
    assert cut_reply(Reply("a b c"), max_tokens=2).text() == "a b"
    assert cut_reply(Reply("a b c"), max_tokens=2).finish_reason == "length"
    assert cut_reply(Reply("a b c"), max_tokens=3).finish_reason == "stop"
    assert cut_reply(Reply("", CALLS), max_tokens=3).finish_reason == "length"


def test_a_reply_may_be_empty():
    output = cut_reply(Reply())

    assert (output.tokens, list(output.events), output.finish_reason) == (0, [], "stop")


# Requests


def test_a_chat_request_is_read():
    call = read_request("chat", body(stream=True, stream_options={"include_usage": True}, stop="END", max_tokens=7))

    assert (call.kind, call.model, call.n_messages, call.prompt_tokens) == ("chat", "simulated", 1, 5)
    assert (call.stream, call.include_usage, call.stop, call.max_tokens) == (True, True, ("END",), 7)


def test_limits_may_be_left_out():
    call = read_request("chat", body(stop=None, max_tokens=None, stream_options=None, n=1))

    assert (call.stream, call.include_usage, call.stop, call.max_tokens) == (False, False, (), None)


def test_the_newer_name_of_the_token_limit_wins():
    assert read_request("chat", body(max_tokens=7, max_completion_tokens=5)).max_tokens == 5


@pytest.mark.parametrize("prompt", ["hi", ["hi"]])
def test_a_completion_request_is_read(prompt):
    call = read_request("completion", json.dumps({"model": "simulated", "prompt": prompt, "messages": []}).encode())

    assert (call.body, call.n_messages, call.prompt_tokens) == ({"model": "simulated", "prompt": "hi"}, 1, 1)


@pytest.mark.parametrize(
    ("kind", "raw", "message"),
    [
        ("chat", b"{", "not JSON"),
        ("chat", b"\xff", "not JSON"),
        ("chat", b"[]", "JSON object"),
        ("chat", body(messages=[]), "at least one message"),
        ("chat", body(messages="hi"), "at least one message"),
        ("chat", body(messages=["hi"]), "object with a role"),
        ("chat", body(messages=[{"content": "hi"}]), "object with a role"),
        ("chat", body(n=2), "one choice"),
        ("chat", body(stop=5), "stop must be"),
        ("chat", body(stop=[5]), "stop must be"),
        ("chat", body(max_tokens=0), "above 0"),
        ("chat", body(max_tokens=True), "above 0"),
        ("chat", body(max_completion_tokens="5"), "above 0"),
        ("completion", b"{}", "one text"),
        ("completion", b'{"prompt": ["a", "b"]}', "one text"),
        ("completion", b'{"prompt": [1, 2]}', "one text"),
    ],
)
def test_a_request_that_cannot_be_answered_says_why(kind, raw, message):
    with pytest.raises(RequestError, match=message) as caught:
        read_request(kind, raw)

    error = caught.value.body()["error"]
    assert (caught.value.status, error["type"], error["param"], error["code"]) == (
        400,
        "invalid_request_error",
        None,
        None,
    )


# Replies


def test_chunks_of_a_chat():
    wire = Wire(read_request("chat", body(stream=True, model='"@"')), "id-1", 12)
    output = cut_reply(Reply('say "@" é', CALLS))

    texts = [chunks(wire.event(event))[0] for event in output.events if event.kind == "text"]
    assert "".join(chunk["choices"][0]["delta"]["content"] for chunk in texts) == 'say "@" é'
    assert texts[0] == {
        "id": "id-1",
        "object": "chat.completion.chunk",
        "created": 12,
        "model": '"@"',
        "choices": [{"index": 0, "delta": {"content": "say"}, "logprobs": None, "finish_reason": None}],
    }
    assert chunks(wire.first())[0]["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    (end,) = chunks(wire.last(output))
    assert (end["choices"][0]["delta"], end["choices"][0]["finish_reason"]) == ({}, "tool_calls")
    assert wire.last(output).endswith(DONE)


def test_the_id_and_name_of_a_tool_call_come_once():
    wire = Wire(read_request("chat", body(stream=True)), "id-1", 12)
    output = cut_reply(Reply(tool_calls=CALLS[:1]))
    deltas = [chunks(wire.event(event))[0]["choices"][0]["delta"]["tool_calls"][0] for event in output.events]

    call_id = output.events[0].call_id
    function = {"name": "search", "arguments": ""}
    assert deltas[0] == {"index": 0, "id": call_id, "type": "function", "function": function}
    assert all(set(delta) == {"index", "function"} for delta in deltas[1:])
    assert json.loads("".join(delta["function"]["arguments"] for delta in deltas)) == {"query": "Mount Everest"}


def test_usage_is_a_chunk_without_choices():
    call = read_request("chat", body(stream=True, stream_options={"include_usage": True}))
    end, usage = chunks(Wire(call, "id-1", 12).last(cut_reply(Reply("a b"))))

    assert end["choices"][0]["finish_reason"] == "stop"
    assert usage["choices"] == []
    assert usage["usage"] == {
        "prompt_tokens": 5,
        "completion_tokens": 2,
        "total_tokens": 7,
        "prompt_tokens_details": {"cached_tokens": 0},
    }


def test_chunks_of_a_completion():
    call = read_request("completion", b'{"model": "simulated", "prompt": "hi", "stream": true}')
    wire, output = Wire(call, "id-1", 12), cut_reply(Reply("a"))

    assert wire.first() == b""
    (chunk,) = chunks(wire.event(output.events[0]))
    assert chunk["object"] == "text_completion"
    assert chunk["choices"] == [{"index": 0, "text": "a", "logprobs": None, "finish_reason": None}]
    assert chunks(wire.last(output))[0]["choices"][0]["finish_reason"] == "stop"


@pytest.mark.parametrize(("text", "content"), [("", None), ("look", "look")])
def test_a_whole_chat_reply(text, content):
    whole = json.loads(Wire(read_request("chat", body()), "id-1", 12).whole(cut_reply(Reply(text, CALLS))))

    (choice,) = whole["choices"]
    assert (whole["object"], choice["finish_reason"]) == ("chat.completion", "tool_calls")
    assert choice["message"]["content"] == content
    assert [call["function"]["name"] for call in choice["message"]["tool_calls"]] == ["search", "now"]


def test_a_whole_chat_reply_without_tool_calls():
    whole = json.loads(Wire(read_request("chat", body()), "id-1", 12).whole(cut_reply(Reply(""))))

    assert whole["choices"][0]["message"] == {"role": "assistant", "content": ""}


def test_a_whole_completion():
    call = read_request("completion", b'{"model": "simulated", "prompt": "hi"}')
    whole = json.loads(Wire(call, "id-1", 12).whole(cut_reply(Reply("a b"))))

    assert (whole["object"], whole["choices"][0]["text"], whole["usage"]["total_tokens"]) == (
        "text_completion",
        "a b",
        3,
    )


def test_a_record_survives_json():
    record = RequestRecord("chat", "simulated", True, 1, 5, 1.5, 2.5, tool_calls=[{"name": "a"}])

    assert RequestRecord.from_dict(json.loads(json.dumps(record.to_dict()))) == record
