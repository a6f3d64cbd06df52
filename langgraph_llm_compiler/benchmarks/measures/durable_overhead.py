"""What a checkpointer costs a call: the plans of `overhead`, kept in an SQLite file and not kept, by turns."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any, Literal

from typing_extensions import TypedDict

from langgraph_llm_compiler.benchmarks.measures.limit import Style
from langgraph_llm_compiler.benchmarks.measures.overhead import graph_of, right_in, timed
from langgraph_llm_compiler.benchmarks.report import format_table
from langgraph_llm_compiler.errors import ConfigurationError

try:
    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
except ImportError as error:
    raise ConfigurationError('--durable needs SQLite: pip install "langgraph-llm-compiler[sqlite]"') from error

DURABLE_SIZES = (100, 1000)

Face = Literal["sync", "async"]
Runs = Callable[[Any, str], Awaitable[dict[str, Any]]]


class DurableRow(TypedDict):
    """Plans of one size: milliseconds a call without a checkpointer and with one, and the difference."""

    style: str
    face: Face
    tasks: int
    right: bool
    ms_per_task: float
    durable_ms_per_task: float
    extra_ms_per_task: float


def measure_durable(
    sizes: Sequence[int] = DURABLE_SIZES,
    repeat: int = 5,
    on_row: Callable[[DurableRow], None] = lambda row: None,
    *,
    style: Style = "compact",
) -> list[DurableRow]:
    """Measure plans of these sizes, through `invoke` with `SqliteSaver` and `ainvoke` with `AsyncSqliteSaver`.

    Args:
        sizes: Numbers of calls, which end in bursts, as calls do that take no time.
        repeat: How often each size is measured; medians are given.
        on_row: Told of each row as it is complete.
        style: Prompt style of the graph.
    """
    rows: list[DurableRow] = []
    for size in sizes:
        for face in ("sync", "async"):
            rows.append(asyncio.run(_measured(face, size, repeat, style)))
            on_row(rows[-1])
    return rows


async def _measured(face: Face, size: int, repeat: int, style: Style) -> DurableRow:
    with tempfile.TemporaryDirectory() as folder:
        file = str(Path(folder, "threads.sqlite"))
        if face == "async":
            async with AsyncSqliteSaver.from_conn_string(file) as saver:
                return await _row(face, size, repeat, style, saver, _ainvoked)
        with SqliteSaver.from_conn_string(file) as sync_saver:
            return await _row(face, size, repeat, style, sync_saver, _invoked)


async def _row(face: Face, size: int, repeat: int, style: Style, saver: Any, run: Runs) -> DurableRow:
    plain, durable = graph_of(size, style), graph_of(size, style, saver)

    async def pair(thread: str) -> tuple[tuple[float, int], tuple[float, int]]:
        return await timed(lambda: counted(plain, thread)), await timed(lambda: counted(durable, thread))

    async def counted(graph: Any, thread: str) -> int:
        return right_in(await run(graph, thread))

    await pair("the first run imports and compiles")
    pairs = [await pair(str(number)) for number in range(repeat)]
    without, kept = (median(each[place][0] for each in pairs) / size * 1000 for place in (0, 1))
    return DurableRow(
        style=style,
        face=face,
        tasks=size,
        right=all(each[1] == size for both in pairs for each in both),
        ms_per_task=without,
        durable_ms_per_task=kept,
        extra_ms_per_task=median(kept[0] - bare[0] for bare, kept in pairs) / size * 1000,
    )


def _given(thread: str) -> tuple[Any, Any]:
    return {"messages": [("user", "Do the work.")]}, {"configurable": {"thread_id": thread}}


async def _ainvoked(graph: Any, thread: str) -> dict[str, Any]:
    state: dict[str, Any] = await graph.ainvoke(*_given(thread))
    return state


async def _invoked(graph: Any, thread: str) -> dict[str, Any]:
    state: dict[str, Any] = graph.invoke(*_given(thread))
    return state


def durable_table(rows: Sequence[DurableRow]) -> str:
    """The rows as a table of text."""
    return format_table(
        ("tasks", "face", "right", "ms/task", "durable ms/task", "extra"),
        [
            (
                row["tasks"],
                row["face"],
                "all" if row["right"] else "NOT all",
                f"{row['ms_per_task']:.3f}",
                f"{row['durable_ms_per_task']:.3f}",
                f"{row['extra_ms_per_task']:.3f}",
            )
            for row in rows
        ],
    )
