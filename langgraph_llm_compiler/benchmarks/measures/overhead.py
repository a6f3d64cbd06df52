"""What the package costs a task: plans of tools that do nothing, from a model that takes no time.

Held against bare `ToolNode.ainvoke` calls of the same tool, gathered inside one node, in the same process, by turns.
"""

import asyncio
import gc
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from statistics import median
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.tools import BaseTool, tool
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode
from typing_extensions import TypedDict

from langgraph_llm_compiler.benchmarks.measures.limit import Style
from langgraph_llm_compiler.benchmarks.report import format_table
from langgraph_llm_compiler.benchmarks.systems import Graph
from langgraph_llm_compiler.graph.llm_compiler import create_llm_compiler

SIZES = (10, 100, 1000, 10_000)
_DONE = {"compact": "done", "paper": "Thought: done.\nAction: Finish(done)"}
_END = {"compact": "", "paper": "<END_OF_PLAN>"}


class OverheadRow(TypedDict):
    """Plans of one size: milliseconds a task, planner and joiner included, and the ratio to bare calls."""

    style: str
    tasks: int
    right: bool
    ms_per_task: float
    bare_ms_per_task: float
    ratio: float


class LineModel(BaseChatModel):
    """Replies with the same text at once; streamed, one line an event.

    Attributes:
        text: The reply.
    """

    text: str

    @property
    def _llm_type(self) -> str:
        return "line"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=AIMessage(self.text))])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        for line in self.text.splitlines(keepends=True):
            yield ChatGenerationChunk(message=AIMessageChunk(content=line))

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        for chunk in self._stream(messages):
            yield chunk


@tool
async def work(number: int) -> str:
    """Does nothing."""
    return f"done {number}"


def plan_of(size: int, style: Style = "compact") -> str:
    """A plan of that many calls that do not wait for each other."""
    lines = [f"{number}. work({number})\n" for number in range(1, size + 1)]
    return "".join([*lines, f"{size + 1}. join(){_END[style]}"])


async def measure_overhead(
    sizes: Sequence[int] = SIZES,
    repeat: int = 5,
    on_row: Callable[[OverheadRow], None] = lambda row: None,
    *,
    style: Style = "compact",
) -> list[OverheadRow]:
    """Measure plans of these sizes.

    Args:
        sizes: Numbers of tasks.
        repeat: How often each size is measured; medians are given.
        on_row: Told of each row as it is complete.
        style: Prompt style of the graph.
    """
    await _planned(10, style)()  # the first run imports and compiles
    await _bare(10)()
    rows: list[OverheadRow] = []
    for size in sizes:
        rows.append(await _measure(size, repeat, style))
        on_row(rows[-1])
    return rows


async def _measure(size: int, repeat: int, style: Style) -> OverheadRow:
    planned, bare = _planned(size, style), _bare(size)
    pairs = [(await timed(planned), await timed(bare)) for _ in range(repeat)]
    return OverheadRow(
        style=style,
        tasks=size,
        right=all(ours[1] == size and theirs[1] == size for ours, theirs in pairs),
        ms_per_task=median(ours[0] for ours, _ in pairs) / size * 1000,
        bare_ms_per_task=median(theirs[0] for _, theirs in pairs) / size * 1000,
        ratio=median(ours[0] / theirs[0] for ours, theirs in pairs),
    )


async def timed(run: Callable[[], Awaitable[int]]) -> tuple[float, int]:
    """Seconds, and how many calls gave what they should."""
    gc.collect()
    started = time.perf_counter()
    right = await run()
    return time.perf_counter() - started, right


def graph_of(size: int, style: Style, checkpointer: Any = None) -> Graph:
    """A graph whose plan has that many calls."""
    graph: Graph = create_llm_compiler(
        LineModel(text=plan_of(size, style)),
        [work],
        joiner_model=LineModel(text=_DONE[style]),
        max_tasks=size,
        prompt_style=style,
        checkpointer=checkpointer,
    )
    return graph


def right_in(state: Mapping[str, Any]) -> int:
    """How many calls gave what they should."""
    return sum(task["observation"] == f"done {task['id']}" for task in state["tasks"])


def _planned(size: int, style: Style) -> Callable[[], Awaitable[int]]:
    """The plan through the whole graph."""
    graph = graph_of(size, style)

    async def run() -> int:
        return right_in(await graph.ainvoke({"messages": [("user", "Do the work.")]}))

    return run


def _bare(size: int) -> Callable[[], Awaitable[int]]:
    """The same calls, gathered in a node of their own."""
    tools: list[BaseTool] = [work]
    node = ToolNode(tools)
    calls = [{"name": "work", "args": {"number": n}, "id": f"c{n}", "type": "tool_call"} for n in range(1, size + 1)]

    results: list[Any] = []

    async def gathered(state: MessagesState) -> dict[str, Any]:
        # What is measured against is a bare gather, loose tasks and all, whose results go nowhere.
        results[:] = await asyncio.gather(*(node.ainvoke([call]) for call in calls))  # noqa: TID251
        return {"messages": []}

    builder = StateGraph(MessagesState)
    builder.add_node("tools", gathered)
    builder.add_edge(START, "tools").add_edge("tools", END)
    graph = builder.compile()

    async def run() -> int:
        await graph.ainvoke({"messages": []})
        right: int = sum(result["messages"][0].text == f"done {n}" for n, result in enumerate(results, start=1))
        results.clear()  # thousands of messages would slow the garbage collector down for what is measured next
        return right

    return run


def overhead_table(rows: Sequence[OverheadRow]) -> str:
    """The rows as a table of text."""
    return format_table(
        ("tasks", "right", "ms/task", "bare ms/task", "ratio"),
        [
            (
                row["tasks"],
                "all" if row["right"] else "NOT all",
                f"{row['ms_per_task']:.3f}",
                f"{row['bare_ms_per_task']:.3f}",
                f"{row['ratio']:.2f}",
            )
            for row in rows
        ],
    )
