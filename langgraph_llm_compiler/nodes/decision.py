"""The joiner's reply: `Thought: ...`, then `Action: Finish(answer)` or `Action: Replan(feedback)`."""

import re
from dataclasses import dataclass
from typing import Literal

_ACTION = re.compile(
    r"^[ \t*_`>#-]*(?:Action\b[ \t*_`]*:?[ \t*_`]*)?(Finish|Replan)\s*\(", re.IGNORECASE | re.MULTILINE
)
_INLINE = re.compile(r"\bAction\s*:\s*(Finish|Replan)\s*\(", re.IGNORECASE)
_THOUGHT = re.compile(r"^\W*Thought\W*?:\W*?[ \t]*", re.IGNORECASE)
_PARENTHESIS = re.compile(r"[()]")
_MARKUP = " \t\r\n.`*_"
"""What may follow the closing parenthesis without being a remark."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What the joiner decided.

    Attributes:
        kind: `finish` or `replan`.
        text: The answer, or the feedback for the next plan.
        thought: Its reason.
    """

    kind: Literal["finish", "replan"]
    text: str
    thought: str


def read_decision(reply: str) -> Decision | None:
    """The decision in a joiner's reply, or None if there is none.

    The last action at the start of a line counts, since a model may echo its prompt first.
    """
    if (action := _last_action(reply)) is None:
        return None
    kind: Literal["finish", "replan"] = "finish" if action[1].lower() == "finish" else "replan"
    return Decision(kind, _argument(reply[action.end() :]).strip(), _THOUGHT.sub("", reply[: action.start()]).strip())


def _last_action(text: str) -> re.Match[str] | None:
    actions = list(_ACTION.finditer(text)) or list(_INLINE.finditer(text))
    for action in reversed(actions):
        if not any(_is_within(text, each, action) for each in actions if each.end() <= action.start()):
            return action
    return None


def _is_within(text: str, outer: re.Match[str], inner: re.Match[str]) -> bool:
    """Whether the inner action is part of the outer one's answer: no parenthesis closes the outer before it."""
    between = _Argument()
    between.feed(text[outer.end() : inner.start()])
    return between.first is None


def _argument(rest: str) -> str:
    """The text up to the last parenthesis that closes the action; up to the first, if only remarks follow its line."""
    argument = _Argument()
    argument.feed(rest)
    end = argument.certain()
    if argument.last is not None and not rest[argument.last + 1 :].strip(_MARKUP):
        end = argument.last
    return rest[:end]


class _Argument:
    """The text after an action's opening parenthesis, and the parentheses in it that nothing before them opened.

    There may be several, as in `Finish(a) one b) two)`. What is in parentheses of its own closes nothing.
    """

    def __init__(self) -> None:
        self.text = ""
        self.first: int | None = None
        self.last: int | None = None
        self._depth = 0

    def feed(self, text: str) -> None:
        for found in _PARENTHESIS.finditer(text):
            if found[0] == "(":
                self._depth += 1
            elif self._depth:
                self._depth -= 1
            else:
                self.last = len(self.text) + found.start()
                self.first = self.last if self.first is None else self.first
        self.text += text

    def certain(self) -> int:
        """Where the part of the argument ends that is certain, whatever may still follow."""
        if self.first is None or self.last is None:
            bare = self.text.rstrip(_MARKUP)  # nothing closes it: cut off, or an opening parenthesis too many
            return len(bare) - 1 if bare.endswith(")") else len(self.text)
        line_end = self.text[self.first + 1 :].split("\n", 1)[0]
        return self.last if line_end.strip(_MARKUP) else self.first


class AnswerStream:
    """Takes the joiner's reply as it streams and gives the parts of it that are the answer, without the rest."""

    def __init__(self) -> None:
        self.given = ""
        self._before = ""
        self._argument: _Argument | None = None

    def feed(self, text: str) -> str:
        """The further text of the answer that is certain now; from where it may end, text is held back."""
        if self._argument is None:
            self._before += text
            action = _ACTION.search(self._before)
            if action is None or action[1].lower() != "finish":
                return ""
            text, self._argument = self._before[action.end() :], _Argument()
        self._argument.feed(text if self._argument.text else text.lstrip())
        answer = self._argument.text[: self._argument.certain()].rstrip()
        new = answer[len(self.given) :]
        self.given += new
        return new
