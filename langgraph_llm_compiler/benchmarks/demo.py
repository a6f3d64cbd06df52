"""Which questions of a suite a short demonstration runs: some of every kind, in the suite's order."""

from collections.abc import Sequence

from langgraph_llm_compiler.benchmarks.suite import Question


def choose_questions(questions: Sequence[Question], count: int) -> list[Question]:
    """Take `count` questions, one of each kind by turns, so that replans and follow-ups are among them.

    Example:
        >>> kinds = ["sum", "sum", "sum", "replan"]
        >>> questions = [Question(str(k), "q", "a", kind=kind) for k, kind in enumerate(kinds)]
        >>> [question.id for question in choose_questions(questions, 2)]
        ['0', '3']
    """
    by_kind: dict[str, list[Question]] = {}
    for question in questions:
        by_kind.setdefault(question.kind, []).append(question)
    chosen: list[Question] = []
    while len(chosen) < min(count, len(questions)):
        chosen += [kind.pop(0) for kind in by_kind.values() if kind]
    ids = {question.id for question in chosen[:count]}
    return [question for question in questions if question.id in ids]
