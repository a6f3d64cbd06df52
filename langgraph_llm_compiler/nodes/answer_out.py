"""The answer on its way to whoever watches the run: in `messages` streams, and as `answer_delta` events."""

import uuid

from langgraph_llm_compiler.execution.events import Emit
from langgraph_llm_compiler.nodes.message_out import MessageOut, Readers


class AnswerOut:
    """Streams an answer, and nothing else of a model's reply, under the id of the message that will hold it.

    Args:
        emit: Takes events, or None if nobody reads them.
        readers: Who reads the run's messages.
    """

    def __init__(self, emit: Emit | None, readers: Readers) -> None:
        self._emit, self._readers = emit, readers
        self._message = self._new_message()

    @property
    def id(self) -> str:
        """Id of the message."""
        return self._message.id

    @property
    def given(self) -> str:
        """What has been streamed of it."""
        return self._message.text

    def restart(self) -> None:
        """What was streamed was no answer: go on under another id."""
        if self.given:
            self._message.end()
            self._message = self._new_message()

    def give(self, text: str) -> None:
        """Stream a further piece."""
        self._message.give(text)
        self._tell(text)

    def complete(self, text: str) -> None:
        """The answer is this: stream what was held back of it, if any of it was streamed."""
        if not text.startswith(self.given):
            self.restart()
        elif self.given and len(self.given) < len(text):
            self.give(text[len(self.given) :])
        elif not self.given and text:  # none of it was streamed as it came; LangGraph shows the message itself
            self._message.give_events(text)
            self._tell(text)
        self._message.end()

    def _tell(self, text: str) -> None:
        if self._emit:
            self._emit({"type": "answer_delta", "text": text})

    def _new_message(self) -> MessageOut:
        return MessageOut(f"answer-{uuid.uuid4()}", self._readers)
