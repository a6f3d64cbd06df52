"""Plays the compact style: plans with `.map` and `answer(...)`; a joiner whose reply is the answer or the next plan.

A script's plan has a task for every call. In the compact style calls of one tool that stand together become one task,
so every task of the script has a place: `$2`, or `$2[0]` for an element. The places follow from the script alone; what
the model says follows from the results that stand in the prompt under these places.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from langgraph_llm_compiler.plan.render import render_call
from langgraph_llm_compiler.plan.task import Reference, Task
from langgraph_llm_compiler.simulator.calls import replace_references
from langgraph_llm_compiler.simulator.facts import CannotTellError, Evidence
from langgraph_llm_compiler.simulator.moves import decide
from langgraph_llm_compiler.simulator.rules import Given
from langgraph_llm_compiler.simulator.script import Round, ScriptedQuestion

__all__ = ["compact_plan", "is_compact", "is_results", "read_results", "reply_after"]

Place = tuple[int, int | None]
"""A task's number in the compact plan, and its place in a map."""

_RESULTS = "Results:"
_RESULT = re.compile(r"^\$(?P<id>\d+)(?:\[(?P<element>\d+)\])? = (?P<text>.*)$")
_FENCE = re.compile(r"`{3,}")
_SHARED = 2
"""So many calls of one tool, one behind the other, are written as one."""


def is_compact(instructions: str) -> bool:
    """Whether a system prompt is that of the compact style."""
    return "numbered tool calls" in instructions and ".map([" in instructions and "answer(" in instructions


def is_results(message: Mapping[str, Any]) -> bool:
    """Whether a message brings the results of a round."""
    return message.get("role") == "user" and str(message.get("content") or "").startswith(_RESULTS)


def read_results(text: str) -> dict[Place, str]:
    r"""Reads what each call gave.

    Example:
        >>> read_results("Results:\n$1[0] = Rome\n$2 = ```\none\ntwo\n```")
        {(1, 0): 'Rome', (2, None): 'one\ntwo'}
    """
    found: dict[Place, str] = {}
    lines = iter(text.split("\n"))
    for line in lines:
        result = _RESULT.match(line)
        if result is None:
            continue
        place = int(result["id"]), None if result["element"] is None else int(result["element"])
        value = result["text"]
        if _FENCE.fullmatch(value):
            value = "\n".join(_until(lines, value))
        found[place] = value
    return found


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


def _rounds(question: ScriptedQuestion) -> list[list[_Line]]:
    """The lines of every round's plan; numbers go on from round to round."""
    rounds: list[list[_Line]] = []
    number = 1
    for round in question.rounds:
        lines: list[_Line] = []
        for tasks in _grouped(round.tasks):
            lines.append(_Line(number, tuple(tasks)))
            number += 1
        rounds.append(lines)
    return rounds


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


def _places(question: ScriptedQuestion) -> dict[int, Place]:
    return {id: place for lines in _rounds(question) for line in lines for id, place in line.places().items()}


def compact_plan(question: ScriptedQuestion, index: int, evidence: Evidence) -> str:
    """Writes the plan of a round.

    Args:
        question: What is asked.
        index: The round, from 0.
        evidence: What the prompt says; facts in it fill the plan.
    """
    places, lines = _places(question), _rounds(question)[index]
    try:
        written = [evidence.fill(_written(line, places), _escaped) for line in lines]
    except CannotTellError as error:
        return f"cannot be answered: {error}"
    last = lines[-1].number + 1
    return "\n".join([*written, f"{last}. {_ending(question.rounds[index], places)}"])


def _written(line: _Line, places: Mapping[int, Place]) -> str:
    first = line.tasks[0]
    if len(line.tasks) == 1:
        args = tuple(_moved(value, first, places) for value in first.args)
        kwargs = {name: _moved(value, first, places) for name, value in first.kwargs.items()}
        return f"{line.number}. {render_call(Task(line.number, first.tool, args, kwargs))}"
    elements = [_moved(task.args[0], task, places) for task in line.tasks]
    return f"{line.number}. {render_call(Task(line.number, first.tool, (elements,), is_map=True))}"


def _moved(value: Any, task: Task, places: Mapping[int, Place]) -> Any:
    """A value with references to the places that tasks have in the compact plan."""
    if isinstance(value, Reference):
        number, element = places[value.id]
        return Reference(number, (*(() if element is None else (element,)), *value.path))
    if isinstance(value, str):
        return replace_references(value, task.dependencies, lambda id: _shown(places[id]))
    if isinstance(value, dict):
        return {key: _moved(each, task, places) for key, each in value.items()}
    return type(value)(_moved(each, task, places) for each in value) if isinstance(value, (list, tuple)) else value


def _shown(place: Place) -> str:
    return f"${place[0]}" if place[1] is None else f"${place[0]}[{place[1]}]"


def _ending(round: Round, places: Mapping[int, Place]) -> str:
    """`answer(...)` where a result is the answer as it stands, else `join()`."""
    rule = round.answer
    if isinstance(rule, Given) and rule.digits is None and rule.of.startswith("$"):
        return f"answer({_shown(places[int(rule.of[1:])])})"
    return "join()"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')


def reply_after(
    question: ScriptedQuestion, results: Sequence[str], turns: Sequence[str], *, must_answer: bool
) -> tuple[str, bool]:
    """Gives the joiner's reply, and whether it is an answer rather than the next plan.

    Args:
        question: What is asked.
        results: The messages that brought results, one for each round so far.
        turns: The conversation before the question.
        must_answer: Whether no further plan is allowed.
    """
    given = {place: text for message in results for place, text in read_results(message).items()}
    observed = {id: given[place] for id, place in _places(question).items() if place in given}
    evidence = Evidence(observed, turns, question.facts)
    done = len(results)
    seen = {task.id for round in question.rounds[:done] for task in round.tasks}
    decision = decide(question, evidence, seen, must_answer)
    if decision.replan and done < len(question.rounds):
        return compact_plan(question, done, evidence), False
    return decision.text, True
