"""Faults of earlier implementations that concern the plan language; each was seen by running them."""

import subprocess
import sys

import pytest

from langgraph_llm_compiler.errors import DuplicateTaskError, UndefinedReferenceError
from langgraph_llm_compiler.plan import PlanParser, Reference, resolve
from tests.plan.reading import calls, read, read_in_pieces, read_one


@pytest.mark.parametrize("size", [1, 2, 7, 64])
def test_two_tokens_or_two_lines_in_one_event_lose_nothing(size: int):
    text = '1. search("a")\n2. search("b")\n3. math("$1 + $2", ["$1", "$2"])\n4. join()<END_OF_PLAN>'
    tasks, ending = read_in_pieces([text[i : i + size] for i in range(0, len(text), size)])
    assert [(task.id, task.dependencies) for task in tasks] == [(1, frozenset()), (2, frozenset()), (3, {1, 2})]
    assert ending is not None


def test_a_task_need_not_wait_for_the_next_line():
    assert [task.id for task in PlanParser().feed('1. search("a")')] == [1]


def test_an_observation_with_a_reference_in_it_is_not_replaced_again():
    assert resolve("$1 then $2", {1: "see $2 and ${2}", 2: "two"}) == "see $2 and ${2} then two"
    assert resolve([Reference(1)], {1: "$2", 2: "two"}) == ["$2"]


def test_fifteen_is_not_one_and_then_five():
    plan = "".join(f"{number}. f()\n" for number in range(1, 16))
    assert read(f"{plan}16. f('$15', 'x $15')")[-1].dependencies == {15}
    assert resolve("$15", {1: "one", 15: "fifteen"}) == "fifteen"
    assert resolve("$15", {1: "one"}) == "$15"


def test_references_in_dicts_and_keyword_arguments():
    task = read_one('3. f({"a": ["$1"]}, k="see $2")', earlier=(1, 2))
    assert task.dependencies == {1, 2}
    assert resolve(task.args, {1: 10}) == ({"a": [10]},)
    assert resolve(task.kwargs, {2: "two"}) == {"k": "see two"}


def test_a_list_is_one_argument():
    assert calls('1. search(["a", "b"])') == [(1, "search", ["a", "b"])]


def test_a_newline_inside_a_string():
    assert calls('1. search("a\nb")\n2. search("c")') == [(1, "search", "a\nb"), (2, "search", "c")]


def test_a_second_plan_that_goes_on_with_the_numbering():
    task = read_one("3. f($1)", earlier=(1, 2))
    assert (task.error, task.dependencies) == (None, {1})


def test_a_second_plan_that_numbers_from_one_again():
    """Its ids are its own: `$1` is the earlier round's task up to its own task 1, and that one afterwards."""
    tasks = read("1. f($1)\n2. f($1)\n1. f()", earlier=(1, 2))
    assert [task.error for task in tasks] == [None, None, DuplicateTaskError(1)]
    assert [task.dependencies for task in tasks] == [{1}, {1}, frozenset()]


def test_a_forward_reference_is_an_error_and_no_text():
    first, second = read("1. f($2)\n2. f()")
    assert first.error == UndefinedReferenceError(1, "$2")
    assert second.error is None


def test_a_result_of_none_takes_the_place_of_its_reference():
    assert resolve([Reference(1), "got $1"], {1: None}) == [None, "got null"]


def test_no_text_is_evaluated():
    assert calls('1. math(__import__("os").getcwd())') == [(1, "math", '__import__("os").getcwd()')]
    assert calls("1. math(min(1, 2))") == [(1, "math", "min(1, 2)")]


def test_the_plan_language_needs_no_langchain():
    code = "import sys, langgraph_llm_compiler.plan; print(*sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    packages = {name.split(".")[0] for name in shown.split()}
    assert "langgraph_llm_compiler" in packages
    assert not packages & {"langgraph", "langchain_core", "langsmith", "pydantic"}
