from uuid import uuid4

import pytest
from langchain_core.language_models import FakeListChatModel
from langchain_core.language_models.fake_chat_models import FakeListChatModelError, GenericFakeChatModel
from langchain_core.messages import AIMessage
from langchain_core.outputs import Generation, LLMResult
from langchain_core.tools import tool

from langgraph_llm_compiler.benchmarks.calls import CallRecorder, ModelCall, stats


def reply(text, prompt, completion, cached=0):
    usage = {"input_tokens": prompt, "output_tokens": completion, "total_tokens": prompt + completion}
    return AIMessage(text, usage_metadata={**usage, "input_token_details": {"cache_read": cached}})


async def test_a_call_is_recorded_with_its_node_and_tokens():
    recorder = CallRecorder()
    model = GenericFakeChatModel(messages=iter([reply("1. f()", 700, 40, 128)]))
    await model.ainvoke("q", {"callbacks": [recorder], "metadata": {"langgraph_node": "planner"}})
    (call,) = recorder.calls
    assert (call.node, call.tool_call, call.text, call.failed) == ("planner", None, "1. f()", False)
    assert (call.prompt_tokens, call.completion_tokens, call.cached_tokens) == (700, 40, 128)
    assert call.started <= call.ended


async def test_a_tools_own_call_is_recorded_with_the_id_of_the_tool_call():
    model = FakeListChatModel(responses=["8849 / 2"])

    @tool
    async def math(problem: str) -> str:
        """Asks a model."""
        return (await model.ainvoke(problem)).text

    recorder = CallRecorder()
    call = {"name": "math", "args": {"problem": "half"}, "id": "r1_t3", "type": "tool_call"}
    await math.ainvoke(call, {"callbacks": [recorder]})
    assert [(c.tool_call, c.text, c.prompt_tokens) for c in recorder.calls] == [("r1_t3", "8849 / 2", 0)]


async def test_a_failing_call_is_recorded_as_failed():
    recorder = CallRecorder()
    model = FakeListChatModel(responses=["x"], error_on_chunk_number=0)
    with pytest.raises(FakeListChatModelError):
        [chunk async for chunk in model.astream("q", {"callbacks": [recorder]})]
    assert [(c.failed, c.completion_tokens) for c in recorder.calls] == [(True, 0)]


def test_an_end_without_a_start_is_ignored():
    recorder = CallRecorder()
    recorder.on_llm_error(ValueError(), run_id=uuid4())
    recorder.on_tool_start({}, "", run_id=uuid4())
    assert recorder.calls == []


def test_a_plain_completion_has_no_usage():
    recorder, run_id = CallRecorder(), uuid4()
    recorder.on_chat_model_start({}, [], run_id=run_id)
    recorder.on_llm_end(LLMResult(generations=[[Generation(text="x")]]), run_id=run_id)
    assert [(c.node, c.text, c.prompt_tokens) for c in recorder.calls] == [("", "", 0)]


def test_sums_per_node_and_in_total():
    calls = [
        ModelCall("planner", None, 700, 40, 5, "", 0, 1),
        ModelCall("executor", "r1_t1", 60, 4, 0, "", 0, 1),
        ModelCall("executor", "r1_t2", 61, 5, 0, "", 0, 1),
        ModelCall("", None, 1, 1, 0, "", 0, 1),
    ]
    sums = stats(calls)
    assert list(sums) == ["planner", "executor", "model", "total"]
    assert sums["executor"] == {"calls": 2, "input_tokens": 121, "output_tokens": 9, "cached_tokens": 0}
    assert sums["total"] == {"calls": 4, "input_tokens": 822, "output_tokens": 50, "cached_tokens": 5}
    assert stats([]) == {"total": {"calls": 0, "input_tokens": 0, "output_tokens": 0, "cached_tokens": 0}}
