"""The planner: one model call writes the plan. It only starts the call; the executor runs tasks while it streams."""

import asyncio
from collections.abc import Callable
from typing import Any

from langchain_core.messages import BaseMessage
from langchain_core.runnables import RunnableConfig
from langgraph.errors import GraphBubbleUp
from langgraph.runtime import Runtime, get_runtime

from langgraph_llm_compiler.errors import LLMCompilerError, PlannerError
from langgraph_llm_compiler.execution.callbacks import own_run
from langgraph_llm_compiler.execution.tracing import ROUND, note
from langgraph_llm_compiler.models.stops import takes_stops
from langgraph_llm_compiler.nodes.base import Parts, State, Update, check_run, hidden, updated
from langgraph_llm_compiler.nodes.compact import compact_messages
from langgraph_llm_compiler.nodes.conversation import asked, earlier_records, question_of, scratchpad
from langgraph_llm_compiler.nodes.history import opening
from langgraph_llm_compiler.nodes.model_calls import called
from langgraph_llm_compiler.nodes.plan_stream import PlanStream, endpoint_of
from langgraph_llm_compiler.nodes.system import planner_system
from langgraph_llm_compiler.prompts import planner as prompts
from langgraph_llm_compiler.prompts.compact import STOP


def make_planner(parts: Parts) -> Callable[[State, RunnableConfig], Any]:
    """The planner's node function.

    The first plan of a user's turn starts tasks, round and ids anew; one after a replan continues them.
    """

    async def planner(state: State, config: RunnableConfig) -> Update:
        runtime = get_runtime()
        await check_run(parts, runtime)
        update = _round(state)
        now = updated(state, update)
        note(config, {ROUND: now["round"]})
        if parts.stream:
            stream = await open_stream(parts, now, config, runtime)
            await asyncio.sleep(0)  # the request is on its way before LangGraph ends this step
            return {**update, "plan": "", "plan_stream": stream.id}
        return {**update, "plan": await _whole_plan(parts, now, config, runtime), "plan_stream": ""}

    return planner


async def open_stream(parts: Parts, state: State, config: RunnableConfig, runtime: Runtime[Any]) -> PlanStream:
    """Start the model that writes this round's plan; the plan is read from the stream this gives.

    In the compact style, a plan after the first is the joiner's.
    """
    is_joiners = parts.style == "compact" and state.get("round", 1) > 1
    model = await (parts.joiners_model(runtime) if is_joiners else parts.planner_model(runtime))
    return PlanStream(
        model,
        plan_messages(parts, state, runtime),
        hidden(config, state),
        tool_names=parts.caller.signatures.keys(),
        earlier=[record["id"] for record in earlier_records(state)],
        owner=own_run(config),
        stop=[STOP] if parts.style == "compact" and takes_stops(model) else (),
    )


def plan_messages(parts: Parts, state: State, runtime: Runtime[Any]) -> list[BaseMessage]:
    """The prompt that this round's plan replies to."""
    if parts.style == "compact":
        return compact_messages(parts, state, runtime, state.get("round", 1) - 1)
    return planner_messages(parts, state, runtime)


def planner_messages(parts: Parts, state: State, runtime: Runtime[Any]) -> list[BaseMessage]:
    """The planner's prompt: tools and rules, the conversation, the question, and what earlier rounds gave."""
    question = question_of(state["messages"])
    records = earlier_records(state)
    values: dict[str, str] = {"question": question.text}
    template = prompts.QUESTION
    if state.get("round", 1) > 1:
        template = prompts.AGAIN
        values["scratchpad"] = scratchpad(records, parts.caller.signatures)
        values["feedback"] = state.get("feedback") or ""
        values["next_id"] = str(max((record["id"] for record in records), default=0) + 1)
    return [
        *opening(parts, state, planner_system(parts, runtime, prompts.SYSTEM)),
        asked(question, template.format_map(values)),
    ]


def _round(state: State) -> Update:
    """Whether this is the first plan for the question, or the joiner asked for another."""
    turn = question_of(state["messages"]).id
    if state.get("turn") == turn and state.get("feedback") is not None:
        return {"round": state.get("round", 1) + 1}
    fresh: Update = {"tasks": [], "plans": [], "feedback": None, "answered": False, "structured_response": None}
    return {"round": 1, "turn": turn, **fresh}


async def _whole_plan(parts: Parts, state: State, config: RunnableConfig, runtime: Runtime[Any]) -> str:
    model = await parts.planner_model(runtime)
    messages = plan_messages(parts, state, runtime)
    try:
        reply: BaseMessage = await called(model, model, messages, hidden(config, state))
        return reply.text
    except (GraphBubbleUp, LLMCompilerError):
        raise
    except Exception as error:
        raise PlannerError(endpoint_of(model), error) from error
