"""The joiner: reads the observations, then answers or asks for another plan."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage
from langchain_core.runnables import RunnableConfig
from langgraph.errors import GraphBubbleUp
from langgraph.runtime import Runtime, get_runtime

from langgraph_llm_compiler.errors import JoinerOutputError, LLMCompilerError, ModelError
from langgraph_llm_compiler.execution.callbacks import with_handler
from langgraph_llm_compiler.execution.events import listener
from langgraph_llm_compiler.execution.tracing import ROUND, note
from langgraph_llm_compiler.nodes.answer_out import AnswerOut
from langgraph_llm_compiler.nodes.base import Parts, State, Update, hidden
from langgraph_llm_compiler.nodes.conversation import asked, question_of, scratchpad
from langgraph_llm_compiler.nodes.decision import AnswerStream, Decision, read_decision
from langgraph_llm_compiler.nodes.history import opening
from langgraph_llm_compiler.nodes.message_out import Readers
from langgraph_llm_compiler.nodes.model_calls import called, streamed
from langgraph_llm_compiler.nodes.plan_stream import PlanStream, ending_of, endpoint_of
from langgraph_llm_compiler.nodes.structured import json_schema, structured
from langgraph_llm_compiler.plan import Ending, Task, render_call
from langgraph_llm_compiler.prompts import joiner as prompts


def make_joiner(parts: Parts) -> Callable[[State, RunnableConfig], Any]:
    """The joiner's node function."""

    async def joiner(state: State, config: RunnableConfig) -> Update:
        runtime = get_runtime()
        note(config, {ROUND: state.get("round", 1)})
        answer = _Answer(AnswerOut(listener(runtime), Readers(config)))
        decision, reply = await _decide(parts, state, config, runtime, answer)
        if (stream := PlanStream.claim(state.get("plan_stream", ""))) is not None:
            await stream.drain()
        if decision.kind == "replan":
            return _replan(state, decision, runtime)
        update: Update = {"feedback": None}
        if parts.response_format is not None:
            model, question = await parts.joiners_model(runtime), question_of(state["messages"]).text
            update["structured_response"] = await structured(
                model, parts.response_format, question, decision.text, hidden(config, state)
            )
        answer.out.complete(decision.text)
        message = AIMessage(decision.text, id=answer.out.id, usage_metadata=reply.usage_metadata)
        message.response_metadata = reply.response_metadata
        return {**update, "messages": [message]}

    return joiner


def wants_replan(state: State) -> bool:
    """Whether the joiner asked for another plan."""
    return state.get("feedback") is not None


def _replan(state: State, decision: Decision, runtime: Runtime[Any]) -> Update:
    if emit := listener(runtime):
        emit({"type": "replan", "round": state.get("round", 1), "feedback": decision.text})
    return {"feedback": decision.text}


def joiner_messages(parts: Parts, state: State, runtime: Runtime[Any]) -> list[BaseMessage]:
    """The joiner's prompt: rules, the conversation, the question, and every task of this turn with its observation."""
    question = question_of(state["messages"])
    prompt = prompts.QUESTION.format(question=question.text, scratchpad=_scratchpad(parts, state))
    return [
        *opening(parts, state, _system(parts, state, runtime)),
        asked(question, prompt),
    ]


def _scratchpad(parts: Parts, state: State) -> str:
    text = state.get("plan", "").strip()
    records = state.get("tasks", [])
    is_planned = any(record["round"] == state.get("round", 1) for record in records)
    ending = ending_of(text) if "answer(" in text or not is_planned else None
    shown = scratchpad(records, parts.caller.signatures) if records else prompts.NO_CALLS
    if text and ending is None and not is_planned:
        return shown + prompts.NO_PLAN.format(text=text)
    return shown + _refused(ending)


def _refused(ending: Ending | None) -> str:
    """What the joiner is told of a plan that ends in `answer(...)`, which the paper's prompts do not know."""
    if ending is None or ending.name != "answer":
        return ""
    return prompts.ANSWER_REFUSED.format(call=render_call(Task(0, ending.name, ending.args, ending.kwargs)))


def _system(parts: Parts, state: State, runtime: Runtime[Any]) -> str:
    text = parts.prompt(runtime, "joiner_prompt", prompts.SYSTEM)
    if parts.is_last_round(runtime, state.get("round", 1)):
        # before the examples: a base model goes on where they end
        head, examples, rest = text.partition(prompts.EXAMPLES.partition("{examples}")[0])
        text = head + prompts.FINISH_ONLY + examples + rest
    if parts.response_format is not None:
        text += prompts.STRUCTURED.format(schema=json.dumps(json_schema(parts.response_format)))
    return f"{parts.system_prompt}\n\n{text}" if parts.system_prompt else text


async def _decide(
    parts: Parts, state: State, config: RunnableConfig, runtime: Runtime[Any], answer: "_Answer"
) -> tuple[Decision, AIMessage]:
    """Ask for a decision, and once more if the reply holds none, an empty answer, or a replan when none is allowed.

    Raises:
        JoinerOutputError: Neither reply was usable.
    """
    is_last = parts.is_last_round(runtime, state.get("round", 1))
    messages = joiner_messages(parts, state, runtime)
    wanted = prompts.WANT_FINISH if is_last else prompts.WANT_EITHER
    for _ in range(2):
        reply = await _reply(parts, messages, hidden(config, state), runtime, answer)
        decision = read_decision(reply.text)
        if decision is not None and (not is_last if decision.kind == "replan" else decision.text):
            return decision, reply
        again = HumanMessage(prompts.ASK_AGAIN.format(wanted=wanted))
        messages = [*messages, *([AIMessage(reply.text)] if reply.text else []), again]
    raise JoinerOutputError(reply.text, f"`{wanted}`")


async def _reply(
    parts: Parts, messages: Sequence[BaseMessage], config: RunnableConfig, runtime: Runtime[Any], answer: "_Answer"
) -> AIMessage:
    """Call the joiner's model.

    Raises:
        ModelError: The call failed.
    """
    model = await parts.joiners_model(runtime)
    if parts.response_format is None:
        answer.begin()
        config = with_handler(config, answer)
    try:
        # for readers of events, a plain call makes events of the whole reply, and no tokens to find the answer in
        is_streamed = listener(runtime) is not None or Readers(config).take_events
        if not is_streamed or parts.response_format is not None:
            reply: AIMessage = await called(model, model, list(messages), config)
            return reply
        return await _streamed(model, messages, config)
    except (GraphBubbleUp, LLMCompilerError):
        raise
    except Exception as error:
        raise ModelError(endpoint_of(model), error) from error


async def _streamed(model: BaseChatModel, messages: Sequence[BaseMessage], config: RunnableConfig) -> AIMessage:
    """Stream the reply, which costs more client CPU than a plain call, and is done only for those who read events."""
    whole: AIMessageChunk | None = None
    async for chunk in streamed(model, messages, config):
        whole = chunk if whole is None else whole + chunk
    return whole or AIMessage("")


class _Answer(BaseCallbackHandler):
    """Takes the tokens of the joiner's reply and streams those of the answer."""

    run_inline = True

    def __init__(self, out: AnswerOut) -> None:
        self.out = out
        self._stream = AnswerStream()

    def begin(self) -> None:
        self.out.restart()
        self._stream = AnswerStream()

    def on_llm_new_token(self, token: Any, **_: Any) -> None:
        piece = token if isinstance(token, str) else AIMessage(token).text  # some providers reply in blocks
        if piece and (text := self._stream.feed(piece)):
            self.out.give(text)
