"""`python -m langgraph_llm_compiler.cli` is the command `llm-compiler`."""

import sys

from langgraph_llm_compiler.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
