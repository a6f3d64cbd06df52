"""A stream that nobody watches gives what langchain's `astream` gives, and is read from the model itself only there."""

import pytest
from langchain_core.callbacks import BaseCallbackHandler, get_usage_metadata_callback
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, HumanMessage, SystemMessage
from langchain_core.outputs import ChatGenerationChunk
from langchain_core.rate_limiters import InMemoryRateLimiter
from langchain_core.runnables import RunnableLambda
from langsmith import Client, tracing_context

from langgraph_llm_compiler.models import simulated_model
from langgraph_llm_compiler.nodes.model_calls import is_unwatched, streamed
from langgraph_llm_compiler.simulator.endpoint import SimulatedEndpoint
from langgraph_llm_compiler.simulator.latency import Latency
from langgraph_llm_compiler.simulator.protocol import Reply
from tests.support import ScriptedChatModel, scripted

ASKED = [SystemMessage("Answer."), HumanMessage("How high is it?")]


class Watcher(BaseCallbackHandler):
    """Sees each call."""


class Player:
    """Knows one answer."""

    def reply(self, request):
        return Reply("8,849 metres, as of today.")


class Telling(ScriptedChatModel):
    """Tells of each chunk, as providers do."""

    async def _astream(self, messages, stop=None, run_manager=None, **kwargs):
        for number, text in enumerate(["8,", "849 ", "metres"]):
            message = AIMessageChunk(text, response_metadata={"model_provider": "p", "finish_reason": "of the message"})
            told = {"finish_reason": "stop", "logprobs": [number], "lc_gateway_metadata": {"a": 1}, "lc_other": 2}
            yield ChatGenerationChunk(message=message, generation_info=told if number else None)
        yield ChatGenerationChunk(
            message=AIMessageChunk("", usage_metadata={"input_tokens": 1, "output_tokens": 2, "total_tokens": 3})
        )


class Ending(ScriptedChatModel):
    """Streams nothing, and has to be told where to stop."""

    async def _astream(self, messages, stop, run_manager=None, **kwargs):
        for nothing in ():
            yield nothing


class OwnFace(ScriptedChatModel):
    """Does more than langchain for a streamed call."""

    async def astream(self, input, config=None, *, stop=None, **kwargs):
        yield AIMessageChunk("mine")


class Choosing(ScriptedChatModel):
    """Chooses by itself whether to stream."""

    def _should_stream(self, *, async_api, run_manager=None, **kwargs):
        return False


class Unstreamed(ScriptedChatModel):
    """Has no stream."""

    _astream = ScriptedChatModel.__mro__[1]._astream


async def read(model, config, stop=()):
    chunks = [chunk async for chunk in streamed(model, ASKED, config, stop)]
    told = [(each.text, each.usage_metadata, each.response_metadata) for each in chunks]
    return [each for each in told if any(each)]  # langchain adds a last chunk that tells nothing


@pytest.mark.parametrize("kind", [Telling, lambda: scripted("8,849 metres")], ids=["telling", "scripted"])
async def test_both_ways_give_the_same(kind):
    assert is_unwatched(kind(), ASKED, {})
    unwatched, watched = await read(kind(), {}), await read(kind(), {"callbacks": [Watcher()]})
    assert unwatched == watched
    assert "".join(text for text, _, _ in unwatched) == "8,849 metres"


async def test_both_ways_give_the_same_over_http():
    with SimulatedEndpoint(Player(), latency=Latency(0, 0, 0)) as endpoint:
        model = simulated_model(endpoint.base_url)
        assert is_unwatched(model, ASKED, {})
        unwatched, watched = await read(model, {}), await read(model, {"callbacks": [Watcher()]})
    assert unwatched == watched
    assert unwatched[-1][1]["output_tokens"] > 0
    assert {"finish_reason", "model_name", "model_provider"} <= {key for _, _, told in unwatched for key in told}


@pytest.mark.parametrize("config", [{}, {"callbacks": [Watcher()]}], ids=["unwatched", "watched"])
async def test_both_ways_hand_over_the_stop_texts_and_raise_what_the_model_raises(config):
    model = scripted("text", ValueError("broken"))
    await read(model, config, ["END"])
    assert model.requests[0].kwargs["stop"] == ["END"]
    with pytest.raises(ValueError, match="broken"):
        await read(model, config)
    with pytest.raises(ValueError, match="No generation chunks were returned"):
        await read(Ending(), config)


def test_who_watches():
    assert not is_unwatched(scripted(), ASKED, {"callbacks": [Watcher()]})
    assert not is_unwatched(scripted(callbacks=[Watcher()]), ASKED, {})
    assert not is_unwatched(scripted(verbose=True), ASKED, {})
    with get_usage_metadata_callback():
        assert not is_unwatched(scripted(), ASKED, {})
    assert is_unwatched(scripted(), ASKED, {})


async def test_the_callbacks_of_the_run_around_a_call_watch():
    @RunnableLambda
    async def node(given, config):
        return is_unwatched(scripted(), ASKED, {})

    assert await node.ainvoke(1, {"callbacks": []})
    assert not await node.ainvoke(1, {"callbacks": [Watcher()]})


def test_what_is_put_in_the_place_of_langchains_astream_watches(monkeypatch):
    traced = BaseChatModel.astream
    monkeypatch.setattr(BaseChatModel, "astream", lambda self, *args, **kwargs: traced(self, *args, **kwargs))
    assert not is_unwatched(scripted(), ASKED, {})


def test_tracing_watches():
    client = Client(api_key="none", api_url="http://127.0.0.1:9", auto_batch_tracing=False)
    with tracing_context(enabled=True, client=client):
        assert not is_unwatched(scripted(), ASKED, {})


@pytest.mark.parametrize(
    "model",
    [
        scripted(rate_limiter=InMemoryRateLimiter()),
        scripted(disable_streaming=True),
        scripted(disable_streaming="tool_calling"),
        scripted(output_version="v1"),
        simulated_model("http://127.0.0.1:9/v1", streaming=False),
        OwnFace(),
        Choosing(),
        Unstreamed(),
    ],
    ids=["rate", "disabled", "with tools", "v1", "streaming=False", "astream", "choosing", "no stream"],
)
def test_langchain_does_what_it_does_more(model):
    assert not is_unwatched(model, ASKED, {})


def test_contents_that_have_to_be_translated():
    assert not is_unwatched(scripted(), [HumanMessage([{"type": "text", "text": "?"}])], {})
