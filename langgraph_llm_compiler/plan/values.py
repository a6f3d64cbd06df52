"""Values as a plan writes them: numbers, constants, quoted text, references."""

import re
from typing import Any, Final

from langgraph_llm_compiler.plan import patterns
from langgraph_llm_compiler.plan.reference import parse_reference
from langgraph_llm_compiler.plan.task import Reference

_LONGEST_NUMBER: Final = 4000
"""Digits of a number that are read as one; Python refuses to convert much longer ones."""

_PART: Final = re.compile(
    r"""\s*(?:(?P<string>"[^"\\\n]*"|'[^'\\\n]*')|(?P<reference>\$[^+"'\s]+(?:["'][^+"']*["'][^+\s]*)?))\s*(?:\+|\Z)"""
)
_BRACED_IN_F_STRING: Final = re.compile(r"(?<!\$)\{\$\{?([0-9]{1,9}[^{}\s]*)\}?\}")


def read_string(written: str, contents: str) -> str | Reference:
    r"""The value of a quoted string.

    Args:
        written: What stands before the contents: the prefix, if there is one, and the opening quote.
        contents: What stands between the quotes.

    >>> read_string('"', r"caf\u00e9 \$1"), read_string("'", "$1")
    ('café \\$1', Reference(id=1, path=(), text='$1'))
    """
    prefix = written.rstrip("".join(patterns.QUOTES)).lower() if len(written) > 1 else ""
    if "\r" in contents:
        contents = contents.replace("\r\n", "\n")
    if "\\" in contents and "r" not in prefix:
        contents = patterns.ESCAPE.sub(_unescape, contents)
    if "f" in prefix:
        contents = _BRACED_IN_F_STRING.sub(r"${\1}", contents)
    return (parse_reference(contents) or contents) if contents[:1] == "$" else contents


def _unescape(match: re.Match[str]) -> str:
    escape = match.group()[1:]
    if escape in patterns.ESCAPES:
        return patterns.ESCAPES[escape]
    if escape[0] in "uUx" and len(escape) > 1:
        return _code_points(escape) or match.group()
    if escape[0] in "01234567":
        return chr(int(escape, 8))
    return match.group()


def _code_points(escape: str) -> str | None:
    r"""The character of `u00e9`, `U0001f30b`, `xe9` or of a pair `ud83c\udf0b`; None where there is no such one."""
    first, _, second = escape.partition("\\")
    code = int(first[1:], 16)
    if second:
        return chr(0x10000 + ((code & 0x3FF) << 10) + (int(second[1:], 16) & 0x3FF))
    return None if 0xD800 <= code < 0xE000 or code > 0x10FFFF else chr(code)


def read_word(text: str) -> tuple[Any, bool]:
    """The value of unquoted text, and whether it is anything but that text.

    >>> read_word("1_000"), read_word("null"), read_word("In Cold Blood"), read_word("007")
    ((1000, True), (None, True), ('In Cold Blood', False), ('007', False))
    """
    if text in patterns.CONSTANTS:
        return patterns.CONSTANTS[text], True
    if text[0] in "+-.0123456789" and len(text) < _LONGEST_NUMBER:
        if patterns.INTEGER.match(text):
            return int(text), True
        if patterns.FLOAT.match(text):
            return float(text), True
        if patterns.OTHER_BASE.match(text):
            return int(text, 0), True
    if text[0] == "$":
        reference = parse_reference(text, quoted=False)
        if reference is not None:
            return reference, True
    return _without_stray_quote(text), False


def _without_stray_quote(text: str) -> str:
    """Drop the closing quote of a text whose opening quote was forgotten."""
    last = text[-1]
    return text[:-1].rstrip() if last in '"”' and len(text) > 1 and text.count(last) == 1 else text


def read_sum(text: str) -> str | None:
    """Read references and quoted strings with `+` between them as one text; None if that is not what stands there.

    >>> read_sum('$1.height + " km"'), read_sum("$1 + $2")
    ('${1.height} km', None)
    """
    parts, position, quoted = [], 0, False
    while position < len(text):
        part = _PART.match(text, position)
        reference = parse_reference(part["reference"], quoted=False) if part and part["reference"] else None
        if part is None or (reference is None and not part["string"]):
            return None
        parts.append(part["string"][1:-1] if reference is None else joinable(reference))
        quoted, position = quoted or reference is None, part.end()
    return "".join(parts) if quoted else None


def joinable(value: str | Reference) -> str:
    """A text, or a reference as it stands in texts, in braces so that what follows cannot be taken for part of it."""
    return value if isinstance(value, str) else f"${{{str(Reference(value.id, value.path))[1:]}}}"
