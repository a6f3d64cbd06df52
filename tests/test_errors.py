"""Errors say what is wrong and what to do, and carry it as fields."""

import pytest

from langgraph_llm_compiler import errors as e

CAUSE = ConnectionError("refused")
RAISED = [
    (e.PlanParseError(3, "x(", "it ends"), "line 3 of the plan, 'x(': it ends", {"line": 3, "text": "x("}),
    (e.UnknownToolError("x", ["b", "a"]), "no tool 'x'; the tools are: a, b", {"name": "x", "available": ("a", "b")}),
    (e.UnknownToolError("x", []), "the tools are: none", {"available": ()}),
    (e.UndefinedReferenceError(2, "$7"), "task 2 refers to '$7'", {"task_id": 2, "reference": "$7"}),
    (e.ReferencePathError("$1.a", "no keys"), "'$1.a' leads to nothing: no keys", {"reference": "$1.a"}),
    (e.DuplicateTaskError(4), "already is a task 4", {"task_id": 4}),
    (e.DependencyCycleError([1, 2]), "tasks 1, 2 wait for each other", {"task_ids": (1, 2)}),
    (e.ModelError("'m'", CAUSE), "the model 'm' failed: ConnectionError: refused. Check", {"endpoint": "'m'"}),
    (e.PlannerError("'m'", ValueError()), "the model 'm' failed: ValueError. Check", {"endpoint": "'m'"}),
    (e.JoinerOutputError("hm"), "`Action: Finish(answer)` or", {"text": "hm"}),
    (e.JoinerOutputError("hm", "an answer"), "asked twice for an answer, the joiner replied 'hm'", {"text": "hm"}),
]


@pytest.mark.parametrize(("error", "message", "fields"), RAISED)
def test_errors(error, message, fields):
    assert isinstance(error, e.LLMCompilerError)
    assert message in str(error)
    assert {name: getattr(error, name) for name in fields} == fields


def test_the_cause_of_a_failed_model_is_kept():
    assert e.PlannerError("'m'", CAUSE).__cause__ is CAUSE
    assert issubclass(e.PlannerError, e.ModelError)
    assert issubclass(e.ConfigurationError, ValueError)
