"""The operators and functions of arithmetic that `math` knows, each with limits on what it takes and gives."""

import ast
import math
import operator
from collections.abc import Callable
from typing import Any

Number = int | float

MAX_VALUES = 1_000  # values that one function takes
MAX_EXPONENT = 1_000
MAX_BITS = 1_023  # of a whole number on the way, so that it still fits a float
TOO_LARGE = "it leads to a number that is too large"


class Refused(Exception):
    """The reason why an expression has no result, raised where the text of the expression is not known."""


def as_number(value: Any) -> Number:
    """Give the value back if it is a real number within the limits.

    Raises:
        Refused: It is none; the message is the reason.
        TypeError: It is a list.
    """
    if isinstance(value, complex):
        raise Refused("it has no real result")
    if not isinstance(value, int | float):
        raise TypeError("not a number")
    if value.bit_length() > MAX_BITS if isinstance(value, int) else not math.isfinite(value):
        raise Refused(TOO_LARGE)
    return value


def _numbers(values: tuple[Any, ...]) -> list[Number]:
    """The numbers of an argument list: `max(1, 2)` and `max([1, 2])` are the same."""
    flat = [item for value in values for item in (value if isinstance(value, list | tuple) else (value,))]
    if len(flat) > MAX_VALUES:
        raise Refused(f"it has more than {MAX_VALUES:,} values in one place")
    if not flat:
        raise Refused("a function in it has no values to work on")
    return [as_number(value) for value in flat]


def _operator(function: Callable[..., Any]) -> Callable[..., Number]:
    return lambda *operands: as_number(function(*map(as_number, operands)))


def _of_many(function: Callable[[list[Number]], Any]) -> Callable[..., Number]:
    return lambda *values: as_number(function(_numbers(values)))


def _of_one(name: str, function: Callable[[Number], Any]) -> Callable[..., Number]:
    def call(*values: Any) -> Number:
        if len(values) != 1:
            raise Refused(f"{name} takes one number, not {len(values)}")
        return as_number(function(as_number(values[0])))

    return call


def _power(base: Number, exponent: Number) -> Any:
    if abs(exponent) > MAX_EXPONENT:
        raise Refused(f"it has an exponent above {MAX_EXPONENT:,}")
    if isinstance(base, int) and isinstance(exponent, int) and base.bit_length() * exponent > 2 * MAX_BITS:
        raise Refused(TOO_LARGE)
    return base**exponent


def _round(*values: Any) -> Number:
    if not 1 <= len(values) <= 2:
        raise Refused(f"round takes a number and how many decimals, not {len(values)} values")
    number, digits = as_number(values[0]), as_number(values[1]) if len(values) == 2 else 0
    if not (isinstance(digits, int) and abs(digits) <= 15):
        raise Refused("round takes a whole number of decimals, at most 15")
    return round(number, digits)


def _sqrt(value: Number) -> float:
    if value < 0:
        raise Refused("it has no real result")
    return math.sqrt(value)


def _sum(values: list[Number]) -> Number:
    return sum(values) if all(isinstance(value, int) for value in values) else math.fsum(values)


def _mean(values: list[Number]) -> float:
    return _sum(values) / len(values)


OPERATORS: dict[type[ast.AST], Callable[..., Number]] = {
    ast.Add: _operator(operator.add),
    ast.Sub: _operator(operator.sub),
    ast.Mult: _operator(operator.mul),
    ast.Div: _operator(operator.truediv),
    ast.FloorDiv: _operator(operator.floordiv),
    ast.Mod: _operator(operator.mod),
    ast.Pow: _operator(_power),
    ast.UAdd: _operator(operator.pos),
    ast.USub: _operator(operator.neg),
}
FUNCTIONS: dict[str, Callable[..., Number]] = {
    "abs": _of_one("abs", abs),
    "average": _of_many(_mean),
    "avg": _of_many(_mean),
    "ceil": _of_one("ceil", math.ceil),
    "floor": _of_one("floor", math.floor),
    "max": _of_many(max),
    "mean": _of_many(_mean),
    "min": _of_many(min),
    "round": _round,
    "sqrt": _of_one("sqrt", _sqrt),
    "sum": _of_many(_sum),
}
