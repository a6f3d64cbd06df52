"""What a reply in the compact style is: the next plan, or the answer; told from its first line while it streams."""

import re
from collections.abc import Collection
from typing import Final, Literal

from langgraph_llm_compiler.plan.names import ToolNames

Kind = Literal["plan", "answer", "action"]

_MARKS: Final = r"[ \t*_`>#-]*"
_TASK: Final = re.compile(rf"{_MARKS}[0-9]{{1,9}}[.)][ \t*_`]*(?P<name>[\w.-]+)\(")
_MAYBE_TASK: Final = re.compile(rf"{_MARKS}(?:[0-9]{{1,9}}(?:[.)][ \t*_`]*(?P<name>[\w.-]*))?)?")
_ENDING: Final = re.compile(r"""join\(\)|answer\(["'$]""")
_ENDINGS: Final = ("join()", 'answer("', "answer('", "answer($")
_ACTION: Final = re.compile(rf"{_MARKS}(?:Action\b[ \t*_`]*:[ \t*_`]*)?(?:Finish|Replan)[ \t]*\(", re.IGNORECASE)
_ACTIONS: Final = ("action: finish(", "action: replan(", "finish(", "replan(")
_THOUGHT: Final = re.compile(rf"{_MARKS}Thought\b[ \t*_`]*:", re.IGNORECASE)
_THOUGHT_LABEL: Final = "thought:"
_FENCE: Final = re.compile(r"```[\w-]*")


class Reply:
    """A reply as it arrives; `kind` is None until its first line that is not blank or a thought tells.

    Args:
        names: Names of the tools: only a line that calls one of them begins a plan.

    Example:
        >>> reply = Reply(["search"])
        >>> reply.feed("3. sea"), reply.feed('rch("K2")')
        (None, 'plan')
        >>> Reply(["search"]).feed("3. Seattle")
        'answer'
    """

    def __init__(self, names: Collection[str]) -> None:
        self.text = ""
        self.kind: Kind | None = None
        self._names = ToolNames(names)
        self._line = 0
        self._fence: int | None = None

    def feed(self, text: str) -> Kind | None:
        """Read on; give the kind, as soon as it is certain."""
        self.text += text
        if self.kind is None:
            self.kind = self._tell(is_over=False)
        return self.kind

    def close(self) -> Kind:
        """The reply has ended; give its kind."""
        if self.kind is None:
            self.kind = self._tell(is_over=True) or "answer"
        return self.kind

    @property
    def body(self) -> str:
        """The reply without thoughts before it."""
        return self.text[self._line :] if self.kind is not None else ""

    def _tell(self, *, is_over: bool) -> Kind | None:
        while True:
            end = self.text.find("\n", self._line)
            is_whole = end >= 0 or is_over
            line = self.text[self._line : end if end >= 0 else len(self.text)].lstrip()
            if not self._is_skipped(line, is_whole=is_whole):
                kind = self._kind_of(line, is_whole=is_whole)
                if kind == "answer" and self._fence is not None:  # the code block is part of the answer
                    self._line = self._fence
                return kind
            if end < 0:
                if is_over:
                    self._line = len(self.text) if self._fence is None else self._fence
                return None
            if self._fence is None and line.startswith("```"):
                self._fence = self._line
            self._line = end + 1

    def _is_skipped(self, line: str, *, is_whole: bool) -> bool:
        """Whether the line is blank, a thought, or the edge of a code block before a plan, or may still become one."""
        if _THOUGHT.match(line) or not line.strip():
            return True
        if is_whole:
            return bool(_FENCE.fullmatch(line.strip()))
        lead = line.lstrip(" \t*_`>#-").lower()
        return _THOUGHT_LABEL.startswith(lead) or bool(_FENCE.fullmatch(line))

    def _kind_of(self, line: str, *, is_whole: bool) -> Kind | None:
        task = _TASK.match(line)
        if task is not None:
            return "plan" if self._is_called(task["name"]) else "answer"
        if _ENDING.match(line):
            return "plan"
        if _ACTION.match(line):
            return "action"
        if is_whole:
            return "answer"
        return None if self._may_become(line) else "answer"

    def _is_called(self, name: str) -> bool:
        return name in ("join", "answer") or self._names.find(name).known

    def _may_become(self, line: str) -> bool:
        lead = line.lstrip(" \t*_`>#-").lower()
        if any(each.startswith(lead) for each in (*_ENDINGS, *_ACTIONS)):
            return True
        maybe = _MAYBE_TASK.fullmatch(line)
        if maybe is None:
            return False
        begun = (maybe["name"] or "").casefold().replace("-", "_")
        names = ("join", "answer", *self._names.all, *(f"{name}.map" for name in self._names.all))
        prefixed = (*names, *(f"{prefix}{name}" for prefix in ("functions.", "tools.") for name in names))
        return any(each.casefold().replace("-", "_").startswith(begun) for each in prefixed)
