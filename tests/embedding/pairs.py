"""One app, two factories: langchain's `create_agent` and ours, over models that make the same calls and answers."""

from collections.abc import Sequence
from typing import Any

from langchain.agents import create_agent
from langchain.agents.middleware import HumanInTheLoopMiddleware
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langgraph.checkpoint.memory import InMemorySaver

from langgraph_llm_compiler.plan import Task, render_call
from tests.support import STYLE, ScriptedChatModel, create_llm_compiler, finish, plan, tool_calls

Call = tuple[str, dict[str, Any]]
Turn = tuple[Sequence[Call], str]
"""The calls that the model makes, and its answer to what they give."""


class Speaker(ScriptedChatModel):
    """A scripted model with a sync face of its own, as providers' models have."""

    def _stream(self, messages, stop=None, run_manager=None, **kwargs):
        for piece in self._pieces(self._next(messages, {"stop": stop, **kwargs})):
            chunk = ChatGenerationChunk(message=piece if isinstance(piece, AIMessageChunk) else AIMessageChunk(piece))
            if run_manager:
                run_manager.on_llm_new_token(chunk.text, chunk=chunk)
            yield chunk

    def _generate(self, messages, stop=None, run_manager=None, **kwargs):
        reply = self._next(messages, {"stop": stop, **kwargs})
        message = reply if isinstance(reply, AIMessage) else AIMessage(reply)
        return ChatResult(generations=[ChatGeneration(message=message.model_copy())])


def spoken(*replies: Any) -> Speaker:
    return Speaker(replies=replies)


def answered(text: str) -> str:
    """What the joiner replies, in the style of the test, to give that answer."""
    return text if STYLE["now"] == "compact" else finish(text)


def planned(*calls: Call) -> str:
    return plan(*[render_call(Task(1, name, kwargs=args)) for name, args in calls])


def agent(turns: Sequence[Turn], tools: Sequence[Any], interrupt_on: Any = None, **settings: Any) -> Any:
    """The app as it was."""
    replies = [reply for calls, answer in turns for reply in (tool_calls(*calls), answer)]
    middleware = [HumanInTheLoopMiddleware(interrupt_on=interrupt_on)] if interrupt_on else []
    return create_agent(
        spoken(*replies),
        tools,
        system_prompt="Be brief.",
        middleware=middleware,
        checkpointer=InMemorySaver(),
        **settings,
    )


def compiler(turns: Sequence[Turn], tools: Sequence[Any], interrupt_on: Any = None, **settings: Any) -> Any:
    """The app with the factory swapped."""
    replies = [reply for calls, answer in turns for reply in (planned(*calls), answered(answer))]
    return create_llm_compiler(
        spoken(*replies),
        tools,
        system_prompt="Be brief.",
        interrupt_on=interrupt_on,
        checkpointer=InMemorySaver(),
        **settings,
    )
