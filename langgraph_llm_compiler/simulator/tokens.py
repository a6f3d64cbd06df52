"""The simulator's own tokenizer: deterministic, nothing to download, about four characters of English a token.

It cuts as the tokenizers of real models do (a word takes the space before it with it, long words and numbers are cut
up, marks stand together), so that the calls of a plan arrive in pieces like real ones. It belongs to no model: its
counts are simulator tokens.
"""

import json
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

__all__ = ["TOKENS_PER_MESSAGE", "count_prompt_tokens", "count_tokens", "split_tokens"]

TOKENS_PER_MESSAGE = 4
"""What a chat template adds to a message: its borders and its role."""

# Every character is matched by exactly one of these, so that the tokens always join to the text.
_BLANK = r"[^\S\r\n]"
_PIECE = (
    r"(?: ?[A-Za-z]{1,7}"  # a word, or 7 letters of it
    r"| ?[0-9]{1,3}"
    r"| ?[^\W0-9_A-Za-z]{1,2}"  # letters beyond ASCII take more tokens, as in real tokenizers
    r"| ?(?:[^\w\s]|_){1,3}"  # marks: `("`, `")`, `$`
    rf"|{_BLANK}{{1,16}}(?= \S)"  # indentation leaves one space for the word after it
    rf"|{_BLANK}{{1,16}})"
)
_SEPARATE = re.compile(rf"{_PIECE}|\r\n|[\r\n]")
_MERGED = re.compile(rf"{_PIECE}[\r\n]*|[\r\n]+")


def split_tokens(text: str, merge_newlines: bool = False) -> list[str]:
    r"""Cuts a text into tokens; joined, they are the text again.

    Args:
        text: Any text.
        merge_newlines: Whether newlines belong to the token before them (`")\n'` in one) or are tokens themselves.

    Example:
        >>> split_tokens('1. search("Mount Everest")\n2.')
        ['1', '.', ' search', '("', 'Mount', ' Everest', '")', '\n', '2', '.']
        >>> split_tokens('1. search("Mount Everest")\n2.', merge_newlines=True)
        ['1', '.', ' search', '("', 'Mount', ' Everest', '")\n', '2', '.']
    """
    return (_MERGED if merge_newlines else _SEPARATE).findall(text)


@lru_cache(maxsize=256)  # the same system prompt comes with nearly every request
def count_tokens(text: str, merge_newlines: bool = False) -> int:
    """Counts the tokens of a text.

    Args:
        text: Any text.
        merge_newlines: As in `split_tokens`.

    Example:
        >>> count_tokens("How high is Mount Everest?")
        6
    """
    return len(split_tokens(text, merge_newlines))


def count_prompt_tokens(body: Mapping[str, Any]) -> int:
    """Counts the tokens of a request's prompt.

    Chat: the text of every message, the names and arguments of the tool calls in it, and `TOKENS_PER_MESSAGE` for
    each; then the tools' schemas as compact JSON. Completions: the prompt. Newlines always count one each. Images
    and other parts that are no text count nothing.

    Args:
        body: Parsed body of a chat completions or completions request.

    Example:
        >>> count_prompt_tokens({"messages": [{"role": "user", "content": "How high is Mount Everest?"}]})
        10
    """
    if "messages" not in body:
        return count_tokens(str(body.get("prompt") or ""))
    tools = body.get("tools")
    schemas = count_tokens(json.dumps(tools, separators=(",", ":"), ensure_ascii=False)) if tools else 0
    return schemas + sum(TOKENS_PER_MESSAGE + sum(map(count_tokens, _texts(message))) for message in body["messages"])


def _texts(message: Mapping[str, Any]) -> Iterable[str]:
    content = message.get("content") or ""
    if isinstance(content, str):
        yield content
    else:
        yield from (str(part["text"]) for part in content if isinstance(part, Mapping) and "text" in part)
    for call in message.get("tool_calls") or ():
        function = call.get("function", {})
        yield from (str(function.get("name", "")), str(function.get("arguments", "")))
