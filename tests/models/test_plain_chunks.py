"""Streams without the SDK's objects are the streams that langchain-openai gives with them: chunks, requests, errors."""

import copy
import functools
import json
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, SystemMessage
from langchain_openai import AzureChatOpenAI, ChatOpenAI
from langchain_openai.chat_models.base import BaseChatOpenAI
from openai import AsyncOpenAI
from openai.resources.chat.completions import AsyncCompletions
from openai.types.chat import ChatCompletionChunk

from langgraph_llm_compiler.models import ModelSpec, build_model
from langgraph_llm_compiler.models.plain_chunks import _is_text, with_plain_chunks
from langgraph_llm_compiler.nodes.model_calls import streamed
from tests.models.server import in_turn, refuses, send, serving, stalls
from tests.support import Gate

ASKED = [SystemMessage("Answer."), HumanMessage("How high?"), AIMessage("8,849 m"), HumanMessage("In feet?")]


class Watcher(BaseCallbackHandler):
    """Sees each call."""


def chunk(delta=None, **more):
    choice = {"index": 0, "delta": delta, "finish_reason": None} | more.pop("choice", {})
    return {
        "id": "1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "m",
        "choices": [choice],
    } | more


USAGE = {
    "prompt_tokens": 7,
    "completion_tokens": 5,
    "total_tokens": 12,
    "prompt_tokens_details": {"cached_tokens": 3},
    "completion_tokens_details": None,
}
STOP = chunk({}, choice={"finish_reason": "stop"}, system_fingerprint="fp", service_tier="flex")
COUNTED = chunk(choices=[], usage=USAGE)
STREAMS = {
    "text": [chunk({"role": "assistant", "content": ""}), chunk({"content": "29,"}), chunk({"content": "032"}), STOP],
    "counted": [chunk({"content": "a"}), STOP, COUNTED],
    "counted with the last": [chunk({"content": "a"}), STOP | {"usage": USAGE}],
    "little": [{"choices": [{"delta": {"content": "a"}}]}, {"choices": [{"delta": {}, "finish_reason": "stop"}]}],
    "filter without a delta": [
        {"choices": [{"index": 0, "content_filter_offsets": {"start": 1}, "finish_reason": None}]},
        chunk({"content": "a"}),
        STOP,
    ],
    "filter of the prompt": [chunk(choices=[], prompt_filter_results=[{}]), chunk({"content": "a"}), STOP],
    "no choices": [{"id": "1"}, chunk(choices=None), chunk({"content": "a"}), STOP],
    "null for a text": [chunk({"content": None, "refusal": "no"}), chunk(None), STOP],
    "thoughts": [chunk({"reasoning_content": "hm", "content": None}), chunk({"content": "a"}), STOP],
    "probabilities": [
        chunk(
            {"content": "a"},
            choice={"logprobs": {"content": [{"token": "a", "logprob": -0.5, "bytes": None, "top_logprobs": []}]}},
        ),
        STOP,
    ],
    "call": [
        chunk({"tool_calls": [{"index": 0, "id": "c", "function": {"name": "f", "arguments": ""}}]}),
        chunk({"tool_calls": [{"index": 0, "function": {"arguments": "{}"}}]}),
        chunk({}, choice={"finish_reason": "tool_calls"}),
    ],
    "call of old": [chunk({"function_call": {"name": "f", "arguments": "{}"}}), STOP],
    "counts as texts": [chunk({"content": "a"}, usage={"prompt_tokens": "1", "completion_tokens": 2}), STOP, COUNTED],
    "error": [chunk({"content": "a"}), {"error": {"message": "overloaded", "code": 503}}],
    "no object": [chunk({"content": "a"}), ["what?"]],
    "null": [None],
}


def says(events):
    data = b"".join(b"data: " + json.dumps(event).encode() + b"\n\n" for event in events) + b"data: [DONE]\n\n"
    return lambda _, http: send(http, 200, data, "event-stream")


def openai_model(server, **more):
    given = {"api_key": "k", "stream_usage": True, "max_retries": 0} | more
    return ChatOpenAI(model="m", base_url=server.base_url, **given)


def azure_model(server, **more):
    return AzureChatOpenAI(
        azure_deployment="d", azure_endpoint=server.origin, api_key="k", api_version="2024-10-21", max_retries=0, **more
    )


def built_model(server, **more):
    return build_model(ModelSpec(type="vllm", name="m", base_url=server.base_url), max_retries=0, **more)


async def read(stream):
    """All that a stream gives; an error as its type and text."""
    chunks = []
    try:
        async for each in stream:
            chunks.append(each)  # noqa: PERF401 - kept though an error follows
    except Exception as error:  # noqa: BLE001 - to be compared
        return chunks, type(error), str(error)
    return chunks, None, None


async def both(model, **given):
    """What a model's own stream gives, and what it gives with plain chunks."""
    plain = with_plain_chunks(model)
    assert plain is not model
    return await read(model._astream(ASKED, **given)), await read(plain._astream(ASKED, **given))


@pytest.mark.parametrize("make", [openai_model, azure_model, built_model], ids=["openai", "azure", "ours"])
@pytest.mark.parametrize("events", STREAMS.values(), ids=STREAMS)
async def test_chunks_are_the_same(events, make):
    with serving(says(events)) as server:
        own, plain = await both(make(server))
    assert own == plain
    assert own[0] or own[1]


NUMBERS = st.none() | st.integers(0, 9)
DELTAS = st.fixed_dictionaries(
    {},
    optional={
        "role": st.none() | st.just("assistant"),
        "content": st.none() | st.text(max_size=3),
        "refusal": st.none() | st.just("no"),
        "tool_calls": st.none() | st.just([]) | st.just([{"index": 0, "id": "c", "function": {"name": "f"}}]),
        "reasoning": st.text(max_size=3),
    },
)
CHOICES = st.fixed_dictionaries(
    {},
    optional={
        "index": NUMBERS,
        "delta": st.none() | DELTAS,
        "finish_reason": st.none() | st.sampled_from(["stop", "length", "odd"]),
        "logprobs": st.none() | st.just({"content": None}),
    },
)
CHUNKS = st.fixed_dictionaries(
    {},
    optional={
        "id": st.text(max_size=3),
        "model": st.none() | st.just("m"),
        "choices": st.none() | st.lists(CHOICES, max_size=2),
        "usage": st.none()
        | st.fixed_dictionaries(
            {},
            optional={
                "prompt_tokens": NUMBERS,
                "completion_tokens": NUMBERS | st.sampled_from(["3", 4.0]),
                "prompt_tokens_details": st.none() | st.fixed_dictionaries({}, optional={"cached_tokens": NUMBERS}),
            },
        ),
        "service_tier": st.none() | st.sampled_from(["flex", "default"]),
        "system_fingerprint": st.none() | st.just("fp"),
        "extra": st.just({"a": 1}),
    },
)


@given(CHUNKS)
@settings(max_examples=300)
def test_every_text_chunk_reads_as_the_sdks_object_does(sent):
    model = ChatOpenAI(model="m", api_key="k")
    read = functools.partial(
        model._convert_chunk_to_generation_chunk, default_chunk_class=AIMessageChunk, base_generation_info={}
    )
    if sent.get("choices") == [{"delta": {"content": "a"}}]:
        assert _is_text(sent)
    if _is_text(sent):
        assert read(sent) == read(ChatCompletionChunk.construct(**sent).model_dump())


@pytest.mark.parametrize("make", [openai_model, azure_model, built_model], ids=["openai", "azure", "ours"])
@pytest.mark.parametrize(
    ("more", "given"),
    [
        ({}, {}),
        ({"stop": ["END"], "temperature": 0.5, "max_tokens": 9, "seed": 1, "logit_bias": {1: 2}, "top_p": 1}, {}),
        ({"extra_body": {"chat_template_kwargs": {"enable_thinking": False}, "top_k": 3}}, {}),
        ({"default_headers": {"X-Own": "1"}, "default_query": {"q": "2"}, "timeout": 7.5}, {}),
        ({"metadata": {"run": "1"}, "model_kwargs": {"user": "u"}}, {}),
        ({}, {"extra_headers": {"X-Own": "1"}, "extra_query": {"q": "2"}, "metadata": {"a": "b"}}),
        ({}, {"timeout": 3.5}),
        ({}, {"timeout": None}),
        ({}, {"user": None, "extra_body": None, "extra_headers": None}),
        ({}, {"functions": ({"name": "f"},)}),
    ],
    ids=["none", "settings", "body", "client", "metadata", "request", "timeout", "no timeout", "nulls", "no JSON"],
)
async def test_requests_are_the_same(make, more, given):
    with serving(says(STREAMS["text"])) as server:
        await both(make(server, **more), **given)
        own, plain = server.seen
    assert own.body == plain.body
    assert (own.path, own.query) == (plain.path, plain.query)
    assert _told(own) == _told(plain)


def _told(seen):
    return {name: value for name, value in seen.headers.items() if name != "content-length"}


async def test_what_the_sdk_refuses_is_refused():
    with serving(says(STREAMS["text"])) as server:
        own, plain = await both(openai_model(server), top_k=3)
    assert own == plain
    assert own[1] is TypeError
    assert not server.seen


@pytest.mark.parametrize(
    "answer",
    [
        refuses(401, {"error": {"message": "bad key"}}),
        refuses(400, {"error": {"message": "too long", "code": "context_length_exceeded"}}),
        refuses(404, "<p>nothing"),
        lambda _, http: send(http, 200, b"", "event-stream"),
    ],
    ids=["key", "length", "page", "empty"],
)
@pytest.mark.parametrize("make", [openai_model, built_model], ids=["openai", "ours"])
async def test_errors_are_the_same(make, answer):
    with serving(answer) as server:
        own, plain = await both(make(server))
    assert own == plain


async def test_a_refused_request_is_repeated():
    with serving(in_turn(refuses(429, {"error": {}}, Retry_After_Ms="1"), says(STREAMS["text"]))) as server:
        chunks, error, _ = await read(with_plain_chunks(openai_model(server, max_retries=1))._astream(ASKED))
    assert error is None
    assert "".join(each.text for each in chunks) == "29,032"
    assert len(server.seen) == 2


async def test_a_silent_stream_ends_as_langchain_openai_ends_it():
    gate = Gate()

    def falls_silent(_, http):
        data = b"data: " + json.dumps(chunk({"content": "a"})).encode() + b"\n\n"
        http.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n" + data)
        stalls(gate)(_, http)

    with serving(falls_silent) as server:
        try:
            own, plain = await both(openai_model(server, stream_chunk_timeout=0.2))
        finally:
            gate.open()
    assert own == plain
    assert own[1].__name__ == "StreamChunkTimeoutError"
    assert len(own[0]) == 1


@pytest.mark.parametrize("config", [{}, {"callbacks": [Watcher()]}], ids=["unwatched", "watched"])
async def test_the_nodes_read_plain_chunks(monkeypatch, config):
    made = []
    monkeypatch.setattr(ChatCompletionChunk, "construct", lambda **data: made.append(data))
    with serving(says(STREAMS["text"])) as server:
        chunks = [each async for each in streamed(openai_model(server), ASKED, config)]
    assert "".join(each.text for each in chunks) == "29,032"
    assert not made


@pytest.mark.parametrize("key", ["", lambda: ""], ids=["empty", "none yet"])
async def test_no_other_key_is_sent_in_place_of_the_models(monkeypatch, key):
    monkeypatch.setenv("OPENAI_ADMIN_KEY", "of-an-administrator")
    with serving(says(STREAMS["text"])) as server:
        own, plain = await both(openai_model(server, api_key=key))
    assert own == plain
    assert not any("administrator" in str(seen.headers) for seen in server.seen)


class OwnName(ChatOpenAI):
    """Nobody knows what it keeps in itself."""


class OwnClient(AsyncOpenAI):
    """Posts in its own way."""

    async def post(self, *args, **kwargs):
        return await super().post(*args, **kwargs)


def of_another_client():
    model = ChatOpenAI(model="m", api_key="k")
    model.async_client = AsyncOpenAI(api_key="k").chat.completions
    return model


def of_own_client():
    client = OwnClient(api_key="k")
    return ChatOpenAI(model="m", api_key="k", root_async_client=client, async_client=client.chat.completions)


def strict():
    client = AsyncOpenAI(api_key="k", _strict_response_validation=True)
    return ChatOpenAI(model="m", api_key="k", root_async_client=client, async_client=client.chat.completions)


def traced():
    """As langsmith's `wrap_openai` does it."""
    model = ChatOpenAI(model="m", api_key="k")
    own = model.async_client.create
    model.async_client.create = functools.wraps(own)(lambda **given: own(**given))
    return model


@pytest.mark.parametrize(
    "make",
    [
        lambda: OwnName(model="m", api_key="k"),
        lambda: ChatOpenAI(model="m", api_key="k", async_client=object()),
        of_another_client,
        of_own_client,
        strict,
        traced,
    ],
    ids=["class", "no client", "another client", "own client", "strict client", "traced client"],
)
def test_what_is_not_langchain_openais_own_keeps_its_objects(make):
    model = make()
    assert with_plain_chunks(model) is model


WATCHED = [
    (AsyncCompletions, "create"),
    (AsyncOpenAI, "post"),
    (AsyncOpenAI, "request"),
    (BaseChatOpenAI, "_convert_chunk_to_generation_chunk"),
    (ChatOpenAI, "_astream"),
]


@pytest.mark.parametrize(("owner", "name"), WATCHED, ids=[name for _, name in WATCHED])
@pytest.mark.parametrize("is_mock", [False, True], ids=["wrapped", "mocked"])
def test_who_watches_sees_the_sdks_objects(monkeypatch, owner, name, is_mock):
    own = getattr(owner, name)
    model = ChatOpenAI(model="m", api_key="k")
    assert with_plain_chunks(model) is not model
    put = mock.create_autospec(own) if is_mock else functools.wraps(own)(lambda *args, **kwargs: own(*args, **kwargs))
    monkeypatch.setattr(owner, name, put)
    assert with_plain_chunks(model) is model


def test_a_copy_shares_everything_but_the_client_of_streams():
    model = ChatOpenAI(model="m", api_key="k")
    plain = with_plain_chunks(model)
    assert plain.root_async_client is model.root_async_client
    assert plain.async_client.with_raw_response is model.async_client.with_raw_response
    assert type(model.async_client) is AsyncCompletions
    assert copy.copy(plain.async_client).with_raw_response is model.async_client.with_raw_response
