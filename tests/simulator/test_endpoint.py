"""The endpoint as its clients see it: ChatOpenAI, OpenAI, and plain HTTP."""

import asyncio
import logging
import sys
from importlib import import_module

import aiohttp
import openai
import pytest
from langchain_core.messages import AIMessageChunk
from langchain_openai import ChatOpenAI, OpenAI

from langgraph_llm_compiler import simulator
from langgraph_llm_compiler.errors import ConfigurationError
from langgraph_llm_compiler.simulator.endpoint import SimulatedEndpoint
from langgraph_llm_compiler.simulator.latency import Latency
from langgraph_llm_compiler.simulator.protocol import Reply, ToolRequest, UnknownQuestionError

AT_ONCE = Latency(ttft=0, tpot=0, prefill=0)
PLAN = '1. search("Mount Everest")\n2. search("K2 – Chogori")\n3. join()'


class Player:
    """Knows a few questions by heart."""

    def reply(self, request):
        question = request["prompt"] if "prompt" in request else request["messages"][-1]["content"]
        match question:
            case "plan":
                return Reply(PLAN, role="planner")
            case "tools":
                calls = [ToolRequest("search", {"query": "K2"}), ToolRequest("search", {"query": "Lhotse"})]
                return Reply("Looking.", calls, role="react")
            case "bug":
                raise RuntimeError("broken player")
        raise UnknownQuestionError(question)


@pytest.fixture
def endpoint():
    with SimulatedEndpoint(Player(), latency=AT_ONCE) as opened:
        yield opened


def chat(endpoint, **keywords):
    defaults = {"model": "simulated", "api_key": "none", "max_retries": 0, "stream_usage": True}
    return ChatOpenAI(base_url=endpoint.base_url, **(defaults | keywords))


def whole(chunks):
    total = AIMessageChunk(content="")
    for chunk in chunks:
        total += chunk
    return total


def test_a_reply_in_one_piece(endpoint):
    answer = chat(endpoint).invoke("plan")

    (record,) = endpoint.requests
    assert answer.content == record.text == PLAN
    assert answer.response_metadata["finish_reason"] == record.finish_reason == "stop"
    assert answer.usage_metadata["input_tokens"] == record.prompt_tokens == 5
    assert answer.usage_metadata["output_tokens"] == record.completion_tokens
    assert answer.usage_metadata["input_token_details"] == {"cache_read": 0}
    assert (record.kind, record.tag, record.stream, record.n_messages) == ("chat", "planner", False, 1)
    assert record.arrived_at <= record.finished_at
    assert not record.cancelled


@pytest.mark.parametrize("merge_newlines", [True, False])
@pytest.mark.parametrize("size", [1, 2, 4, 8, 16, 32, 64])
def test_a_streamed_reply_is_the_same_however_it_is_cut(size, merge_newlines):
    options = {"tokens_per_event": size, "merge_newlines": merge_newlines}
    with SimulatedEndpoint(Player(), latency=AT_ONCE, **options) as endpoint:
        chunks = list(chat(endpoint).stream("plan"))

    answer = whole(chunks)
    assert answer.content == PLAN
    assert answer.response_metadata["finish_reason"] == "stop"
    tokens = len(simulator.split_tokens(PLAN, merge_newlines))
    assert answer.usage_metadata["output_tokens"] == endpoint.requests[0].completion_tokens == tokens
    assert len([chunk for chunk in chunks if chunk.content]) == -(-tokens // size)
    assert endpoint.requests[0].stream


@pytest.mark.parametrize("stream", [True, False])
def test_tool_calls(endpoint, stream):
    model = chat(endpoint)
    answer = whole(model.stream("tools")) if stream else model.invoke("tools")

    assert answer.content == "Looking."
    assert [call["args"] for call in answer.tool_calls] == [{"query": "K2"}, {"query": "Lhotse"}]
    (record,) = endpoint.requests
    assert [call["id"] for call in record.tool_calls] == [call["id"] for call in answer.tool_calls]
    assert (record.finish_reason, record.tag) == ("tool_calls", "react")


@pytest.mark.parametrize("stream", [True, False])
def test_stop_strings_and_limits(endpoint, stream):
    stopped, limited = chat(endpoint).bind(stop=["\n2"]), chat(endpoint, max_tokens=3)
    first = whole(stopped.stream("plan")) if stream else stopped.invoke("plan")
    second = whole(limited.stream("plan")) if stream else limited.invoke("plan")

    assert first.content == '1. search("Mount Everest")'
    assert (second.content, second.response_metadata["finish_reason"]) == ("1. search", "length")


@pytest.mark.parametrize("streaming", [True, False])
def test_completions(endpoint, streaming):
    model = OpenAI(model="simulated", base_url=endpoint.base_url, api_key="none", max_retries=0, streaming=streaming)

    assert model.invoke("plan", stop=["\n3"]) == PLAN.removesuffix("\n3. join()")
    assert (endpoint.requests[0].kind, endpoint.requests[0].n_messages) == ("completion", 1)


async def test_async_clients_on_the_same_loop():
    async with SimulatedEndpoint(Player(), latency=AT_ONCE) as endpoint:
        model = chat(endpoint)
        async with asyncio.TaskGroup() as group:
            answers = [group.create_task(model.ainvoke("plan")) for _ in range(8)]

        assert {answer.result().content for answer in answers} == {PLAN}
        assert len(endpoint.requests) == 8


def test_an_unknown_question_is_an_error_that_names_the_ways_out(endpoint):
    with pytest.raises(openai.BadRequestError, match=r"no script for 'who'.*--script.*--model") as caught:
        chat(endpoint).invoke("who")

    assert caught.value.code == "unknown_question"
    (record,) = endpoint.requests
    assert (record.status, record.finish_reason, record.completion_tokens) == (400, None, 0)
    assert record.finished_at is not None


def test_an_unknown_model_is_an_error_that_names_those_there_are(endpoint):
    with pytest.raises(openai.NotFoundError, match=r"no model 'gpt'.*simulated"):
        chat(endpoint, model="gpt").invoke("plan")

    assert endpoint.requests == []


def test_further_model_names_are_served():
    with SimulatedEndpoint(Player(), latency=AT_ONCE, models=["small", "simulated"]) as endpoint:
        assert chat(endpoint, model="small").invoke("plan").content == PLAN
        client = openai.OpenAI(base_url=endpoint.base_url, api_key="none")
        with client:
            assert [model.id for model in client.models.list()] == ["simulated", "small"]

    assert endpoint.requests[0].model == "small"


def test_a_key_is_asked_for_when_one_is_set():
    with SimulatedEndpoint(Player(), latency=AT_ONCE, api_key="secret") as endpoint:
        assert chat(endpoint, api_key="secret").invoke("plan").content == PLAN
        with pytest.raises(openai.AuthenticationError, match="key"):
            chat(endpoint, api_key="wrong").invoke("plan")


def test_a_bug_of_the_player_is_a_server_error_and_is_logged(endpoint, caplog):
    with caplog.at_level(logging.ERROR), pytest.raises(openai.InternalServerError, match="RuntimeError: broken player"):
        chat(endpoint).invoke("bug")

    assert "could not answer" in caplog.text
    assert endpoint.requests[0].status == 500


def test_tool_calls_cannot_answer_a_completion(endpoint, caplog):
    model = OpenAI(model="simulated", base_url=endpoint.base_url, api_key="none", max_retries=0)
    with pytest.raises(openai.InternalServerError, match="only chat completions"):
        model.invoke("tools")


async def test_records_can_be_read_and_cleared_over_http(endpoint):
    await chat(endpoint).ainvoke("plan")
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{endpoint.base_url}/requests") as response:
            (record,) = await response.json()
        async with session.delete(f"{endpoint.base_url}/requests") as response:
            assert response.status == 204

    assert (record["tag"], record["text"]) == ("planner", PLAN)
    assert endpoint.requests == []


@pytest.mark.parametrize(
    ("method", "path", "status", "message"),
    [
        ("GET", "/chat/completions", 404, "no GET /v1/chat/completions"),
        ("POST", "/embeddings", 404, "no POST /v1/embeddings"),
        ("POST", "/completions", 400, "not JSON"),
    ],
)
async def test_what_the_endpoint_does_not_know_is_an_openai_error(endpoint, method, path, status, message):
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, f"{endpoint.base_url}{path}") as response,
    ):
        error = (await response.json())["error"]

    assert (response.status, error["type"]) == (status, "invalid_request_error")
    assert message in error["message"]


async def test_a_body_beyond_all_measure_is_an_openai_error(monkeypatch):
    monkeypatch.setattr("langgraph_llm_compiler.simulator.service._LARGEST_BODY", 10)
    async with (
        SimulatedEndpoint(Player(), latency=AT_ONCE) as endpoint,
        aiohttp.ClientSession() as session,
        session.post(f"{endpoint.base_url}/chat/completions", data=b"x" * 100) as response,
    ):
        error = (await response.json())["error"]

    assert (response.status, error["type"]) == (413, "invalid_request_error")


def test_an_endpoint_can_be_opened_again_and_keeps_its_records():
    endpoint = SimulatedEndpoint(Player(), latency=AT_ONCE)
    for _ in range(2):
        with endpoint:
            chat(endpoint).invoke("plan")

    assert len(endpoint.requests) == 2
    with pytest.raises(RuntimeError, match="opened"):
        _ = endpoint.base_url


async def test_an_endpoint_is_open_once_at_a_time():
    endpoint = SimulatedEndpoint(Player())
    async with endpoint:
        with pytest.raises(RuntimeError, match="open already"):
            async with endpoint:
                pass
        with pytest.raises(RuntimeError, match="open already"), endpoint:
            pass
        assert endpoint.base_url


@pytest.mark.parametrize("port", ["taken", 70_000])
def test_a_port_that_cannot_be_had_is_an_error(endpoint, port):
    number = int(endpoint.base_url.split(":")[2].removesuffix("/v1")) if port == "taken" else port
    with pytest.raises(ConfigurationError, match=f"port {number}"), SimulatedEndpoint(Player(), port=number):
        pass


def test_closing_what_was_never_opened_does_nothing():
    SimulatedEndpoint(Player()).__exit__(None, None, None)
    asyncio.run(SimulatedEndpoint(Player()).__aexit__(None, None, None))


def test_less_than_one_token_an_event_is_refused():
    with pytest.raises(ConfigurationError, match="tokens_per_event"):
        SimulatedEndpoint(Player(), tokens_per_event=0)


def test_without_aiohttp_the_error_names_the_extra(monkeypatch):
    module = "langgraph_llm_compiler.simulator.service"
    monkeypatch.setitem(sys.modules, "aiohttp", None)
    monkeypatch.delitem(sys.modules, module)

    with pytest.raises(ConfigurationError, match=r"langgraph-llm-compiler\[simulator\]"):
        import_module(module)


def test_the_package_exports_its_names_lazily():
    assert simulator.SimulatedEndpoint is SimulatedEndpoint
    assert all(getattr(simulator, name) is not None for name in simulator.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = simulator.nothing
