"""What an endpoint asks of the player behind it: a request goes in, one reply comes out.

Nothing in this file knows HTTP or time. A player decides *what* a model would say; the endpoint decides *when*
each token of it leaves.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from langgraph_llm_compiler.errors import LLMCompilerError

__all__ = ["Player", "Reply", "ToolRequest", "UnknownQuestionError"]


class UnknownQuestionError(LLMCompilerError):
    """Raised by a player that has no reply for a request; the endpoint answers with HTTP 400 and this message.

    Args:
        question: What was asked, as far as the player could make it out.

    Attributes:
        question: The same text.
    """

    def __init__(self, question: str) -> None:
        self.question = question
        super().__init__(
            f"The simulator has no script for {question!r}. It plays only the questions of its script: ask one of"
            " those, write this one into a script file (`llm-compiler simulate --script FILE`), or use a real model"
            " (`--model provider:name`, or LLM_COMPILER_MODEL=provider:name)."
        )


@dataclass(frozen=True, slots=True)
class ToolRequest:
    """One tool call that a reply asks for.

    Args:
        name: The tool's name.
        arguments: The tool's arguments by name; they leave the endpoint as JSON.
    """

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reply:
    """What the model says to one request.

    Args:
        text: The text of the reply.
        tool_calls: Tool calls after the text, in order.
        role: What part the reply plays (`"planner"`, `"joiner"`, `"math"`, `"react"` ...); statistics only.
    """

    text: str = ""
    tool_calls: Sequence[ToolRequest] = ()
    role: str = ""


class Player(Protocol):
    """The signature of every player: parsed JSON body of a request -> `Reply`."""

    def reply(self, request: dict[str, Any]) -> Reply:
        """Gives the reply to one request.

        Args:
            request: The body of a chat completions (`messages`) or completions (`prompt`) request.

        Raises:
            UnknownQuestionError: If the player has no reply for it.
        """
        ...
