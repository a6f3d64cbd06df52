"""Command-line options of the simulator, for every command that has them; imports nothing that is slow to import."""

import argparse

from langgraph_llm_compiler.simulator.latency import LATENCIES, Latency

__all__ = ["add_latency_options", "add_options", "options_for"]


def add_latency_options(parser: argparse.ArgumentParser) -> None:
    """Adds `--preset --ttft --tpot --prefill --tokens-per-event --merge-newlines/--separate-newlines`."""
    group = parser.add_argument_group("speed of the simulated model")
    group.add_argument(
        "--preset", choices=tuple(LATENCIES), default="hosted", help="times to start from (default: hosted)"
    )
    group.add_argument("--ttft", type=float, metavar="MS", help="fixed milliseconds before the first token")
    group.add_argument("--tpot", type=float, metavar="MS", help="milliseconds per output token")
    group.add_argument("--prefill", type=float, metavar="MS", help="milliseconds per 1,000 prompt tokens")
    group.add_argument(
        "--tokens-per-event", type=int, default=1, metavar="N", help="tokens in one stream event (default: 1)"
    )
    newlines = group.add_mutually_exclusive_group()
    newlines.add_argument(
        "--merge-newlines", action="store_true", default=False, help="a newline is part of the token before it"
    )
    newlines.add_argument(
        "--separate-newlines", action="store_false", dest="merge_newlines", help="a newline is a token itself (default)"
    )


def add_options(parser: argparse.ArgumentParser) -> None:
    """Adds all options of `llm-compiler simulate`."""
    parser.add_argument("--port", type=int, default=0, metavar="P", help="port on 127.0.0.1 (default: a free one)")
    player = parser.add_mutually_exclusive_group()
    player.add_argument("--script", metavar="FILE", help="JSON file with the questions to play")
    player.add_argument("--player", metavar="MODULE:ATTRIBUTE", help="a player of your own, or what makes one")
    parser.add_argument(
        "--serve-model", action="append", default=[], metavar="NAME", help="a model name to serve beside 'simulated'"
    )
    # For a parent process: its end of the pipe closes however it ends, even by kill -9.
    parser.add_argument("--exit-with-stdin", action="store_true", help=argparse.SUPPRESS)
    add_latency_options(parser)


def options_for(latency: Latency, *, tokens_per_event: int, merge_newlines: bool) -> list[str]:
    """The speed options that give these values, for a child process.

    Example:
        >>> options_for(Latency(0, 5, 20), tokens_per_event=2, merge_newlines=True)
        ['--ttft=0', '--tpot=5', '--prefill=20', '--tokens-per-event=2', '--merge-newlines']
    """
    times = [f"--ttft={latency.ttft!r}", f"--tpot={latency.tpot!r}", f"--prefill={latency.prefill!r}"]
    newlines = "--merge-newlines" if merge_newlines else "--separate-newlines"
    return [*times, f"--tokens-per-event={tokens_per_event}", newlines]
