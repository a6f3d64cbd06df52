"""Reads a plan from the planner's text while it streams."""

from collections.abc import Collection
from typing import Literal, cast

from langgraph_llm_compiler.errors import (
    DuplicateTaskError,
    PlanError,
    PlanParseError,
    UndefinedReferenceError,
    UnknownToolError,
)
from langgraph_llm_compiler.plan.elements import ElementReader
from langgraph_llm_compiler.plan.lines import CallStart, LineScanner
from langgraph_llm_compiler.plan.names import ToolNames
from langgraph_llm_compiler.plan.reader import Arguments, UnreadableError, read_arguments
from langgraph_llm_compiler.plan.reference import examine_references
from langgraph_llm_compiler.plan.scanner import CallScanner
from langgraph_llm_compiler.plan.task import BegunMap, Element, Ending, Task

_LONGEST_EXCERPT = 200
_NO_ARGUMENTS: Arguments = ((), {})
_NO_REFERENCES: tuple[frozenset[int], None] = (frozenset(), None)


class PlanParser:
    r"""Reads the tasks of one plan from text that arrives in pieces, however it is cut.

    A task is returned by the `feed` that brings its closing parenthesis. What is wrong with a task is said in its
    `error`; nothing is raised and no task is left out.

    >>> parser = PlanParser({"search", "math"})
    >>> [task.tool for task in parser.feed('1. search("Mount Everest")\n2. ma')]
    ['search']
    >>> [sorted(task.dependencies) for task in parser.feed('th("$1 / 2")\n3. join()')]
    [[1]]
    >>> parser.ending.name
    'join'

    Attributes:
        ending: The `join()` or `answer(...)` that ended the plan, None while there was none.
        ended: Whether the plan is over: what follows is no part of it.
    """

    def __init__(self, tool_names: Collection[str] | None = None, *, earlier: Collection[int] = ()) -> None:
        """Start a plan.

        Args:
            tool_names: Names of the tools there are; tasks with other names are errors. None accepts every name.
            earlier: Ids of the tasks of earlier rounds, which can be referred to. A plan that uses one again, as models
                do that restart their numbering, means its own task by it from then on.
        """
        self.ending: Ending | None = None
        self.ended: bool = False
        self._names = ToolNames(tool_names)
        self._ids, self._own = set(earlier), set[int]()
        self._lines = LineScanner(self._names, self._own)
        self._start: CallStart | None = None
        self._call: CallScanner | None = None
        self._elements: ElementReader | None = None
        self._one_line = False

    def feed(self, text: str) -> list[Task]:
        """Read the next piece of the plan; return the tasks that became complete with it."""
        tasks: list[Task] = []
        waiting = [(text, 0)]
        while waiting and not self.ended:
            piece, position = waiting.pop()
            while position < len(piece) and not self.ended:
                if self._call is None:
                    position = self._read_line(piece, position)
                    continue
                position = self._call.feed(piece, position)
                if self._call.finished:
                    rest = self._end_call(self._call, tasks)
                    if rest:
                        waiting += ((piece, position), (rest, 0))
                        break
        return tasks

    def begun(self) -> BegunMap | None:
        """The elements of a `.map` task that have arrived since this was last asked, while its line is being written.

        Once the task is complete, `feed` returns it with all its elements, these among them.

        >>> parser = PlanParser({"search"})
        >>> parser.feed('1. search.map(["Everest", "K2", "Ma')
        []
        >>> [element.value for element in parser.begun().elements]
        ['Everest', 'K2']
        """
        if self._elements is None or self._start is None:
            return None
        elements: list[Element] = []
        for value in self._elements.fresh():
            dependencies, wrong = examine_references(value, self._ids)
            if wrong is not None:  # an error of the whole task, once it is complete
                self._elements = None
                break
            elements.append(Element(value, dependencies))
        if not elements:
            return None
        return BegunMap(self._start.id, self._names.find(self._start.name).name, tuple(elements), self._start.thought)

    def close(self) -> list[Task]:
        """The plan's text has ended; return the tasks of which only that was missing."""
        tasks: list[Task] = []
        while self._call is not None and not self.ended:
            self._call.finish()
            rest = self._end_call(self._call, tasks)
            tasks += self.feed(rest)
        if not self.ended and self._lines.finish():
            self.ending = self.ending or self._lines.ending
        self.ended = True
        return tasks

    def _read_line(self, text: str, position: int) -> int:
        position = self._lines.feed(text, position)
        if self._lines.ended:
            self.ended, self.ending = True, self._lines.ending
        elif self._lines.start is not None:
            self._start = self._lines.start
            self._call = CallScanner(self._begins_task, one_line=self._one_line)
            self._elements = self._element_reader(self._start, self._call)
        return position

    def _element_reader(self, start: CallStart, call: CallScanner) -> ElementReader | None:
        tool = self._names.find(start.name)
        is_map = tool.is_map and tool.known and start.ending is None and start.id not in self._own
        return ElementReader(call, self._names.has) if is_map else None

    def _begins_task(self, task_id: int, name: str) -> bool:
        """Whether a line inside a quoted string can be the next task; asked only while a call is being read."""
        return self._start is not None and task_id > self._start.id and self._names.find(name).known

    def _end_call(self, call: CallScanner, tasks: list[Task]) -> str:
        text, rest = call.take()
        start = cast(CallStart, self._start)
        self._start = self._call = self._elements = None
        self._one_line = self._one_line or call.went_back
        self._lines.resume(text.count("\n"))
        arguments, error = self._arguments(start, text, call)
        plain = "$" not in text and "\\" not in text
        found = _NO_REFERENCES if plain else examine_references(arguments, self._ids)
        if start.ending is not None:
            self._end(start.ending, arguments, error, *found)
        else:
            tasks.append(self._task(start, arguments, error, *found))
        return rest

    def _arguments(self, start: CallStart, text: str, call: CallScanner) -> tuple[Arguments, PlanError | None]:
        reason = call.fault
        if reason is None:
            try:
                return read_arguments(text, call.tokens, self._names.has), None
            except UnreadableError as error:
                reason = str(error)
            except RecursionError:
                reason = "their brackets are nested too deep"
        excerpt = f"{start.name}({text}{')' if call.closed else ''}"
        if len(excerpt) > _LONGEST_EXCERPT:
            excerpt = f"{excerpt[:_LONGEST_EXCERPT]}..."
        return _NO_ARGUMENTS, PlanParseError(start.line, excerpt, f"its arguments cannot be read: {reason}")

    def _end(
        self,
        name: Literal["join", "answer"],
        arguments: Arguments,
        error: PlanError | None,
        dependencies: frozenset[int],
        wrong: str | None,
    ) -> None:
        if error is None and wrong is not None:
            error = PlanError(f"the answer refers to {wrong!r}, but no task has that id")
        self.ended = True
        self.ending = Ending(name, *arguments, dependencies, error if name == "answer" else None)

    def _task(
        self,
        start: CallStart,
        arguments: Arguments,
        error: PlanError | None,
        dependencies: frozenset[int],
        wrong: str | None,
    ) -> Task:
        tool = self._names.find(start.name)
        if start.id in self._own:
            error = DuplicateTaskError(start.id)
        elif not tool.known:
            error = UnknownToolError(tool.name, self._names.all)
        elif error is None and wrong is not None:
            error = UndefinedReferenceError(start.id, wrong)
        self._ids.add(start.id)
        self._own.add(start.id)
        return Task(start.id, tool.name, *arguments, dependencies, start.thought, error, tool.is_map)
