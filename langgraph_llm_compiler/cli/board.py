"""What is known of a run's tasks, worked out from its custom events alone; the displays draw it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

PLANNED, RUNNING = "planned", "running"
LONGEST_ARGUMENT = 80
LONGEST_PREVIEW = 120


@dataclass(slots=True)
class TaskRow:
    """One task, or one element of a map, as far as events have told of it. Times are Unix seconds."""

    round: int
    id: int
    element: int | None
    tool: str
    args: Mapping[str, Any]
    dependencies: tuple[int, ...]
    status: str = PLANNED
    planned_at: float | None = None
    started_at: float | None = None
    ended_at: float | None = None
    preview: str = ""

    @property
    def number(self) -> str:
        """How the task is called in the plan: `3`, or `3[0]` for the first element of a map."""
        return str(self.id) if self.element is None else f"{self.id}[{self.element}]"

    @property
    def call(self) -> str:
        """The call in the syntax of the plan, long arguments cut."""
        if self.element is None and list(self.args) == ["elements"]:  # how a `.map` task is recorded
            return f"{self.tool}.map({_literal(self.args['elements'])})"
        return f"{self.tool}({', '.join(_arguments(self.args))})"

    def seconds(self, now: float) -> float | None:
        """How long it has run; `None` if it never started."""
        return None if self.started_at is None else (self.ended_at or now) - self.started_at


@dataclass(slots=True)
class TaskBoard:
    """The tasks of a run by round and id, its replans and its answer so far.

    Example:
        >>> board = TaskBoard()
        >>> row = board.update({"type": "task_started", "round": 1, "id": 1, "tool": "f", "args": {"x": 1}, "at": 5.0})
        >>> row.call, row.status, board.began_at
        ('f(1)', 'running', 5.0)
    """

    rows: dict[tuple[int, int, int | None], TaskRow] = field(default_factory=dict)
    replans: dict[int, str] = field(default_factory=dict)
    answer: str = ""
    began_at: float | None = None

    def update(self, event: Mapping[str, Any]) -> TaskRow | None:
        """Take in one custom event; gives the row it changed, `None` if it is about no task."""
        kind = event.get("type")
        if kind == "replan":
            self.replans[event["round"]] = event["feedback"]
        elif kind == "answer_delta":
            self.answer += event["text"]
        elif kind in _MOMENTS:
            return self._task(str(kind), event)
        return None

    def ordered(self) -> list[TaskRow]:
        """The rows in the order of the plan."""
        return [
            self.rows[key]
            for key in sorted(self.rows, key=lambda key: (key[0], key[1], -1 if key[2] is None else key[2]))
        ]

    def _task(self, kind: str, event: Mapping[str, Any]) -> TaskRow:
        key = (event["round"], event["id"], event.get("element"))
        if key not in self.rows:
            self.rows[key] = TaskRow(*key, event["tool"], {}, tuple(event.get("dependencies") or ()))
        row, at = self.rows[key], event["at"]
        if row.planned_at is None:  # as planned, with references: what came in their places can be long
            row.args = event["args"]
        row.preview = event.get("preview") or row.preview
        setattr(row, _MOMENTS[kind], at)
        row.status = _status(kind, event)
        self.began_at = at if self.began_at is None else min(at, self.began_at)
        return row


def describe(row: TaskRow) -> str:
    """One task in one line: `2. search("K2") ok in 0.51 s: K2 is ...`."""
    line = f"{row.number}. {row.call} {row.status if row.status != RUNNING else 'started'}"
    if row.ended_at is None:
        return line
    took = f" in {row.ended_at - row.started_at:.2f} s" if row.started_at is not None else ""
    return f"{line}{took}" + (f": {_cut(' '.join(row.preview.split()), LONGEST_PREVIEW)}" if row.preview else "")


def closing_line(document: Mapping[str, Any]) -> str:
    """What a run took, in one line."""
    total = document["stats"]["total"]
    return (
        f"{document['seconds']:.2f} s, {total['calls']} model calls,"
        f" {total['input_tokens']} prompt and {total['output_tokens']} completion tokens"
    )


_MOMENTS = {"task_planned": "planned_at", "task_started": "started_at", "task_finished": "ended_at"}


def _status(kind: str, event: Mapping[str, Any]) -> str:
    if kind == "task_finished":
        return event.get("status") or "ok"
    return RUNNING if kind == "task_started" else PLANNED


def _arguments(args: Mapping[str, Any]) -> list[str]:
    if len(args) == 1:
        return [_literal(value) for value in args.values()]
    return [f"{name}={_literal(value)}" for name, value in args.items()]


def _literal(value: Any) -> str:
    return _cut(json.dumps(value, ensure_ascii=False, default=str), LONGEST_ARGUMENT)


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
