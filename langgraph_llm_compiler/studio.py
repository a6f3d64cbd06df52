"""The graphs that `langgraph.json` names, for LangGraph Studio and `langgraph dev`.

The model is the one that `LLM_COMPILER_MODEL` names, "provider:name". Without it the simulator answers the questions of
the sample suite, in a process of its own.
"""

import os
from contextlib import ExitStack
from functools import cache

from langchain_core.language_models import BaseChatModel

from langgraph_llm_compiler.benchmarks.suites.sample import build_suite
from langgraph_llm_compiler.benchmarks.systems import Advice, Graph, find_system
from langgraph_llm_compiler.models import load_model, simulated_model
from langgraph_llm_compiler.simulator.process import SimulatedProcess

PLAYER = "langgraph_llm_compiler.benchmarks.suites.sample:player"
_UNTIL_EXIT = ExitStack()  # holds the simulator, which ends with this process


def llm_compiler() -> Graph:
    """LLMCompiler over the sample suite's tools."""
    return _graph("llm-compiler-compact")


def react() -> Graph:
    """ReAct, one call a turn, over the same tools."""
    return _graph("react")


def parallel_tools() -> Graph:
    """The provider's own parallel function calling, over the same tools."""
    return _graph("parallel-tools")


def _graph(system: str) -> Graph:
    suite, model = build_suite(), _model()
    advice = Advice(prompts=suite.prompts["chat"], max_replans=suite.max_replans)
    return find_system(system).build(model, suite.make_tools(model), advice)


@cache
def _model() -> BaseChatModel:
    if name := os.environ.get("LLM_COMPILER_MODEL"):
        return load_model(name)
    return simulated_model(_UNTIL_EXIT.enter_context(SimulatedProcess(player=PLAYER)).base_url)
