"""State of the graphs: messages, TypedDicts and primitives only, so that every checkpointer can store it."""

from collections.abc import Sequence
from typing import Annotated, Any, Generic, Literal, NotRequired, TypeAlias

from langchain_core.messages import AnyMessage, MessageLikeRepresentation
from langgraph.graph.message import add_messages
from typing_extensions import TypedDict, TypeVar

TaskStatus: TypeAlias = Literal["ok", "error", "skipped", "cancelled", "rejected", "timeout"]

ResponseT = TypeVar("ResponseT", default=Any)
"""What `structured_response` is: an instance of `response_format`."""


class TaskRecord(TypedDict):
    """What became of one task. Times are Unix seconds; `None` where the task never came that far.

    `args` holds the arguments by parameter name (by position, `"0"`, where the tool or the parameter is unknown), with
    references as written (`"$1"`); `resolved` is the same with observations in their places. `observation` is JSON
    data.

    The record of a `.map` task has `elements`, a record for each of its calls, in order. Its own `args` holds the list,
    or the reference to one, under `"elements"`, its `resolved` is `None`, and its `observation` is the list of theirs,
    with `None` for those that failed.
    """

    id: int
    round: int
    tool: str
    args: dict[str, Any]
    resolved: dict[str, Any] | None
    dependencies: list[int]
    thought: str | None
    observation: Any
    status: TaskStatus
    error: str | None
    planned_at: float
    started_at: float | None
    ended_at: float | None
    elements: NotRequired[list["TaskRecord"]]


class LLMCompilerInput(TypedDict):
    """What a run takes: messages, also as `("user", "text")` or as dictionaries."""

    messages: Sequence[MessageLikeRepresentation]


class InputState(TypedDict):
    """What a run takes."""

    # as the graph's schema says it: LangGraph Studio makes a chat of messages of these types
    messages: Annotated[list[AnyMessage], add_messages]


class LLMCompilerOutput(TypedDict, Generic[ResponseT]):
    """What a run gives: the conversation with the run's tool calls and answer, and the record of every task."""

    messages: Annotated[list[AnyMessage], add_messages]
    tasks: NotRequired[list[TaskRecord]]
    structured_response: NotRequired[ResponseT]


class LLMCompilerState(TypedDict):
    """State of the LLMCompiler graph and of the baselines.

    Attributes:
        messages: The conversation.
        tasks: Records of this turn's tasks, all rounds, in plan order.
        plan: The plan of this round, as the model wrote it.
        plans: Plans of this turn's rounds that have been run, as the model wrote them.
        plan_stream: Id of the stream, in this process, from which the executor reads the plan.
        round: Round of this turn, from 1.
        feedback: What the joiner asked the next plan to do.
        turn: Id of the message that this turn answers.
        answered: Whether the plan's `answer(...)` has answered the question, so that no joiner is asked.
        structured_response: The answer in the shape of `response_format`.
    """

    messages: Annotated[list[AnyMessage], add_messages]
    tasks: NotRequired[list[TaskRecord]]
    plan: NotRequired[str]
    plans: NotRequired[list[str]]
    plan_stream: NotRequired[str]
    round: NotRequired[int]
    feedback: NotRequired[str | None]
    turn: NotRequired[str | None]
    answered: NotRequired[bool]
    structured_response: NotRequired[Any]
