"""An OpenAI-compatible endpoint on loopback that plays the model: no key, no GPU, times of your choosing.

Everything is imported on first use: the endpoint itself needs aiohttp, the extra `simulator`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from langgraph_llm_compiler.simulator.chat import ChatPlayer
    from langgraph_llm_compiler.simulator.endpoint import SimulatedEndpoint
    from langgraph_llm_compiler.simulator.latency import LATENCIES, Latency
    from langgraph_llm_compiler.simulator.player import ScriptedPlayer
    from langgraph_llm_compiler.simulator.process import SimulatedProcess
    from langgraph_llm_compiler.simulator.protocol import Player, Reply, ToolRequest, UnknownQuestionError
    from langgraph_llm_compiler.simulator.records import RequestRecord
    from langgraph_llm_compiler.simulator.script import ScriptedQuestion, load_script
    from langgraph_llm_compiler.simulator.tokens import count_prompt_tokens, count_tokens, split_tokens

__all__ = [
    "LATENCIES",
    "ChatPlayer",
    "Latency",
    "Player",
    "Reply",
    "RequestRecord",
    "ScriptedPlayer",
    "ScriptedQuestion",
    "SimulatedEndpoint",
    "SimulatedProcess",
    "ToolRequest",
    "UnknownQuestionError",
    "count_prompt_tokens",
    "count_tokens",
    "load_script",
    "split_tokens",
]

_HOMES = {
    "ChatPlayer": "chat",
    "LATENCIES": "latency",
    "Latency": "latency",
    "Player": "protocol",
    "Reply": "protocol",
    "RequestRecord": "records",
    "ScriptedPlayer": "player",
    "ScriptedQuestion": "script",
    "SimulatedEndpoint": "endpoint",
    "SimulatedProcess": "process",
    "ToolRequest": "protocol",
    "UnknownQuestionError": "protocol",
    "count_prompt_tokens": "tokens",
    "count_tokens": "tokens",
    "load_script": "script",
    "split_tokens": "tokens",
}


def __getattr__(name: str) -> Any:
    """Imports a public name on first use (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
