"""The answer on its way to whoever watches the run: in `messages` streams, and as `answer_delta` events."""

import uuid

from langchain_core.messages import AIMessageChunk
from langgraph.graph.message import push_message

from langgraph_llm_compiler.execution.events import Emit


class AnswerOut:
    """Streams an answer, and nothing else of a model's reply, under the id of the message that will hold it.

    Args:
        emit: Takes events, or None if nobody reads them.

    Attributes:
        id: Id of the message.
        given: What has been streamed of it.
    """

    def __init__(self, emit: Emit | None) -> None:
        self.id = _new_id()
        self.given = ""
        self._emit = emit

    def restart(self) -> None:
        """What was streamed was no answer: go on under another id."""
        if self.given:
            self.id, self.given = _new_id(), ""

    def give(self, text: str) -> None:
        """Stream a further piece."""
        self.given += text
        push_message(AIMessageChunk(content=text, id=self.id), state_key=None)
        self._tell(text)

    def complete(self, text: str) -> None:
        """The answer is this: stream what was held back of it, if any of it was streamed."""
        if not text.startswith(self.given):
            self.restart()
        elif self.given and len(self.given) < len(text):
            self.give(text[len(self.given) :])
        elif not self.given and text:  # none of it was streamed as it came; the message itself shows it
            self._tell(text)

    def _tell(self, text: str) -> None:
        if self._emit:
            self._emit({"type": "answer_delta", "text": text})


def _new_id() -> str:
    return f"answer-{uuid.uuid4()}"
