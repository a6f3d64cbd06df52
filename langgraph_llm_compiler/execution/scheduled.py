"""One task on its way through the task fetching unit; of a `.map` task, each element is one too."""

import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, cast

from langgraph_llm_compiler.execution.approvals import HeldCall
from langgraph_llm_compiler.execution.records import REJECTED, Outcome, copied, text_of
from langgraph_llm_compiler.plan.task import Task
from langgraph_llm_compiler.state import TaskRecord

_OF_OUTCOME = ("observation", "status", "error", "content", "artifact", "update")
_SHOWN = 3
"""Failed elements whose errors are told with that of the whole list."""
_OF_RECORD = ("tool", "resolved", "planned_at", "started_at")


_NOTHING: Mapping[int, TaskRecord] = MappingProxyType({})
"""What most tasks need; one object, for in plans of thousands the garbage collector counts each."""


@dataclass(slots=True, eq=False)
class ScheduledTask:
    """A task, its record, and how far it has come.

    Attributes:
        task: The task, as planned.
        place: Its place in the plan.
        call_id: Id of its tool call.
        record: What is known of it so far.
        arguments: Its planned arguments by parameter name.
        needs: Records of its dependencies, by id.
        missing: How many of them have not ended.
        key: What the journal knows its call by; empty without a durable journal.
        outcome: What its call gave, once it has ended.
        attempts: How often its call was tried.
        is_decided: Whether a person has approved its call.
        element: Its place among the elements of a `.map` task, if it is one.
        map: The run of the `.map` task that it is, or is an element of.
        message_id: Id of the message that holds its result.
        dropped: Why its call is ended before it has come to an end by itself.
    """

    task: Task
    place: int
    call_id: str
    record: TaskRecord
    arguments: dict[str, Any] = field(default_factory=dict)
    needs: Mapping[int, TaskRecord] = field(default_factory=lambda: _NOTHING)
    missing: int = 0
    key: str = ""
    outcome: Outcome | None = None
    attempts: int = 0
    is_decided: bool = False
    element: int | None = None
    map: "MapRun | None" = None
    message_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    dropped: str | None = None

    @property
    def order(self) -> tuple[int, int]:
        """Its place in the plan, and among the elements of its task."""
        return self.place, self.element or 0

    @property
    def is_whole(self) -> bool:
        """Whether it is a `.map` task itself, which calls nothing: its elements do."""
        return self.map is not None and self.element is None

    @property
    def calls(self) -> list["ScheduledTask"]:
        """The tool calls that it stands for: those of its elements, if it is a `.map` task."""
        return self.map.elements if self.map is not None and self.element is None else [self]

    def held_call(self) -> HeldCall:
        """The call as a person is shown it before deciding."""
        args = copied(self.record["resolved"] or {})  # who is shown it may change it
        return {"key": self.key, "task": self.task.id, "id": self.call_id, "name": self.record["tool"], "args": args}

    def close(self, outcome: Outcome) -> None:
        """Note how the task ended; a recalled end keeps its time."""
        self.outcome, record = outcome, self.record
        record["observation"], record["status"], record["error"] = outcome.observation, outcome.status, outcome.error
        if record["ended_at"] is None:
            record["ended_at"] = time.time()

    def recorded(self, outcome: Outcome) -> dict[str, Any]:
        """The end of the call as the journal keeps it: plain data, without what is empty."""
        kept = {name: getattr(outcome, name) for name in _OF_OUTCOME}
        record = cast(dict[str, Any], self.record)
        kept |= {name: record[name] for name in _OF_RECORD} | {"edited": record.get("edited")}
        kept["ended_at"] = self.record["ended_at"] or time.time()
        return {name: value for name, value in kept.items() if value is not None}

    def recalled(self, recorded: Mapping[str, Any]) -> Outcome:
        """The end of the call as an earlier attempt at the run recorded it."""
        record = cast(dict[str, Any], self.record)
        record.update({name: recorded.get(name) for name in (*_OF_RECORD, "ended_at")})
        if recorded.get("edited"):
            record["edited"] = True
        return Outcome(**{name: recorded[name] for name in _OF_OUTCOME if name in recorded})

    def decided(self, decision: Mapping[str, Any]) -> Outcome | None:
        """What a person's decision makes of the call: its end, or None if it is to run, perhaps as edited."""
        if decision["type"] == "reject":
            return Outcome(status="rejected", error=decision.get("message") or REJECTED)
        if decision["type"] == "respond":
            return Outcome(decision["message"])
        if decision["type"] == "edit":
            edited = decision["edited_action"]
            self.record["tool"], self.record["resolved"] = edited.get("name", self.record["tool"]), dict(edited["args"])
            self.record["edited"] = True
        self.is_decided = True
        return None


@dataclass(slots=True, eq=False)
class MapRun:
    """How far a `.map` task has come.

    Attributes:
        whole: The task of the plan.
        elements: Its calls, in order, as far as they are known.
        is_closed: Whether no further element can come.
        left: How many elements have not ended.
        is_started: Whether a call of it has been started.
        awaited: Places that tasks wait for and that no element has taken yet.
        followers: `.map` tasks that go through this one's elements, and wait for their number.
        parameter: The parameter that every element is for, if the plan names one.
    """

    whole: ScheduledTask
    elements: list[ScheduledTask] = field(default_factory=list)
    is_closed: bool = False
    left: int = 0
    is_started: bool = False
    awaited: set[int] = field(default_factory=set)
    followers: list[ScheduledTask] = field(default_factory=list)
    parameter: str | None = None

    def __post_init__(self) -> None:
        self.whole.map = self
        self.whole.record["elements"] = []
        self.whole.record["observation"] = []

    def add(self, element: ScheduledTask) -> None:
        """Take a further element."""
        element.map, element.element = self, len(self.elements)
        self.elements.append(element)
        self.left += 1
        self.whole.record["elements"].append(element.record)
        self.whole.record["observation"].append(None)

    def close(self, element: ScheduledTask, outcome: Outcome) -> None:
        """Note that an element has ended."""
        self.left -= 1
        if self.whole.outcome is not None:
            return
        self.whole.record["observation"][element.element] = outcome.observation
        if (started := element.record["started_at"]) is not None:
            before = self.whole.record["started_at"]
            self.whole.record["started_at"] = started if before is None else min(before, started)

    def outcome(self) -> Outcome:
        """What all elements together gave; those that failed are named."""
        records = self.whole.record["elements"]
        failed = [(place, each) for place, each in enumerate(records) if each["status"] != "ok"]
        observation = self.whole.record["observation"]
        if not failed:
            return Outcome(observation)
        is_dropped = all(each["status"] == "cancelled" for _, each in failed)
        return Outcome(observation, status="cancelled" if is_dropped else "error", error=_told(failed, len(records)))


def _told(failed: Sequence[tuple[int, TaskRecord]], count: int) -> str:
    places = ", ".join(f"[{place}]" for place, _ in failed)
    reasons = "; ".join(f"[{place}] {text_of(each)}" for place, each in failed[:_SHOWN])
    more = "; ..." if len(failed) > _SHOWN else ""
    return f"{len(failed)} of {count} elements have no result, {places}: {reasons}{more}"
