"""Models by name: what reaches an endpoint, and what a wrong name or a missing key says."""

import asyncio
import json
import sys
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from langchain_core.language_models import FakeListChatModel

from langgraph_llm_compiler.errors import ConfigurationError
from langgraph_llm_compiler.models import load_model, simulated_model

USAGE = {"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9}


def event(choices, **fields):
    data = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "any", "choices": choices, **fields}
    return f"data: {json.dumps(data)}\n\n".encode()


@asynccontextmanager
async def endpoint():
    """A server on loopback that streams two words, and the requests that reached it."""
    requests = []

    async def answer(request: web.Request) -> web.StreamResponse:
        requests.append((request.path, dict(request.headers), await request.json()))
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        # Connections are kept in a pool for the process; here they must not outlive the test's event loop.
        response.force_close()
        await response.prepare(request)
        for text in ("Hello", " there"):
            await response.write(event([{"index": 0, "delta": {"role": "assistant", "content": text}}]))
        await response.write(event([{"index": 0, "delta": {}, "finish_reason": "stop"}]))
        await response.write(event([], usage=USAGE) + b"data: [DONE]\n\n")
        return response

    app = web.Application()
    app.router.add_post("/v1/chat/completions", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/v1", requests
    finally:
        await runner.cleanup()


async def ask(model, is_async):
    """Stream a reply; its text and its token counts."""
    if is_async:
        chunks = [chunk async for chunk in model.astream("Hi")]
    else:
        chunks = await asyncio.to_thread(lambda: list(model.stream("Hi")))
    whole = chunks[0]
    for chunk in chunks[1:]:
        whole += chunk
    return whole.text, whole.usage_metadata


@pytest.mark.parametrize("is_async", [True, False])
async def test_openai_models_are_asked_with_key_name_and_usage(is_async):
    async with endpoint() as (base_url, requests):
        model = load_model("openai:org/some:model", base_url=base_url, api_key="secret", temperature=0.5)
        text, usage = await ask(model, is_async)
    assert text == "Hello there"
    assert (usage["input_tokens"], usage["output_tokens"]) == (7, 2)
    [(path, headers, body)] = requests
    assert path == "/v1/chat/completions"
    assert headers["Authorization"] == "Bearer secret"
    assert body["model"] == "org/some:model"
    assert body["messages"] == [{"content": "Hi", "role": "user"}]
    assert body["stream_options"] == {"include_usage": True}
    assert body["temperature"] == 0.5


@pytest.mark.parametrize("is_async", [True, False])
@pytest.mark.parametrize("proxy", [None, "http://127.0.0.1:9"])
async def test_the_simulated_model_is_reached_directly_whatever_the_proxy(is_async, proxy, monkeypatch):
    if proxy:
        monkeypatch.setenv("http_proxy", proxy)
    async with endpoint() as (base_url, requests):
        model = simulated_model(base_url)
        text, usage = await ask(model, is_async)
        if proxy:
            model.http_client.close()
            await model.http_async_client.aclose()
    assert text == "Hello there"
    assert usage["total_tokens"] == 9
    [(_, headers, body)] = requests
    assert headers["Authorization"] == "Bearer none"
    assert (body["model"], body["temperature"]) == ("simulated", 0)


async def test_the_simulated_model_is_asked_once():
    model = simulated_model("http://127.0.0.1:9/v1", timeout=5)
    assert model.max_retries == 0
    with pytest.raises(Exception, match="Connection error"):
        await model.ainvoke("Hi")


def test_settings_of_the_simulated_model_can_be_changed():
    assert simulated_model("http://127.0.0.1:9/v1", temperature=0.3, stream_usage=False).stream_usage is False


def test_a_model_is_given_back_as_it_is():
    model = FakeListChatModel(responses=["a"])
    assert load_model(model) is model


def test_a_model_with_settings_is_refused():
    with pytest.raises(ConfigurationError, match="temperature cannot be set"):
        load_model(FakeListChatModel(responses=["a"]), temperature=0)


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("some-model", "write 'openai:some-model'"),
        (":some-model", "write 'openai:some-model'"),
        ("openai:", "write 'openai:NAME'"),
        ("", "write 'openai:NAME'"),
        (7, "such as 'openai:NAME'"),
    ],
)
def test_a_name_without_provider_says_how_to_write_it(name, advice):
    with pytest.raises(ConfigurationError, match=advice):
        load_model(name)


def test_a_missing_key_names_the_variable():
    with pytest.raises(ConfigurationError, match="set OPENAI_API_KEY"):
        load_model("openai:some-model")


def test_the_key_is_taken_from_the_environment(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    assert load_model("openai:some-model").openai_api_key.get_secret_value() == "secret"


def test_settings_that_the_class_refuses_are_named():
    with pytest.raises(ConfigurationError, match="'openai:m' cannot be set up"):
        load_model("openai:m", api_key="none", temperature="warm")


def test_other_providers_go_through_langchain(monkeypatch):
    seen = []
    model = FakeListChatModel(responses=["a"])
    monkeypatch.setattr(
        "langchain.chat_models.init_chat_model", lambda name, **kwargs: seen.append((name, kwargs)) or model
    )
    assert load_model("anthropic:some-model", temperature=0) is model
    assert seen == [("anthropic:some-model", {"temperature": 0})]


@pytest.mark.parametrize("name", ["nobody:some-model", "mistralai:some-model"])
def test_an_unknown_provider_or_a_missing_package_is_said(name, monkeypatch):
    monkeypatch.setitem(sys.modules, "langchain_mistralai", None)
    with pytest.raises(ConfigurationError, match=f"'{name}' cannot be set up: "):
        load_model(name)


def test_without_langchain_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "langchain.chat_models", None)
    with pytest.raises(ConfigurationError, match=r"langgraph-llm-compiler\[langchain\]\" langchain-google-genai"):
        load_model("google_genai:some-model")
