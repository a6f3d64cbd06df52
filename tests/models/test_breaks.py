"""Replies that break off, with the real clients: never a torn reply in place of a whole one."""

import asyncio

import pytest

from langgraph_llm_compiler.errors import PlannerError
from langgraph_llm_compiler.models import ModelSpec, build_model
from tests.models.server import Says, dies, in_turn, plays, send, serving, stalls
from tests.support import Gate, ask, both, create_llm_compiler, left_running, plan, search

EMPTY = "is empty: does the address end in /v1"
PLAN = plan('search("a")', 'search("b")')


def model_of(server, completions=False):
    return build_model(ModelSpec(type="vllm", name="m", base_url=server.base_url, completions=completions))


async def asked(model, is_async):
    return (await model.ainvoke("Hi") if is_async else await asyncio.to_thread(model.invoke, "Hi")).text


def torn_whole(_, http):
    http.wfile.write(b'HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n{"id": "1", "choi')


def torn_event(_, http):
    send(http, 200, b'data: {"id": "1", "choi\n\n', "event-stream")


async def read(model, is_async):
    if is_async:
        return "".join([chunk.text async for chunk in model.astream("Hi")])
    return await asyncio.to_thread(lambda: "".join(chunk.text for chunk in model.stream("Hi")))


@pytest.mark.parametrize("is_async", [True, False], ids=["async", "sync"])
@pytest.mark.parametrize("completions", [True, False], ids=["completions", "chat"])
@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (dies("one two", announced=True), "Connection error"),
        (dies("one two", announced=False), "broke off: the server closed the connection before the end"),
        (dies("one two", announced=False, within=True), "broke off: the server closed the connection before the end"),
        (lambda _, http: send(http, 200, b"", "event-stream"), EMPTY),
        (lambda _, http: send(http, 200, b"data: [DONE]\n\n", "event-stream"), EMPTY),
    ],
    ids=["announced", "not announced", "torn", "empty", "nothing but an end mark"],
)
async def test_a_server_that_dies_is_an_error_however_it_dies(is_async, completions, answer, error):
    with serving(answer) as server:
        with pytest.raises(Exception, match=error) as raised:
            await read(model_of(server, completions), is_async)
        if "broke off" in error:
            assert f"the reply of 'm' at {server.base_url} broke off" in str(raised.value)
    assert len(server.seen) == 1


@pytest.mark.parametrize("is_async", [True, False], ids=["async", "sync"])
@pytest.mark.parametrize("completions", [True, False], ids=["completions", "chat"])
@pytest.mark.parametrize("answer", [torn_whole, torn_event], ids=["whole", "event"])
async def test_a_reply_that_is_torn_within_a_word_is_no_bug_of_ours(is_async, completions, answer):
    with serving(answer) as server:
        model = model_of(server, completions)
        with pytest.raises(ConnectionError, match="broke off: the server closed the connection within a word"):
            await (read if answer is torn_event else asked)(model, is_async)


@pytest.mark.parametrize("is_async", [True, False], ids=["async", "sync"])
@pytest.mark.parametrize("completions", [True, False], ids=["completions", "chat"])
async def test_a_page_in_place_of_a_reply_is_said(is_async, completions):
    with serving(lambda _, http: send(http, 200, b"<html>Welcome</html>", "html")) as server:
        model = model_of(server, completions)
        with pytest.raises(ConnectionError, match="is none of a model: does the address end in /v1"):
            await asked(model, is_async)
        with pytest.raises(ConnectionError, match=EMPTY):
            await read(model, is_async)


@pytest.mark.parametrize("completions", [True, False], ids=["completions", "chat"])
@both
def test_a_torn_plan_is_no_plan(invoke, completions):
    torn = PLAN[: PLAN.index("2.")]
    with serving(dies(torn, announced=False)) as server:
        graph = create_llm_compiler(model_of(server, completions), [search])
        with pytest.raises(PlannerError, match=f"'m' at {server.base_url} failed: ConnectionError: the reply of"):
            invoke(graph, ask())
    assert len(server.seen) == 1


async def test_a_reply_that_ends_with_counts_alone_is_whole():
    """As over OpenAI's other protocol, whose events give no reason for the end."""
    chunk = b'data: {"id":"1","object":"chat.completion.chunk","created":1,"model":"m","choices":[%s]%s}\n\n'
    text = chunk % (b'{"index":0,"delta":{"role":"assistant","content":"whole"},"finish_reason":null}', b"")
    counts = chunk % (b"", b',"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}')
    with serving(lambda _, http: send(http, 200, text + counts, "event-stream")) as server:
        assert await read(model_of(server), is_async=True) == "whole"


@pytest.mark.parametrize("completions", [True, False], ids=["completions", "chat"])
async def test_a_call_can_be_given_up(completions):
    gate = Gate()
    with serving(stalls(gate)) as server:
        model = model_of(server, completions)
        for call in (read(model, is_async=True), asked(model, is_async=True)):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await call
        gate.open()
    assert left_running() == []


async def test_a_reply_that_nobody_reads_to_its_end_is_no_error():
    with serving(in_turn(plays(Says("one two three")))) as server:
        stream = model_of(server).astream("Hi")
        async for _ in stream:
            break
        await stream.aclose()
