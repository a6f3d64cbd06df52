"""A player for chats: to what its script does not hold it replies in words, where else the endpoint sends an error."""

from typing import Any

from langgraph_llm_compiler.plan.render import render_call
from langgraph_llm_compiler.plan.task import Task
from langgraph_llm_compiler.simulator.player import ScriptedPlayer
from langgraph_llm_compiler.simulator.protocol import Reply, UnknownQuestionError
from langgraph_llm_compiler.simulator.transcript import is_compact, read_request, role_of

__all__ = ["ChatPlayer"]

_EXAMPLE = "{refusal} One of those is: {question}"
_FINISH = "Thought: That is not in the script.\nAction: Finish({text})"


class ChatPlayer:
    """Plays a script in a chat, where a question may be anything; implements `Player`.

    Unlike `ScriptedPlayer` it takes what the user said last for the question, and never one from before it.

    Args:
        player: Plays the script.

    Example:
        >>> from langgraph_llm_compiler.simulator.script import parse_script
        >>> player = ChatPlayer(ScriptedPlayer(parse_script([
        ...     {"question": "How long is the Nile?", "plan": '1. search("Nile")', "answer": "{$1}"}
        ... ])))
        >>> tools = [{"type": "function", "function": {"name": "search"}}]
        >>> player.reply({"messages": [{"role": "user", "content": "Hello"}], "tools": tools}).text
        "The simulator has no script for 'Hello'. ... One of those is: How long is the Nile?"
    """

    def __init__(self, player: ScriptedPlayer) -> None:
        self._player = player

    def reply(self, request: dict[str, Any]) -> Reply:
        """Gives the script's reply, or says that there is none.

        Args:
            request: As in `ScriptedPlayer`.

        Raises:
            UnknownQuestionError: If a call of the math tool, or an answer to put into shape, is not in the script.
        """
        transcript = read_request(request)[0]
        role = role_of(transcript)
        if role in ("math", "structured") or self._player.knows(transcript):
            return self._player.reply(request)
        refusal = UnknownQuestionError(transcript.text.partition("\n")[0].strip())
        text = _EXAMPLE.format(refusal=refusal, question=self._player.example)
        if role == "agent":
            return Reply(text, role=role)
        if is_compact(transcript.instructions):
            return Reply(f"1. {render_call(Task(1, 'answer', (text,)))}", role="planner")
        if role == "planner":
            return Reply("1. join()<END_OF_PLAN>", role=role)
        return Reply(_FINISH.format(text=text), role=role)
