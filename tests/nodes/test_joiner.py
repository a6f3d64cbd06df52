"""What the joiner is told, what it may reply, and what of it reaches the chat."""

from typing import Any

import pytest
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage
from langchain_core.runnables import RunnableLambda
from langgraph.runtime import Runtime
from pydantic import BaseModel

from langgraph_llm_compiler import JoinerOutputError
from langgraph_llm_compiler.errors import LLMCompilerError, ModelError
from langgraph_llm_compiler.execution.calls import ToolCaller
from langgraph_llm_compiler.execution.records import planned_record
from langgraph_llm_compiler.nodes.base import Parts
from langgraph_llm_compiler.nodes.joiner import joiner_messages
from langgraph_llm_compiler.plan import Task
from tests.support import (
    answer_of,
    ask,
    async_stream,
    both,
    both_streams,
    create_llm_compiler,
    finish,
    plan,
    replan,
    scripted,
    search,
    sync_invoke,
    sync_stream,
)

PLAN = plan('search("a")')


class Height(BaseModel):
    """How high something is."""

    metres: int


def told(context: Any = None, state: Any = None, **settings: Any) -> list[Any]:
    parts = Parts(model=scripted(), caller=ToolCaller([search]), **settings)
    given = {"messages": [HumanMessage("one"), AIMessage("1"), HumanMessage("two {x}?")], **(state or {})}
    return joiner_messages(parts, given, Runtime(context=context))


def test_the_prompt():
    record = planned_record(Task(1, "search"), 1, 0.0)
    record["args"], record["status"], record["observation"] = {"query": "{k2}"}, "ok", "8,611 m"
    system, *history, question = told(state={"tasks": [record]})
    assert "Action: Finish(" in system.text
    assert "Action: Replan(" in system.text
    assert "you must answer now" not in system.text
    assert [each.text for each in history] == ["one", "1"]
    assert question.text == 'Question: two {x}?\n\n1. search("{k2}")\nObservation: 8,611 m'


@pytest.mark.parametrize("written", ["", "  \n", "join()", "join()<END_OF_PLAN>"])
def test_without_any_call_the_joiner_is_told_so(written):
    assert told(state={"plan": written})[-1].text == "Question: two {x}?\n\nNo tools were called."


def test_a_reply_without_a_plan_is_shown_to_the_joiner():
    text = told(state={"plan": "Paris is {the} capital."})[-1].text
    assert text.endswith("No tools were called.\n\nInstead of a plan, this was written:\nParis is {the} capital.")


def test_a_plan_that_ends_in_an_answer_is_told_so():
    record = planned_record(Task(1, "search"), 1, 0.0)
    text = told(state={"tasks": [record], "plan": '1. search("a")\n2. answer("It is $1.")'})[-1].text
    assert 'answer("It is $1.")' in text
    assert "answer(" not in told(state={"tasks": [record], "plan": '1. search("a answer() b")\n2. join()'})[-1].text


@both_streams
def test_a_replan_is_an_event(stream):
    graph = create_llm_compiler(scripted(PLAN, replan("look at K2"), plan('search("b")', first=2), finish()), [search])
    events = [each for each in stream(graph, ask(), stream_mode="custom") if each["type"] == "replan"]
    assert events == [{"type": "replan", "round": 1, "feedback": "look at K2"}]


def test_rules_that_depend_on_the_run():
    assert "you must answer now" in told(max_replans=0)[0].text
    assert "you must answer now" in told(state={"round": 3})[0].text
    assert "you must answer now" not in told({"max_replans": 3}, {"round": 3})[0].text
    assert told(joiner_prompt="mine")[0].text == "mine"
    assert told({"joiner_prompt": "of the run"}, joiner_prompt="mine")[0].text == "of the run"
    assert told(system_prompt="Be brief.")[0].text.startswith("Be brief.\n\nTool calls were made")
    shaped = told(response_format=Height)[0].text
    assert '"metres"' in shaped
    assert "must be JSON" in shaped


UNUSABLE = ["", "Observation: 8849", "I do not know", "Action: Finish()"]


@both
@pytest.mark.parametrize("unusable", UNUSABLE)
def test_an_unusable_reply_is_asked_for_once_more(invoke, unusable):
    model = scripted(PLAN, unusable, finish("8849"))
    assert answer_of(invoke(create_llm_compiler(model, [search]), ask())) == "8849"
    *before, shown, again = model.requests[2].messages
    assert "Action: Finish(answer) or Action: Replan(" in again.text
    assert (shown.text == unusable) == bool(unusable)
    assert len(before) == 1 + bool(unusable)


@both
@pytest.mark.parametrize("unusable", UNUSABLE)
def test_two_unusable_replies_are_an_error_that_names_the_last(invoke, unusable):
    model = scripted(PLAN, "hm", unusable)
    with pytest.raises(JoinerOutputError) as raised:
        invoke(create_llm_compiler(model, [search]), ask())
    assert raised.value.text == unusable
    assert repr(unusable) in str(raised.value)


@both
def test_a_replan_in_the_last_round_is_asked_to_answer_and_then_an_error(invoke):
    model = scripted(PLAN, replan(), finish("what there is"))
    assert answer_of(invoke(create_llm_compiler(model, [search], max_replans=0), ask())) == "what there is"
    assert "Action: Finish(answer)" in model.requests[2].last
    assert "Replan" not in model.requests[2].last
    model = scripted(PLAN, replan(), replan("again"))
    with pytest.raises(JoinerOutputError, match="again"):
        invoke(create_llm_compiler(model, [search], max_replans=0), ask())


@both
def test_a_dead_endpoint_is_a_model_error_and_ours_go_through(invoke):
    with pytest.raises(ModelError, match="'ScriptedChatModel' failed: OSError: gone"):
        invoke(create_llm_compiler(scripted(PLAN, OSError("gone")), [search]), ask())
    error = LLMCompilerError("ours")
    with pytest.raises(LLMCompilerError) as raised:
        invoke(create_llm_compiler(scripted(PLAN, error), [search]), ask())
    assert raised.value is error


def test_a_failed_call_names_the_address_without_what_may_be_secret_in_it():
    class Reached(type(scripted())):
        base_url: str = "http://me:hidden@127.0.0.1:1/v1?key=hidden"

    with pytest.raises(ModelError, match=r"at http://127\.0\.0\.1:1/v1 failed") as raised:
        sync_invoke(create_llm_compiler(Reached(replies=[OSError("gone")]), [search]), ask())
    assert "hidden" not in str(raised.value)


@both
def test_the_joiner_has_a_model_of_its_own(invoke):
    planner, joiner = scripted(PLAN), scripted(finish("its answer"))
    assert answer_of(invoke(create_llm_compiler(planner, [search], joiner_model=joiner), ask())) == "its answer"
    assert (len(planner.requests), len(joiner.requests)) == (1, 1)


@both
def test_usage_and_metadata_of_the_reply_stay_with_the_answer(invoke):
    usage = {"input_tokens": 7, "output_tokens": 2, "total_tokens": 9}
    reply = AIMessage(finish("42"), usage_metadata=usage, response_metadata={"model_name": "m"})
    message = invoke(create_llm_compiler(scripted(PLAN, reply), [search]), ask())["messages"][-1]
    assert message.usage_metadata == usage
    assert message.response_metadata["model_name"] == "m"


def chat(stream: Any, *replies: Any, **settings: Any) -> tuple[list[Any], dict[str, Any]]:
    """The assistant's messages as a chat shows them, text by id, and the final state."""
    graph = create_llm_compiler(scripted(PLAN, *replies), [search], **settings)
    shown: dict[str, str] = {}
    out: dict[str, Any] = {}
    for mode, part in stream(graph, ask(), stream_mode=["messages", "values", "custom"]):
        if mode == "values":
            out = part
        elif mode == "messages" and isinstance(part[0], AIMessage | AIMessageChunk) and part[0].text:
            shown[part[0].id] = shown.get(part[0].id, "") + part[0].text
    return list(shown.items()), out


HELD_BACK = [
    ("Paris (France)", "Paris (France)"),
    ("Sure.)\n\n1) one\n2) two", "Sure.)\n\n1) one\n2) two"),
    ("42)\nWith (some) prose", "42"),
]


@both_streams
@pytest.mark.parametrize(("written", "answer"), HELD_BACK)
def test_a_chat_shows_the_answer_once_and_whole(stream, written, answer):
    reply = f"Thought: t\nAction: Finish({written}" + ("" if written.endswith("prose") else ")")
    shown, out = chat(stream, reply)
    assert [text for _, text in shown] == [answer]
    assert shown[0][0] == out["messages"][-1].id
    assert answer_of(out) == answer


@both_streams
def test_an_echoed_prompt_leaves_the_answer_in_a_message_of_its_own(stream):
    reply = "Action: Finish(answer)\nor\nAction: Replan(what)\n\nThought: t\nAction: Finish(Paris)"
    shown, out = chat(stream, reply)
    assert dict(shown)[out["messages"][-1].id] == "Paris"


@both_streams
def test_a_first_reply_that_was_refused_is_not_mixed_with_the_second(stream):
    """Its echo of a Finish has streamed before its Replan, which is not allowed any more, was read."""
    refused = "Action: Finish(answer)\nAction: Replan(more)"
    shown, out = chat(stream, refused, finish("Paris"), max_replans=0)
    assert dict(shown)[out["messages"][-1].id] == "Paris"


@both_streams
def test_an_answer_in_content_blocks_streams_its_text_alone(stream):
    """As Anthropic's models reply when they think first, and OpenAI's over the Responses API."""
    thought = AIMessageChunk([{"type": "thinking", "thinking": "Action: Finish(no)", "index": 0}])
    texts = ("Action: Fin", "ish(It", " is", " 5)")
    said = [AIMessageChunk([{"type": "text", "text": each, "index": 1}]) for each in texts]
    graph = create_llm_compiler(scripted(PLAN, [thought, *said]), [search])
    parts = [message for message, _ in stream(graph, ask(), stream_mode="messages")]
    pieces = [each.text for each in parts if isinstance(each, AIMessageChunk)]
    assert "".join(pieces) == "It is 5"
    assert len(pieces) > 1


@both_streams
def test_an_answer_in_a_shape_does_not_stream_in_pieces(stream):
    shown, out = chat(stream, finish('{"metres": 5}'), response_format=Height)
    assert [text for _, text in shown] == ['{"metres": 5}']
    assert out["structured_response"] == Height(metres=5)


def test_a_users_handler_stands_beside_ours():
    from langchain_core.callbacks import BaseCallbackHandler

    class Counts(BaseCallbackHandler):
        tokens = 0

        def on_llm_new_token(self, token: str, **_: Any) -> None:
            Counts.tokens += 1

    graph = create_llm_compiler(scripted(PLAN, finish()), [search])
    sync_stream(graph, ask(), {"callbacks": [Counts()]}, stream_mode="custom")
    before = Counts.tokens
    assert before
    async_stream(RunnableLambda(lambda _: ask()) | create_llm_compiler(scripted(PLAN, finish()), [search]), {})
    assert Counts.tokens == before
