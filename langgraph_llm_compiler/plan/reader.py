"""Reads the arguments of a call from its tokens."""

from collections.abc import Callable
from enum import IntEnum
from typing import Any, Final, NamedTuple, cast

from langgraph_llm_compiler.plan import patterns
from langgraph_llm_compiler.plan.scanner import Token
from langgraph_llm_compiler.plan.task import Reference
from langgraph_llm_compiler.plan.values import joinable, read_string, read_sum, read_word

CLOSING: Final = {opening: closing for closing, opening in patterns.PAIRS.items()}


class UnreadableError(Exception):
    """Arguments that cannot be read; the message says why. The parser makes a `PlanParseError` of it."""


class Kind(IntEnum):
    """How sure it is where a value ends: unquoted text may hold commas, a number may be part of such text."""

    TEXT = 0
    WORD = 1
    SURE = 2


class Item(NamedTuple):
    """An argument; `start` and `end` are where its value stands."""

    key: str | None
    value: Any
    kind: Kind
    start: int
    end: int


Arguments = tuple[tuple[Any, ...], dict[str, Any]]


def read_arguments(text: str, tokens: list[Token], is_tool: Callable[[str], bool]) -> Arguments:
    """Read a call's arguments.

    Args:
        text: What stands between the parentheses.
        tokens: The tokens in it, brackets balanced.
        is_tool: Whether a name is that of a tool; a tool's call is no argument.

    Raises:
        UnreadableError: If they cannot be read.
    """
    if not tokens:
        return (), {}
    if len(tokens) == 1 and tokens[0].kind == "s":
        _, start, _, inner, end = tokens[0]
        return (read_string(text[start:inner], text[inner:end]),), {}
    reader = _Reader(text, tokens, is_tool)
    return _assemble(text, reader.arguments())


def read_element(text: str, tokens: list[Token], is_tool: Callable[[str], bool]) -> Any:
    """Read one element of a list from its tokens.

    Args:
        text: The text that the tokens' places are in.
        tokens: Those of the element, brackets balanced.
        is_tool: As for `read_arguments`.

    Raises:
        UnreadableError: If it cannot be read.
    """
    return _Reader(text, tokens, is_tool).element()


class _Reader:
    """Recursive descent over tokens; the depth of brackets is limited by the scanner."""

    def __init__(self, text: str, tokens: list[Token], is_tool: Callable[[str], bool]) -> None:
        self._text, self._is_tool = text, is_tool
        end = tokens[-1].end if tokens else len(text)
        self._tokens = [*tokens, Token("end", end, end)]
        self._kinds = [*(token[0] for token in tokens), "end", "end"]
        self._at = 0

    def arguments(self) -> list[Item]:
        items: list[Item] = []
        while self._kinds[self._at] != "end":
            items.append(self._argument(named=bool(items) and items[-1].key is not None))
            self._comma("end")
        return items

    def element(self) -> Any:
        value = self._value()[0]
        if self._kinds[self._at] != "end":
            raise UnreadableError(f"there is more behind a value: {self._rest()!r}")
        return value

    def _comma(self, closing: str) -> None:
        if self._kinds[self._at] == ",":
            self._at += 1
        elif self._kinds[self._at] != closing:
            raise UnreadableError(f"there is more behind a value: {self._rest()!r}")

    def _rest(self) -> str:
        return self._text[self._tokens[self._at].start :][:40]

    def _argument(self, *, named: bool) -> Item:
        begin = self._at
        if self._kinds[begin + 1] in ("=", ":"):
            if self._kinds[begin] == "s":
                raise UnreadableError("the name of an argument stands in quotes; write key=value")
            item = self._keyword(begin, named=named) if self._kinds[begin] == "w" else None
            if item is not None:
                return item
        value, kind = self._value()
        return self._item(None, value, kind, begin)

    def _item(self, key: str | None, value: Any, kind: Kind, begin: int) -> Item:
        return Item(key, value, kind, self._tokens[begin].start, self._tokens[self._at - 1].end)

    def _keyword(self, begin: int, *, named: bool) -> Item | None:
        """An argument by name; None where it is unquoted text, such as `Alien: Covenant` or `a == b`.

        A number behind a colon is a value only if the argument before had a name as well (`named`).
        """
        name, mark = self._tokens[begin], self._kinds[begin + 1]
        self._at += 2
        value, kind = self._value()
        text = isinstance(value, str) and kind is Kind.TEXT
        if (text and (mark == ":" or value[0] == "=")) or (mark == ":" and kind is Kind.WORD and not named):
            self._at = begin
            return None
        return self._item(self._text[name.start : name.end].strip(), value, kind, begin + 2)

    def _value(self, *, key: bool = False) -> tuple[Any, Kind]:
        kind, begin = self._kinds[self._at], self._at
        if kind in ("s", "u"):
            return self._strings(), Kind.SURE
        if kind in CLOSING:
            value = self._container(kind)
            if self._kinds[self._at] in (",", ")", "]", "}", "end") or (key and self._kinds[self._at] == ":"):
                return value, Kind.SURE
            self._at = begin
            return self._unquoted(key=key)
        if kind != "w":
            rest = self._rest()
            raise UnreadableError(f"a value is missing before {rest!r}" if rest else "a value is missing")
        return self._unquoted(key=key)

    # Containers ---------------------------------------------------------------------------------------------------

    def _container(self, opening: str) -> Any:
        self._at += 1
        closing = CLOSING[opening]
        if opening == "{":
            return self._braces()
        items, commas = [], 0
        while self._kinds[self._at] != closing:
            items.append(self._value()[0])
            commas += self._kinds[self._at] == ","
            self._comma(closing)
        self._at += 1
        if opening == "[":
            return items
        return items[0] if len(items) == 1 and not commas else tuple(items)

    def _braces(self) -> dict[Any, Any] | list[Any]:
        """A dict, or a list of the elements of a set, which has no order of its own and cannot be sent as JSON."""
        entries: dict[Any, Any] = {}
        elements = []
        while self._kinds[self._at] != "}":
            key, _ = self._value(key=True)
            if self._kinds[self._at] == ":":
                self._at += 1
                entries[_as_key(key)] = self._value()[0]
            else:
                elements.append(key)
            self._comma("}")
        self._at += 1
        if entries and elements:
            raise UnreadableError("a dict has an entry without a key")
        return elements or entries

    # Text ---------------------------------------------------------------------------------------------------------

    def _strings(self) -> str | Reference:
        """A quoted string, or several that stand side by side or with `+` between them."""
        value = self._string()
        while self._kinds[self._at] in ("s", "u", "+"):
            if self._kinds[self._at] == "+":
                self._at += 1
            value = joinable(value) + joinable(self._operand())
        return value

    def _operand(self) -> str | Reference:
        if self._kinds[self._at] in ("s", "u"):
            return self._string()
        value = self._unquoted() if self._kinds[self._at] == "w" else (None, Kind.WORD)
        if value[1] is not Kind.SURE:
            raise UnreadableError("only text and references can be joined by +")
        return cast(str | Reference, value[0])

    def _string(self) -> str | Reference:
        kind, start, end, inner, inner_end = self._tokens[self._at]
        self._at += 1
        if kind == "s":
            return read_string(self._text[start:inner], self._text[inner:inner_end])
        contents = self._text[inner:end].rstrip().removesuffix(")").rstrip()
        if contents and contents[-1] in patterns.QUOTES and contents.count(contents[-1]) == 1:
            contents = contents[:-1]
        return read_string(self._text[start:inner], contents)

    def _unquoted(self, *, key: bool = False) -> tuple[Any, Kind]:
        """Text up to the next comma, with all brackets in it and what they hold."""
        begin, depth = self._at, 0
        while (kind := self._kinds[self._at]) != "end" and (depth or kind not in (",", ")", "]", "}")):
            if key and not depth and kind == ":":
                break
            depth += (kind in CLOSING) - (kind in patterns.PAIRS)
            self._at += 1
        first, last = self._tokens[begin], self._tokens[self._at - 1]
        text = self._text[first.start : last.end].strip()
        if self._text[last.end : last.end + 1] == "\n":
            text = patterns.COMMENT.sub("", text)
        if not text:
            raise UnreadableError("a value is missing")
        self._refuse_code(text)
        value, known = read_word(text)
        if isinstance(value, Reference):
            return value, Kind.SURE
        if text[0] == "$" and "+" in text:
            value = read_sum(text) or text
            return value, Kind.TEXT if value == text else Kind.SURE
        return value, Kind.WORD if known else Kind.TEXT

    def _refuse_code(self, text: str) -> None:
        call = patterns.NESTED_CALL.match(text)
        if call and self._is_tool(call["name"]):
            name = call["name"]
            raise UnreadableError(f"{name!r} is called inside a call; give it a task of its own and write its $ID here")
        if patterns.UNPACKING.match(text):
            raise UnreadableError("arguments cannot be unpacked with *; write them out")


def _as_key(key: Any) -> Any:
    if isinstance(key, Reference):
        return str(key)
    if isinstance(key, (list, dict, tuple)):
        raise UnreadableError("the key of a dict must be text or a number")
    return key


def _assemble(text: str, items: list[Item]) -> Arguments:
    if not any(item.key or item.kind is Kind.SURE for item in items) and any(item.kind is Kind.TEXT for item in items):
        return (read_word(text[items[0].start : items[-1].end].strip())[0],), {}
    args: list[Any] = []
    kwargs: dict[str, Any] = {}
    for item in _merged(text, items):
        if item.key is None and kwargs:
            raise UnreadableError("an argument without a name follows one with a name")
        if item.key is None:
            args.append(item.value)
        elif item.key in kwargs:
            raise UnreadableError(f"the argument {item.key!r} stands twice")
        else:
            kwargs[item.key] = item.value
    return tuple(args), kwargs


def _merged(text: str, items: list[Item]) -> list[Item]:
    """Put unquoted text back together that a comma inside it had cut, as in `search(Paris, France, lang="fr")`."""
    merged: list[Item] = []
    for item in items:
        if merged and _continues(merged[-1], item):
            begun = merged.pop()
            item = begun._replace(value=text[begun.start : item.end].strip(), end=item.end)
        merged.append(item)
    return merged


def _continues(begun: Item, item: Item) -> bool:
    if begun.kind is not Kind.TEXT or item.key is not None:
        return False
    return item.kind is Kind.TEXT or (begun.key is not None and item.kind is Kind.WORD)
