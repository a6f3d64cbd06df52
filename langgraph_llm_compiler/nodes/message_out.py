"""Messages on their way to whoever reads the run's, whole or piece by piece, in either of LangGraph's forms of them.

Readers of `stream_mode="messages"` are given chunks. Readers of `stream_events(version="v3")` are given the events of
langchain's protocol: chunks that are pushed do not reach the messages that these read.
"""

from typing import Any

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.runnables import RunnableConfig
from langchain_core.runnables.config import var_child_runnable_config
from langgraph.graph.message import push_message

from langgraph_llm_compiler.execution.callbacks import handlers_of, own_run


class Readers:
    """Who reads the messages of the run that a node belongs to: handlers of LangGraph's, which it has only then.

    Args:
        config: Config of the node.

    Attributes:
        are_there: Whether anybody reads them.
        take_events: Whether they take the protocol's events in place of chunks.
    """

    def __init__(self, config: RunnableConfig) -> None:
        handlers = [each for each in handlers_of(config) if type(each).__module__.startswith("langgraph.")]
        takes = BaseCallbackHandler.on_stream_event
        self._of_events = [each for each in handlers if type(each).on_stream_event is not takes]
        self._run: Any = own_run(config)
        tags = {"tags": list(config["tags"])} if config.get("tags") else {}  # as those of a model that streams itself
        self._tagged: RunnableConfig = {**config, "metadata": {**config.get("metadata", {}), **tags}}
        self.are_there, self.take_events = bool(handlers), bool(self._of_events)

    def show(self, message: BaseMessage) -> None:
        """Show a message that is complete; of a tool's, readers of events are told in another way by LangGraph."""
        if not self.take_events:
            self.push(message)
        elif isinstance(message, AIMessage):
            self.send(event="message-start", role="ai", id=message.id, message_id=message.id)
            for index, call in enumerate(message.tool_calls):
                named = {"type": "tool_call", "id": call["id"], "name": call["name"]}
                self.send(event="content-block-start", index=index, content={**named, "args": {}})
                self.send(event="content-block-finish", index=index, content={**named, "args": call["args"]})
            self.send(event="message-finish")

    def push(self, message: BaseMessage) -> None:
        """Give a message, or a chunk of one, to readers of those."""
        if not self.are_there:
            return
        before = var_child_runnable_config.set(self._tagged)
        try:
            push_message(message, state_key=None)
        finally:
            var_child_runnable_config.reset(before)

    def send(self, **event: Any) -> None:
        """Give an event to readers of those, who know this node's run, and so where its messages belong."""
        for each in self._of_events:
            each.on_stream_event(event, run_id=self._run)  # type: ignore[arg-type]


class MessageOut:
    """Streams the text of one message; made, used and ended within a node.

    Args:
        id: Id of the message, which the node returns in the end.
        readers: Who reads it.

    Attributes:
        text: What has been streamed.
    """

    def __init__(self, id: str, readers: Readers) -> None:
        self.id, self.text = id, ""
        self._readers, self._is_open = readers, False

    def give(self, piece: str) -> None:
        """Stream a further piece; where nobody reads, no message is made of it."""
        self.text += piece
        if self._readers.take_events:
            self._open()
            self._readers.send(event="content-block-delta", index=0, delta={"type": "text-delta", "text": piece})
        elif self._readers.are_there:
            self._readers.push(AIMessageChunk(content=piece, id=self.id))

    def give_events(self, text: str) -> None:
        """Give the text to readers of events alone, who are not shown what a node returns."""
        if self._readers.take_events:
            self.give(text)

    def end(self) -> None:
        """No further piece comes."""
        if self._is_open:
            self._is_open = False
            self._readers.send(event="content-block-finish", index=0, content={"type": "text", "text": self.text})
            self._readers.send(event="message-finish")

    def _open(self) -> None:
        if not self._is_open:
            self._is_open = True
            self._readers.send(event="message-start", role="ai", id=self.id, message_id=self.id)
            self._readers.send(event="content-block-start", index=0, content={"type": "text", "text": ""})
