"""A run's tool calls as chat messages: one `AIMessage` with the calls of all rounds, and a `ToolMessage` for each."""

import re
from collections.abc import Sequence
from typing import Any

from langchain_core.messages import AIMessage, AnyMessage, BaseMessage, HumanMessage, ToolCall, ToolMessage

from langgraph_llm_compiler.execution.records import text_of
from langgraph_llm_compiler.execution.scheduled import ScheduledTask
from langgraph_llm_compiler.nodes.conversation import FROM_TOOL

_NO_NAME = re.compile(r"[^a-zA-Z0-9_-]")
"""What OpenAI and Anthropic refuse in the name of a tool: the dots of MCP servers, and what a model may invent."""

_LONGEST_NAME = 64

_CALL_ID = re.compile(r"r\d+_t\d+(?:_q(\d+))?")


def tool_messages(
    messages: Sequence[AnyMessage], turn: str | None, tasks: Sequence[ScheduledTask]
) -> list[BaseMessage]:
    """What a round adds to the conversation: the message with its calls, and a result for each."""
    return [calls_message(messages, turn, tasks), *map(result_message, tasks)] if tasks else []


def calls_message(messages: Sequence[AnyMessage], turn: str | None, tasks: Sequence[ScheduledTask]) -> AIMessage:
    """The message with the turn's calls.

    It has an id of the turn's own: in a later round it is replaced, in its place, by one that holds the calls of all
    rounds so far, so that a chat shows the tool calls of a turn as one. A question that is asked again gets a message
    of its own; so does a round before which a tool has added further messages, since results have to follow their calls
    at once.
    """
    message_id = _calls_id(turn)
    earlier = [each for each in messages if isinstance(each, AIMessage) and _holds_calls_of(each, turn)]
    is_later = earlier and tasks[0].record["round"] > 1 and _before_results(messages) is earlier[-1]
    before = earlier[-1] if is_later else None
    if earlier:
        message_id = str(before.id) if before else f"{message_id}-{len(earlier) + 1}"
    message = AIMessage("", id=message_id)
    # they are as they have to be: given to the constructor, each would be copied twice
    message.tool_calls = [*map(_copied, before.tool_calls if before else ()), *map(_call, tasks)]
    return message


def _copied(call: ToolCall) -> ToolCall:
    return {**call, "args": dict(call["args"])}


def _before_results(messages: Sequence[AnyMessage]) -> AnyMessage | None:
    """The message behind which only results stand."""
    return next((each for each in reversed(messages) if not isinstance(each, ToolMessage)), None)


def is_calls_of(message: AnyMessage, turn: str, start: str) -> bool:
    """Whether a message holds calls made for this turn's question, with ids that begin so."""
    if not isinstance(message, AIMessage) or not _holds_calls_of(message, turn):
        return False
    return any((call["id"] or "").startswith(start) for call in message.tool_calls)


def _calls_id(turn: str | None) -> str:
    """Id of the message with a turn's calls, or how it begins, if there are several."""
    return f"{turn}-calls"


def _holds_calls_of(message: AIMessage, turn: str | None) -> bool:
    return (message.id or "").startswith(_calls_id(turn))


def turn_number(messages: Sequence[AnyMessage], turn: str | None, round_: int) -> int:
    """Which of the conversation's turns with calls this is, from 1, so that ids of calls stay unique over them all."""
    with_calls = [each for each in messages if isinstance(each, AIMessage) and each.tool_calls]
    found = [_CALL_ID.match(call["id"] or "") for each in with_calls for call in each.tool_calls]
    last = max((int(each[1] or 1) for each in found if each), default=0)
    is_begun = round_ > 1 and any(_holds_calls_of(each, turn) for each in with_calls)
    return last if is_begun else last + 1


def updates_of(tasks: Sequence[ScheduledTask]) -> dict[str, Any]:
    """State updates that tools returned with a `Command`, merged in plan order; further messages under `messages`."""
    merged: dict[str, Any] = {}
    for task in tasks:
        if task.outcome and (update := task.outcome.update):
            messages = [*merged.get("messages", ()), *map(_marked, update.get("messages", ()))]
            merged |= {**update, "messages": messages}
    return merged


def _marked(message: BaseMessage) -> BaseMessage:
    if not isinstance(message, HumanMessage):
        return message
    return message.model_copy(update={"additional_kwargs": {**message.additional_kwargs, FROM_TOOL: True}})


def _call(task: ScheduledTask) -> ToolCall:
    record = task.record
    args = record["args"] if record["resolved"] is None else record["resolved"]
    return ToolCall(name=_name(record["tool"]), args=dict(args), id=task.call_id, type="tool_call")


def _name(tool: str) -> str:
    """A tool's name as it may stand in messages; its record has it as it is."""
    return _NO_NAME.sub("_", tool)[:_LONGEST_NAME]


def result_message(task: ScheduledTask) -> ToolMessage:
    """The message that answers one tool call."""
    record, outcome = task.record, task.outcome
    content = outcome.content if outcome else None
    return ToolMessage(
        text_of(record) if content is None or content == [] else content,  # providers refuse a list without blocks
        id=task.message_id,
        tool_call_id=task.call_id,
        name=_name(record["tool"]),
        artifact=outcome.artifact if outcome else None,
        status="success" if record["status"] == "ok" else "error",
    )
