"""The joiner's reply: `Thought: ...`, then `Action: Finish(answer)` or `Action: Replan(feedback)`."""

import re
from dataclasses import dataclass
from typing import Literal

_ACTION = re.compile(
    r"^[ \t*_`>#-]*(?:Action\b[ \t*_`]*:?[ \t*_`]*)?(Finish|Replan)\s*\(", re.IGNORECASE | re.MULTILINE
)
_INLINE = re.compile(r"\bAction\s*:\s*(Finish|Replan)\s*\(", re.IGNORECASE)
_THOUGHT = re.compile(r"^\W*Thought\W*?:\W*?[ \t]*", re.IGNORECASE)


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
        enclosing = next((each for each in actions if each.end() <= action.start()), None)
        if enclosing is None or not _is_within(text, enclosing, action):
            return action
    return None


def _is_within(text: str, outer: re.Match[str], inner: re.Match[str]) -> bool:
    """Whether the inner action is part of the outer one's answer: no parenthesis closes the outer before it."""
    return _balanced_end(text[outer.end() : inner.start()]) is None


def _argument(rest: str) -> str:
    """The text up to the last closing parenthesis; up to the matching one, if only remarks follow that."""
    last = rest.rfind(")")
    if last < 0:
        return rest  # the reply was cut off
    if rest[last + 1 :].strip(" \t\r\n.`*_") and (matching := _balanced_end(rest)) is not None:
        line_end = rest[matching + 1 :].split("\n", 1)[0].strip(" \t\r.`*_")
        return rest[:last] if line_end else rest[:matching]
    return rest[:last]


def _balanced_end(text: str) -> int | None:
    depth = 1
    for position, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if depth == 0:
            return position
    return None


class AnswerStream:
    """Takes the joiner's reply as it streams and gives the parts of it that are the answer, without the rest."""

    def __init__(self) -> None:
        self._text, self._start, self._given = "", -1, 0

    def feed(self, text: str) -> str:
        """The further text of the answer that is certain now.

        From a closing parenthesis on, text is held back: the last one ends the answer.
        """
        self._text += text
        if self._start < 0:
            action = _ACTION.search(self._text)
            if action is None or action[1].lower() != "finish":
                return ""
            self._start = action.end() + len(self._text[action.end() :]) - len(self._text[action.end() :].lstrip())
            if self._start == len(self._text):
                self._start = -1
                return ""
        answer = self._text[self._start :]
        certain = answer.rfind(")") if ")" in answer else len(answer)
        certain = len(answer[:certain].rstrip())
        new, self._given = answer[self._given : certain], max(self._given, certain)
        return new
