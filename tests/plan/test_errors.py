"""What is wrong beyond reading is said, task by task, and never raised."""

import pytest

from langgraph_llm_compiler.errors import (
    DuplicateTaskError,
    PlanError,
    PlanParseError,
    UndefinedReferenceError,
    UnknownToolError,
)
from langgraph_llm_compiler.plan import PlanParser, Reference, Task
from tests.plan.reading import TOOLS, read, read_in_pieces, read_one


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("[1, 2)", "closes nothing"),
        ("(1, 2]", "closes nothing"),
        ("1, 2]", "closes nothing"),
        ("{'a': [1, 2}]", "closes nothing"),
        ("(a [b) c", "closes nothing"),
        (",", "missing"),
        ("1,, 2", "missing"),
        ("k=", "missing"),
        ("k=, 2", "missing"),
        ('{"a": }', "missing"),
        ("{: 1}", "missing"),
        ('{"a": 1, "b"}', "without a key"),
        ("{[1]: 2}", "key of a dict"),
        ("{(1, 2): 2}", "key of a dict"),
        ("a=1, 2", "follows one with a name"),
        ("a=1, a=2", "stands twice"),
        ('"a": 1', "in quotes"),
        ('"a"="b"', "in quotes"),
        ('"a" + 1', "joined by +"),
        ('"a" + ', "joined by +"),
        ('"" b', "more behind"),
        ('"a"[0]', "never closed"),
        ("*[1, 2]", "unpacked"),
        ('**{"a": 1}', "unpacked"),
        ("**kwargs", "unpacked"),
        ('math("1 + 1")', "inside a call"),
        ('k=math("1 + 1")', "inside a call"),
        ('"a" b', "never closed"),
    ],
)
def test_arguments_that_cannot_be_read(written: str, reason: str):
    first, wrong, last = read(f'1. search("a")\n2. search({written})\n3. search("b")', TOOLS)
    assert (first.error, last.error) == (None, None)
    assert wrong == Task(2, "search", error=wrong.error)
    assert isinstance(wrong.error, PlanParseError)
    assert wrong.error.line == 2
    assert wrong.error.text in (f"search({written})", f"search({written}")
    assert reason in wrong.error.reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("1. f(", "cut off"),
        ('1. f("a",', "cut off"),
        ('1. f("a",\n', "cut off"),
        ("1. f(k=", "cut off"),
        ('1. f("a', "never closed"),
        ('1. f("a\\', "never closed"),
        ('1. f("""a")', "never closed"),
        ('1. f("""a""', "never closed"),
        ('1. f("""a\\', "never closed"),
        ('1. f(["a"', "never closed"),
        ('1. f(["a)', "never closed"),
        ('1. f("a\nb', "never closed"),
        ("1. f([1, [2, {", "cut off"),
        ("1. f(# x", None),
        ("1. f([ # x", "never closed"),
        ('1. f("a" # x', None),
    ],
)
def test_text_that_stops_in_the_middle(text: str, reason: str | None):
    task = read_one(text)
    if reason is None:
        assert task.error is None
    else:
        assert isinstance(task.error, PlanParseError)
        assert reason in task.error.reason


@pytest.mark.parametrize("unfinished", ['"a",', "", 'k="b", ', "["])
def test_a_task_that_begins_in_unfinished_arguments(unfinished: str):
    wrong, task = read(f"1. f({unfinished}\n2. g(1)")
    assert isinstance(wrong.error, PlanParseError)
    assert task == Task(2, "g", (1,))


def test_a_quote_that_is_never_closed_costs_one_task():
    text = '1. note("one (1)\ntwo\n2. search("K2")\n3. note("three\n4. search("K3")\n5. join()'
    tasks, ending = read_in_pieces([text], TOOLS)
    assert [task.id for task in tasks] == [1, 2, 3, 4]
    assert [task.error is None for task in tasks] == [True, True, False, True]
    assert tasks[0].args == ("one (1",)
    assert ending is not None


def test_the_line_of_an_error():
    tasks = read('Plan\n\n1. f("a\nb")\n2. f([1)  \n\n4. f(,)\n3. g("x"\n5. f(,)')
    lines = {task.id: task.error.line for task in tasks if isinstance(task.error, PlanParseError)}
    assert lines == {2: 5, 4: 7, 5: 9}


def test_a_long_text_is_shown_in_part():
    error = read_one(f"1. f({'[' * 50_000}").error
    assert isinstance(error, PlanParseError)
    assert len(str(error)) < 500


@pytest.mark.parametrize("text", ["1. f(" + "[" * 100_000, "1. f(" + "[" * 100_000 + "]" * 100_000 + ")",
                                  "1. f(" + "(" * 300 + "1" + ")" * 301, "1. f(" + "{1:" * 5_000])  # fmt: skip
def test_nesting_too_deep_is_an_error_of_the_task(text: str):
    deep, after = read(f"{text}\n2. f(1)") if text.endswith(")") else (read_one(text), Task(2, "f", (1,)))
    assert isinstance(deep.error, PlanParseError)
    assert "too deep" in deep.error.reason
    assert after == Task(2, "f", (1,))


def test_a_nearly_exhausted_stack_is_an_error_of_the_task():
    def descend(depth: int) -> Task:
        return descend(depth - 1) if depth else read_one("1. f(" + "[" * 190 + "]" * 190 + ")")

    outcomes = set()
    for depth in range(500, 980, 20):
        try:
            outcomes.add(type(descend(depth).error))
        except RecursionError:
            break
    assert outcomes <= {type(None), PlanParseError}
    assert PlanParseError in outcomes


def test_an_unknown_tool():
    wrong, right = read('1. serch("a")\n2. search("b", $1)', TOOLS)
    assert wrong.error == UnknownToolError("serch", TOOLS)
    assert "search" in str(wrong.error)
    assert (wrong.tool, wrong.args) == ("serch", ("a",))
    assert (right.error, right.dependencies) == (None, {1})
    assert isinstance(read_one("1. f()", ()).error, UnknownToolError)


def test_an_unknown_tool_between_tasks_of_one_line():
    assert [task.error is None for task in read("1. search(1) 2. find(2), 3. search(3)", TOOLS)] == [True, False, True]


@pytest.mark.parametrize(
    ("written", "reference"),
    [
        ("$2", "$2"),
        ('"$3"', "$3"),
        ("$7", "$7"),
        ("${7.a}", "${7.a}"),
        ('"see ${7} there"', "${7}"),
        ('k={"x": ["$1", "$2.a"]}', "$2.a"),
        ('{"${9}": 1}', "${9}"),
        ("$1, $15", "$15"),
        ("${1} of ${8}", "${8}"),
    ],
)
def test_references_to_no_earlier_task(written: str, reference: str):
    _, wrong, _ = read(f"1. f()\n2. f({written})\n3. f()")
    assert wrong.error == UndefinedReferenceError(2, reference)
    assert wrong.dependencies == ({1} if "1," in written or "$1" in written or "{1}" in written else frozenset())


def test_a_duplicate_id():
    first, second, third = read("1. f(1)\n1. f(2)\n2. f($1)")
    assert (first.error, third.error) == (None, None)
    assert second.error == DuplicateTaskError(1)
    assert second.args == (2,)


def test_tasks_with_errors_can_be_referred_to():
    tasks = read("1. f(,)\n2. nope()\n3. f($1, $2)", {"f"})
    assert [task.error is None for task in tasks] == [False, False, True]
    assert tasks[2].dependencies == {1, 2}


def test_a_second_plan_goes_on_with_the_numbering():
    tasks = read("3. f($1, '$2 and $3')\n4. f($3)\n2. f()", earlier=[1, 2])
    assert [task.dependencies for task in tasks] == [{1, 2}, {3}, frozenset()]
    assert [task.error for task in tasks] == [None, None, None]


def test_an_answer_that_cannot_be_given():
    _, ending = read_in_pieces(["1. f()\n2. answer($7)"])
    assert ending is not None
    assert ending.args == (Reference(7, (), "$7"),)
    assert isinstance(ending.error, PlanError)
    assert "$7" in str(ending.error)
    _, ending = read_in_pieces(['1. f()\n2. answer("It is ["a" b])'])
    assert ending is not None
    assert isinstance(ending.error, PlanParseError)
    assert read_in_pieces(["1. f()\n2. join($7, )"])[1].error is None


def test_errors_can_be_compared():
    assert UndefinedReferenceError(2, "$3") == UndefinedReferenceError(2, "$3") != UndefinedReferenceError(2, "$4")
    assert len({DuplicateTaskError(1), DuplicateTaskError(1), PlanError("x")}) == 2
    assert PlanError("x") != "x"


def test_nothing_after_the_end():
    parser = PlanParser()
    parser.feed("1. f()\n2. join() 3. g()")
    assert parser.ended
    assert parser.feed("4. h()") == parser.close() == []
