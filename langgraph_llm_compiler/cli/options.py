"""Options that several commands share, one function per group. Only argparse: `--help` loads nothing else."""

import argparse
import sys
from pathlib import Path
from typing import TypeAlias

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
"""What `add_subparsers()` returns; argparse has no public name for it."""

MODEL_TYPES = ("openai", "azure", "vllm", "friendli", "simulated")
"""As `models.ModelType`, which is not imported here."""


def add_model(parser: argparse.ArgumentParser) -> None:
    """Which model answers, where it is, and how long it may take."""
    group = parser.add_argument_group("model (docs/models.md)")
    group.add_argument(
        "--model",
        metavar="NAME",
        help='a model as "provider:name", e.g. "openai:gpt-4.1-mini"; default: $LLM_COMPILER_MODEL, else the simulator',
    )
    group.add_argument(
        "--model-type",
        "--model_type",
        choices=MODEL_TYPES,
        metavar="TYPE",
        help=f"what kind of endpoint answers, beside a bare name: {', '.join(MODEL_TYPES)}",
    )
    group.add_argument(
        "--model-name", "--model_name", metavar="NAME", help="the same as --model; on Azure, the deployment"
    )
    group.add_argument(
        "--joiner-model-name",
        "--joiner_model_name",
        metavar="NAME",
        help="another model of the same endpoint, which reads the results and answers",
    )
    _add_place(group)
    group.add_argument(
        "--completions",
        action="store_true",
        help="plain completions instead of chat completions, for base models (openai, vllm, friendli, simulated)",
    )
    group.add_argument(
        "--timeout",
        type=positive_float,
        default=120.0,
        metavar="S",
        help="seconds after which a question is given up (default %(default)g)",
    )


def _add_place(group: "argparse._ArgumentGroup") -> None:
    """Where the endpoint is, and what opens it."""
    group.add_argument(
        "--base-url", "--base_url", metavar="URL", help="address of the endpoint, ending in /v1; on Azure, without"
    )
    group.add_argument(
        "--vllm-port",
        "--vllm_port",
        type=positive_int,
        metavar="P",
        help="port of a vLLM server on this machine (default 8000)",
    )
    group.add_argument(
        "--api-key-env",
        "--api_key_env",
        metavar="VARIABLE",
        help="name of the environment variable that holds the key, if not the usual one of the type",
    )


def add_tools(parser: argparse.ArgumentParser) -> None:
    """How slow the sample suite's search is."""
    group = parser.add_argument_group("sample tools")
    group.add_argument(
        "--tool-latency",
        type=not_negative,
        default=0.5,
        metavar="S",
        help="median seconds of a search, as over a network (default %(default)g)",
    )
    group.add_argument("--seed", type=int, default=0, metavar="N", help="seed of those latencies (default %(default)s)")


def add_system(
    parser: argparse.ArgumentParser, style: str = "tools", prompts: str = "compact"
) -> "argparse._MutuallyExclusiveGroup":
    """Which agent answers: LLMCompiler, streaming, unless a baseline is asked for.

    Args:
        parser: The command's parser.
        style: What `--react` is without `--style`.
        prompts: Prompt style of LLMCompiler without `--prompt-style`.

    Returns:
        The baselines, so that a command can add its own.
    """
    group = parser.add_argument_group("system")
    which = group.add_mutually_exclusive_group()
    which.add_argument("--react", action="store_true", help="ReAct: one call a turn; see --style")
    which.add_argument(
        "--parallel-tools", "--parallel_tools", action="store_true", help="native parallel function calling"
    )
    group.add_argument(
        "--stream",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="start tasks while the plan streams, or only when it is complete (default: while it streams)",
    )
    group.add_argument(
        "--prompt-style",
        "--prompt_style",
        choices=("compact", "paper"),
        default=prompts,
        help="what LLMCompiler tells the model: one short conversation, or the paper's prompts (default %(default)s)",
    )
    group.add_argument(
        "--style",
        choices=("tools", "text"),
        default=style,
        help="with --react: native tool calling, or Thought/Action/Observation as text as in the paper"
        " (default %(default)s)",
    )
    return which


def system_name(args: argparse.Namespace) -> str:
    """The name, in `benchmarks.systems`, of the system that the options ask for."""
    if args.react:
        return "react-text" if args.style == "text" else "react"
    for flag, name in (("react_dagger", "react-dagger"), ("parallel_tools", "parallel-tools"), ("tot", "tot")):
        if getattr(args, flag, False):
            return name
    name = "llm-compiler-compact" if args.prompt_style == "compact" else "llm-compiler"
    return name if args.stream else f"{name}-no-stream"


def add_json(parser: argparse.ArgumentParser) -> None:
    """Output for programs."""
    parser.add_argument("--json", action="store_true", help="print one JSON document on stdout; messages go to stderr")


def positive_int(text: str) -> int:
    """Read a whole number above 0."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not 1 or more")
    return value


def positive_float(text: str) -> float:
    """Read a number above 0."""
    value = not_negative(text)
    if value == 0:
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return value


def not_negative(text: str) -> float:
    """Read a finite number that is 0 or more."""
    value = float(text)
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not 0 or more")
    return value


def comma_separated(text: str) -> list[str]:
    """Read `a,b,c`."""
    return [part.strip() for part in text.split(",") if part.strip()]


def comma_separated_ints(text: str) -> list[int]:
    """Read `1,2,4`."""
    return [positive_int(part) for part in comma_separated(text)]


def path(text: str) -> Path:
    """Read a path; `~` is the home folder."""
    return Path(text).expanduser()


def say(text: str) -> None:
    """Tell the user something that is no result: on stderr, so that stdout holds results alone."""
    print(text, file=sys.stderr, flush=True)
