"""`python -m langgraph_llm_compiler.simulator`: serves a script or a player of your own."""

import argparse
import sys

from langgraph_llm_compiler.errors import LLMCompilerError
from langgraph_llm_compiler.simulator.options import add_options
from langgraph_llm_compiler.simulator.serve import serve_options


def main(arguments: list[str] | None = None) -> int:
    """Runs the command.

    Args:
        arguments: What follows the command's name; None for this process's.

    Returns:
        Exit code: 0, or 2 if it could not serve.
    """
    parser = argparse.ArgumentParser(prog="python -m langgraph_llm_compiler.simulator", description=__doc__)
    add_options(parser)
    try:
        serve_options(parser.parse_args(arguments))
    except LLMCompilerError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
