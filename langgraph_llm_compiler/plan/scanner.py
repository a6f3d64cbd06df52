"""Finds where a task's arguments end, one character at a time, and cuts them into tokens.

The scanner decides from the characters alone and never from where the text was cut, so every split of a plan is read
alike. It reads each character once. The exception, at most once in a plan: a quote that is never closed has swallowed
the tasks after it, and what follows the place where a reader would have closed it is read again.
"""

from collections.abc import Callable
from typing import NamedTuple

from langgraph_llm_compiler.plan import patterns
from langgraph_llm_compiler.plan.patterns import skip
from langgraph_llm_compiler.plan.strings import BeginsTask, StringEnd, StringScanner


class Token(NamedTuple):
    """A piece of a call's arguments, by its place in them.

    Attributes:
        kind: `s` for a quoted string, `u` for one whose closing quote was forgotten, `w` for a run of unquoted text,
            else the punctuation itself.
        start: Where it starts.
        end: Where it ends.
        inner_start: Where a string's contents start.
        inner_end: Where they end.
    """

    kind: str
    start: int
    end: int
    inner_start: int = 0
    inner_end: int = 0


class CallScanner:
    """Reads the text behind a task's `(`, up to the `)` that closes it.

    Attributes:
        finished: Whether the call has ended.
        closed: Whether its closing parenthesis stood there, not just was understood.
        tokens: The arguments' tokens so far.
        fault: Why the arguments cannot be read, where that shows already here.
        went_back: Whether a forgotten quote had swallowed text, which is now to be read again.
    """

    __slots__ = (
        "_begins_task", "_deepest", "_end", "_hold", "_length", "_line_at", "_one_line", "_pieces", "_resume",
        "_spaced", "_stack", "_state", "_string", "_token_at", "_word", "closed", "fault", "finished", "tokens",
        "went_back",
    )  # fmt: skip

    def __init__(self, begins_task: BeginsTask, *, one_line: bool = False) -> None:
        """Start behind an opening parenthesis.

        Args:
            begins_task: Tells whether a line that starts like this number and name can be the next task.
            one_line: Close a forgotten quote at the first line that looks finished instead of looking further.
        """
        self._begins_task, self._one_line = begins_task, one_line
        self.finished = self.closed = self.went_back = self._spaced = False
        self.tokens: list[Token] = []
        self.fault: str | None = None
        self._pieces: list[str] = []
        self._stack = ["("]
        self._state: _State = CallScanner._value
        self._length = self._end = self._resume = self._token_at = self._line_at = 0
        self._deepest = 1
        self._word = self._hold = ""
        self._string: StringScanner | None = None

    def feed(self, text: str, start: int) -> int:
        """Read on in `text` from `start`; return where reading stopped: at its end, or behind the call's."""
        origin, i, size = self._length - start, start, len(text)
        while i < size and not self.finished:
            i = self._state(self, text, i, origin)
        self._pieces.append(text[start:i])
        self._length += i - start
        return i

    def finish(self) -> None:
        """End the call, because the plan has ended."""
        if self._string is not None:
            self._string.finish(self._length)
            self._end_string(self._string)
        elif self._state in (CallScanner._raw, CallScanner._numbered):
            self._end_word(self._length)
        elif self._state in (CallScanner._value, CallScanner._value_line):
            self.fault = self.fault or "they are cut off"
        if not self.finished:
            self._stop(self._length, self._length)

    def so_far(self) -> str:
        """The text of the arguments that has been read; every token's place is in it."""
        self._pieces = ["".join(self._pieces)]
        return self._pieces[0]

    def take(self) -> tuple[str, str]:
        """The text of the arguments, and text that was read but belongs to what follows."""
        text = "".join(self._pieces)
        return text[: self._end], text[self._resume :]

    # Brackets, separators and ends --------------------------------------------------------------------------------

    def _stop(self, end: int, resume: int) -> None:
        self.finished, self.closed = True, resume > end
        self._end, self._resume = end, resume
        if self._deepest > patterns.MAX_DEPTH:
            self.fault = "their brackets are nested too deep"
        elif len(self._stack) > 1 and not self.fault:
            self.fault = f"a {self._stack[-1]!r} is never closed"

    def _open(self, bracket: str, at: int) -> None:
        self.tokens.append(Token(bracket, at, at + 1))
        self._stack.append(bracket)
        self._deepest = max(self._deepest, len(self._stack))
        self._state = CallScanner._value

    def _close(self, bracket: str, at: int) -> None:
        stack, wanted = self._stack, patterns.PAIRS[bracket]
        if stack[-1] != wanted:
            self.fault = self.fault or f"a {bracket!r} closes nothing"
            while bracket == ")" and stack[-1] != "(":
                stack.pop()
        if stack[-1] == wanted:
            stack.pop()
        if not stack:
            self._stop(at, at + 1)
        else:
            self.tokens.append(Token(bracket, at, at + 1))
            self._state = CallScanner._after

    def _separate(self, mark: str, at: int) -> None:
        self.tokens.append(Token(mark, at, at + 1))
        self._state = CallScanner._value

    def _end_line(self, then: "_State", at: int) -> None:
        self._line_at, self._state = at, then

    # A value is expected ------------------------------------------------------------------------------------------

    def _value(self, text: str, i: int, origin: int) -> int:
        if text[i] in " \t\r\f\v\u00a0":
            return skip(patterns.SPACE, text, i)
        char, at = text[i], origin + i
        if char in patterns.CLOSERS:
            return self._open_string(text, i, at, at)
        if char in "([{":
            self._open(char, at)
        elif char in ")]}":
            self._close(char, at)
        elif char == ",":
            self._separate(char, at)
        elif char == "\n":
            self._end_line(CallScanner._value_line, at)
        elif char == "#" and self.tokens and self.tokens[-1].kind in ",[{":
            self._state = CallScanner._comment_before_value
        else:
            self._token_at, self._word, self._state = at, "", CallScanner._raw
            return i
        return i + 1

    def _value_line(self, text: str, i: int, origin: int) -> int:
        """At the start of a line, where a value is expected."""
        end = skip(patterns.SPACE_AND_LINES, text, i)
        newline = text.rfind("\n", i, end)
        if newline >= 0:
            self._line_at = origin + newline
        if end == len(text):
            return end
        self._state = CallScanner._value
        if text[end] in "0123456789" and self._stack[-1] != "{":
            self._token_at, self._hold, self._state = origin + end, "", CallScanner._numbered
        elif text[end] == "#":
            self._state = CallScanner._comment_before_value
        return end

    def _numbered(self, text: str, i: int, origin: int) -> int:
        """In a line that starts with a digit: a value, or already the next task, `2. search(`."""
        end = skip(patterns.NUMBER_RUN, text, i)
        self._hold += text[i:end]
        if len(self._hold) <= patterns.WINDOW and patterns.TASK_LINE_START.match(self._hold):
            if end == len(text):
                return end
            if text[end] == "(" and patterns.TASK_LINE.match(self._hold):
                self.fault = self.fault or "they are cut off"
                self._stop(self._line_at, self._line_at)
                return end
        self._word, self._state = self._hold[: patterns.WINDOW], CallScanner._raw
        return end

    def _comment_before_value(self, text: str, i: int, origin: int) -> int:
        newline = text.find("\n", i)
        if newline < 0:
            return len(text)
        self._end_line(CallScanner._value_line, origin + newline)
        return newline + 1

    # Unquoted text ------------------------------------------------------------------------------------------------

    def _end_word(self, at: int) -> None:
        self.tokens.append(Token("w", self._token_at, at))

    def _raw(self, text: str, i: int, origin: int) -> int:
        end = skip(patterns.BARE_RUN, text, i)
        self._extend_word(text[i : min(end, i + patterns.WINDOW)])
        if end == len(text):
            return end
        char, at = text[end], origin + end
        if char in patterns.QUOTES:
            return self._quote_in_word(text, end, at)
        if char in ":=" and not self._is_key(char):
            self._extend_word(char)
            return end + 1
        self._end_word(at)
        if char in ",:=":
            self._separate(char, at)
        elif char == "\n":
            self._end_line(CallScanner._after_line, at)
        elif char in "([{":
            self._open(char, at)
        else:
            self._close(char, at)
        return end + 1

    def _extend_word(self, text: str) -> None:
        """Remember how the unquoted text starts, as far as that can be a name."""
        if len(self._word) < patterns.WINDOW:
            self._word += text

    def _quote_in_word(self, text: str, i: int, at: int) -> int:
        """A quote in unquoted text is an apostrophe, except behind the prefix of a string, as in `f"..."`."""
        if text[i] in "\"'" and self._word.lower() in patterns.STRING_PREFIXES:
            return self._open_string(text, i, self._token_at, at)
        self._extend_word(text[i])
        return i + 1

    def _is_key(self, mark: str) -> bool:
        """Whether the unquoted text before a `:` or `=` is the name of an argument, or the key in a dict."""
        if mark == ":" and self._stack[-1] == "{":
            return True
        in_call = self._stack[-1] == "(" if mark == "=" else len(self._stack) == 1
        return in_call and patterns.KEYWORD.match(self._word) is not None

    # A quoted string ----------------------------------------------------------------------------------------------

    def _open_string(self, text: str, i: int, token_at: int, at: int) -> int:
        plain = patterns.PLAIN_STRING.match(text, i)
        if plain is not None:
            size = plain.end() - i
            self.tokens.append(Token("s", token_at, at + size, at + 1, at + size - 1))
            self._state = CallScanner._after
            return plain.end()
        self._token_at, self._state = token_at, CallScanner._in_string
        self._string = StringScanner(text[i], at + 1, self._begins_task, one_line=self._one_line)
        return i + 1

    def _in_string(self, text: str, i: int, origin: int) -> int:
        string = self._string
        if string is None:  # pragma: no cover - only for the type checker
            return len(text)
        i = string.feed(text, i, origin)
        if string.outcome is not None:
            self._end_string(string)
        return i

    def _end_string(self, string: StringScanner) -> None:
        self._string = None
        if string.outcome is StringEnd.CLOSED:
            self.tokens.append(Token("s", self._token_at, string.stop + string.width, string.start, string.stop))
            self._spaced, self._state = string.spaced, CallScanner._after
            return
        if string.looks_finished and string.whole and len(self._stack) == 1:
            self.tokens.append(Token("u", self._token_at, string.stop, string.start, string.stop))
        else:
            self.fault = self.fault or "a quote is never closed"
        self.went_back = True
        self._stop(string.stop, string.stop)

    # A value is complete ------------------------------------------------------------------------------------------

    def _after(self, text: str, i: int, origin: int) -> int:
        if text[i] in " \t\r\f\v\u00a0":
            self._spaced = True
            return skip(patterns.SPACE, text, i)
        char, at, spaced, self._spaced = text[i], origin + i, self._spaced, False
        string = bool(self.tokens) and self.tokens[-1].kind == "s"
        if char in patterns.CLOSERS and string:
            return self._open_string(text, i, at, at)
        if char in ")]}":
            self._close(char, at)
        elif char in "([{":
            self._open(char, at)
        elif char == "," or (char in ":=+" and string) or (char == ":" and self._stack[-1] == "{"):
            self._separate(char, at)
        elif char == "\n":
            self._end_line(CallScanner._after_line, at)
        elif char == "#" and spaced:
            self._state = CallScanner._comment_after_value
        else:
            self._token_at, self._word, self._state = at, "\n", CallScanner._raw
            return i
        return i + 1

    def _after_line(self, text: str, i: int, origin: int) -> int:
        """At the start of a line, behind a complete value: only punctuation can continue the call."""
        end = skip(patterns.SPACE_AND_LINES, text, i)
        if end == len(text):
            return end
        char = text[end]
        if char in ",)]}" or (char in patterns.CLOSERS and self.tokens[-1].kind == "s"):
            self._state = CallScanner._after
        else:
            self._stop(self._line_at, self._line_at)
        return end

    def _comment_after_value(self, text: str, i: int, origin: int) -> int:
        newline = text.find("\n", i)
        if newline < 0:
            return len(text)
        self._end_line(CallScanner._after_line, origin + newline)
        return newline + 1


_State = Callable[[CallScanner, str, int, int], int]
