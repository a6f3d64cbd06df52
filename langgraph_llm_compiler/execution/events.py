"""Custom stream events (`stream_mode="custom"`): what a live view is drawn from."""

import time
from collections.abc import Callable
from typing import Any, Literal

from langgraph.runtime import Runtime
from typing_extensions import TypedDict

from langgraph_llm_compiler.execution.records import copied
from langgraph_llm_compiler.state import TaskRecord

PREVIEW_CHARACTERS = 200


class TaskEvent(TypedDict):
    """A task was planned, started or finished; `at` is Unix seconds. A skipped or cancelled task is finished too.

    Of a `.map` task, each element has events of its own, with its place in `element`, beside those of the task.
    """

    type: Literal["task_planned", "task_started", "task_finished"]
    round: int
    id: int
    element: int | None
    tool: str
    args: dict[str, Any]
    dependencies: list[int]
    status: str | None
    preview: str | None
    at: float


class PlanDelta(TypedDict):
    """Text of the plan, as the planner's model streams it."""

    type: Literal["plan_delta"]
    round: int
    text: str


class AnswerDelta(TypedDict):
    """Text of the answer, as the joiner's model streams it."""

    type: Literal["answer_delta"]
    text: str


class Replan(TypedDict):
    """The joiner asked for another plan."""

    type: Literal["replan"]
    round: int
    feedback: str


Event = TaskEvent | PlanDelta | AnswerDelta | Replan
Emit = Callable[[Event], None]


def listener(runtime: Runtime[Any]) -> Emit | None:
    """The run's writer of custom events, or None if nobody reads them: events then need not be made.

    LangGraph always gives a writer. Without `custom` among the stream modes it is a function that does nothing and,
    unlike every live one, closes over no stream. Should that change, events are made for nobody, but none is lost.
    """
    writer = runtime.stream_writer
    return None if getattr(writer, "__closure__", True) is None else writer


def task_event(
    kind: Literal["task_planned", "task_started", "task_finished"],
    record: TaskRecord,
    preview: str | None = None,
    element: int | None = None,
) -> TaskEvent:
    """The event that says what just happened to the task of `record`, or to that element of it."""
    return {
        "type": kind,
        "round": record["round"],
        "id": record["id"],
        "element": element,
        "tool": record["tool"],
        "args": copied(record["args"] if record["resolved"] is None else record["resolved"]),
        "dependencies": list(record["dependencies"]),
        "status": record["status"] if kind == "task_finished" else None,
        "preview": None if preview is None else preview[:PREVIEW_CHARACTERS],
        "at": time.time(),
    }
