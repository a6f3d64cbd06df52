"""What the model does next: planner, joiner and agent, as a script says and the prompt's evidence allows."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from langgraph_llm_compiler.plan.task import Task
from langgraph_llm_compiler.simulator.calls import replace_references
from langgraph_llm_compiler.simulator.facts import CannotTellError, Evidence, names_in
from langgraph_llm_compiler.simulator.script import END, Round, ScriptedQuestion

__all__ = ["UNANSWERED", "Decision", "decide", "next_round", "next_tasks", "plan_text"]

UNANSWERED = "cannot be answered: {reason}"
MORE_NEEDED = "more would have to be looked up first"
ENOUGH = "The observations say what the question asks for."
NOT_ENOUGH = "The observations do not say what the question asks for."

_NUMBERED = re.compile(r"^([ \t]*)(\d+)(?=[.)])", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Decision:
    """What the joiner decides.

    Attributes:
        thought: Why.
        text: The answer, or the feedback to the planner.
        replan: Whether it is the latter.
    """

    thought: str
    text: str
    replan: bool = False


def decide(
    question: ScriptedQuestion, evidence: Evidence, seen: Collection[int], must_answer: bool = False
) -> Decision:
    """Answers or asks for another plan, by the rules of the last round of which the prompt shows a task.

    Args:
        question: What is asked.
        evidence: What the prompt says.
        seen: Ids of the tasks that it shows.
        must_answer: Whether no further plan is allowed.
    """
    round = _latest(question, seen)
    thought = _filled(round.thought, evidence) or ENOUGH
    try:
        if round.answer is not None:
            _check_grounds(question, evidence, round.answer.names())
            return Decision(thought, round.answer.work_out(evidence))
        reason = MORE_NEEDED
    except CannotTellError as error:
        reason = str(error)
    feedback = None if must_answer else _filled(round.replan, evidence)
    if feedback is not None:
        return Decision(thought, feedback, replan=True)
    return Decision(NOT_ENOUGH, UNANSWERED.format(reason=reason))


def plan_text(question: ScriptedQuestion, evidence: Evidence, seen: Collection[int], first_id: int | None) -> str:
    """Writes the plan of the first round of which the prompt shows no task.

    Args:
        question: What is asked.
        evidence: What the prompt says; facts in it fill the plan.
        seen: Ids of the tasks that the prompt shows.
        first_id: The number that the prompt asks the plan to start with, if it does.
    """
    round = next_round(question, seen)
    if round is None:
        return f"{first_id or max(seen) + 1}. {END}"
    start = min(_ids(round))
    shift = (first_id or start) - start
    try:
        return evidence.fill(_renumbered(round, shift) if shift else round.plan, _escaped)
    except CannotTellError as error:
        return f"Thought: {error}.\n{start + shift}. {END}"


def next_round(question: ScriptedQuestion, seen: Collection[int]) -> Round | None:
    """Gives the first round of which the prompt shows no task."""
    return next((round for round in question.rounds if not _ids(round) & set(seen)), None)


def next_tasks(question: ScriptedQuestion, evidence: Evidence, seen: Collection[int]) -> Sequence[Task] | Decision:
    """Gives the tasks that an agent can call now, in plan order, or its answer when there are none.

    A later round's tasks come into play when the rounds before it give no answer. What hangs on a failed task is left.
    """
    for round in question.rounds:
        ready = [task for task in round.tasks if task.id not in seen and _can_start(task, evidence)]
        if ready:
            return ready
        if not _ids(round) <= set(seen):
            break  # the rest hangs on something that failed
        decision = decide(question, evidence, _ids(round))
        if not decision.replan:
            return decision
    return decide(question, evidence, seen, must_answer=True)


def _check_grounds(question: ScriptedQuestion, evidence: Evidence, names: Iterable[str]) -> None:
    """Insists that everything a value rests on is in the prompt, through all tasks in between.

    A real model might take the last result on trust. This one does not, so that no lost observation goes unnoticed.
    """
    tasks, waiting, grounds = {task.id: task for task in question.tasks}, list(names), dict[str, int]()
    while waiting:
        name = waiting.pop()
        if name not in grounds:
            id = int(name[1:]) if name.startswith("$") else question.facts[name].task
            grounds[name] = id or 0
            if id is not None:
                waiting += [f"${dependency}" for dependency in tasks[id].dependencies]
                waiting += names_in(question.math.get(id, ""))
    for name in sorted(grounds, key=lambda name: (grounds[name], name)):  # the first thing wrong is the cause of others
        evidence.value(name)


def _latest(question: ScriptedQuestion, seen: Collection[int]) -> Round:
    shown = [round for round in question.rounds if _ids(round) & set(seen)]
    return shown[-1] if shown else question.rounds[0]


def _ids(round: Round) -> set[int]:
    return {task.id for task in round.tasks}


def _can_start(task: Task, evidence: Evidence) -> bool:
    try:
        for id in task.dependencies:
            evidence.observation(id)
    except CannotTellError:
        return False
    return True


def _filled(template: str | None, evidence: Evidence) -> str | None:
    try:
        return None if template is None else evidence.fill(template)
    except CannotTellError:
        return None


def _renumbered(round: Round, shift: int) -> str:
    ids = _ids(round)
    plan = _NUMBERED.sub(lambda found: f"{found[1]}{int(found[2]) + shift}", round.plan)
    return replace_references(plan, ids, lambda id: f"${id + shift}")


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')
