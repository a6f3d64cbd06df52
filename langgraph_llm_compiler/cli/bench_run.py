"""`llm-compiler bench run`: the questions of a suite under one system, into a results file."""

import argparse
import asyncio
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from langgraph_llm_compiler.cli import options
from langgraph_llm_compiler.cli.progress import Progress
from langgraph_llm_compiler.simulator.options import add_latency_options

if TYPE_CHECKING:
    from langgraph_llm_compiler.benchmarks.comparison import SuiteSettings
    from langgraph_llm_compiler.benchmarks.report import Row
    from langgraph_llm_compiler.benchmarks.results import ResultStore
    from langgraph_llm_compiler.benchmarks.runner import Outcome
    from langgraph_llm_compiler.benchmarks.suite import Question
    from langgraph_llm_compiler.cli.endpoints import Endpoint


def add_parser(commands: options.Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "run",
        help="run the questions of a suite",
        description="Runs a suite, and keeps the results in a file. What the file already holds is not run again.",
    )
    parser.add_argument("--benchmark", default="sample", metavar="NAME", help="the suite (default %(default)s)")
    parser.add_argument("--store", type=options.path, metavar="FILE", help="results file, JSON; created or continued")
    parser.add_argument("--n", type=options.positive_int, metavar="N", help="only the first N questions")
    parser.add_argument(
        "--max-concurrency", type=options.positive_int, default=1, metavar="N", help="questions at once (default 1)"
    )
    options.add_json(parser)
    options.add_system(parser)
    options.add_model(parser)
    options.add_tools(parser)
    add_latency_options(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run the suite; 1 if a question failed."""
    from langgraph_llm_compiler.benchmarks.results import ResultStore
    from langgraph_llm_compiler.benchmarks.suites import load_suite
    from langgraph_llm_compiler.cli.endpoints import open_endpoint

    suite = load_suite(args.benchmark)
    store = ResultStore(args.store)
    with open_endpoint(args) as endpoint:
        options.say(endpoint.description)
        return asyncio.run(_run(args, endpoint, store, suite.questions[: args.n]))


async def _run(
    args: argparse.Namespace, endpoint: "Endpoint", store: "ResultStore", questions: "Sequence[Question]"
) -> int:
    from langgraph_llm_compiler.benchmarks.comparison import bounds_of, build_graph
    from langgraph_llm_compiler.benchmarks.report import summarise
    from langgraph_llm_compiler.benchmarks.runner import run_suite
    from langgraph_llm_compiler.benchmarks.suites import load_suite
    from langgraph_llm_compiler.benchmarks.systems import find_system

    suite, settings = load_suite(args.benchmark), _settings(args, endpoint)
    system = find_system(options.system_name(args))
    progress = Progress(len(questions))
    outcomes = await run_suite(
        build_graph(system, suite, endpoint.model, settings),
        questions,
        suite.scorer,
        store=store,
        at_once=args.max_concurrency,
        seconds=args.timeout,
        on_outcome=lambda outcome: progress.step(_told(outcome), outcome.right),
    )
    progress.close()
    bounds = bounds_of(outcomes, settings) if system.planned else None
    _print_summary(args, endpoint, store, summarise(system.title, [o.measured for o in outcomes], bounds=bounds))
    return _report_failures(outcomes)


def _settings(args: argparse.Namespace, endpoint: "Endpoint") -> "SuiteSettings":
    from langgraph_llm_compiler.benchmarks.comparison import SuiteSettings

    return SuiteSettings(
        tool_latency=args.tool_latency,
        seed=args.seed,
        at_once=args.max_concurrency,
        timeout=args.timeout,
        pace=endpoint.pace,
    )


def _told(outcome: "Outcome") -> str:
    verdict = "right" if outcome.right else "failed" if "error" in outcome.entry else "wrong"
    return f"{outcome.question.id}: {verdict} in {outcome.entry['time']:.2f} s"


def _print_summary(args: argparse.Namespace, endpoint: "Endpoint", store: "ResultStore", row: "Row") -> None:
    from langgraph_llm_compiler.benchmarks.report import comparison_table

    if args.json:
        document: dict[str, Any] = {
            "benchmark": args.benchmark,
            "model": endpoint.description,
            "simulated": endpoint.simulated,
            "questions_at_once": args.max_concurrency,
            "tool_latency": args.tool_latency,
            "seed": args.seed,
            "summary": row,
            "results": dict(store),
        }
        print(json.dumps(document, indent=2, ensure_ascii=False))
        return
    print(
        f"{'Simulated figures' if endpoint.simulated else 'Figures'}: {args.max_concurrency} question(s) at once;"
        f" a search takes {args.tool_latency:g} s (median, seed {args.seed})."
    )
    print(comparison_table([row]))


def _report_failures(outcomes: "list[Outcome]") -> int:
    failed = [outcome for outcome in outcomes if "error" in outcome.entry]
    for outcome in failed:
        options.say(f"{outcome.question.id} failed: {outcome.entry['error']}")
    return 1 if failed else 0
