"""Models by name: what reaches an endpoint, and what a wrong name or a missing key says."""

import asyncio
import sys

import pytest
from langchain_core.language_models import FakeListChatModel

from langgraph_llm_compiler.errors import ConfigurationError
from langgraph_llm_compiler.models import load_model, simulated_model
from tests.models.server import Says, plays, serving


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
    with serving(plays(Says("Hello there"))) as server:
        model = load_model("openai:org/some:model", base_url=server.base_url, api_key="secret", temperature=0.5)
        text, usage = await ask(model, is_async)
    assert text == "Hello there"
    assert usage["output_tokens"] == 2
    (seen,) = server.seen
    assert seen.path == "/v1/chat/completions"
    assert seen.headers["authorization"] == "Bearer secret"
    assert seen.body["model"] == "org/some:model"
    assert seen.body["messages"] == [{"content": "Hi", "role": "user"}]
    assert seen.body["stream_options"] == {"include_usage": True}
    assert seen.body["temperature"] == 0.5


@pytest.mark.parametrize("is_async", [True, False])
@pytest.mark.parametrize("proxy", [None, "http://127.0.0.1:9"])
async def test_the_simulated_model_is_reached_directly_whatever_the_proxy(is_async, proxy, monkeypatch):
    if proxy:
        monkeypatch.setenv("http_proxy", proxy)
    with serving(plays(Says("Hello there"))) as server:
        model = simulated_model(server.base_url)
        text, usage = await ask(model, is_async)
        if proxy:
            model.http_client.close()
            await model.http_async_client.aclose()
    assert text == "Hello there"
    assert usage["total_tokens"] > 2
    (seen,) = server.seen
    assert seen.headers["authorization"] == "Bearer none"
    assert (seen.body["model"], seen.body["temperature"]) == ("simulated", 0)


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
    monkeypatch.setenv("OPENAI_API_KEY", " secret\n")
    assert load_model("openai:some-model").openai_api_key.get_secret_value() == "secret"


def test_settings_that_the_class_refuses_are_named():
    with pytest.raises(ConfigurationError, match="'openai:m' cannot be set up"):
        load_model("openai:m", api_key="none", temperature="warm")


@pytest.mark.parametrize(
    ("name", "temperature"), [("o3", None), ("gpt-4.1-mini", 0.0), ("a-model-of-ones-own", 0.0)]
)
def test_models_that_are_known_to_take_no_temperature_are_sent_none(name, temperature):
    assert load_model(f"openai:{name}", api_key="none", temperature=0).temperature == temperature


def test_types_are_providers_too():
    model = load_model("vllm:llama", temperature=0.2)
    assert (model.model_name, model.openai_api_base, model.temperature) == ("llama", "http://localhost:8000/v1", 0.2)


def test_other_providers_go_through_langchain(monkeypatch):
    seen = []
    model = FakeListChatModel(responses=["a"])
    monkeypatch.setattr(
        "langchain.chat_models.init_chat_model", lambda name, **kwargs: seen.append((name, kwargs)) or model
    )
    assert load_model("anthropic:some-model", temperature=0) is model
    assert seen == [("anthropic:some-model", {"temperature": 0})]


@pytest.mark.parametrize("is_async", [True, False])
async def test_a_name_alone_will_do_if_langchain_knows_whose_it_is(is_async, monkeypatch):
    with serving(plays(Says("Hello there"))) as server:
        text, usage = await ask(load_model("gpt-4.1-mini", base_url=server.base_url, api_key="none"), is_async)
    assert (text, usage["output_tokens"]) == ("Hello there", 2)
    assert server.seen[0].body["model"] == "gpt-4.1-mini"
    monkeypatch.setitem(sys.modules, "langchain_anthropic", None)
    with pytest.raises(ConfigurationError, match=r"'claude-some' cannot be set up: .*langchain-anthropic"):
        load_model("claude-some")


@pytest.mark.parametrize("name", ["nobody:some-model", "mistralai:some-model"])
def test_an_unknown_provider_or_a_missing_package_is_said(name, monkeypatch):
    monkeypatch.setitem(sys.modules, "langchain_mistralai", None)
    with pytest.raises(ConfigurationError, match=f"'{name}' cannot be set up: "):
        load_model(name)


def test_without_langchain_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "langchain.chat_models", None)
    with pytest.raises(ConfigurationError, match=r"langgraph-llm-compiler\[langchain\]\" langchain-google-genai"):
        load_model("google_genai:some-model")
