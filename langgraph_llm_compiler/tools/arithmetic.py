"""Working out an arithmetic expression that somebody else wrote, within limits and without `eval`.

The text is read twice: first by a lexer that knows numbers, operators, brackets and known functions and nothing else,
then by simpleeval, which is left only the kinds of nodes that arithmetic needs.
"""

import ast
import re
from functools import cache
from typing import Any

from langgraph_llm_compiler.errors import ConfigurationError
from langgraph_llm_compiler.tools.functions import FUNCTIONS, OPERATORS, TOO_LARGE, Number, Refused, as_number

MAX_LENGTH = 10_000  # characters of an expression; a list of observations may be long
MAX_DEPTH = 100  # levels of nesting; `1 + 1 + 1` has two
DIGITS = 12  # significant digits of a result that is not whole; beyond them floats show their errors

_SIGNS = str.maketrans("×·\u22c5÷\u2215−–", "***//--") | {ord("²"): "^2", ord("³"): "^3"}
_TOKEN = re.compile(r"\s+|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[-+]?[0-9]+)?|([a-z]+)(?=\s?\()|\*\*|//|[-+*/%(),\[\]]")
_WIDE_SPACE = re.compile("(?<=[0-9])[\u00a0\u2009\u202f](?=[0-9]{3}(?![0-9]))")
_TIMES = re.compile(r"(?<=[0-9)]) x (?=[0-9(])")
_PERCENT_OF = re.compile(r"(?<![0-9.])([0-9]+(?:\.[0-9]+)?)\s?% of\b")
# Only where it can be nothing else: `17 % 5` is a remainder, and what `100 + 20%` means is not for us to say.
_PERCENT = re.compile(r"(^|[(\[,*/] ?)([0-9]+(?:\.[0-9]+)?) ?%(?= ?(?:$|[)\],*/]))")
_GROUPED = re.compile(r"(?<![0-9.])[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])")

# What simpleeval is left of the kinds of nodes it knows.
_NODES = (ast.BinOp, ast.UnaryOp, ast.Call, ast.Constant, ast.List, ast.Tuple)


class ExpressionError(ValueError):
    """An expression cannot be worked out.

    Attributes:
        text: The expression.
        reason: Why not.
    """

    def __init__(self, text: str, reason: str) -> None:
        shown = text if len(text) <= 200 else f"{text[:200]}…"
        super().__init__(f"cannot work out {shown!r}: {reason}")
        self.text, self.reason = text, reason


class NotAnExpressionError(ExpressionError):
    """The text is no arithmetic expression, or can be read as two different ones."""


def evaluate(text: str, *, plain_numbers: bool = False) -> Number:
    """Work out an arithmetic expression.

    Operators are `+ - * / // % **`, also written `× · ÷ − ^ ²`; functions are min, max, sum, mean, abs, round, sqrt,
    floor and ceil, of numbers or lists of them. `8,849` is a number, `20% of 50` is 10, `3 x 4` is 12, and a closing
    `=` or `?` is overlooked.

    Args:
        text: The expression.
        plain_numbers: Whether the writer was told to leave thousands separators out, so that `max(100,200)` has two
            arguments. Otherwise that is refused, as it can be read in two ways.

    Returns:
        An `int` where the result is whole and fits 64 bits, otherwise a `float`, rounded to
        12 significant digits (from ten thousand millions on, to hundredths).

    Raises:
        NotAnExpressionError: The text is something else, or ambiguous.
        ExpressionError: It has no result (division by zero) or exceeds a limit of this module or of `functions`.
        ConfigurationError: The extra `math` is not installed.

    Example:
        >>> evaluate("8,849 / 2")
        4424.5
        >>> evaluate("max(8849, 5895) - min(8849, 5895)")
        2954
    """
    if len(text) > MAX_LENGTH:
        raise ExpressionError(text, f"it is longer than {MAX_LENGTH:,} characters")
    tree = _parse(text, _plain(text, plain_numbers))
    return _work_out(text, tree)


@cache
def load_evaluator() -> Any:
    """Build the evaluator once: building it changes the process's warning filters for a moment.

    Raises:
        ConfigurationError: The extra `math` is not installed.
    """
    try:
        from simpleeval import EvalWithCompoundTypes  # noqa: PLC0415 - an extra
    except ImportError as error:
        message = 'the math tool needs simpleeval; install it with: pip install "langgraph-llm-compiler[math]"'
        raise ConfigurationError(message) from error
    evaluator = EvalWithCompoundTypes(operators=OPERATORS, names={})
    evaluator.functions = FUNCTIONS  # not as an argument: it adds `list`, `dict` and others to that
    evaluator.nodes = {kind: evaluator.nodes[kind] for kind in _NODES}
    return evaluator


# --- reading ---


def _plain(text: str, plain_numbers: bool) -> str:
    """Rewrite what people write (`8,849 × 2 =`) as Python would have it."""
    plain = _WIDE_SPACE.sub("", text.lower().translate(_SIGNS)).replace("^", "**")
    plain = " ".join(plain.split()).rstrip(" =?")
    plain = _PERCENT_OF.sub(r"(\1/100)*", _TIMES.sub("*", plain))
    plain = _PERCENT.sub(r"\1(\2/100)", plain)
    lists = _argument_lists(plain)
    spaced = {lists[at] for at, char in enumerate(plain) if plain[at : at + 2] == ", "}

    def join(number: re.Match[str]) -> str:
        at = lists[number.start()]
        if at is None or at in spaced:
            return number[0].replace(",", "")
        if plain_numbers:
            return number[0]
        reason = f"{number[0]!r} may be one number or several; write a space after a comma between two arguments"
        raise NotAnExpressionError(text, reason)

    return _GROUPED.sub(join, plain)


def _argument_lists(plain: str) -> list[int | None]:
    """For each character the place where the argument list or list that it stands in opens; `None` if in none."""
    places: list[int | None] = []
    opened: list[int | None] = [None]
    for at, char in enumerate(plain):
        if char in "([":
            # A plain parenthesis within one starts afresh: no comma in it parts arguments.
            called = char == "[" or plain[max(at - 2, 0) : at].rstrip()[-1:].isalpha()
            opened.append(at if called else None)
        elif char in ")]" and len(opened) > 1:
            opened.pop()
        places.append(opened[-1])
    return places


def leading_expression(text: str) -> str:
    """Give what stands before the first word or sign that is no arithmetic: `8849 / 2` of `8849 / 2 metres`."""
    plain = text[:MAX_LENGTH].lower().translate(_SIGNS).replace("^", "**")
    return plain[: _lexed(plain)].rstrip(" ,.(")


def _lexed(plain: str) -> int:
    """Up to where a text consists of numbers, operators, brackets and known functions."""
    at = 0
    while (token := _TOKEN.match(plain, at)) and (token[1] is None or token[1] in FUNCTIONS):
        at = token.end()
    return at


def _parse(text: str, plain: str) -> ast.expr:
    if (end := _lexed(plain)) < len(plain):
        raise NotAnExpressionError(text, f"{plain[end : end + 20]!r} is not arithmetic")
    try:
        tree = ast.parse(plain, mode="eval").body
    except (SyntaxError, ValueError) as error:
        raise NotAnExpressionError(text, "it is not a complete arithmetic expression") from error
    except (MemoryError, RecursionError) as error:
        raise ExpressionError(text, f"it is nested more than {MAX_DEPTH} levels deep") from error
    _check_depth(text, tree)
    return tree


def _check_depth(text: str, tree: ast.expr) -> None:
    level: list[ast.AST] = [tree]
    for _ in range(MAX_DEPTH):
        level = [child for node in level for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]
        if not level:
            return
    raise ExpressionError(text, f"it is nested more than {MAX_DEPTH} levels deep; use sum(...) for a long sum")


# --- working out ---


def _work_out(text: str, tree: ast.expr) -> Number:
    evaluator = load_evaluator()
    from simpleeval import InvalidExpression  # noqa: PLC0415 - an extra

    try:
        return _tidy(as_number(evaluator.eval(text, previously_parsed=tree)))
    except InvalidExpression as error:
        raise NotAnExpressionError(text, "it holds more than arithmetic") from error
    except TypeError as error:  # from `as_number`, and for `[*5]`
        raise NotAnExpressionError(text, "it has a list where a number is needed, or the reverse") from error
    except Refused as refused:
        raise ExpressionError(text, str(refused)) from None
    except ZeroDivisionError as error:
        raise ExpressionError(text, "it divides by zero") from error
    except OverflowError as error:
        raise ExpressionError(text, TOO_LARGE) from error


def _tidy(value: Number) -> Number:
    if isinstance(value, int) and -(2**63) <= value < 2**63:  # what checkpointers can store
        return value
    number = float(value)
    if not number.is_integer():
        # Large amounts keep their hundredths; 12 digits would take them away.
        number = float(f"{number:.{DIGITS}g}") if abs(number) < 10 ** (DIGITS - 2) else round(number, 2)
    return int(number) if number.is_integer() and abs(number) < 2**53 else number
