"""`llm-compiler bench throughput`: processor time a question, with many questions at once."""

import argparse
import asyncio
import json

from langgraph_llm_compiler.cli import options
from langgraph_llm_compiler.cli.bench_limit import limit_settings
from langgraph_llm_compiler.simulator.options import add_latency_options


def add_parser(commands: options.Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "throughput",
        help="processor time a question, with up to 256 questions at once",
        description="Questions of one shape or several, beside bare streamed calls of the same texts, by turns. The"
        " shapes are those of `bench limit`.",
    )
    parser.add_argument(
        "--at-once",
        type=options.comma_separated_ints,
        default=[1, 4, 16, 64, 256],
        metavar="N,N",
        help="numbers of questions at once (default 1,4,16,64,256)",
    )
    parser.add_argument(
        "--shapes",
        type=options.comma_separated,
        metavar="A,B",
        help="shapes of the questions, which take turns (default: 8 searches)",
    )
    parser.add_argument(
        "--repeat", type=options.positive_int, default=3, metavar="N", help="runs of each number (default %(default)s)"
    )
    parser.add_argument(
        "--style",
        choices=("compact", "paper"),
        default="compact",
        help="prompt style of the graph (default %(default)s)",
    )
    options.add_json(parser)
    options.add_tools(parser)
    add_latency_options(parser)
    parser.set_defaults(run=run, timeout=120.0)


def run(args: argparse.Namespace) -> int:
    """Measure; 1 if an answer is wrong."""
    from langgraph_llm_compiler.benchmarks.measures.throughput import SHAPES, measure_throughput, throughput_table

    rows = asyncio.run(
        measure_throughput(
            args.at_once,
            limit_settings(args),
            args.repeat,
            lambda row: options.say(f"{row['at_once']} at once done"),
            style=args.style,
            shapes=args.shapes or SHAPES,
        )
    )
    print(json.dumps(rows, indent=2) if args.json else throughput_table(rows))
    return 0 if all(row["right"] == row["questions"] for row in rows) else 1
