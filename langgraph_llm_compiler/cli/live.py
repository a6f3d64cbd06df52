"""The live view of a run, drawn with rich: a table of tasks with a bar for the time in which each ran."""

import time
from collections.abc import Mapping
from typing import Any, Self, TextIO

from langgraph_llm_compiler.cli.board import PLANNED, RUNNING, TaskBoard, TaskRow, closing_line
from langgraph_llm_compiler.errors import ConfigurationError

try:
    from rich.console import Console, Group, RenderableType
    from rich.live import Live
    from rich.table import Table
    from rich.text import Text
except ImportError as error:
    raise ConfigurationError('the live view needs rich: pip install "langgraph-llm-compiler[cli]"') from error

BAR_WIDTH = 28
_STYLES = {PLANNED: "dim", RUNNING: "yellow", "ok": "green", "error": "red", "timeout": "red", "skipped": "magenta"}


class LiveDisplay:
    """Redraws the tasks of a run while they run, eight times a second.

    Args:
        out: The terminal.
        console: A console to draw on in its place.
    """

    def __init__(self, out: TextIO, console: Console | None = None) -> None:
        self._console = console or Console(file=out, highlight=False)
        self._board = TaskBoard()
        self._live = Live(
            get_renderable=self._draw, console=self._console, refresh_per_second=8, vertical_overflow="visible"
        )

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def heading(self, text: str) -> None:
        """Print the heading above the table."""
        self._console.print(Text(text, style="bold"))

    def event(self, event: Mapping[str, Any]) -> None:
        """Take the event in; the next redraw shows it."""
        self._board.update(event)

    def outcome(self, document: Mapping[str, Any]) -> None:
        """Stop redrawing, then print what it took and the answer."""
        self._board.answer = ""
        self._live.stop()
        self._console.print(Text(closing_line(document), style="dim"))
        self._console.print(Text(str(document["answer"]), style="bold green"))

    def _draw(self) -> RenderableType:
        return draw(self._board, time.time())


def draw(board: TaskBoard, now: float) -> RenderableType:
    """The board as it stands at `now` (Unix seconds)."""
    rows = board.ordered()
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("task", "call", "after", "state", "seconds"):
        table.add_column(
            heading, overflow="ellipsis", no_wrap=True, justify="right" if heading == "seconds" else "left"
        )
    table.add_column("time", no_wrap=True, width=BAR_WIDTH)
    began = board.began_at if board.began_at is not None else now
    ended = (
        now if any(row.ended_at is None for row in rows) else max((row.ended_at or now for row in rows), default=now)
    )
    for row in rows:
        table.add_row(*_cells(row, began, max(ended, began + 1e-3), now))
    notes = [Text(f"replan: {feedback}".rstrip(": "), style="cyan") for feedback in board.replans.values()]
    return Group(table, *notes, *([Text(board.answer)] if board.answer else []))


def _cells(row: TaskRow, began: float, ended: float, now: float) -> tuple[Text, ...]:
    style = _STYLES.get(row.status, "")
    seconds = row.seconds(now)
    return (
        Text(row.number),
        Text(row.call),
        Text(", ".join(f"${id}" for id in row.dependencies), style="dim"),
        Text(row.status, style=style),
        Text("" if seconds is None else f"{seconds:.2f}"),
        Text(bar(row, began, ended, now), style=style),
    )


def bar(row: TaskRow, began: float, ended: float, now: float, width: int = BAR_WIDTH) -> str:
    """The stretch of time in which a task ran, between `began` and `ended`, as text of at most `width` characters.

    Example:
        >>> row = TaskRow(1, 1, None, "f", {}, (), started_at=1.0, ended_at=2.0)
        >>> bar(row, began=0.0, ended=4.0, now=4.0, width=8)
        '  ━━'
    """
    if row.started_at is None:
        return ""
    scale = width / (ended - began)
    left = min(round((row.started_at - began) * scale), width - 1)
    length = max(1, round(((row.ended_at or now) - row.started_at) * scale))
    return " " * left + "━" * min(length, width - left)
