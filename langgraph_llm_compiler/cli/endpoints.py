"""Which model answers a command: a real one by name, or the simulator, started for the command if need be."""

import argparse
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from langchain_core.language_models import BaseChatModel

from langgraph_llm_compiler.benchmarks.critical_path import Pace
from langgraph_llm_compiler.cli.simulate import sample_script
from langgraph_llm_compiler.errors import ConfigurationError
from langgraph_llm_compiler.models import SIMULATED, load_model, simulated_model
from langgraph_llm_compiler.simulator.latency import Latency, choose_latency
from langgraph_llm_compiler.simulator.process import SimulatedProcess

MODEL_VARIABLE = "LLM_COMPILER_MODEL"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A model that is ready to be asked.

    Attributes:
        model: The chat model.
        description: Which model answers, for the first line of output.
        pace: The simulator's pace if this command started it; `None` where it is not known.
    """

    model: BaseChatModel
    description: str
    pace: Pace | None = None

    @property
    def simulated(self) -> bool:
        """Whether a simulator answers."""
        return self.description.startswith(SIMULATED)


@contextmanager
def open_endpoint(args: argparse.Namespace, environ: Mapping[str, str] = os.environ) -> Iterator[Endpoint]:
    """Give the model that the options and `LLM_COMPILER_MODEL` ask for; a simulator of its own ends with the block.

    Raises:
        ConfigurationError: The options contradict each other, or the model cannot be set up.
    """
    name = args.model or (environ.get(MODEL_VARIABLE) if args.model_type is None else None)
    if args.model_type == SIMULATED or (args.model_type is None and name in {None, "", SIMULATED}):
        if name not in {None, "", SIMULATED}:
            raise ConfigurationError(f"the simulator plays no {name!r}; leave --model out, or --model-type {SIMULATED}")
        yield from _simulator(args)
    else:
        settings = {"base_url": args.base_url} if args.base_url else {}
        full = _full_name(name, args.model_type)
        yield Endpoint(
            load_model(full, timeout=args.timeout, temperature=0, **settings), f"model: {full}{_at(args.base_url)}"
        )


def _simulator(args: argparse.Namespace) -> Iterator[Endpoint]:
    if args.base_url:
        model = simulated_model(args.base_url, timeout=args.timeout)
        yield Endpoint(model, f"{SIMULATED}: no real model answers, but the simulator{_at(args.base_url)}")
        return
    pace = pace_of(args)
    with (
        sample_script() as script,
        SimulatedProcess(
            script=script,
            latency=pace.latency,
            tokens_per_event=pace.tokens_per_event,
            merge_newlines=pace.merge_newlines,
        ) as process,
    ):
        model = simulated_model(process.base_url, timeout=args.timeout)
        yield Endpoint(model, describe_simulator(pace.latency), pace)


def pace_of(args: argparse.Namespace) -> Pace:
    """The pace that the simulator's options ask for.

    Raises:
        ConfigurationError: A time is negative.
    """
    latency = choose_latency(args.preset, ttft=args.ttft, tpot=args.tpot, prefill=args.prefill)
    return Pace(latency, args.tokens_per_event, args.merge_newlines)


def describe_simulator(latency: Latency) -> str:
    """The first line of output where the simulator answers."""
    return (
        f"{SIMULATED}: no real model answers; the bundled simulator plays one that starts after {latency.ttft:g} ms and"
        f" takes {latency.tpot:g} ms a token. Use --model provider:name for a real one."
    )


def _full_name(name: str | None, model_type: str | None) -> str:
    if not name:
        raise ConfigurationError(f"--model-type {model_type} needs --model NAME, the model to ask for")
    return f"{model_type}:{name}" if model_type and not name.startswith(f"{model_type}:") else name


def _at(base_url: str | None) -> str:
    return f" at {base_url}" if base_url else ""
