"""State of the graphs: messages, TypedDicts and primitives only, so that every checkpointer can store it."""

from collections.abc import Sequence
from typing import Annotated, Any, Generic, Literal, NamedTuple, NotRequired, TypeAlias, get_args

from langchain_core.messages import AnyMessage, MessageLikeRepresentation
from langgraph.graph.message import add_messages
from typing_extensions import TypedDict, TypeVar, is_typeddict

from langgraph_llm_compiler.errors import ConfigurationError
from langgraph_llm_compiler.schemas import fields_of, optional, typed_dict

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

    Where a person edited the call, `edited` is there and true: `tool` and `resolved` are what was run.
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
    edited: NotRequired[bool]


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


_SHARED = {"messages", "structured_response", "jump_to"}
"""Fields of create_agent's own state, which a schema made for it inherits; the last is for its middleware alone."""


class StateSchemas(NamedTuple):
    """Schemas of a graph's state, of what it takes and of what it gives."""

    state: type[Any]
    input: type[Any]
    output: type[Any]


def merged_state(user: type[Any] | None) -> StateSchemas:
    """The graph's schemas with the user's fields beside ours, none of theirs required.

    Args:
        user: A TypedDict, perhaps one that extends langchain's `AgentState`, or None.

    Raises:
        ConfigurationError: A field of theirs has the name of one of ours, or the schema is no TypedDict.
    """
    if user is None:
        return StateSchemas(LLMCompilerState, InputState, LLMCompilerOutput)
    if not is_typeddict(user):
        raise ConfigurationError(f"state_schema={user!r}: give a TypedDict")
    theirs = {name: optional(hint) for name, hint in fields_of(user).items() if name not in _SHARED}
    if clash := sorted(theirs.keys() & LLMCompilerState.__annotations__.keys()):
        raise ConfigurationError(f"state_schema has {', '.join(clash)}, which this graph has too: rename yours")
    taken = {name: hint for name, hint in theirs.items() if not _is_left_out(hint, "input")}
    given = {name: hint for name, hint in theirs.items() if not _is_left_out(hint, "output")}
    return StateSchemas(
        _extended(LLMCompilerState, theirs), _extended(InputState, taken), _extended(LLMCompilerOutput, given)
    )


def _is_left_out(hint: Any, side: str) -> bool:
    """Whether the hint holds langchain's mark of a field that is private to the graph on that side."""
    return any(getattr(each, side, None) is True for each in getattr(get_args(hint)[0], "__metadata__", ()))


def _extended(schema: Any, fields: dict[str, Any]) -> type[Any]:
    return typed_dict(schema.__name__, fields_of(schema) | fields)
