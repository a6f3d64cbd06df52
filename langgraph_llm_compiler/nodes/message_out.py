"""Messages on their way to whoever reads the run's, whole or piece by piece, in either of LangGraph's forms of them.

Readers of `stream_mode="messages"` are given chunks. Readers of `stream_events(version="v3")` are given the events of
langchain's protocol: chunks that are pushed do not reach the messages that these read.
"""

from collections.abc import Iterable
from typing import Any

from langchain_core.callbacks import BaseCallbackHandler, BaseCallbackManager
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langgraph.config import get_config
from langgraph.graph.message import push_message


def event_readers(callbacks: Any) -> list[BaseCallbackHandler]:
    """LangGraph's handlers among these that take the protocol's events in place of chunks."""
    return [
        each
        for each in _handlers(callbacks)
        if type(each).__module__.startswith("langgraph.")
        and type(each).on_stream_event is not BaseCallbackHandler.on_stream_event
    ]


def is_read(callbacks: Any) -> bool:
    """Whether LangGraph has handlers among these, as it has where somebody reads messages."""
    return any(type(each).__module__.startswith("langgraph.") for each in _handlers(callbacks))


def _handlers(callbacks: Any) -> Iterable[BaseCallbackHandler]:
    return callbacks.handlers if isinstance(callbacks, BaseCallbackManager) else callbacks or ()


def show(message: BaseMessage) -> None:
    """Show a message that is complete; of a tool's, readers of events are told in another way by LangGraph."""
    if not event_readers(get_config().get("callbacks")):
        push_message(message, state_key=None)
    elif isinstance(message, AIMessage):
        _send(event="message-start", role="ai", id=message.id, message_id=message.id)
        for index, call in enumerate(message.tool_calls):
            named = {"type": "tool_call", "id": call["id"], "name": call["name"]}
            _send(event="content-block-start", index=index, content={**named, "args": {}})
            _send(event="content-block-finish", index=index, content={**named, "args": call["args"]})
        _send(event="message-finish")


def _send(**event: Any) -> None:
    callbacks: Any = get_config().get("callbacks")
    for each in event_readers(callbacks):  # which know this node's run, and so where its messages belong
        each.on_stream_event(event, run_id=callbacks.parent_run_id)  # type: ignore[arg-type]


class MessageOut:
    """Streams the text of one message; made, used and ended within a node.

    Args:
        id: Id of the message, which the node returns in the end.

    Attributes:
        text: What has been streamed.
    """

    def __init__(self, id: str) -> None:
        self.id, self.text = id, ""
        self._is_open = False

    def give(self, piece: str) -> None:
        """Stream a further piece."""
        callbacks = get_config().get("callbacks")
        if not event_readers(callbacks):
            if is_read(callbacks):  # else the piece would be made for nobody
                push_message(AIMessageChunk(content=piece, id=self.id), state_key=None)
        elif not self._is_open:
            self._is_open = True
            _send(event="message-start", role="ai", id=self.id, message_id=self.id)
            _send(event="content-block-start", index=0, content={"type": "text", "text": ""})
        self.text += piece
        if self._is_open:
            _send(event="content-block-delta", index=0, delta={"type": "text-delta", "text": piece})

    def give_events(self, text: str) -> None:
        """Give the text to readers of events alone, who are not shown what a node returns."""
        if event_readers(get_config().get("callbacks")):
            self.give(text)

    def end(self) -> None:
        """No further piece comes."""
        if self._is_open:
            self._is_open = False
            _send(event="content-block-finish", index=0, content={"type": "text", "text": self.text})
            _send(event="message-finish")
