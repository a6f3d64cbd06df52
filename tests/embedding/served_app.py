"""Graphs for a LangGraph server to serve, named in the `langgraph.json` of the tests; their model needs no key."""

import re
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult

from langgraph_llm_compiler import create_llm_compiler

PLAN = '1. look("a")\n2. send("$1")\n3. join()<END_OF_PLAN>\n'


class Model(BaseChatModel):
    """Plans the same two calls for every question, and answers with what the last of them gave."""

    @property
    def _llm_type(self) -> str:
        return "served"

    def _reply(self, messages: Any) -> str:
        given = messages[-1].text
        compact = re.findall(r"^\$\d+ = (.*)$", given, re.MULTILINE)
        paper = re.findall(r"^Observation: (.*)$", given, re.MULTILINE)
        if given.startswith("Results:"):
            return f"It is {compact[-1]}."
        return f"Thought: enough\nAction: Finish(It is {paper[-1]}.)" if paper else PLAN

    def _generate(self, messages: Any, *_: Any, **__: Any) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=AIMessage(self._reply(messages)))])

    async def _astream(self, messages: Any, *_: Any, **__: Any) -> Any:
        text = self._reply(messages)
        for at in range(0, len(text), 4):
            yield ChatGenerationChunk(message=AIMessageChunk(text[at : at + 4]))


async def look(query: str) -> str:
    """Look a thing up."""
    return f"<{query}>"


async def send(text: str) -> str:
    """Send a text."""
    return f"sent {text}"


def served(**settings: Any) -> Any:
    return create_llm_compiler(Model(), [look, send], **settings)


compact = served()
paper = served(prompt_style="paper")
compact_asks = served(interrupt_on={"send": True})
paper_asks = served(prompt_style="paper", interrupt_on={"send": True})
