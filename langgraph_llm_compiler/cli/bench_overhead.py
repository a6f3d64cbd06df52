"""`llm-compiler bench overhead`: milliseconds a task, with no latency anywhere."""

import argparse
import asyncio
import json

from langgraph_llm_compiler.cli import options


def add_parser(commands: options.Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "overhead",
        help="what the package costs a task",
        description="Plans of a tool that does nothing, beside bare gathered ToolNode calls of it, by turns.",
    )
    parser.add_argument(
        "--sizes",
        type=options.comma_separated_ints,
        metavar="N,N",
        help="tasks in a plan (default 10,100,1000,10000; with --durable 100,1000)",
    )
    parser.add_argument(
        "--durable",
        action="store_true",
        help="what a checkpointer costs instead: with an SQLite file and without, by turns (extra: sqlite)",
    )
    parser.add_argument(
        "--repeat", type=options.positive_int, default=5, metavar="N", help="runs of each size (default %(default)s)"
    )
    parser.add_argument(
        "--style",
        choices=("compact", "paper"),
        default="compact",
        help="prompt style of the graph (default %(default)s)",
    )
    options.add_json(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Measure; 1 if a task gave what it should not."""
    if args.durable:
        return _durable(args)
    from langgraph_llm_compiler.benchmarks.measures.overhead import SIZES, measure_overhead, overhead_table

    rows = asyncio.run(
        measure_overhead(
            args.sizes or SIZES, args.repeat, lambda row: options.say(f"{row['tasks']} tasks done"), style=args.style
        )
    )
    print(json.dumps(rows, indent=2) if args.json else overhead_table(rows))
    return 0 if all(row["right"] for row in rows) else 1


def _durable(args: argparse.Namespace) -> int:
    from langgraph_llm_compiler.benchmarks.measures.durable_overhead import (
        DURABLE_SIZES,
        durable_table,
        measure_durable,
    )

    rows = measure_durable(
        args.sizes or DURABLE_SIZES,
        args.repeat,
        lambda row: options.say(f"{row['tasks']} tasks done ({row['face']})"),
        style=args.style,
    )
    print(json.dumps(rows, indent=2) if args.json else durable_table(rows))
    return 0 if all(row["right"] for row in rows) else 1
