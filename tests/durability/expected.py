"""What a case has to give, worked out from its tasks alone: without the package, its parser or its scheduler."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.durability.cases import Case, Given, Ref, Task, chance, made

RESULT = re.compile(r"<[0-9a-f]{6}>")


def is_faulty(tag: str, of: str) -> bool:
    return chance("shaky", tag, of) < 30


def several(tag: str, of: str) -> list[str]:
    """What the tool `many` gives."""
    return [made("many", tag, of, str(place)) for place in range(2 + chance(tag, of) % 2)]


def decision_on(tag: str, of: str) -> dict[str, Any]:
    """What the person decides on a call of `send`: the call alone determines it, so that a misplaced one shows."""
    kind = chance("decision", tag, of)
    if kind < 40:
        return {"type": "approve"}
    if kind < 65:
        return {"type": "edit", "edited_action": {"name": "send", "args": {"tag": tag, "of": f"{of} edited"}}}
    if kind < 80:
        return {"type": "reject", "message": f"no {tag}"}
    return {"type": "respond", "message": made("respond", tag, of)}


def confirmed(tag: str) -> str:
    """What the person says to a call of `confirm`."""
    return made("yes", tag)


@dataclass
class Ended:
    """How a task ended."""

    status: str
    observation: Any = None
    elements: list["Ended"] = field(default_factory=list)

    @property
    def shown(self) -> list[Any]:
        return [self.status, self.observation, [each.shown for each in self.elements]]


def joined(results: Sequence[str]) -> str:
    """The joiner's answer: every result that it was shown goes into it."""
    return f"Joined {made(*sorted(set(results)))[1:-1]}"


@dataclass
class Expected:
    """How each task of a case ends, and the answer."""

    case: Case
    ended: dict[int, Ended] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for task in (task for tasks in self.case.rounds for task in tasks):
            self.ended[task.id] = self._end(task)

    @property
    def is_direct(self) -> bool:
        """Whether the plan's own `answer(...)` is the answer."""
        return self.case.answer is not None and self._text(self.case.answer) is not None

    @property
    def answer(self) -> str:
        if self.case.answer is not None and (text := self._text(self.case.answer)) is not None:
            return text
        return joined(RESULT.findall(json.dumps([each.shown for each in self.ended.values()])))

    def _end(self, task: Task) -> Ended:
        if not task.is_map:
            return self._call(task, 0)
        if task.over is None:
            return _whole([self._call(task, place) for place in range(len(task.given))])
        over = self.ended[task.over.task]
        if over.status != "ok":
            return Ended("skipped")
        return _whole([Ended("ok", made("echo", each)) for each in over.observation])

    def _call(self, task: Task, place: int) -> Ended:
        of = self._text(task.given[place])
        return Ended("skipped") if of is None else _ended(task.tool, task.tag(place), of)

    def _text(self, given: Given) -> str | None:
        """The argument with results in place of references; None if one of them is missing."""
        values = [self._value(ref) for ref in given.refs]
        if None in values:
            return None
        texts = [each if isinstance(each, str) else json.dumps(each) for each in values]
        return texts[0] if given.is_bare else " ".join([given.word, *texts])

    def _value(self, ref: Ref) -> Any:
        ended = self.ended[ref.task]
        if ref.place is not None and ended.elements:
            ended = ended.elements[ref.place]
            return ended.observation if ended.status == "ok" else None
        if ended.status != "ok":
            return None
        return ended.observation if ref.place is None else ended.observation[ref.place]


def _ended(tool: str, tag: str, of: str) -> Ended:
    match tool:
        case "shaky" if is_faulty(tag, of):
            return Ended("error")
        case "many":
            return Ended("ok", several(tag, of))
        case "confirm":
            return Ended("ok", made("confirm", tag, of, confirmed(tag)))
        case "read":
            return Ended("ok", made("read", of))
        case "send":
            return _decided(tag, of, decision_on(tag, of))
    return Ended("ok", made(tool, tag, of))


def _decided(tag: str, of: str, decision: Mapping[str, Any]) -> Ended:
    match decision["type"]:
        case "reject":
            return Ended("rejected")
        case "respond":
            return Ended("ok", decision["message"])
        case "edit":
            of = decision["edited_action"]["args"]["of"]
    return Ended("ok", made("send", tag, of))


def _whole(elements: list[Ended]) -> Ended:
    is_whole = all(each.status == "ok" for each in elements)
    return Ended("ok" if is_whole else "error", [each.observation for each in elements], elements)
