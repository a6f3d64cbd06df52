"""What of a tool's content is data for other tasks: content blocks, as MCP tools give them, and structured content."""

import contextlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

_BLOCKS = frozenset({"text", "image", "audio", "video", "file"})

_LEFT_OUT = frozenset({"base64", "id"})
"""Bytes, which no prompt could hold and the `ToolMessage` has; and the number that LangChain makes up for a block."""


def mcp_observation(text: str, structured: Any) -> Any:
    """The structured content of an MCP tool's result.

    MCP wants an object there, so servers wrap what is none: a text, a number or a list comes as `{"result": ...}`. It
    is unwrapped, unless the text beside it is the object's JSON: then the tool itself gave that object.

    >>> mcp_observation("8849", {"result": 8849}), mcp_observation('{"result": 8849}', {"result": 8849})
    (8849, {'result': 8849})
    """
    if not isinstance(structured, Mapping) or set(structured) != {"result"}:
        return structured
    if structured["result"] and not text:  # the server gives no text by which to tell
        return structured
    with contextlib.suppress(ValueError):
        if json.loads(text) == structured:
            return structured
    return structured["result"]


def blocks_observation(value: Any) -> Any:
    r"""A value; a list of content blocks as the text that it is, or without the bytes of its images and files.

    >>> blocks_observation([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}])
    'a\nb'
    >>> blocks_observation([{"type": "text", "text": "a"}, {"type": "image", "base64": "aGk=", "id": "b"}])
    [{'type': 'text', 'text': 'a'}, {'type': 'image'}]
    """
    if not _is_content(value):
        return value
    if all(each["type"] == "text" for each in value):
        return "\n".join(str(each.get("text", "")) for each in value)
    return [{key: part for key, part in each.items() if key not in _LEFT_OUT} for each in value]


def _is_content(value: Any) -> bool:
    is_list = isinstance(value, Sequence) and not isinstance(value, str) and bool(value)
    return is_list and all(isinstance(each, Mapping) and each.get("type") in _BLOCKS for each in value)
