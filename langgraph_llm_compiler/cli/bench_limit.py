"""`llm-compiler bench limit`: how close each shape of plan comes to its lower bound T*."""

import argparse
import asyncio
import json
from typing import TYPE_CHECKING

from langgraph_llm_compiler.cli import options
from langgraph_llm_compiler.simulator.options import add_latency_options

if TYPE_CHECKING:
    from langgraph_llm_compiler.benchmarks.measures.limit import LimitSettings, ShapeRow


def add_parser(commands: options.Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "limit",
        help="time over the lower bound T*, for seven shapes of plan",
        description=(
            "Runs seven shapes of plan against a simulated endpoint in a process of its own, one question at a time,"
            " and gives the median ratio to T*: every task at the later of its text arriving and its dependencies"
            " ending, then one joiner call, with the prompts of the original implementation. Both prompt styles and the"
            " bare client also have a ratio to the limit of the prompts they send. docs/benchmarks.md says more."
        ),
    )
    parser.add_argument("--shapes", type=options.comma_separated, metavar="A,B", help="only these shapes")
    parser.add_argument(
        "--systems",
        type=options.comma_separated,
        metavar="A,B",
        help="only these systems, with those they are held against (default"
        " llm-compiler-compact,llm-compiler,parallel-tools,react,bare-socket)",
    )
    parser.add_argument(
        "--repeat",
        type=options.positive_int,
        default=3,
        metavar="N",
        help="questions of each shape (default %(default)s)",
    )
    parser.add_argument(
        "--timeout",
        type=options.positive_float,
        default=120.0,
        metavar="S",
        help="seconds a question may take (default %(default)g)",
    )
    parser.add_argument(
        "--plot", type=options.path, metavar="FILE", help="draw the ratios into FILE, .svg, .png or .pdf (extra: plots)"
    )
    options.add_json(parser)
    options.add_tools(parser)
    add_latency_options(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Measure; 1 if an answer is wrong."""
    from langgraph_llm_compiler.benchmarks.measures.limit import limit_table, measure_limit
    from langgraph_llm_compiler.benchmarks.measures.limit_plot import check_limit_plot, save_limit_plot

    if args.plot is not None:
        check_limit_plot(args.plot)
    settings = limit_settings(args)
    options.say(f"Simulated: {settings.pace.latency}, tools {args.tool_latency:g} s (median, seed {args.seed})")
    rows = asyncio.run(measure_limit(settings, lambda row: options.say(_line(row))))
    print(json.dumps(rows, indent=2) if args.json else limit_table(rows))
    if args.plot is not None:
        save_limit_plot(args.plot, rows)
        options.say(f"drawn: {args.plot}")
    return 0 if all(row["right"] == row["questions"] for row in rows) else 1


def limit_settings(args: argparse.Namespace) -> "LimitSettings":
    """What the options ask for."""
    from langgraph_llm_compiler.benchmarks.measures.limit import COMPARED, LimitSettings
    from langgraph_llm_compiler.benchmarks.measures.shapes import SHAPES
    from langgraph_llm_compiler.cli.endpoints import pace_of

    return LimitSettings(
        shapes=getattr(args, "shapes", None) or tuple(SHAPES),
        systems=getattr(args, "systems", None) or COMPARED,
        repeat=args.repeat,
        pace=pace_of(args),
        tool_latency=args.tool_latency,
        seed=args.seed,
        timeout=args.timeout,
    )


def _line(row: "ShapeRow") -> str:
    return f"{row['shape']}, {row['system']}: {row['right']}/{row['questions']} right"
