"""What a trace shows as inputs and outputs of the nodes: what a reader understands, rather than the whole state."""

from collections.abc import Callable, Mapping
from typing import Any

from langgraph.types import TracePolicy

from langgraph_llm_compiler.nodes.conversation import question_of
from langgraph_llm_compiler.nodes.plan_stream import PlanStream
from langgraph_llm_compiler.state import TaskRecord

STREAMED = "as it is written by the model call; the executor's outputs show it whole"
"""Stands for a plan that is still being written when the node that asked for it has ended."""

_OF_TASK = ("thought", "dependencies", "status", "observation", "error")


def _planner_in(state: Any) -> Any:
    shown = {"messages": state["messages"]}
    return {**shown, "feedback": state["feedback"]} if state.get("feedback") else shown


def _planner_out(update: Any) -> Any:
    return {"round": update["round"], "plan": _plan(update)}


def _executor_in(state: Any) -> Any:
    shown = {"question": _question(state), "round": state.get("round", 1)}
    return {**shown, "plan": state["plan"]} if state.get("plan") else shown


def _executor_out(update: Any) -> Any:
    round_ = len(update["plans"])
    shown = {"plan": update["plan"], "tasks": [_task(each) for each in update["tasks"] if each["round"] == round_]}
    return {**shown, "answer": update["messages"][-1].text} if update.get("answered") else shown


def _joiner_in(state: Any) -> Any:
    return {
        "question": _question(state),
        "round": state.get("round", 1),
        "plans": state.get("plans", []),
        "tasks": [_task(each) for each in state.get("tasks", ())],
    }


def _joiner_out(update: Any) -> Any:
    if update.get("feedback") is None:
        shown = {"decision": "answer", "answer": update["messages"][-1].text}
        structured = update.get("structured_response")
        return shown if structured is None else {**shown, "structured_response": structured}
    if "plan" in update:
        return {"decision": "replan", "round": update["round"], "plan": _plan(update)}
    return {"decision": "replan", "feedback": update["feedback"]}


def _question(state: Any) -> str:
    return str(question_of(state["messages"]).text)


def _plan(state: Mapping[str, Any]) -> str:
    return state.get("plan") or STREAMED


def _task(record: TaskRecord) -> dict[str, Any]:
    """What a reader wants to know of a task: its arguments as they were used, and nothing that is empty."""
    fields: Mapping[str, Any] = record
    args = record["args"] if record["resolved"] is None else record["resolved"]
    shown = {"id": record["id"], "tool": record["tool"], "args": args}
    return {**shown, **{name: fields[name] for name in _OF_TASK if fields[name] not in (None, [])}}


def _where_traced(shown: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """LangGraph asks for every run what a trace is to show; if a stream tells that there is none, nothing is made."""

    def shown_where_traced(values: Any) -> Any:
        return values if PlanStream.is_untraced(values.get("plan_stream", "")) else shown(values)

    return shown_where_traced


PLANNER = TracePolicy(process_inputs=_planner_in, process_outputs=_where_traced(_planner_out))
EXECUTOR = TracePolicy(process_inputs=_where_traced(_executor_in), process_outputs=_where_traced(_executor_out))
JOINER = TracePolicy(process_inputs=_where_traced(_joiner_in), process_outputs=_joiner_out)
