"""Records: what became of each task, as plain data that any checkpointer can store."""

import dataclasses
from collections.abc import Mapping
from enum import Enum
from typing import Any

from pydantic import BaseModel

from langgraph_llm_compiler.plan.reference import observation_text
from langgraph_llm_compiler.plan.task import Reference, Task
from langgraph_llm_compiler.state import TaskRecord, TaskStatus

FAILED: frozenset[str] = frozenset({"error", "skipped", "cancelled", "rejected", "timeout"})

REJECTED = "a person rejected the call"
NOT_AGAIN = "it was not made, and is not to be made again unless the user asks for it"

_PLAIN = (str, int, float, bool, type(None))


@dataclasses.dataclass(slots=True)
class Outcome:
    """What one call gave.

    Attributes:
        observation: JSON data; None where the call failed.
        status: How it ended.
        error: What went wrong, in words for the joiner's model and for people.
        content: Content of the `ToolMessage`, where the tool formatted one of its own.
        artifact: The tool's artifact, as JSON data.
        update: State update of a `Command` that the tool returned.
        exception: What the tool raised, for the retry policy.
    """

    observation: Any = None
    status: TaskStatus = "ok"
    error: str | None = None
    content: str | list[Any] | None = None
    artifact: Any = None
    update: dict[str, Any] | None = None
    exception: Exception | None = None


def plain(value: Any) -> Any:
    """A value as JSON data: models and dataclasses as dictionaries, what has no such form as text.

    So a reference into an observation means the same with a checkpointer, which can only store data, and without one.
    """
    if type(value) in _PLAIN:
        return storable(value)
    if isinstance(value, BaseModel):
        return plain(value.model_dump(mode="json"))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in value]
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, (int, float)):
        return plain(float(value) if isinstance(value, float) else int(value))
    if not isinstance(value, type) and callable(tolist := getattr(value, "tolist", None)):
        return plain(tolist())  # numbers and arrays, as numpy has them
    return str(value)


def storable(value: Any) -> Any:
    """The value; a whole number of more than 64 bits as text, because no checkpointer can store it."""
    return str(value) if type(value) is int and not -(2**63) <= value < 2**63 else value


def copied(value: Any) -> Any:
    """JSON data for somebody who may change it."""
    if isinstance(value, dict):
        return {key: copied(item) for key, item in value.items()}
    return [copied(item) for item in value] if isinstance(value, list) else value


def as_written(value: Any) -> Any:
    """An argument as JSON data, with each reference as its text, `$1`."""
    if type(value) in _PLAIN:
        return storable(value)
    if isinstance(value, Reference):
        return str(value)
    if isinstance(value, dict):
        return {str(key): as_written(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [as_written(item) for item in value]
    return str(value)


def planned_record(task: Task, round_: int, planned_at: float) -> TaskRecord:
    """The record of a task of which nothing is known but the plan; it counts as cancelled until it ends otherwise."""
    return {
        "id": task.id,
        "round": round_,
        "tool": task.tool,
        "args": {},
        "resolved": None,
        "dependencies": sorted(task.dependencies),
        "thought": task.thought,
        "observation": None,
        "status": "cancelled",
        "error": None,
        "planned_at": planned_at,
        "started_at": None,
        "ended_at": None,
    }


def text_of(record: TaskRecord) -> str:
    """The observation of a task as a model reads it."""
    if record["status"] == "ok":
        return observation_text(record["observation"])
    if record["status"] == "rejected" and record["error"]:
        reason = NOT_AGAIN if record["error"] == REJECTED else record["error"]
        return f"Error: {REJECTED}: {reason}"
    return f"Error: {record['error'] or record['status']}"
