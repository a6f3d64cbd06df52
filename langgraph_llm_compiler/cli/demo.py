"""`llm-compiler demo`, what `make run` calls: a question with the live view, then LLMCompiler beside baselines."""

import argparse
import asyncio
import json
import sys
from typing import TYPE_CHECKING, Any

from langgraph_llm_compiler.cli import ask, options
from langgraph_llm_compiler.cli.progress import Progress
from langgraph_llm_compiler.simulator.options import add_latency_options

if TYPE_CHECKING:
    from langgraph_llm_compiler.benchmarks.contest import Contest
    from langgraph_llm_compiler.benchmarks.report import Row
    from langgraph_llm_compiler.cli.endpoints import Endpoint

QUESTIONS = 12
AT_ONCE = 4


def add_parser(commands: options.Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "demo",
        help="answer a sample question, then compare LLMCompiler with parallel function calling and ReAct",
        description="Answers a sample question, live, then runs part of the sample suite under five systems.",
    )
    parser.add_argument(
        "--n",
        type=options.positive_int,
        default=QUESTIONS,
        metavar="N",
        help="questions compared (default %(default)s)",
    )
    parser.add_argument(
        "--at-once",
        type=options.positive_int,
        default=AT_ONCE,
        metavar="N",
        help="questions at once (default %(default)s)",
    )
    options.add_json(parser)
    options.add_model(parser)
    options.add_tools(parser)
    add_latency_options(parser)
    unasked = {"react": False, "parallel_tools": False, "stream": True, "style": "tools", "prompt_style": "compact"}
    parser.set_defaults(run=run, max_concurrency=None, **unasked)


def run(args: argparse.Namespace) -> int:
    """Show the question, then the table; 1 if a run failed."""
    from langgraph_llm_compiler.cli.endpoints import open_endpoint
    from langgraph_llm_compiler.errors import ConfigurationError

    if args.completions:
        raise ConfigurationError("the demo compares systems that call tools natively, which --completions cannot")
    with open_endpoint(args) as endpoint:
        return asyncio.run(_demo(args, endpoint))


async def _demo(args: argparse.Namespace, endpoint: "Endpoint") -> int:
    from langgraph_llm_compiler.benchmarks.contest import SYSTEMS_COMPARED, choose_questions, compare_systems
    from langgraph_llm_compiler.benchmarks.suites import load_suite

    suite = load_suite("sample")
    questions = choose_questions(suite.questions, args.n)
    await _show_one(args, endpoint, questions[0].question)
    note = sys.stderr if args.json else sys.stdout
    print(f"\n{_what_is_run(args, endpoint, len(questions))}", file=note, flush=True)
    progress = Progress(len(questions) * len(SYSTEMS_COMPARED), every=len(questions))
    rows = await compare_systems(
        _contest(args, endpoint),
        questions,
        on_outcome=lambda setup, outcome: progress.step(setup.title, outcome.right),
    )
    progress.close()
    _print_rows(args, endpoint, rows)
    return 1 if any(row["failed"] for row in rows) else 0


async def _show_one(args: argparse.Namespace, endpoint: "Endpoint", question: str) -> None:
    from langgraph_llm_compiler.cli.display import choose_display

    graph = ask.sample_setup(args, endpoint, "llm-compiler-compact").build()
    out = sys.stderr if args.json else sys.stdout
    display = choose_display(as_json=False, out=out)
    display.heading(endpoint.description)
    display.heading(f"Question: {question}")
    args.question = question
    await ask.show_run(graph, args, endpoint, display)


def _contest(args: argparse.Namespace, endpoint: "Endpoint") -> "Contest":
    from langgraph_llm_compiler.benchmarks.contest import Contest

    setup = ask.sample_setup(args, endpoint, "llm-compiler")
    return Contest(setup=setup, at_once=args.at_once, seconds=args.timeout, pace=endpoint.pace)


def _what_is_run(args: argparse.Namespace, endpoint: "Endpoint", count: int) -> str:
    figures = "Simulated figures" if endpoint.simulated else "Figures"
    return (
        f"{figures}: {count} questions of the sample suite, {args.at_once} at once, under each of five systems;"
        f" a search takes {args.tool_latency:g} s (median, seed {args.seed})."
    )


def _print_rows(args: argparse.Namespace, endpoint: "Endpoint", rows: "list[Row]") -> None:
    from langgraph_llm_compiler.benchmarks.report import comparison_table

    if args.json:
        document: dict[str, Any] = {
            "model": endpoint.description,
            "simulated": endpoint.simulated,
            "questions_at_once": args.at_once,
            "tool_latency": args.tool_latency,
            "seed": args.seed,
            "rows": rows,
        }
        print(json.dumps(document, indent=2))
        return
    print(comparison_table(rows))
    print(
        "speed-up: median time of ReAct over that of the system; to T*: time over the critical path of LLMCompiler's"
        " plans (median); calls and tokens are means a question."
    )
