"""Arithmetic: what is read, what comes out, and what is refused without being tried."""

import math
import sys
import threading
import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langgraph_llm_compiler.errors import ConfigurationError
from langgraph_llm_compiler.tools.arithmetic import (
    ExpressionError,
    NotAnExpressionError,
    evaluate,
    leading_expression,
    load_evaluator,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("8849", 8849),
        ("max(8849, 5895) - 20.5", 8828.5),
        ("8,849 / 2", 4424.5),
        ("2 ** 0.5", 1.41421356237),
        ("(3+4)*2", 14),
        ("1e3", 1000),
        ("2^10", 1024),
        ("10² − 1", 99),
        ("8,849 × 2 ÷ 4 =", 4424.5),
        ("3 + 4 = ?", 7),
        ("3 x 4", 12),
        ("20% of 50", 10),
        ("100 - 20 % of 50", 90),
        ("50 * 20%", 10),
        ("17 % 5", 2),
        ("17 % -5", -3),
        ("7 // 2", 3),
        ("-3 + +4", 1),
        ("12\u202f345 + 1", 12346),
        ("MAX (3, 4)", 4),
        ("min([8849, 5895], 6000)", 5895),
        ("mean([1, 2, 4.5])", 2.5),
        ("avg(1, 2) + average(3, 4)", 5),
        ("sum(0.1, 0.2, 0.3)", 0.6),
        ("sqrt(9) + abs(-3) + floor(2.7) + ceil(2.1)", 11),
        ("round(2.345, 1)", 2.3),
        ("round(8849.4)", 8849),
        ("max(\n  1,\n  2\n)", 2),
        ("+".join("1" * 100), 100),
        ("(" * 90 + "1" + ")" * 90, 1),
    ],
)
def test_an_expression_has_a_value(text, value):
    result = evaluate(text)
    assert result == value
    assert type(result) is type(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("8,849 + 1,234,567", 1_243_416),
        ("max(8,849, 5,895)", 8849),
        ("max(8849,5895)", 8849),
        ("max((8,849 + 1), 3)", 8850),
        ("sum([8,849, 5,895]) / 2", 7372),
        ("max(1, 2) + 8,849", 8851),
    ],
)
def test_a_comma_in_a_number_is_told_from_one_between_arguments(text, value):
    assert evaluate(text) == value


@pytest.mark.parametrize("text", ["max(100,200)", "sum([8,849,5,895])", "round(8,849)"])
def test_a_comma_that_may_be_either_is_refused(text):
    with pytest.raises(NotAnExpressionError, match="one number or several"):
        evaluate(text)


def test_a_writer_of_plain_numbers_parts_arguments_with_commas():
    assert evaluate("max(100,200)", plain_numbers=True) == 200
    assert evaluate("1,000 + 1", plain_numbers=True) == 1001


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.1 + 0.2", 0.3),
        ("4424.5 * 2", 8849),
        ("1e-20", 1e-20),
        ("123456789012.3456", 123456789012.35),
        ("1500123456789.0", 1500123456789),
        ("2 ** 63 - 1", 2**63 - 1),
        ("2 ** 63", 2.0**63),
        ("2 ** 53 * 1.0", 2.0**53),
        ("-(2 ** 63)", -(2**63)),
    ],
)
def test_results_are_rounded_where_floats_err_and_fit_64_bits(text, value):
    result = evaluate(text)
    assert result == value
    assert type(result) is type(value)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("1 / 0", "divides by zero"),
        ("5 % 0", "divides by zero"),
        ("0 ** -1", "divides by zero"),
        ("9 ** 9 ** 9", "exponent above"),
        ("2 ** -1001", "exponent above"),
        ("99999999999 ** 1000", "too large"),
        ("10 ** 300 * 10 ** 300", "too large"),
        ("1e308 * 10", "too large"),
        ("1e400", "too large"),
        ("1.5 ** 1000 ** 1 * 1e300", "too large"),
        ("10.0 ** 400", "too large"),
        ("sum(1e308, 1e308)", "too large"),
        ("(-8) ** 0.5", "no real result"),
        ("sqrt(-1)", "no real result"),
        ("sqrt(1, 2)", "sqrt takes one number, not 2"),
        ("abs()", "abs takes one number, not 0"),
        ("round(1, 2, 3)", "round takes"),
        ("round()", "round takes"),
        ("round(1, 99)", "at most 15"),
        ("round(1, 0.5)", "whole number of decimals"),
        ("max()", "no values"),
        ("mean([])", "no values"),
        ("sum(" + ", ".join("1" * 1_001) + ")", "more than 1,000 values"),
        ("+".join("1" * 150), "100 levels"),
        ("-" * 5_000 + "1", "100 levels"),
        ("2**" * 3_000 + "1", "100 levels"),
        ("1" * 10_001, "longer than 10,000"),
    ],
)
def test_an_expression_without_a_value_says_why(text, reason):
    with pytest.raises(ExpressionError, match=reason) as caught:
        evaluate(text)
    assert not isinstance(caught.value, NotAnExpressionError)
    assert len(str(caught.value)) < 400
    assert caught.value.text == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "=",
        "half of the height of Mount Everest",
        "8849 m / 2",
        "8849 5895",
        "1)+(2",
        "100 + 20%",
        "3,5 * 2",
        "1,234,56",
        "[1, 2]",
        "(1, 2)",
        "[1] * 1000",
        "[*5]",
        "[1, 2][0]",
        "max([1, [2, 3]])",
        "max(*[1, 2])",
        "max(**2)",
        "5(3)",
        "max(1)(2)",
        "max",
        "foo(3)",
        "pow(9, 9)",
        "True",
        "1j",
        "0x10",
        "1_000",
        "'a' * 9",
        "f'{1}'",
        "1 if 2 else 3",
        "1and 2",
        "3 < 4",
        "3 == 3",
        "1 << 99",
        "~1",
        "not 1",
        "x := 1",
        "lambda: 1",
        "[x for x in (1, 2)]",
        "().__class__",
        "(1).__class__",
        "abs.__globals__",
        "__import__('os').system('true')",
        "list(1)",
        "$1 + 2",
        "1; 2",
        "٣ + 1",
    ],
)
def test_what_is_no_arithmetic_is_not_evaluated(text):
    with pytest.raises(NotAnExpressionError):
        evaluate(text)


@pytest.mark.parametrize("part", ["9", "(", "%", "9%", "1,", "max(", "1 ", "1 x ", "[", "1e", "8,849", "1.", "\u202f9"])
def test_no_text_takes_long(part):
    text = (part * 10_000)[:10_000]
    started = time.perf_counter()
    with pytest.raises(ExpressionError):
        evaluate(text)
    leading_expression(text)
    assert time.perf_counter() - started < 2


def test_threads_with_small_stacks_survive_deep_nesting():
    caught = []

    def work() -> None:
        for text in ("-" * 9_000 + "1", "(" * 9_000 + "1" + ")" * 900, "2**" * 3_300 + "1"):
            with pytest.raises(ExpressionError):
                evaluate(text)
            caught.append(text)

    before = threading.stack_size(8 * 1024 * 1024)
    try:
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    finally:
        threading.stack_size(before)
    assert len(caught) == 3


OPERATIONS = {
    "({} + {})": lambda a, b: a + b,
    "({} - {})": lambda a, b: a - b,
    "({} * {})": lambda a, b: a * b,
    "min({}, {})": min,
    "max([{}, {}])": max,
    "mean({}, {})": lambda a, b: (a + b) / 2,
}
NUMBERS = st.integers(-10_000, 10_000) | st.floats(-1e4, 1e4).map(lambda number: round(number, 3))
EXPRESSIONS = st.recursive(
    NUMBERS.map(lambda number: (f"{number:.3f}" if isinstance(number, float) else f"({number})", number)),
    lambda inner: st.tuples(st.sampled_from(sorted(OPERATIONS)), inner, inner).map(
        lambda parts: (parts[0].format(parts[1][0], parts[2][0]), OPERATIONS[parts[0]](parts[1][1], parts[2][1]))
    ),
    max_leaves=12,
)


@given(EXPRESSIONS)
def test_values_are_those_of_python(expression):
    text, value = expression
    assert evaluate(text) == pytest.approx(value, rel=1e-9, abs=1e-6)


@given(st.text(alphabet="0123456789+-*/%.,()[] maxsuerob=?^×", max_size=60))
def test_whatever_is_written_gives_a_number_or_a_reason(text):
    try:
        result = evaluate(text)
    except ExpressionError:
        return
    assert type(result) in (int, float)
    assert math.isfinite(result)
    # A result may be the problem of another call.
    assert evaluate(str(result)) == pytest.approx(result, rel=1e-9)


@given(st.text(max_size=60))
def test_any_text_is_read_without_a_crash(text):
    leading_expression(text)
    with suppress(ExpressionError):
        evaluate(text)


def test_without_the_extra_the_error_says_what_to_install(monkeypatch):
    load_evaluator.cache_clear()
    monkeypatch.setitem(sys.modules, "simpleeval", None)
    with pytest.raises(ConfigurationError, match=r'pip install "langgraph-llm-compiler\[math\]"'):
        evaluate("1 + 1")
