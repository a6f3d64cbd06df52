"""What a tool's return value means: an observation, a message, an update of the graph's state."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from langchain_core.messages import BaseMessage, ToolMessage, convert_to_messages
from langgraph.types import Command

from langgraph_llm_compiler.execution.mcp_content import blocks_observation, mcp_observation
from langgraph_llm_compiler.execution.records import Outcome, plain

GOTO_REFUSED = (
    "the tool returned a Command that leads elsewhere (goto or graph), which a task of a plan cannot follow; return a "
    "value or Command(update=...)"
)
UNANSWERED = "the tool returned commands without a ToolMessage for its call"
UPDATED = "the state was updated"
"""Content of the message of a call whose `Command` has none for it."""


@dataclass(slots=True)
class Returned:
    """What the tool of one call returned, caught before LangChain formats it.

    Attributes:
        call_id: Id of the tool call.
        values: Return values; the last one is the call's own, those before it are of calls that its tool made.
    """

    call_id: str
    values: list[Any] = field(default_factory=list)

    def keep(self, value: Any) -> Any:
        """Keep what the tool returned, and give what LangChain is to format."""
        value = self._answered(value)
        self.values.append(value)
        return value

    def keep_content(self, value: Any) -> Any:
        """Keep the content of what a tool with an artifact returned."""
        if isinstance(value, tuple) and value:
            return (self.keep(value[0]), *value[1:])
        return self.keep(value)

    def of_value(self, value: Any, content: Callable[[Any], Any]) -> Outcome:
        """What the call gave.

        Args:
            value: What the tool returned, as it is.
            content: Makes a message's content of a value.
        """
        value = self._answered(value)
        if isinstance(value, (ToolMessage, Command)) or _holds_commands(value):
            self.values.append(value)
            return self.outcome(value)
        shown = list(value) if isinstance(value, tuple) else value
        return Outcome(plain(blocks_observation(value)), content=content(shown))

    def outcome(self, output: Any) -> Outcome:
        """What the call gave.

        Args:
            output: What LangChain, or LangGraph's `ToolNode`, made of the return value.
        """
        messages: list[BaseMessage] = []
        update: dict[str, Any] = {}
        for part in output if isinstance(output, list) else [output]:
            if isinstance(part, Command):
                if part.goto or part.graph is not None:
                    return Outcome(status="error", error=GOTO_REFUSED)
                changes = dict(part.update or {})
                messages += _messages(changes.pop("messages", ()))
                update |= changes
            else:
                messages += [part] if isinstance(part, ToolMessage) else part["messages"]
        own = next((each for each in messages if self._is_own(each)), None)
        if not isinstance(own, ToolMessage):
            return Outcome(status="error", error=UNANSWERED)
        if further := [each for each in messages if each is not own]:
            update["messages"] = further
        if own.status == "error":
            return Outcome(status="error", error=own.text, update=update or None)
        artifact = plain(own.artifact)
        return Outcome(self._observed(own), content=own.content, artifact=artifact, update=update or None)

    def _is_own(self, message: Any) -> bool:
        return isinstance(message, ToolMessage) and message.tool_call_id == self.call_id

    def _observed(self, message: ToolMessage) -> Any:
        """The tool's return value; what references reach into of an MCP tool's result."""
        if isinstance(message.artifact, Mapping) and "structured_content" in message.artifact:
            return mcp_observation(message.text, plain(message.artifact["structured_content"]))
        value = self.values[-1] if self.values else message.content
        if isinstance(value, (ToolMessage, Command)) or _holds_commands(value):
            return message.content if isinstance(message.content, str) else message.text
        return plain(blocks_observation(value))

    def _answered(self, value: Any) -> Any:
        """The value; a `Command` without a message for the call with one, which every tool call has to have.

        `ToolNode` refuses it, because there the model would miss the message; here the model reads observations.
        """
        if not isinstance(value, Command) or not isinstance(value.update, Mapping | Sequence | None):
            return value
        changes = dict(value.update or {})
        messages = _messages(changes.get("messages", ()))
        if not any(map(self._is_own, messages)):
            changes["messages"] = [*messages, ToolMessage(UPDATED, tool_call_id=self.call_id)]
        return Command(graph=value.graph, update=changes, resume=value.resume, goto=value.goto)


def failed(error: Exception) -> Outcome:
    """The outcome of a call that raised; of a group of exceptions, those in it are told."""
    causes = list(_leaves(error))
    text = "; ".join(f"{type(each).__name__}: {each}".rstrip(": ") for each in causes)
    return Outcome(status="error", error=text, exception=causes[0] if len(causes) == 1 else error)


def _leaves(error: Exception) -> Iterator[Exception]:
    """The exception, or those that a task group wrapped up, as MCP clients do for what fails on the way to a server."""
    if not isinstance(error, ExceptionGroup):
        yield error
        return
    for each in error.exceptions:
        yield from _leaves(each)


def _messages(given: Any) -> list[BaseMessage]:
    """Messages of an update, which may be written as pairs, dicts, or a single message."""
    if isinstance(given, Sequence) and not isinstance(given, str | tuple):
        return convert_to_messages(given)
    return convert_to_messages([given] if given else [])


def _holds_commands(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(each, (ToolMessage, Command)) for each in value)
