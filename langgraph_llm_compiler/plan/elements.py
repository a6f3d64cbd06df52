"""Reads the elements of a `.map` task while its line is still being written."""

from collections.abc import Callable
from typing import Any

from langgraph_llm_compiler.plan.reader import UnreadableError, read_element
from langgraph_llm_compiler.plan.scanner import CallScanner


class ElementReader:
    """Takes the elements of the list that a call's arguments begin with, each once, when a comma or bracket ends it.

    Args:
        call: The scanner that reads the call.
        is_tool: Whether a name is that of a tool.
    """

    def __init__(self, call: CallScanner, is_tool: Callable[[str], bool]) -> None:
        self._call, self._is_tool = call, is_tool
        self._position = self._depth = 0
        self._begin = 1
        self.is_over = False

    def fresh(self) -> list[Any]:
        """The elements that have become complete since the last time; none where the arguments are no plain list."""
        values: list[Any] = []
        tokens = self._call.tokens
        while self._position < len(tokens) and not self.is_over:
            if self._call.fault or (self._position == 0 and tokens[0].kind != "["):
                self.is_over = True
                break
            if self._ends_element(tokens[self._position].kind):
                values += self._element()
            self._position += 1
        return values

    def _ends_element(self, kind: str) -> bool:
        if kind in "([{":
            self._depth += 1
        elif kind in ")]}":
            self._depth -= 1
        return (kind == "," and self._depth == 1) or self._depth == 0

    def _element(self) -> list[Any]:
        tokens = self._call.tokens[self._begin : self._position]
        is_last = self._depth == 0
        self._begin, self.is_over = self._position + 1, is_last
        if is_last and not tokens:  # `[]`, or a comma before the bracket
            return []
        try:
            return [read_element(self._call.so_far(), tokens, self._is_tool)]
        except UnreadableError:  # the whole call will say so
            self.is_over = True
            return []
