"""Scripts: the questions that the simulator can play, how they are planned, and how their answers are worked out.

The format is documented in docs/simulator.md. A script is checked when it is read, so that whoever writes one hears of
a slip at once, with the question and the field.
"""

import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from langgraph_llm_compiler.plan.parser import PlanParser
from langgraph_llm_compiler.plan.task import Ending, Task
from langgraph_llm_compiler.simulator.calls import Signature, signature, values_of
from langgraph_llm_compiler.simulator.facts import FIGURE, Fact, names_in
from langgraph_llm_compiler.simulator.fields import Fields, ScriptError
from langgraph_llm_compiler.simulator.rules import Rule, read_rule
from langgraph_llm_compiler.simulator.transcript import Turn

__all__ = ["Round", "ScriptError", "ScriptedQuestion", "load_script", "parse_script"]

END = "join()<END_OF_PLAN>"
"""How a plan ends, where the script leaves it out."""

_ROUND = ("plan", "thought", "answer", "replan", "compact_answer")
_QUESTION = ("question", "history", "facts", "math", "thoughts")
_NOTES = ("id", "kind", "branch", "label", "note")
"""Fields of a question that the player does not look at."""
_BRACED_TASK = re.compile(r"\{(\$\d+)\}")
_FIGURE_MARK = re.compile(r"(?<!\\)#")


@dataclass(frozen=True, slots=True)
class Round:
    """One plan and what the joiner makes of it.

    Attributes:
        plan: The plan as the planner writes it; facts of earlier rounds in braces.
        tasks: Its tasks.
        thought: What the joiner says before its decision; values in braces.
        answer: How the answer follows, if this round can give one.
        replan: Feedback to the planner, if this round can give none; values in braces.
        compact_answer: The `answer(...)` that ends the plan in the compact style.
    """

    plan: str
    tasks: tuple[Task, ...]
    thought: str | None = None
    answer: Rule | None = None
    replan: str | None = None
    compact_answer: Ending | None = None


@dataclass(frozen=True, slots=True)
class ScriptedQuestion:
    """One question of a script.

    Attributes:
        question: Its text.
        rounds: Its rounds; task ids go on through them.
        history: Turns of the conversation that must stand before it.
        facts: Its facts by name.
        math: By task id the expression that the math tool's own model call writes; values in braces.
        thoughts: What a ReAct agent thinks before a task (by its id) and before the answer (`"answer"`).
        signatures: What calls of its tasks may look like, by id in plan order: as the plan has them, and as the
            expression alone.
    """

    question: str
    rounds: tuple[Round, ...]
    history: tuple[Turn, ...] = ()
    facts: Mapping[str, Fact] = field(default_factory=dict)
    math: Mapping[int, str] = field(default_factory=dict)
    thoughts: Mapping[str, str] = field(default_factory=dict)
    signatures: Mapping[int, tuple[Signature, ...]] = field(default_factory=dict)

    @property
    def tasks(self) -> list[Task]:
        """The tasks of all rounds."""
        return [task for round in self.rounds for task in round.tasks]


def load_script(path: str | Path) -> list[ScriptedQuestion]:
    """Reads a script file.

    Args:
        path: A JSON file: a list of questions, or an object with that list under `questions`.

    Raises:
        ScriptError: If it cannot be read or played; names the question and the field.
    """
    name = f"script {str(path)!r}"
    try:
        data = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise ScriptError(name, f"cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise ScriptError(name, f"is no JSON: {error}") from error
    return parse_script(data)


def parse_script(data: Any) -> list[ScriptedQuestion]:
    r"""Reads a script that is JSON data already.

    Raises:
        ScriptError: If it cannot be played; names the question and the field.

    Example:
        >>> [nile] = parse_script([{
        ...     "question": "How long is the Nile?", "plan": '1. search("Nile")\n2. join()',
        ...     "facts": {"length": {"task": 1, "pattern": "# km"}}, "answer": {"op": "value", "of": "length"},
        ... }])
        >>> nile.rounds[0].tasks[0].tool
        'search'
    """
    entries = data.get("questions") if isinstance(data, dict) else data
    if not isinstance(entries, list) or not entries:
        raise ScriptError("script", "must be a list of questions, or an object that holds it as 'questions'")
    return [_question(entry, _name(entry, number)) for number, entry in enumerate(entries, start=1)]


def _name(entry: Any, number: int) -> str:
    known = entry if isinstance(entry, dict) else {}
    name = known.get("id") or known.get("question")
    return f"question {number} ({name!r})" if name else f"question {number}"


def _question(entry: Any, name: str) -> ScriptedQuestion:
    short = isinstance(entry, dict) and "rounds" not in entry  # one round, written into the question itself
    fields = Fields(entry, name, known=(*_QUESTION, *_NOTES, *(_ROUND if short else ["rounds"])))
    rounds: list[Round] = []
    for spec in [fields] if short else fields.objects("rounds", _ROUND):
        rounds.append(_round(spec, {task.id for round in rounds for task in round.tasks}))
    if not rounds:
        raise fields.error("rounds", "must hold at least one round")
    math = _math(fields)
    question = ScriptedQuestion(
        question=fields.text("question"),
        rounds=tuple(rounds),
        history=tuple(_turn(spec) for spec in fields.objects("history", ("role", "content"))),
        facts={key: _fact(key, fields.inner("facts")) for key in fields.inner("facts").data},
        math=math,
        thoughts=fields.texts("thoughts"),
        signatures={task.id: _forms(task, math) for round in rounds for task in round.tasks},
    )
    _Check(question, fields).all(short)
    return question


def _turn(spec: Fields) -> Turn:
    if spec.text("role") not in {"user", "assistant"}:
        raise spec.error("role", "must be 'user' or 'assistant'")
    return Turn(spec.text("role"), spec.text("content"))


def _fact(name: str, facts: Fields) -> Fact:
    spec = facts.inner(name, ("task", "turn", "about", "pattern"))
    if not name.isidentifier():
        raise spec.error("", "a fact's name consists of letters, digits and underscores")
    if ("task" in spec) == ("turn" in spec):
        raise spec.error("", "needs either 'task' (whose observation it stands in) or 'turn' (of the history)")
    about, task, turn = spec.optional("about", str), spec.optional("task", int), spec.optional("turn", int)
    return Fact(name, _pattern(spec), about, task, turn)


def _pattern(spec: Fields) -> re.Pattern[str]:
    try:
        pattern = re.compile(_FIGURE_MARK.sub(lambda _: FIGURE, spec.text("pattern")), re.IGNORECASE)
    except re.error as error:
        raise spec.error("pattern", f"is no regular expression: {error}") from error
    if pattern.groups != 1:
        raise spec.error("pattern", f"needs exactly one group or one '#', not {pattern.groups}")
    return pattern


def _math(fields: Fields) -> dict[int, str]:
    texts = fields.texts("math")
    for key in texts:
        if not key.isdecimal():
            raise fields.inner("math").error(key, "must be the id of a task")
    return {int(key): text for key, text in texts.items()}


def _forms(task: Task, math: Mapping[int, str]) -> tuple[Signature, ...]:
    if task.id not in math:
        return (signature(task),)
    expression = _BRACED_TASK.sub(r"\1", math[task.id])
    return signature(task), signature(replace(task, args=(expression,), kwargs={}))


def _round(spec: Fields, earlier: Collection[int]) -> Round:
    parser, plan = PlanParser(earlier=earlier), spec.text("plan").strip()
    tasks = (*parser.feed(plan), *parser.close())
    if not tasks:
        raise spec.error("plan", 'has no task; write one a line, as `1. search("text")`')
    for task in tasks:
        if task.error is not None:
            raise spec.error("plan", f"task {task.id}: {task.error}")
        if task.id in earlier:  # facts and rules name tasks by their ids alone
            raise spec.error("plan", f"task {task.id}: there already is a task {task.id} in an earlier round")
    return Round(
        plan=plan if parser.ending else f"{plan}\n{tasks[-1].id + 1}. {END}",
        tasks=tasks,
        thought=spec.optional("thought", str),
        answer=read_rule(spec, "answer"),
        replan=spec.optional("replan", str),
        compact_answer=_compact_answer(spec, {*earlier, *(task.id for task in tasks)}),
    )


def _compact_answer(spec: Fields, ids: Collection[int]) -> Ending | None:
    """The arguments of an `answer(...)`, which may refer to tasks of the round and of those before it."""
    if "compact_answer" not in spec:
        return None
    parser = PlanParser(earlier=ids)
    parser.feed(f"1. answer({spec.text('compact_answer')})\n")
    parser.close()
    ending = parser.ending
    if ending is None or ending.error is not None or "answer" not in spec:
        reason = "no arguments of answer(...)" if ending is None else ending.error or "needs 'answer' beside it"
        raise spec.error("compact_answer", str(reason))
    return ending


def _names_in_arguments(ending: Ending | None) -> list[str]:
    arguments = () if ending is None else (*ending.args, *ending.kwargs.values())
    return [name for value in values_of(arguments) for name in names_in(value)]


class _Check:
    """Refuses names that mean nothing, and rounds that lead nowhere."""

    def __init__(self, question: ScriptedQuestion, fields: Fields) -> None:
        self.question, self.fields = question, fields
        self.ids: set[int] = set()

    def all(self, short: bool) -> None:
        """Goes through the rounds in order, so that nothing is used before it is there."""
        for index, round in enumerate(self.question.rounds):
            place = "" if short else f"rounds[{index}]."
            self.names(names_in(round.plan), f"{place}plan")
            self.names(_names_in_arguments(round.compact_answer), f"{place}compact_answer")
            self.ids |= {task.id for task in round.tasks}
            self.names(names_in(round.thought or ""), f"{place}thought")
            self.names(names_in(round.replan or ""), f"{place}replan")
            self.names(round.answer.names() if round.answer else (), f"{place}answer")
            self.ending(round, index == len(self.question.rounds) - 1, place)
        self.names(self.question.facts, "facts")
        for id, expression in self.question.math.items():
            self.names((f"${id}", *names_in(expression)), f"math.{id}")
            self.context(id, names_in(expression))
        for name in self.question.thoughts:
            self.names(() if name == "answer" else (f"${name}",), f"thoughts.{name}")

    def ending(self, round: Round, last: bool, place: str) -> None:
        if last and round.answer is None:
            raise self.fields.error(f"{place}answer", "the last round needs one")
        if last != (round.replan is None):
            raise self.fields.error(f"{place}replan", "every round but the last needs one, and the last takes none")

    def names(self, names: Iterable[str], place: str) -> None:
        for name in names:
            fact = self.question.facts.get(name)
            if fact is not None and fact.turn is not None:
                self.turn(fact.turn, f"facts.{name}.turn")
                continue
            if fact is None and not name[1:].isdecimal():
                facts = ", ".join(self.question.facts) or "none"
                raise self.fields.error(place, f"{name!r} is no fact; there are: {facts}")
            task = int(name[1:]) if fact is None else fact.task
            if task not in self.ids:
                raise self.fields.error(place, f"{name!r} needs task {task}, which no plan up to here has")

    def context(self, id: int, names: Iterable[str]) -> None:
        """The tool's own model call sees nothing but its arguments."""
        task = next(task for task in self.question.tasks if task.id == id)
        for name in names:
            source = self.question.facts[name].task if name in self.question.facts else int(name[1:])
            if source not in task.dependencies and name not in self.question.signatures[id][0].names:
                raise self.fields.error(f"math.{id}", f"{name!r} is not in the arguments of task {id}; add ${source}")

    def turn(self, turn: int, place: str) -> None:
        if not 0 <= turn < len(self.question.history):
            raise self.fields.error(place, f"is {turn}; 'history' has {len(self.question.history)}, counted from 0")
