"""The work grows with the length of the text, whatever is in it."""

import sys
from collections.abc import Callable

import pytest

from langgraph_llm_compiler.plan import PlanParser

SIZE = 6_000
TEXTS: dict[str, Callable[[int], str]] = {
    "prose": lambda n: "word " * (n // 5),
    "parentheses": lambda n: "a(" * (n // 2),
    "digits": lambda n: "1" * n,
    "headers": lambda n: "1. f(" * (n // 5),
    "headers in a comment": lambda n: "1. f() # " + "1. f( " * (n // 6),
    "tags": lambda n: "<a>" * (n // 3),
    "open brackets": lambda n: "1. f(" + "[" * n,
    "nested parentheses": lambda n: "1. f(" + "(a" * (n // 4) + ")" * (n // 4),
    "unclosed string": lambda n: '1. f("' + "x" * n,
    "unclosed lines": lambda n: '1. f("' + "x)\n" * (n // 3),
    "unclosed triple": lambda n: '1. f("""' + 'x" ' * (n // 3),
    "quotes": lambda n: "1. f('" + "a' " * (n // 3),
    "escapes": lambda n: '1. f("' + "\\\\" * (n // 2),
    "arguments": lambda n: "1. f(" + "a, " * (n // 3) + ")",
    "strings": lambda n: "1. f(" + '"a", ' * (n // 5) + ")",
    "references": lambda n: '1. f("' + '$1["' * (n // 4) + '")',
    "blank lines": lambda n: '1. f("a"' + "\n" * n,
    "lines without parentheses": lambda n: "".join(f"{k}. f('a'\n" for k in range(n // 12)),
    "comments without parentheses": lambda n: "".join(f"# {k}. f('a'\n" for k in range(n // 14)),
    "lines with one quote each": lambda n: "".join(f"{k}. f(1, 'x)\n" for k in range(n // 14)),
    "mixed quotes": lambda n: "".join('{}. f({}a "\n'.format(k, "\"'"[k % 3 == 0]) for k in range(n // 12)),
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
@pytest.mark.parametrize("whole", [False, True], ids=["by character", "whole"])
def test_twice_the_text_is_twice_the_work(text: Callable[[int], str], *, whole: bool):
    once, twice = (work([text(n)] if whole else list(text(n))) for n in (SIZE, 2 * SIZE))
    assert twice <= 2.2 * once + 200


@pytest.mark.parametrize("opening", ["", '1. f("', "1. f("])
def test_a_long_text_by_character(opening: str):
    """Also what the interpreter does not count, such as copies of the text so far, stays small."""
    parser = PlanParser()
    for character in opening + "abcd " * 60_000:
        parser.feed(character)
    assert len(parser.close()) == (1 if opening else 0)


def work(pieces: list[str]) -> int:
    """Calls that reading a plan makes, those into C among them."""
    count = 0

    def tally(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    parser = PlanParser()
    before = sys.getprofile()
    sys.setprofile(tally)
    try:
        for piece in pieces:
            parser.feed(piece)
        parser.close()
    finally:
        sys.setprofile(before)
    return count
