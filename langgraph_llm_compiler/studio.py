"""The graphs that `langgraph.json` names, for LangGraph Studio and `langgraph dev`.

The model is the one that `LLM_COMPILER_MODEL` names, "provider:name". Without it the simulator answers the questions of
the sample suite, in a process of its own. `LLM_COMPILER_PROMPT_STYLE` is the style of LLMCompiler's prompts.

The server asks for a graph with every request, on its event loop, which must not be blocked: each graph is made once,
on a thread.
"""

import asyncio
import os
from contextlib import ExitStack
from functools import cache
from threading import Lock

from langchain_core.language_models import BaseChatModel

from langgraph_llm_compiler.benchmarks.suites.sample import build_suite
from langgraph_llm_compiler.benchmarks.systems import Advice, Graph, find_system
from langgraph_llm_compiler.errors import ConfigurationError
from langgraph_llm_compiler.models import load_model, simulated_model
from langgraph_llm_compiler.simulator.process import SimulatedProcess

MODEL_VARIABLE = "LLM_COMPILER_MODEL"
STYLE_VARIABLE = "LLM_COMPILER_PROMPT_STYLE"
PLAYER = "langgraph_llm_compiler.benchmarks.suites.sample:chat_player"

_STYLES = {"": "llm-compiler-compact", "compact": "llm-compiler-compact", "paper": "llm-compiler"}
_MAKING = Lock()
_UNTIL_EXIT = ExitStack()  # holds the simulator, which ends with this process


async def llm_compiler() -> Graph:
    """LLMCompiler over the sample suite's tools.

    Raises:
        ConfigurationError: `LLM_COMPILER_PROMPT_STYLE` is no style, or the model that is named cannot be set up.
    """
    return await asyncio.to_thread(_graph, _planned())


async def react() -> Graph:
    """ReAct, one call a turn, over the same tools."""
    return await asyncio.to_thread(_graph, "react")


async def parallel_tools() -> Graph:
    """The provider's own parallel function calling, over the same tools."""
    return await asyncio.to_thread(_graph, "parallel-tools")


def _planned() -> str:
    style = os.environ.get(STYLE_VARIABLE, "")
    if style not in _STYLES:
        raise ConfigurationError(f'{STYLE_VARIABLE}={style!r}: give "compact" or "paper"')
    return _STYLES[style]


def _graph(system: str) -> Graph:
    with _MAKING:
        return _made(system)


@cache
def _made(system: str) -> Graph:
    suite, model = build_suite(), _model()
    advice = Advice(prompts=suite.prompts["chat"], max_replans=suite.max_replans)
    # by its name if it has one, which forms then show
    return find_system(system).build(os.environ.get(MODEL_VARIABLE) or model, suite.make_tools(model), advice)


@cache
def _model() -> BaseChatModel:
    if name := os.environ.get(MODEL_VARIABLE):
        return load_model(name)
    return simulated_model(_UNTIL_EXIT.enter_context(SimulatedProcess(player=PLAYER)).base_url)
