"""OpenAI's and Anthropic's rules for the messages of a request, checked on what would be sent.

For OpenAI that is the payload that langchain-openai makes. For Anthropic it is made here, as its Messages API describes
it: system apart, results of tools as blocks of the user's, consecutive messages of one role as one.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.utils.function_calling import convert_to_openai_tool

NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
SPEAKER = re.compile(r"[^\s<|\\/>]+")
ANTHROPIC_ID = re.compile(r"[a-zA-Z0-9_-]+")
OPENAI_ID_LENGTH = 40
OPENAI_BLOCKS = {
    "system": {"text"},
    "user": {"text", "image_url", "input_audio", "file"},
    "assistant": {"text", "refusal"},
    "tool": {"text"},
}
ANTHROPIC_BLOCKS = {
    "user": {"text", "image", "document", "tool_result"},
    "assistant": {"text", "tool_use", "thinking", "redacted_thinking"},
}


def check_conversation(messages: Sequence[BaseMessage]) -> None:
    """Check that the conversation can be gone on with by an agent with tools, whichever its provider is."""
    ids = [each.id for each in messages if each.id]
    assert len(ids) == len(set(ids)), "two messages have one id"
    asked = [*messages, HumanMessage("And then?")]
    tools = [{"type": "function", "function": {"name": "any", "description": "", "parameters": {}}}]
    check_request(asked, tools)


def check_request(messages: Sequence[BaseMessage], tools: Sequence[Any] = ()) -> None:
    """Check what a model is sent, by both providers' rules."""
    check_openai(openai_payload(messages, tools))
    check_anthropic(anthropic_payload(messages, tools))


@cache
def _client() -> Any:
    from langchain_openai import ChatOpenAI

    return ChatOpenAI(model="gpt-4.1-mini", api_key="none")


def openai_payload(messages: Sequence[BaseMessage], tools: Sequence[Any] = ()) -> dict[str, Any]:
    more = {"tools": [convert_to_openai_tool(each) for each in tools]} if tools else {}
    return json.loads(json.dumps(_client()._get_request_payload(list(messages), **more)))


def anthropic_payload(messages: Sequence[BaseMessage], tools: Sequence[Any] = ()) -> dict[str, Any]:
    payload: dict[str, Any] = {"messages": [], "tools": [convert_to_openai_tool(each)["function"] for each in tools]}
    is_start = True
    for message in messages:
        if isinstance(message, SystemMessage):
            assert is_start, "system messages stand at the start only"
            payload["system"] = [*payload.get("system", []), {"type": "text", "text": message.text}]
            continue
        is_start = False
        role = "assistant" if isinstance(message, AIMessage) else "user"
        if not payload["messages"] or payload["messages"][-1]["role"] != role:
            payload["messages"].append({"role": role, "content": []})
        payload["messages"][-1]["content"] += _anthropic_blocks(message)
    return payload


def _anthropic_blocks(message: BaseMessage) -> list[dict[str, Any]]:
    if isinstance(message, ToolMessage):
        is_error = message.status == "error"
        return [{"type": "tool_result", "tool_use_id": message.tool_call_id, "is_error": is_error}]
    given = [message.content] if isinstance(message.content, str) else message.content
    blocks = [{"type": "text", "text": each} if isinstance(each, str) else _anthropic_block(each) for each in given]
    if not isinstance(message, AIMessage) or not message.tool_calls:
        return blocks
    said = [each for each in blocks if each["type"] not in ("tool_use", "tool_call") and each.get("text") != ""]
    calls = [{"type": "tool_use", **{key: call[key] for key in ("id", "name", "args")}} for call in message.tool_calls]
    return said + calls


def _anthropic_block(block: dict[str, Any]) -> dict[str, Any]:
    names = {"image_url": "image", "file": "document"}
    return {**block, "type": names.get(block["type"], block["type"])}


def check_openai(payload: dict[str, Any]) -> None:
    """Chat Completions: a tool's message answers a call of the assistant's message before it, and none stays open."""
    messages = payload["messages"]
    assert messages, "there are no messages"
    open_calls: set[str] = set()
    for message in messages:
        role = message["role"]
        if role == "tool":
            assert message["tool_call_id"] in open_calls, f"{message} answers no open call"
            open_calls.remove(message["tool_call_id"])
        else:
            assert not open_calls, f"{open_calls} were not answered before {message}"
        calls = message.get("tool_calls") or []
        open_calls |= {call["id"] for call in calls}
        _check_openai_content(message)
        for call in calls:
            _check_name(call["function"]["name"])
            assert isinstance(json.loads(call["function"]["arguments"]), dict), "arguments are no object"
            assert len(call["id"]) <= OPENAI_ID_LENGTH, f"the id {call['id']} is too long"
        assert SPEAKER.fullmatch(message.get("name", "none")), f"{message['name']!r} is no name"
    assert not open_calls, f"{open_calls} were not answered"
    _check_unique(call["id"] for message in messages for call in message.get("tool_calls") or ())
    for tool in payload.get("tools", ()):
        _check_name(tool["function"]["name"])


def _check_openai_content(message: dict[str, Any]) -> None:
    content, role = message.get("content"), message["role"]
    assert role in OPENAI_BLOCKS, f"there is no role {role!r}"
    if content is None:
        assert message.get("tool_calls"), f"{message} has no content"
    elif isinstance(content, list):
        assert content, f"{message} has no content"
        kinds = {each["type"] for each in content}
        assert kinds <= OPENAI_BLOCKS[role], f"{kinds} in a message of {role}"


def check_anthropic(payload: dict[str, Any]) -> None:
    """Messages API: results of tools come first in the user's next message, and only where tools are given."""
    messages = payload["messages"]
    assert messages, "there are no messages"
    assert messages[0]["role"] == "user", "the first message is not the user's"
    assert messages[-1]["role"] == "user", "the last message is not the user's"
    for block in payload.get("system", ()):
        assert block["text"].strip(), "a system text is empty"
    open_calls: set[str] = set()
    for message in messages:
        assert message["content"], f"{message} has no content"
        _check_anthropic_blocks(message)
        results = [each["tool_use_id"] for each in message["content"] if each["type"] == "tool_result"]
        first = [each["type"] for each in message["content"][: len(results)]]
        assert first == ["tool_result"] * len(results), f"results do not come first in {message}"
        assert sorted(results) == sorted(open_calls), f"{results} answer {sorted(open_calls)}"
        open_calls = {each["id"] for each in message["content"] if each["type"] == "tool_use"}
    assert not open_calls, f"{open_calls} were not answered"
    _check_anthropic_calls([each for each in _blocks(messages) if each["type"] == "tool_use"], payload["tools"])


def _check_anthropic_blocks(message: dict[str, Any]) -> None:
    kinds = {each["type"] for each in message["content"]}
    assert kinds <= ANTHROPIC_BLOCKS[message["role"]], f"{kinds} in a message of {message['role']}"
    for block in message["content"]:
        assert block["type"] != "text" or block["text"].strip(), f"an empty text in {message}"


def _check_anthropic_calls(calls: list[dict[str, Any]], tools: Sequence[Any]) -> None:
    assert tools or not calls, "there are calls, but no tools"
    _check_unique(call["id"] for call in calls)
    for call in calls:
        assert ANTHROPIC_ID.fullmatch(call["id"]), f"{call['id']!r} is no id"
    for each in (*calls, *tools):
        _check_name(each["name"])


def _blocks(messages: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    return (block for message in messages for block in message["content"])


def _check_name(name: str) -> None:
    assert NAME.fullmatch(name), f"{name!r} is no name of a tool"


def _check_unique(ids: Iterable[str]) -> None:
    found = list(ids)
    assert len(found) == len(set(found)), f"ids come twice: {sorted(found)}"
