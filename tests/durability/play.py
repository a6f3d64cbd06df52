"""The graph of a case: a model and tools that tell all that happens."""

import asyncio
import random
import re
import time
from collections.abc import Callable
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.tools import tool
from langgraph.types import interrupt

from langgraph_llm_compiler import ToolPolicy, create_llm_compiler
from tests.durability.cases import Case, made
from tests.durability.expected import RESULT, is_faulty, joined, several

Tell = Callable[..., None]

SLOWEST_SECONDS = 0.003
_SHOWN_TASK = re.compile(r"^(?:\$(\d+)(?:\[\d+\])? = |(\d+)\. [a-z]+(?:\.map)?\()", re.MULTILINE)


class CaseModel(BaseChatModel):
    """Planner and joiner of a case; what it replies is determined by its prompt."""

    case: Any
    is_paper_joiner: bool = False
    tell: Any

    @property
    def _llm_type(self) -> str:
        return "case"

    def _generate(self, *_: Any, **__: Any) -> ChatResult:
        raise AssertionError("async code called the model synchronously")

    async def _agenerate(self, messages: Any, *_: Any, **__: Any) -> ChatResult:
        reply = self._reply(messages)
        await asyncio.sleep(SLOWEST_SECONDS / 3)
        return ChatResult(generations=[ChatGeneration(message=AIMessage(reply))])

    async def _astream(self, messages: Any, *_: Any, **__: Any) -> Any:
        for piece in self.case.pieces(self._reply(messages)):
            await asyncio.sleep(SLOWEST_SECONDS / 3)
            self.tell("piece")
            yield ChatGenerationChunk(message=AIMessageChunk(piece))

    def _reply(self, messages: Any) -> str:
        done = self._rounds_done(messages)
        if done < len(self.case.rounds):
            if self.is_paper_joiner:
                self.tell("joiner", done)
                return "Thought: not yet\nAction: Replan(more)"
            self.tell("plan", done + 1)
            return self.case.plan(done + 1)
        self.tell("joiner", done)
        answer = joined(RESULT.findall("\n".join(each.text for each in messages)))
        return f"Action: Finish({answer})" if self.is_paper_joiner else answer

    def _rounds_done(self, messages: Any) -> int:
        text = messages[-1].text
        if self.case.style == "compact" and not text.startswith("Results:"):
            return 0
        last = max((int(a or b) for a, b in _SHOWN_TASK.findall(text)), default=0)
        return sum(tasks[-1].id <= last for tasks in self.case.rounds)


class Tools:
    """The tools of all cases, made once, because that takes as long as a run.

    Attributes:
        tell: Told of what is called.
        draw: Draws latencies, anew in every life, so that orders differ.
    """

    tell: Tell
    draw: random.Random

    def _seconds(self) -> float:
        return self.draw.random() * SLOWEST_SECONDS

    async def _called(self, tool: str, *given: str) -> str:
        self.tell("call", f"{tool} {given[0]}")
        await asyncio.sleep(self._seconds())
        self.tell("done", f"{tool} {given[0]}")
        return made(tool, *given)

    async def look(self, tag: str, of: str) -> str:
        """Look."""
        return await self._called("look", tag, of)

    async def read(self, of: str) -> str:
        """Read, which may be shared."""
        return await self._called("read", of)

    async def echo(self, of: str) -> str:
        """Echo."""
        return await self._called("echo", of)

    async def send(self, tag: str, of: str) -> str:
        """Send, if a person approves it."""
        return await self._called("send", tag, of)

    def work(self, tag: str, of: str) -> str:
        """Work in a thread."""
        self.tell("call", f"work {tag}")
        time.sleep(self._seconds())
        self.tell("done", f"work {tag}")
        return made("work", tag, of)

    async def shaky(self, tag: str, of: str) -> str:
        """Fail now and then."""
        result = await self._called("shaky", tag, of)
        if is_faulty(tag, of):
            raise ValueError(f"{tag} is out of order")
        return result

    async def many(self, tag: str, of: str) -> list[str]:
        """Give a list."""
        await self._called("many", tag, of)
        return several(tag, of)

    async def confirm(self, tag: str, of: str) -> str:
        """Ask the person oneself."""
        self.tell("call", f"confirm {tag}")
        said = interrupt(tag)
        self.tell("done", f"confirm {tag}")
        return made("confirm", tag, of, said)


TOOLS = Tools()
_FUNCTIONS = [TOOLS.look, TOOLS.read, TOOLS.echo, TOOLS.send, TOOLS.work, TOOLS.shaky, TOOLS.many, TOOLS.confirm]
_TOOLS = [tool(each) for each in _FUNCTIONS]


def graph_of(case: Case, tell: Tell, saver: Any, life: int = 0) -> Any:
    """The graph that plays a case."""
    TOOLS.tell, TOOLS.draw = tell, random.Random(f"latency {case.seed} {life}")
    return create_llm_compiler(
        CaseModel(case=case, tell=tell),
        _TOOLS,
        joiner_model=CaseModel(case=case, tell=tell, is_paper_joiner=True) if case.style == "paper" else None,
        interrupt_on={"send": True},
        tool_policies={"read": ToolPolicy(read_only=True), "confirm": ToolPolicy(interrupts=True)},
        stream=case.streams,
        checkpointer=saver,
        prompt_style=case.style,
    )


def config_of(case: Case, thread: str) -> dict[str, Any]:
    limit = {} if case.limit is None else {"max_concurrency": case.limit}
    return {"configurable": {"thread_id": thread}, **limit}
