"""The graphs that the tests' `langgraph dev` serves: one in each prompt style, on a model that the simulator plays."""

from contextlib import ExitStack

from langgraph_llm_compiler import create_llm_compiler
from langgraph_llm_compiler.models import simulated_model
from langgraph_llm_compiler.simulator import Latency, SimulatedEndpoint
from tests.tracing.scripted import KEY, Context, TwoCalls, lookup

_until_exit = ExitStack()
_endpoint = _until_exit.enter_context(SimulatedEndpoint(TwoCalls(), latency=Latency(0, 0, 0), api_key=KEY))
_model = simulated_model(_endpoint.base_url, api_key=KEY)

compact = create_llm_compiler(_model, [lookup], prompt_style="compact", context_schema=Context)
paper = create_llm_compiler(_model, [lookup], prompt_style="paper", context_schema=Context)
