"""Runs of one graph that are killed and resumed: `python -m tests.graph.durable_app FOLDER FACE STOP`.

The process tells on its standard output what the checkpointer has saved and when the run stands still at its stopping
point (STOP: plan, tool, joiner or none), so that it can be killed there. Finished calls and model calls are written to
files in the folder.

LangGraph saves in the background: results of calls can be safe before the step that they belong to is, and mean
nothing without it. So a test waits for both.
"""

import asyncio
import os
import re
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from langgraph_llm_compiler import create_llm_compiler
from tests.support import STYLE

CONFIG: Any = {"configurable": {"thread_id": "1"}}
QUESTION: Any = {"messages": [("user", "How many in all?")]}
SIZES = {"a": 1, "b": 20, "c": 300}
PLAN = [
    '1. look("a")\n',
    '2. look("b")\n',
    "3. add($1, $2)\n",
    '4. look("c")\n',
    "5. add($3, $4)\n",
    "6. join()<END_OF_PLAN>\n",
]
ANSWER = "321"


def say(text: str) -> None:
    """In one piece: several threads speak."""
    os.write(1, f"{text}\n".encode())


def note(folder: Path, name: str, line: str) -> None:
    with (folder / name).open("a") as file:
        file.write(line + "\n")


def lines(folder: Path, name: str) -> list[str]:
    file = folder / name
    return file.read_text().splitlines() if file.exists() else []


class Model(BaseChatModel):
    """Plays planner and joiner; the joiner's answer is the last observation that it was sent."""

    folder: Path
    stop_at: str

    @property
    def _llm_type(self) -> str:
        return "durable"

    def _generate(self, messages: Any, *_: Any, **__: Any) -> ChatResult:
        raise AssertionError("async code called the model synchronously")

    async def _agenerate(self, messages: Any, *_: Any, **__: Any) -> ChatResult:
        note(self.folder, "models", "joiner")
        await still(self.stop_at == "joiner")
        found = re.findall(r"^Observation: (.*)$", messages[-1].text, re.MULTILINE)
        return ChatResult(generations=[ChatGeneration(message=AIMessage(f"Action: Finish({found[-1]})"))])

    async def _astream(self, messages: Any, *_: Any, **__: Any) -> Any:
        if messages[-1].text.startswith("Results:"):  # the compact style's joiner
            note(self.folder, "models", "joiner")
            await still(self.stop_at == "joiner")
            found = re.findall(r"^\$\d+ = (.*)$", messages[-1].text, re.MULTILINE)
            yield ChatGenerationChunk(message=AIMessageChunk(found[-1]))
            return
        note(self.folder, "models", "planner")
        for number, line in enumerate(PLAN):
            await still(self.stop_at == "plan" and number == 3)
            yield ChatGenerationChunk(message=AIMessageChunk(line))


async def still(is_here: bool) -> None:
    if is_here:
        say("still")
        await asyncio.Event().wait()


def tools_of(folder: Path, stop_at: str) -> list[Any]:
    async def look(name: str) -> int:
        """Look up a size."""
        await still(stop_at == "tool" and name == "c")
        note(folder, "calls", f"look {name}")
        return SIZES[name]

    def add(a: int, b: int) -> int:
        """Add two sizes, in a thread."""
        assert threading.current_thread() is not threading.main_thread()
        note(folder, "calls", f"add {a} {b}")
        return a + b

    return [look, add]


def tell(writes: Sequence[tuple[str, Any]]) -> None:
    """Say what the journal's link that was just saved holds."""
    for _, value in writes:
        if isinstance(value, dict):
            for key in value:
                if not key.startswith("#"):
                    say(f"saved {key if key == 'plan' else 'call'}")


class TellingSaver(SqliteSaver):
    def put(self, config: Any, checkpoint: Any, metadata: Any, *args: Any) -> Any:
        saved = super().put(config, checkpoint, metadata, *args)
        say(f"saved step {metadata['step']}")
        return saved

    def put_writes(self, config: Any, writes: Any, *args: Any, **kwargs: Any) -> None:
        super().put_writes(config, writes, *args, **kwargs)
        tell(writes)


class TellingAsyncSaver(AsyncSqliteSaver):
    async def aput(self, config: Any, checkpoint: Any, metadata: Any, *args: Any) -> Any:
        saved = await super().aput(config, checkpoint, metadata, *args)
        say(f"saved step {metadata['step']}")
        return saved

    async def aput_writes(self, config: Any, writes: Any, *args: Any, **kwargs: Any) -> None:
        await super().aput_writes(config, writes, *args, **kwargs)
        tell(writes)


def graph_of(folder: Path, stop_at: str, saver: Any) -> Any:
    return create_llm_compiler(
        Model(folder=folder, stop_at=stop_at),
        tools_of(folder, stop_at),
        interrupt_on={"add": True} if (folder / "approve").exists() else None,
        checkpointer=saver,
        prompt_style=os.environ.get("PROMPT_STYLE") or STYLE["now"],
    )


def run_sync(folder: Path, stop_at: str, given: Any) -> Any:
    with TellingSaver.from_conn_string(str(folder / "state.sqlite")) as saver:
        return graph_of(folder, stop_at, saver).invoke(given, CONFIG)


async def run_async(folder: Path, stop_at: str, given: Any) -> Any:
    async with TellingAsyncSaver.from_conn_string(str(folder / "state.sqlite")) as saver:
        return await graph_of(folder, stop_at, saver).ainvoke(given, CONFIG)


def run(folder: Path, face: str, stop_at: str, given: Any) -> Any:
    """Start (`given` the question) or resume (None, or a command) the run, through `invoke` or `ainvoke`."""
    if face == "sync":
        return run_sync(folder, stop_at, given)
    return asyncio.run(run_async(folder, stop_at, given))


if __name__ == "__main__":
    where, face, stop_at = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    has_begun = (where / "models").exists()
    run(where, face, stop_at, None if has_begun else QUESTION)
    say("ended")
