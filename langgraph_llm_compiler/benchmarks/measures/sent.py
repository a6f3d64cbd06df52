"""What a run sends to its models, so that another client can send the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.messages import BaseMessage

from langgraph_llm_compiler.benchmarks.calls import CallRecorder


@dataclass(frozen=True, slots=True)
class Prompt:
    """One model call of a run, as it was sent.

    Attributes:
        messages: The conversation.
        stop: Stop strings.
    """

    messages: list[BaseMessage]
    stop: Sequence[str] = ()

    @property
    def options(self) -> dict[str, Any]:
        """What a chat model's method is given beside the messages."""
        return {"stop": list(self.stop)} if self.stop else {}


class PromptRecorder(CallRecorder):
    """A `CallRecorder` that keeps the prompts too, in the order in which they were sent."""

    def __init__(self) -> None:
        super().__init__()
        self.prompts: list[Prompt] = []

    def on_chat_model_start(self, serialized: dict[str, Any], messages: list[list[BaseMessage]], **kwargs: Any) -> None:
        """Keep messages and stop strings."""
        self.prompts.append(Prompt(messages[0], (kwargs.get("invocation_params") or {}).get("stop") or ()))
        super().on_chat_model_start(serialized, messages, **kwargs)
