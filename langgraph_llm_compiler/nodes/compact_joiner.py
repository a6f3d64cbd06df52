"""The joiner in the compact style: its reply is the answer, or the next plan, which runs while it streams."""

from collections.abc import Callable
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langchain_core.runnables import RunnableConfig
from langgraph.runtime import Runtime, get_runtime

from langgraph_llm_compiler.errors import JoinerOutputError
from langgraph_llm_compiler.execution.callbacks import own_run
from langgraph_llm_compiler.execution.events import listener
from langgraph_llm_compiler.execution.tracing import ROUND, note
from langgraph_llm_compiler.nodes.answer_out import AnswerOut
from langgraph_llm_compiler.nodes.base import Parts, State, Update, hidden
from langgraph_llm_compiler.nodes.compact import compact_messages
from langgraph_llm_compiler.nodes.conversation import question_of
from langgraph_llm_compiler.nodes.decision import AnswerStream, read_decision
from langgraph_llm_compiler.nodes.direct import value_of
from langgraph_llm_compiler.nodes.message_out import Readers
from langgraph_llm_compiler.nodes.plan_stream import PlanStream
from langgraph_llm_compiler.nodes.reply import Kind
from langgraph_llm_compiler.nodes.structured import structured
from langgraph_llm_compiler.plan import observation_text, resolve
from langgraph_llm_compiler.prompts import compact as prompts


def make_compact_joiner(parts: Parts) -> Callable[[State, RunnableConfig], Any]:
    """The joiner's node function."""

    async def joiner(state: State, config: RunnableConfig) -> Update:
        return await _Joining(parts, state, config, get_runtime()).update()

    return joiner


class _Joining:
    """One visit of the joiner."""

    def __init__(self, parts: Parts, state: State, config: RunnableConfig, runtime: Runtime[Any]) -> None:
        self._parts, self._state, self._config, self._runtime = parts, state, config, runtime
        self._round = state.get("round", 1)
        self._is_last = parts.is_last_round(runtime, self._round)
        self._emit = listener(runtime)
        self._out = AnswerOut(self._emit, Readers(config))

    async def update(self) -> Update:
        """Ask for the answer or the next plan, and once more if the reply is neither, or not allowed any more.

        Raises:
            JoinerOutputError: Neither reply was usable.
            ModelError: The call failed.
        """
        note(self._config, {ROUND: self._round})
        before = PlanStream.claim(self._state.get("plan_stream", ""))
        messages = compact_messages(self._parts, self._state, self._runtime, self._round, is_last=self._is_last)
        for _ in range(2):
            stream = await self._open(messages, before)
            try:
                kind = await stream.kind()
                if kind == "plan" and not self._is_last:
                    return await self._replan(stream)
                text = await self._answer(stream, kind)
                await stream.drain()
                if text:
                    return await self._finish(text, stream)
            except BaseException:
                await stream.close()
                raise
            self._out.restart()
            before, reply = None, stream.text
            said = [AIMessage(reply)] if reply.strip() else []
            messages = [*messages, *said, HumanMessage(self._again(kind, reply))]
        raise JoinerOutputError(reply, prompts.WANTED_LAST if self._is_last else prompts.WANTED)

    async def _open(self, messages: list[BaseMessage], before: PlanStream | None) -> PlanStream:
        return PlanStream(
            await self._parts.joiners_model(self._runtime),
            messages,
            hidden(self._config, self._state),
            tool_names=self._parts.caller.signatures.keys(),
            earlier=[record["id"] for record in self._state.get("tasks", ())],
            owner=own_run(self._config),
            may_answer=True,
            before=before,
        )

    async def _replan(self, stream: PlanStream) -> Update:
        if self._emit:
            self._emit({"type": "replan", "round": self._round, "feedback": ""})
        update: Update = {"round": self._round + 1, "feedback": ""}
        if self._parts.stream:
            return {**update, "plan": "", "plan_stream": stream.id}
        async for _ in stream.tasks():
            pass
        await stream.drain()
        return {**update, "plan": stream.text, "plan_stream": ""}

    async def _answer(self, stream: PlanStream, kind: Kind) -> str:
        """The answer in the reply, streamed as it arrives; empty if there is none."""
        if kind == "plan":
            return await self._last_word(stream)
        action = AnswerStream() if kind == "action" else None
        text, waiting = "", ""
        async for piece in stream.pieces():
            text += piece
            waiting += piece if action is None else action.feed(piece)
            ready = waiting.rstrip() if self._out.given else waiting.strip()
            if ready and self._parts.response_format is None:
                waiting = waiting[waiting.index(ready) + len(ready) :]
                self._out.give(ready)
        if action is None:
            return text.strip()
        decision = read_decision(text)
        return decision.text if decision is not None and decision.kind == "finish" else ""

    async def _last_word(self, stream: PlanStream) -> str:
        """The answer of a reply in the last round that is a plan: one that only says `answer(...)` gives it."""
        tasks = [task async for task, _ in stream.tasks()]
        ending = stream.ending
        if tasks or ending is None or ending.name != "answer" or ending.error is not None:
            return ""
        records = {record["id"]: record for record in self._state.get("tasks", ())}
        if any(records[each]["status"] != "ok" for each in ending.dependencies):
            return ""
        observations = {each: records[each]["observation"] for each in ending.dependencies}
        args, kwargs = resolve([list(ending.args), ending.kwargs], observations)
        return observation_text(value_of(args, kwargs)).strip()

    def _again(self, kind: Kind, reply: str) -> str:
        if self._is_last:
            return prompts.ASK_AGAIN
        if kind == "action" and (decision := read_decision(reply)) is not None and decision.kind == "replan":
            ids = [record["id"] for record in self._state.get("tasks", ())]
            return prompts.WRITE_CALLS.format(next_id=max(ids, default=0) + 1)
        return prompts.ASK_AGAIN_OR_CALL

    async def _finish(self, text: str, stream: PlanStream) -> Update:
        update: Update = {"feedback": None}
        if self._parts.response_format is not None:
            model = await self._parts.joiners_model(self._runtime)
            question = question_of(self._state["messages"]).text
            update["structured_response"] = await structured(
                model, self._parts.response_format, question, text, hidden(self._config, self._state)
            )
        self._out.complete(text)
        message = AIMessage(text, id=self._out.id, usage_metadata=stream.usage)
        message.response_metadata = stream.response_metadata
        return {**update, "messages": [message]}
