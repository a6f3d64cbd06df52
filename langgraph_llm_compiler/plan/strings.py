"""Finds where a quoted string ends, one character at a time, also where a model forgot to escape or to close."""

from collections.abc import Callable
from enum import Enum

from langgraph_llm_compiler.plan.patterns import (
    CLOSERS,
    LINE_RUN,
    PAIRS,
    QUOTES,
    SPACE,
    STRING_STOPS,
    TASK_LINE,
    TASK_LINE_START,
    TRIPLE_STOPS,
    WINDOW,
    skip,
)

BeginsTask = Callable[[int, str], bool]
"""Whether a line that starts like this number and tool name can be the task after the one that is being read."""


class StringEnd(Enum):
    """How a string ended."""

    CLOSED = "by its closing quote"
    FORGOTTEN = "its closing quote was forgotten, and the call ended at an earlier line's end"


class StringScanner:
    """Reads a quoted string from behind its opening quote. All places are counted from the start of the arguments.

    Attributes:
        start: Where the string's contents start.
        stop: Where they end, or where the line ends at which a forgotten quote belongs.
        outcome: How the string ended, None while it has not.
        width: How many quotes close the string.
        spaced: Whether a space stood behind the closing quote.
        whole: Whether the contents hold no unescaped quote of the string's own kind.
        looks_finished: Whether, of a forgotten quote, the line ended in `)`: then the string is what comes before it.
    """

    __slots__ = (
        "_before", "_begins_task", "_candidate", "_closers", "_hold", "_inner", "_inner_after", "_last", "_line_at",
        "_mark", "_one_line", "_quote", "_run", "_state", "_stops", "_visible", "looks_finished", "outcome", "spaced",
        "start", "stop", "whole", "width",
    )  # fmt: skip

    def __init__(self, quote: str, start: int, begins_task: BeginsTask, *, one_line: bool) -> None:
        """Start behind `quote`.

        Args:
            quote: The opening quote.
            start: The place behind it.
            begins_task: Tells whether a line inside the string can be the next task.
            one_line: Close a forgotten quote at the first line that looks finished instead of looking further.
        """
        self._quote, self._closers, self._stops = quote, CLOSERS[quote], STRING_STOPS[quote]
        self._begins_task, self._one_line = begins_task, one_line
        self.start = self.stop = start
        self.outcome: StringEnd | None = None
        self.spaced = self.looks_finished = self._inner = False
        self.whole, self.width = True, 1
        self._state: _State = StringScanner._opened
        self._last = self._visible = quote
        self._before = self._inner_after = self._hold = ""
        self._run = self._line_at = 0
        self._mark: int | None = None
        self._candidate: int | None = None

    def feed(self, text: str, i: int, origin: int) -> int:
        """Read on in `text` from `i`, whose place is `origin + i`; return where reading stopped."""
        begin, size = i, len(text)
        while i < size and self.outcome is None:
            i = self._state(self, text, i, origin)
            if i > begin:
                self._last = text[i - 1]
                self._visible = (text[begin:i].rstrip() or self._visible)[-1]
                begin = i
        return i

    def finish(self, length: int) -> None:
        """The plan ended, `length` characters into the arguments."""
        state = self._state
        if state is StringScanner._doubled:
            self._close(self.start)
        elif state is StringScanner._maybe_closed or (state is StringScanner._triple_run and self._run >= 3):
            self._close(self.stop)
        elif self._mark is not None or self._candidate is not None:
            self._go_back()
        else:
            triple = state in (StringScanner._triple, StringScanner._triple_run, StringScanner._triple_escape)
            self.outcome, self.stop = StringEnd.FORGOTTEN, length
            self.looks_finished = self._visible == ")" and not triple

    def _close(self, stop: int) -> None:
        self.outcome, self.stop = StringEnd.CLOSED, stop

    # One quote ----------------------------------------------------------------------------------------------------

    def _opened(self, text: str, i: int, origin: int) -> int:
        if text[i] == self._quote and self._quote in "\"'":
            self._state = StringScanner._doubled
            return i + 1
        self._state = StringScanner._inside
        return i

    def _doubled(self, text: str, i: int, origin: int) -> int:
        """Behind `""`: an empty string, the start of a triple-quoted one, or of `""Big" is a film"`."""
        char = text[i]
        if char == self._quote:
            self.start, self.width = self.start + 2, 3
            self._state = StringScanner._triple
            return i + 1
        if char.isspace() or char in ",)]}:=#+":
            self._close(self.start)
            return i
        self._inner, self._inner_after, self.whole = True, " ", False
        self._state = StringScanner._inside
        return i

    def _inside(self, text: str, i: int, origin: int) -> int:
        stop = self._stops.search(text, i)
        if stop is None:
            return len(text)
        at, char = stop.start(), stop.group()
        if char == "\\":
            self._state = StringScanner._escape
        elif char == "\n":
            self._end_line(text, i, at, origin)
            return at if self.outcome else at + 1
        else:
            self._before = text[at - 1] if at > i else self._last
            self.stop, self.spaced = origin + at, False
            self._state = StringScanner._maybe_closed
        return at + 1

    def _escape(self, text: str, i: int, origin: int) -> int:
        self._state = StringScanner._inside
        return i + 1

    def _maybe_closed(self, text: str, i: int, origin: int) -> int:
        """Behind a quote that may close the string: what follows it decides."""
        end = skip(SPACE, text, i)
        self.spaced = self.spaced or end > i
        if end < len(text):
            if self._closes(text[end]):
                self._close(self.stop)
            else:
                self.whole = False
                self._quote_inside(text[end])
                self._state = StringScanner._inside
        return end

    def _closes(self, char: str) -> bool:
        """Whether a quote closes the string, seen from the next character that is no space.

        Models forget to escape quotes inside strings. While an inner quotation is open, the next quote closes that
        and not the string, unless a closing bracket follows.
        """
        if self._inner:
            return char in ")]}" and PAIRS[char] != self._inner_after
        if char in ",)]}:=\n" or (char in "+#" and self.spaced):
            return True
        return char in CLOSERS and (self.spaced or char == self._quote)

    def _quote_inside(self, char: str) -> None:
        """An inner quotation opens between a space and a word, and closes between a word and a space."""
        word_before = not (self._before.isspace() or self._before in "([{-—=")
        word_after = not self.spaced and char not in ",.;:!?)]}\n"
        if self._inner and char in QUOTES:
            self._inner = False
        elif not (word_before and word_after):
            self._inner, self._inner_after = word_after, self._before

    # A line inside the string: is it the next task, and the closing quote was forgotten? ---------------------------

    def _end_line(self, text: str, i: int, at: int, origin: int) -> None:
        visible = (text[i:at].rstrip() or self._visible)[-1]
        self._line_at, self._hold = origin + at, ""
        self._state = StringScanner._line_start
        if self._mark is None and visible == ")":
            self._mark = self._line_at
            if self._one_line:
                self._go_back()

    def _line_start(self, text: str, i: int, origin: int) -> int:
        end = skip(LINE_RUN, text, i)
        self._hold += text[i:end]
        if len(self._hold) > WINDOW or not TASK_LINE_START.match(self._hold):
            self._state = StringScanner._inside
        elif end < len(text):
            task = TASK_LINE.match(self._hold) if text[end] == "(" else None
            self._state = StringScanner._inside
            if task is not None and self._begins_task(int(task["id"]), task["name"]):
                return self._task_inside(end)
        return end

    def _task_inside(self, i: int) -> int:
        if self._candidate is None:
            self._candidate = self._line_at
        if self._one_line:
            self._go_back()
            return i
        self._state = StringScanner._task_began
        return i + 1

    def _task_began(self, text: str, i: int, origin: int) -> int:
        """Behind `2. search(` inside the string: where its own quote follows, it must have ended before."""
        self._state = StringScanner._inside
        if text[i] in self._closers:
            self._go_back()
        return i

    def _go_back(self) -> None:
        self.outcome, self.looks_finished = StringEnd.FORGOTTEN, self._mark is not None
        self.stop = self._mark if self._mark is not None else self._candidate or 0

    # Three quotes -------------------------------------------------------------------------------------------------

    def _triple(self, text: str, i: int, origin: int) -> int:
        stop = TRIPLE_STOPS[self._quote].search(text, i)
        if stop is None:
            return len(text)
        if stop.group() == "\\":
            self._state = StringScanner._triple_escape
            return stop.end()
        self._run = 0
        self._state = StringScanner._triple_run
        return stop.start()

    def _triple_escape(self, text: str, i: int, origin: int) -> int:
        self._state = StringScanner._triple
        return i + 1

    def _triple_run(self, text: str, i: int, origin: int) -> int:
        """In a run of quotes: the last three of at least three close the string."""
        if text[i] == self._quote:
            self._run += 1
            self.stop = origin + i - 2
            return i + 1
        if self._run >= 3:
            self._close(self.stop)
        else:
            self._state = StringScanner._triple
        return i


_State = Callable[[StringScanner, str, int, int], int]
