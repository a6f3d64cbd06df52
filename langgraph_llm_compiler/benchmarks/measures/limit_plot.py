"""A drawing of `bench limit`: each system's ratio to the classic T*, shape by shape. Needs the extra `plots`."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from langgraph_llm_compiler.benchmarks.measures.limit import ShapeRow, geometric_means
from langgraph_llm_compiler.errors import ConfigurationError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# What a file of each kind says of when and by what it was made, left out: the same rows give the same file.
_UNDATED: dict[str, dict[str, Any]] = {"svg": {"Date": None}, "png": {"Software": None}, "pdf": {"CreationDate": None}}
_COLOURS = ("#0072b2", "#56b4e9", "#e69f00", "#d55e00", "#009e73", "#cc79a7")  # told apart by the colour-blind too
_GROUP = 0.84
"""Width of a group of bars, where groups are 1 apart."""


def check_limit_plot(path: Path) -> None:
    """Refuse early what could not be drawn.

    Raises:
        ConfigurationError: The name has no ending that is known, its folder is not there, or matplotlib is not.
    """
    if _kind(path) not in _UNDATED:
        raise ConfigurationError(f"--plot {str(path)!r}: give a file that ends in .svg, .png or .pdf")
    if not path.parent.is_dir():
        raise ConfigurationError(f"the folder {str(path.parent)!r} of --plot does not exist; create it first")
    try:
        import matplotlib.figure  # noqa: F401, PLC0415 - the extra
    except ImportError as error:
        raise ConfigurationError('plots need matplotlib: pip install "langgraph-llm-compiler[plots]"') from error


def save_limit_plot(path: Path, rows: Sequence[ShapeRow]) -> None:
    """Draw the rows into a file; the same rows give the same file.

    Args:
        path: The file, `.svg`, `.png` or `.pdf`.
        rows: The rows.

    Raises:
        ConfigurationError: As `check_limit_plot`.
        OSError: The file cannot be written.
    """
    check_limit_plot(path)
    import matplotlib  # noqa: PLC0415 - the extra

    kind = _kind(path)
    with matplotlib.rc_context({"svg.hashsalt": "llm-compiler", "font.size": 10, "axes.titlesize": 11}):
        _draw(rows).savefig(path, format=kind, dpi=150, metadata=_UNDATED[kind])


def _kind(path: Path) -> str:
    return path.suffix.lower().removeprefix(".")


def _draw(rows: Sequence[ShapeRow]) -> "Figure":
    from matplotlib.figure import Figure  # noqa: PLC0415 - the extra

    shapes = list(dict.fromkeys(row["shape"] for row in rows))
    systems = list(dict.fromkeys(row["system"] for row in rows))
    ratios = {(row["shape"], row["system"]): row["ratio"] or 0.0 for row in rows}
    means = geometric_means(rows)
    figure = Figure(figsize=(max(6.0, 1.7 * len(shapes) + 1), 4.8), layout="constrained")
    axes = figure.subplots()
    width = _GROUP / len(systems)
    for place, system in enumerate(systems):
        left = [group - _GROUP / 2 + width * (place + 0.5) for group in range(len(shapes))]
        heights = [ratios[shape, system] for shape in shapes]
        label = f"{system} ({means[system]:.2f})" if system in means else system
        bars = axes.bar(left, heights, width, label=label, color=_COLOURS[place % len(_COLOURS)], zorder=2)
        paper = {"facecolor": "white", "linewidth": 0, "pad": 0.5}  # hides the line at 1 behind the figure
        axes.bar_label(bars, fmt="{:.2f}", fontsize=7, rotation=90, padding=3, bbox=paper)
    axes.axhline(1.0, color="#555555", linewidth=0.8, linestyle="--", zorder=1)
    axes.set_xticks(range(len(shapes)), shapes)
    axes.margins(y=0.12)
    axes.set(ylabel="time over the classic T*", title="Simulated figures: time of each shape of plan, as a ratio to T*")
    axes.grid(visible=True, axis="y", linewidth=0.5, alpha=0.5)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(
        loc="outside lower center", ncols=min(3, len(systems)), frameon=False, title="geometric mean in brackets"
    )
    return figure
