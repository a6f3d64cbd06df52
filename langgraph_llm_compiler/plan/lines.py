"""Finds tasks, thoughts and the plan's end in the text around the calls."""

import re
from collections.abc import Set
from typing import Final, Literal, NamedTuple

from langgraph_llm_compiler.plan import patterns
from langgraph_llm_compiler.plan.names import ToolNames
from langgraph_llm_compiler.plan.task import Ending

_STOPS: Final = re.compile(r"[(\n>]")
_LEAD: Final = 64
"""Characters from the start of a line that tell a thought or a comment."""

_MARKS: Final = r"[\s<>/|*#`\[\]{}()~=.!\-]*"
_END_LINE: Final = re.compile(rf"{_MARKS}(?P<name>[A-Za-z][A-Za-z_ \-]{{1,40}}?){_MARKS}")
_SHORT_LINE: Final = 80
"""Characters of a line that can be an end marker or a bare `join`, at most."""


class CallStart(NamedTuple):
    """The beginning of a call, up to its `(`.

    Attributes:
        id: The task's number; 0 for an ending without one.
        name: The tool's name as written.
        line: 1-based line of the plan.
        thought: Text of the `Thought:` lines before it.
        ending: Which ending it is, None for a task.
    """

    id: int
    name: str
    line: int
    thought: str | None
    ending: Literal["join", "answer"] | None


class LineScanner:
    """Reads what stands between calls, line by line, and stops behind the `(` of each call.

    Attributes:
        start: The call that begins where `feed` stopped, None where none does.
        ended: Whether the plan has ended without a call: by a marker, or a `join` that forgot its parentheses.
        ending: That `join`.
    """

    def __init__(self, names: ToolNames, used: Set[int]) -> None:
        """Start a plan; `used` are the ids that tasks have so far, and is expected to grow with each task."""
        self.start: CallStart | None = None
        self.ended = False
        self.ending: Ending | None = None
        self._names, self._used = names, used
        self._line_number, self._last_id = 1, -1
        self._thoughts: list[str] = []
        self._maybe: CallStart | None = None
        self._begin_line(after_task=False)

    def feed(self, text: str, position: int) -> int:
        """Read on in `text`; return where reading stopped: at a call, at a line's end, or at the text's."""
        self.start = None
        if self._maybe is not None:
            maybe, self._maybe = self._maybe, None
            if text[position] in patterns.VALUE_LEADS:
                self._begin_call(maybe)
                return position
        stop = _STOPS.search(text, position)
        if stop is None:
            self._extend(text[position:])
            return len(text)
        self._extend(text[position : stop.start()])
        if stop.group() == "\n":
            self._end_line()
        elif stop.group() == "(":
            self._parenthesis()
        else:
            self._extend(">")
            self._tag()
        return stop.end()

    def resume(self, newlines: int) -> None:
        """A call with so many newlines in it has ended; go on behind it, on the same line."""
        self._line_number += newlines
        self._begin_line(after_task=True)

    def finish(self) -> bool:
        """The text has ended; return whether its last line ended the plan."""
        self._end_line()
        return self.ended

    # The line so far ----------------------------------------------------------------------------------------------

    def _begin_line(self, *, after_task: bool) -> None:
        self._after_task = after_task
        self._parts: list[str] = []
        self._lead = self._tail = ""
        self._size = 0

    def _extend(self, text: str) -> None:
        if text:
            self._parts.append(text)
            self._size += len(text)
            self._tail = (self._tail + text)[-patterns.WINDOW :]
            if len(self._lead) < _LEAD:
                self._lead = (self._lead + text)[:_LEAD]

    def _is_comment(self) -> bool:
        return self._after_task and self._lead.lstrip().startswith(("#", "//"))

    def _end_line(self) -> None:
        if self._size:
            self._note_thought(self._size)
            if self._size <= _SHORT_LINE and not self.ended:
                self._short_line(self._tail)
        self._line_number += 1
        self._begin_line(after_task=False)

    def _note_thought(self, end: int) -> None:
        """Keep the line's thought, if the line up to `end` is one."""
        if "thought" not in self._lead.lower() or self._is_comment():
            return
        line = "".join(self._parts)
        label = patterns.THOUGHT.match(line)
        if label is None:
            return
        thought = line[label.end() : end].strip()
        if thought.count("**") % 2:
            thought = thought.removesuffix("**").rstrip()
        if thought:
            self._thoughts.append(thought)

    # Calls --------------------------------------------------------------------------------------------------------

    def _parenthesis(self) -> None:
        found = self._header() if self._tail else None
        if found is not None and found[1]:
            self._begin_call(found[0])
            return
        self._maybe = found[0] if found is not None else None
        self._extend("(")

    def _begin_call(self, start: CallStart) -> None:
        header = patterns.HEADER.search(self._tail.removesuffix("("))
        if header is not None:
            self._note_thought(self._size - len(self._tail) + header.start())
        thought = "\n".join(self._thoughts) or None
        self._thoughts.clear()
        self._last_id = max(self._last_id, start.id)
        self.start = start._replace(thought=thought)

    def _header(self) -> tuple[CallStart, bool] | None:
        """The call whose name stands before a `(`, and whether it surely is one, whatever comes behind that."""
        last = self._tail[-1]
        if not (last.isalnum() or last in "_*` \t") or self._is_comment():
            return None
        match = patterns.HEADER.search(self._tail)
        if match is not None:
            return self._numbered(match)
        match = patterns.UNNUMBERED_ENDING.match(self._tail) if self._size <= _SHORT_LINE else None
        return None if match is None else (self._call(0, match["name"]), False)

    def _call(self, task_id: int, name: str) -> CallStart:
        ending = _ENDINGS.get(name.lower())
        return CallStart(task_id, name, self._line_number, None, ending)

    def _numbered(self, match: re.Match[str]) -> tuple[CallStart, bool] | None:
        call = self._call(int(match["id"]), match["name"])
        exact, known = self._names.has(call.name), self._names.find(call.name).known
        if not exact and not (call.name[0].isalpha() or call.name[0] == "_"):
            return None
        if self._at_start(self._tail[: match.start()]):
            sure = exact or not match["gap"]
            found = (call, sure) if sure or known or call.ending else None
        else:
            fresh = call.id > self._last_id and call.id not in self._used
            clear = match["mark"].rstrip()[-1] in ".)" and not match["gap"]
            found = (call, False) if fresh and clear and (known or call.ending) else None
        return found

    def _at_start(self, before: str) -> bool:
        """Whether a task may stand behind this text because it begins a line, or follows a task."""
        if self._size > len(self._tail):
            return False
        if patterns.LINE_START.fullmatch(before):
            return True
        return self._after_task and patterns.BETWEEN_TASKS.fullmatch(before) is not None

    # The end of the plan ------------------------------------------------------------------------------------------

    def _tag(self) -> None:
        tag = patterns.TAG.search(self._tail)
        if tag is None:
            return
        before, seen = self._tail[: tag.start()], self._after_task or self._last_id >= 0
        closes = "/" in tag["close"] and tag["name"].strip().lower() == "plan"
        if (closes or patterns.is_end_marker(tag["name"])) and (seen or not before.strip() or _is_join(before)):
            self._end(join=self._size <= _SHORT_LINE and _is_join(before))

    def _short_line(self, line: str) -> None:
        if self._is_comment():
            return
        seen = self._last_id >= 0
        if _is_join(line, numbered=not seen):
            self._end(join=True)
            return
        words = _END_LINE.fullmatch(line)
        if words is not None and (seen or "_" in words["name"]) and patterns.is_end_marker(words["name"]):
            self._end(join=False)

    def _end(self, *, join: bool) -> None:
        self.ended = True
        self.ending = Ending("join") if join else None


_ENDINGS: Final[dict[str, Literal["join", "answer"]]] = {"join": "join", "answer": "answer"}


def _is_join(line: str, *, numbered: bool = False) -> bool:
    match = patterns.BARE_JOIN.fullmatch(line)
    return match is not None and (match["id"] is not None or not numbered)
