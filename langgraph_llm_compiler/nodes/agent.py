"""The ReAct baseline's two nodes: the agent decides on the next calls, the tools node runs them."""

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.runnables import Runnable, RunnableConfig
from langgraph.errors import GraphBubbleUp
from langgraph.runtime import get_runtime

from langgraph_llm_compiler.errors import LLMCompilerError, ModelError, PlanParseError
from langgraph_llm_compiler.execution.records import text_of
from langgraph_llm_compiler.execution.scheduler import TaskFetchingUnit
from langgraph_llm_compiler.nodes.base import Parts, State, Update, check_run, hidden, updated
from langgraph_llm_compiler.nodes.calls_out import CallsOut
from langgraph_llm_compiler.nodes.conversation import asked, call_text, place_of_question, question_of
from langgraph_llm_compiler.nodes.decision import read_decision
from langgraph_llm_compiler.nodes.executor import make_unit, opened_journal, round_update, run_to_end, stop
from langgraph_llm_compiler.nodes.graph_runs import CloseStreams
from langgraph_llm_compiler.nodes.history import opening, with_results
from langgraph_llm_compiler.nodes.message_out import Readers
from langgraph_llm_compiler.nodes.model_calls import called
from langgraph_llm_compiler.nodes.plan_stream import PlannedTask, endpoint_of, parsed_plan
from langgraph_llm_compiler.plan import Task
from langgraph_llm_compiler.prompts import react as prompts

Style = Literal["tools", "text"]

_ACTION = re.compile(r"^\W*Action\W*?:\s*(.+)", re.IGNORECASE | re.MULTILINE | re.DOTALL)
_THOUGHT = re.compile(r"^\W*Thought\W*?:\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turns:
    """How the agent takes its turns; see `create_react_baseline`."""

    style: Style
    is_parallel: bool
    most: int


def make_agent(parts: Parts, turns: Turns) -> Callable[[State, RunnableConfig], Any]:
    """The agent's node function: one model call."""
    call = _call_by_text if turns.style == "text" else _call_by_tools

    async def agent(state: State, config: RunnableConfig) -> Update:
        await check_run(parts, get_runtime())
        update = _turn(state)
        now = updated(state, update)
        return {**update, **await call(parts, turns, now, CloseStreams.left_out(config))}

    return agent


def make_tools(parts: Parts, turns: Turns) -> Callable[[State, RunnableConfig], Any]:
    """The tools node's function: runs the calls of the agent's last turn, all at once."""

    async def tools(state: State, config: RunnableConfig) -> Update:
        runtime = get_runtime()
        journal = await opened_journal(runtime, config)
        try:
            unit = make_unit(parts, state, config, runtime, journal)
            try:
                _add_calls(parts, turns, state, unit)
                await run_to_end(parts, state, unit, journal)
            except BaseException as error:
                await stop(unit, error)
                raise
        finally:
            await journal.close()
        update = round_update(state, unit)
        if turns.style == "tools":  # the calls stand in the agent's own message already
            update["messages"] = update["messages"][1:]
        else:
            CallsOut(state, unit, Readers(config)).complete(update["messages"])
        unit.release()
        return update

    return tools


def wants_tools(turns: Turns, state: State) -> bool:
    """Whether the agent's last turn holds calls."""
    if turns.style == "text":
        return bool(state.get("plan"))
    last = state["messages"][-1]
    return isinstance(last, AIMessage) and bool(last.tool_calls)


def ends_turns(parts: Parts, state: State) -> bool:
    """Whether all calls of the agent's last turn were of tools that return directly, as for `create_agent`."""
    called = [each["tool"] for each in state.get("tasks", ()) if each["round"] == state.get("round", 1)]
    return bool(called) and all(map(parts.caller.returns_direct, called))


def _turn(state: State) -> Update:
    turn = question_of(state["messages"]).id
    if state.get("turn") == turn:
        return {"round": state.get("round", 1) + 1}
    return {"round": 1, "turn": turn, "tasks": []}


async def _call_by_tools(parts: Parts, turns: Turns, state: State, config: RunnableConfig) -> Update:
    model = await parts.planner_model(get_runtime())
    asking: Runnable[Any, AIMessage] = model
    since: Sequence[BaseMessage] = state["messages"][place_of_question(state["messages"]) :]
    most = 0 if state.get("round", 1) > turns.most else None if turns.is_parallel else 1
    if most == 0:  # without tools there can be no messages of calls either, for some providers
        since = [with_results(state)]
    else:
        asking = model.bind_tools(parts.caller.tools, parallel_tool_calls=turns.is_parallel)
    messages = [*opening(parts, state, parts.system_prompt or "", until_question=True), *since]
    reply = await _asked(model, asking, messages, config)
    return {"messages": [_with_first_calls(reply, most)]}


async def _call_by_text(parts: Parts, turns: Turns, state: State, config: RunnableConfig) -> Update:
    model = await parts.planner_model(get_runtime())
    is_last = state.get("round", 1) > turns.most
    messages = agent_messages(parts, state, is_last=is_last)
    message = await _asked(model, model, messages, hidden(config, state), stop=[prompts.STOP])
    reply = message.text.split(prompts.STOP, 1)[0]
    decision = read_decision(reply)
    if decision is None and not is_last and (call := _ACTION.search(reply)) is not None:
        thought = " ".join(_THOUGHT.sub("", reply[: call.start()]).split())
        number = len(state.get("tasks", ())) + 1
        return {"plan": f"Thought: {thought}\n{number}. {call[1].strip()}"}
    # a reply without an action is an answer, as it is for an agent that calls tools
    answer = decision.text if decision is not None else _THOUGHT.sub("", reply).strip()
    return {"plan": "", "messages": [AIMessage(answer)]}


def agent_messages(parts: Parts, state: State, *, is_last: bool) -> list[BaseMessage]:
    """The prompt of a text ReAct turn: everything so far stands in one message, as in the paper."""
    question = question_of(state["messages"])
    signatures = parts.caller.signatures
    system = (parts.planner_prompt or prompts.SYSTEM).replace("{tools}", parts.tools_text)
    if parts.examples:
        system += prompts.EXAMPLES.replace("{examples}", "\n\n".join(parts.examples))
    turns = "".join(
        prompts.TURN.format(
            thought=record["thought"] or "", call=call_text(record, signatures), observation=text_of(record)
        )
        for record in state.get("tasks", ())
    )
    prompt = prompts.QUESTION.format(question=question.text, scratchpad=turns)
    return [
        *opening(parts, state, f"{parts.system_prompt}\n\n{system}" if parts.system_prompt else system),
        asked(question, prompt + prompts.FINISH_ONLY if is_last else prompt),
    ]


async def _asked(
    model: BaseChatModel,
    asking: Runnable[Any, AIMessage],
    messages: Sequence[BaseMessage],
    config: RunnableConfig,
    **more: Any,
) -> AIMessage:
    """What `asking`, made of the model, replies."""
    try:
        reply: AIMessage = await called(model, asking, list(messages), config, **more)
    except (GraphBubbleUp, LLMCompilerError):
        raise
    except Exception as error:
        raise ModelError(endpoint_of(model), error) from error
    return reply


def _with_first_calls(reply: AIMessage, most: int | None) -> AIMessage:
    """The reply without further calls, should the provider send more than were asked for; None is any number."""
    if most is None or len(reply.tool_calls) <= most:
        return reply
    kept_calls, dropped = reply.tool_calls[:most], {call["id"] for call in reply.tool_calls[most:]}
    content = reply.content
    if isinstance(content, list):
        content = [each for each in content if not (isinstance(each, dict) and each.get("id") in dropped)]
    kept = {key: value for key, value in reply.additional_kwargs.items() if key != "tool_calls"}
    return reply.model_copy(update={"tool_calls": kept_calls, "content": content, "additional_kwargs": kept})


def _unreadable(plan: str, number: int) -> PlannedTask:
    """A task for an action that is no call, so that the agent reads what is wrong with it."""
    action = plan.partition(f"\n{number}. ")[2]
    return PlannedTask(Task(number, action.split("(")[0], error=PlanParseError(1, action)), time.time())


def _add_calls(parts: Parts, turns: Turns, state: State, unit: TaskFetchingUnit) -> None:
    records = state.get("tasks", ())
    if turns.style == "text":
        plan = state.get("plan", "")
        # no earlier ids: an agent writes what it has read, and a `$1` in it is a price
        planned = parsed_plan(plan, parts.caller.signatures.keys(), ())[:1]
        task, at = planned[0] if planned else _unreadable(plan, len(records) + 1)
        if isinstance(task, Task):  # as all are of a text that is complete
            unit.add(task, at)
        return
    message = state["messages"][-1]
    calls = message.tool_calls if isinstance(message, AIMessage) else []
    for number, call in enumerate(calls, len(records) + 1):
        unit.add(Task(number, call["name"], kwargs=call["args"]), call_id=call["id"])
