"""What a model behind an endpoint replies, and the tool that it calls."""

from typing import Any

from typing_extensions import TypedDict

from langgraph_llm_compiler.simulator import Reply
from tests.support import finish, plan

KEY = "canary-model-key"
"""The model's key, which no trace may hold."""


class Context(TypedDict):
    """What a run's tools may need."""

    token: str
    badge: str


def lookup(name: str) -> str:
    """Look a mountain up."""
    return f"<{name}>"


class TwoCalls:
    """Plays planner and joiner over HTTP."""

    def reply(self, request: dict[str, Any]) -> Reply:
        has_results = any(each in str(request["messages"]) for each in ("Observation", "Results:"))
        return Reply(finish("42") if has_results else plan('lookup("a")', 'lookup("more of $1")'))
