"""`llm-compiler simulate`: serves the simulator until it is stopped."""

import argparse
from contextlib import AbstractContextManager
from importlib.resources import as_file, files
from pathlib import Path

from langgraph_llm_compiler.cli.options import Commands
from langgraph_llm_compiler.simulator.options import add_options

SAMPLE_SCRIPT = "suites/sample.json"
"""In the package `benchmarks`; the sample suite's file is a script too."""


def add_parser(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "simulate",
        help="serve an OpenAI-compatible endpoint on loopback that plays the model",
        description="Serves the questions of the sample suite, or of a script, until Ctrl-C. Prints its base URL.",
    )
    add_options(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Serve until told to stop."""
    from langgraph_llm_compiler.simulator.serve import serve_options

    with sample_script() as script:
        if args.script is None and args.player is None:
            args.script = str(script)
        serve_options(args)
    return 0


def sample_script() -> AbstractContextManager[Path]:
    """Path of the sample suite's script. Read from the file: importing the suite would import LangChain."""
    return as_file(files("langgraph_llm_compiler.benchmarks").joinpath(SAMPLE_SCRIPT))
