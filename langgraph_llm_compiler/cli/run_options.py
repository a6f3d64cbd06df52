"""Options of `bench run`, under the original's spelling too. Only argparse: `--help` loads nothing else."""

import argparse

from langgraph_llm_compiler.cli import options


def add_questions(parser: argparse.ArgumentParser) -> None:
    """What is asked, how often, and where the answers are kept."""
    group = parser.add_argument_group("questions and results")
    group.add_argument(
        "--benchmark",
        "--benchmark-name",
        "--benchmark_name",
        default="sample",
        metavar="NAME",
        help="a bundled benchmark, or the path of a folder with one of your own (default %(default)s)",
    )
    group.add_argument(
        "--dataset",
        metavar="FILE",
        help="questions in place of the bundled ones: a file in the original's format, a name of `datasets list`, or"
        " `original` for the benchmark's own",
    )
    group.add_argument("--store", type=options.path, metavar="FILE", help="results file, JSON; created or continued")
    group.add_argument("--N", "--n", dest="n", type=options.positive_int, metavar="N", help="only the first N")
    group.add_argument(
        "--repeat", type=options.positive_int, default=1, metavar="N", help="ask every question N times (default 1)"
    )
    group.add_argument(
        "--max-concurrency",
        "--max_concurrency",
        type=options.positive_int,
        metavar="N",
        help="questions at once (default 1; on a cluster, as many as it has threads)",
    )
    group.add_argument(
        "--sleep-per-iter",
        "--sleep_per_iter",
        type=options.not_negative,
        default=0.0,
        metavar="S",
        help="seconds to wait after each question, for endpoints with rate limits",
    )


def add_output(parser: argparse.ArgumentParser) -> None:
    """What is shown, and where else it goes."""
    options.add_json(parser)
    group = parser.add_argument_group("output")
    group.add_argument("--logging", action="store_true", help="print every task as it runs, on stderr")
    group.add_argument(
        "--do-benchmark",
        "--do_benchmark",
        action="store_true",
        help="store the times of every task, and print calls, tokens and times of planner, executor and joiner",
    )
    group.add_argument(
        "--langsmith",
        nargs="?",
        const="",
        metavar="NAME",
        help="upload the questions as a dataset and the run as an experiment of that name to LangSmith",
    )
    group.add_argument("--cluster", metavar="ADDRESS", help="spread the questions over this Dask cluster")


def add_system(parser: argparse.ArgumentParser) -> None:
    """Which agent answers, and what it is told."""
    which = options.add_system(parser, style="text", prompts="paper")
    which.add_argument(
        "--react-dagger",
        "--react_dagger",
        action="store_true",
        help="the paper's ReAct†: prompted against stopping early and against loops",
    )
    which.add_argument(
        "--tot", action="store_true", help="the benchmark's own baseline: sequential Tree of Thoughts (gameof24)"
    )
    group = parser.add_argument_group("prompts")
    group.add_argument(
        "--prompts",
        choices=("chat", "completion"),
        help="wording for models that follow instructions (the paper's GPT), or for base models that continue a text"
        " (its LLaMA); default: completion with --completions, else chat",
    )
    group.add_argument(
        "--constrain-plan",
        "--constrain_plan",
        action="store_true",
        help="with vLLM: send a grammar, so that the planner can write nothing but plans of these tools",
    )


def add_search(parser: argparse.ArgumentParser) -> None:
    """Where `search` looks things up."""
    group = parser.add_argument_group("search")
    group.add_argument(
        "--search",
        choices=("bundled", "wikipedia"),
        help="the benchmark's bundled passages, or Wikipedia (default: bundled, with --dataset Wikipedia)",
    )
    group.add_argument(
        "--search-cache", "--search_cache", type=options.path, metavar="FILE", help="keep Wikipedia's pages there"
    )
    group.add_argument(
        "--search-offline",
        "--search_offline",
        action="store_true",
        help="look things up in --search-cache only; nothing is sent",
    )
    group.add_argument(
        "--search-url", "--search_url", metavar="URL", help="address of another MediaWiki API, ending in /api.php"
    )
