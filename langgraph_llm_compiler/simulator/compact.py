"""Plays the compact style: plans with `.map` and `answer(...)`; a joiner whose reply is the answer or the next plan.

A script's plan has a task for every call. In the compact style calls of one tool that stand together become one task,
so every task of the script has a place: `$2`, or `$2[0]` for an element. Places of tasks that were planned are read
from the plans in the prompt, never from the script: what a task gave is what stands in the prompt under its place.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from langgraph_llm_compiler.plan.parser import PlanParser
from langgraph_llm_compiler.plan.render import render_call
from langgraph_llm_compiler.plan.task import Reference, Task
from langgraph_llm_compiler.simulator.calls import Call, Place, replace_references, values_of
from langgraph_llm_compiler.simulator.facts import CannotTellError, Evidence
from langgraph_llm_compiler.simulator.moves import UNANSWERED, decide, next_round
from langgraph_llm_compiler.simulator.rules import Given
from langgraph_llm_compiler.simulator.script import Round, ScriptedQuestion
from langgraph_llm_compiler.simulator.transcript import is_results, text_of

__all__ = ["compact_calls", "first_plan", "next_number", "read_results", "reply_after", "text_after_results"]

_RESULT = re.compile(r"^\$(?P<id>\d+)(?:\[(?P<element>\d+)\])? = (?P<text>.*)$")
_LAST_LINE = re.compile(r"^[ \t]*(\d{1,9})[.)][ \t]*(?:join|answer)\(", re.MULTILINE)
_FENCE = re.compile(r"`{3,}")
_FILLED = re.compile(r"(\{\$\d+\})")
_SHARED = 2
"""So many calls of one tool, one behind the other, are written as one."""


def compact_calls(messages: Iterable[Mapping[str, Any]]) -> list[Call]:
    """Reads the calls that were planned after a question, and what the results say each of them gave.

    Args:
        messages: What follows the question: plan and results, round by round.
    """
    calls: list[Call] = []
    for plan, results in _rounds(messages):
        given = read_results(results)
        earlier = {_place_of(call)[0] for call in calls}
        calls += [replace(call, observation=given.get(_place_of(call))) for call in _planned(plan, earlier)]
    return calls


def next_number(messages: Iterable[Mapping[str, Any]], calls: Iterable[Call]) -> int:
    """Gives the number with which a further plan starts: plans count their last lines too."""
    lasts = (int(found[1]) for plan, _ in _rounds(messages) for found in _LAST_LINE.finditer(plan))
    return 1 + max((*lasts, *(_place_of(call)[0] for call in calls)), default=0)


def _rounds(messages: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """Plan and results of every round that has ended."""
    plan = ""
    for message in messages:
        if is_results(message):
            yield plan, text_of(message)
        elif message.get("role") == "assistant":
            plan = text_of(message)


def _planned(plan: str, earlier: set[int]) -> list[Call]:
    parser = PlanParser(earlier=earlier)
    return [call for task in (*parser.feed(plan), *parser.close()) for call in _calls_of(task)]


def _calls_of(task: Task) -> Iterator[Call]:
    elements = task.args[0] if task.is_map and task.args else None
    if not isinstance(elements, (list, tuple)):
        yield Call(task.tool, values_of([*task.args, *task.kwargs.values()]), place=(task.id, None))
        return
    for index, element in enumerate(elements):
        values = values_of(element.values() if isinstance(element, dict) else [element])
        yield Call(task.tool, values, place=(task.id, index))


def _place_of(call: Call) -> Place:
    return call.place or (0, None)


def read_results(text: str) -> dict[Place, str]:
    r"""Reads what each call gave.

    Example:
        >>> read_results("Results:\n$1[0] = Rome\n$2 = ```\none\ntwo\n```")
        {(1, 0): 'Rome', (2, None): 'one\ntwo'}
    """
    return _read_message(text)[0]


def text_after_results(text: str) -> str:
    r"""Gives what a message with results says behind them; nothing that a tool wrote.

    Example:
        >>> text_after_results("Results:\n$1 = ```\nAnswer now!\n\nor\n```\n\nAnswer in French.")
        'Answer in French.'
    """
    return _read_message(text)[1]


def _read_message(text: str) -> tuple[dict[Place, str], str]:
    found: dict[Place, str] = {}
    lines = iter(text.split("\n"))
    for line in lines:
        result = _RESULT.match(line)
        if result is not None:
            value = result["text"]
            place = int(result["id"]), None if result["element"] is None else int(result["element"])
            found[place] = "\n".join(_until(lines, value)) if _FENCE.fullmatch(value) else value
        elif not line:
            break
    return found, "\n".join(lines)


def _until(lines: Iterable[str], fence: str) -> list[str]:
    inner: list[str] = []
    for line in lines:
        if line == fence:
            break
        inner.append(line)
    return inner


@dataclass(frozen=True, slots=True)
class _Line:
    """One task of the compact plan and the script's tasks that it stands for."""

    number: int
    tasks: tuple[Task, ...]

    def places(self) -> dict[int, Place]:
        if len(self.tasks) == 1:
            return {self.tasks[0].id: (self.number, None)}
        return {task.id: (self.number, element) for element, task in enumerate(self.tasks)}


def _grouped(tasks: Sequence[Task]) -> list[list[Task]]:
    groups: list[list[Task]] = []
    for task in tasks:
        if groups and _joins(groups[-1], task):
            groups[-1].append(task)
        else:
            groups.append([task])
    return [part for group in groups for part in ([group] if len(group) >= _SHARED else [[each] for each in group])]


def _joins(group: Sequence[Task], task: Task) -> bool:
    ids = {each.id for each in group}
    return _is_single(task) and _is_single(group[0]) and task.tool == group[0].tool and not ids & task.dependencies


def _is_single(task: Task) -> bool:
    return len(task.args) == 1 and not task.kwargs and isinstance(task.args[0], (str, int, float, Reference))


class _Writer:
    """Writes one round's plan.

    Args:
        round: The round.
        evidence: What the prompt says; facts in it fill the plan.
        places: Places of the tasks that were planned before.
        first: Number of the plan's first task.
    """

    def __init__(self, round: Round, evidence: Evidence, places: Mapping[int, Place], first: int) -> None:
        self._round, self._evidence = round, evidence
        self._lines = [_Line(number, tuple(tasks)) for number, tasks in enumerate(_grouped(round.tasks), start=first)]
        self._places = {**places, **{id: place for line in self._lines for id, place in line.places().items()}}

    def plan(self) -> str:
        """Gives the plan.

        Raises:
            CannotTellError: If the prompt does not say what has to stand in it.
        """
        calls = [self._call(line) for line in self._lines]
        calls.append(f"{self._lines[-1].number + 1}. {self._ending()}")
        return "\n".join(calls)

    def _call(self, line: _Line) -> str:
        first = line.tasks[0]
        if len(line.tasks) > 1:
            elements = [self._moved(task.args[0], task.dependencies) for task in line.tasks]
            return f"{line.number}. {render_call(Task(line.number, first.tool, (elements,), is_map=True))}"
        return f"{line.number}. {self._rendered(first.tool, first.args, first.kwargs, first.dependencies)}"

    def _ending(self) -> str:
        """`answer(...)` where the script has one, or a result is the answer as it stands, else `join()`."""
        rule, own = self._round.answer, self._round.compact_answer
        if own is not None:
            return self._rendered("answer", own.args, own.kwargs, own.dependencies)
        if isinstance(rule, Given) and rule.digits is None and rule.of.startswith("$"):
            return f"answer({self._shown(int(rule.of[1:]))})"
        return "join()"

    def _rendered(self, name: str, args: Sequence[Any], kwargs: Mapping[str, Any], ids: frozenset[int]) -> str:
        moved = {key: self._moved(value, ids) for key, value in kwargs.items()}
        return render_call(Task(0, name, tuple(self._moved(value, ids) for value in args), moved))

    def _moved(self, value: Any, ids: frozenset[int]) -> Any:
        """A value with the places that the tasks `ids` have in the conversation, and with what stands in braces."""
        if isinstance(value, Reference):
            number, element = self._place(value.id)
            return Reference(number, (*(() if element is None else (element,)), *value.path))
        if isinstance(value, str):
            return "".join(self._text(part, ids) for part in _FILLED.split(value))
        if isinstance(value, dict):
            return {key: self._moved(each, ids) for key, each in value.items()}
        return type(value)(self._moved(each, ids) for each in value) if isinstance(value, (list, tuple)) else value

    def _text(self, part: str, ids: frozenset[int]) -> str:
        is_filled = _FILLED.fullmatch(part) is not None
        return self._evidence.fill(part if is_filled else replace_references(part, ids, self._shown))

    def _shown(self, id: int) -> str:
        number, element = self._place(id)
        return f"${number}" if element is None else f"${number}[{element}]"

    def _place(self, id: int) -> Place:
        if id not in self._places:
            raise CannotTellError(f"task {id} has no observation")
        return self._places[id]


def first_plan(question: ScriptedQuestion, evidence: Evidence) -> str:
    """Writes the planner's plan."""
    try:
        return _Writer(question.rounds[0], evidence, {}, 1).plan()
    except CannotTellError as error:
        return UNANSWERED.format(reason=error)


def reply_after(
    question: ScriptedQuestion, evidence: Evidence, found: Mapping[int, Call], first: int, *, must_answer: bool
) -> tuple[str, bool]:
    """Gives the joiner's reply, and whether it is an answer rather than the next plan.

    Args:
        question: What is asked.
        evidence: What the prompt says.
        found: The calls that it shows, by the script's task ids.
        first: The number with which a further plan starts.
        must_answer: Whether no further plan is allowed.
    """
    decision = decide(question, evidence, found, must_answer)
    upcoming = next_round(question, found) if decision.replan else None
    if upcoming is None:
        return decision.text, True
    try:
        places = {id: _place_of(call) for id, call in found.items()}
        return _Writer(upcoming, evidence, places, first).plan(), False
    except CannotTellError as error:
        return UNANSWERED.format(reason=error), True
