import pytest

from langgraph_llm_compiler.benchmarks.critical_path import Pace
from langgraph_llm_compiler.cli import endpoints
from langgraph_llm_compiler.cli.main import build_parser
from langgraph_llm_compiler.errors import ConfigurationError
from langgraph_llm_compiler.simulator.latency import Latency


class Process:
    """In place of a simulator in a process of its own."""

    opened = 0
    base_url = "http://127.0.0.1:9/v1"

    def __init__(self, **options):
        self.options = options

    def __enter__(self):
        Process.opened += 1
        return self

    def __exit__(self, *_):
        Process.opened -= 1


@pytest.fixture(autouse=True)
def _process(monkeypatch):
    monkeypatch.setattr(endpoints, "SimulatedProcess", Process)


def opened(*flags, environ=None):
    args = build_parser().parse_args(["ask", "q", *flags])
    return endpoints.open_endpoint(args, environ or {})


@pytest.mark.parametrize("flags", [[], ["--model-type", "simulated"], ["--model", "simulated"]])
def test_the_simulator_unless_a_model_is_named(flags):
    with opened(*flags, "--ttft", "10", "--tokens-per-event", "4", environ={"LLM_COMPILER_MODEL": ""}) as endpoint:
        assert Process.opened == 1
        assert endpoint.simulated
        assert endpoint.description.startswith("simulated: no real model answers; the bundled simulator")
        assert "--model" in endpoint.description
        assert endpoint.pace == Pace(Latency(10, 15, 50), 4)
        assert str(endpoint.model.openai_api_base) == Process.base_url
    assert Process.opened == 0


def test_a_simulator_that_is_running_already():
    with opened("--base-url", "http://127.0.0.1:8/v1") as endpoint:
        assert Process.opened == 0
        assert endpoint.simulated
        assert endpoint.description == "simulated: no real model answers, but the simulator at http://127.0.0.1:8/v1"
        assert endpoint.pace is None


@pytest.mark.parametrize(
    ("flags", "environ", "description"),
    [
        (["--model", "openai:gpt"], {}, "model: openai:gpt"),
        (["--model", "gpt", "--model-type", "openai"], {}, "model: openai:gpt"),
        (["--model", "openai:gpt", "--model-type", "openai"], {}, "model: openai:gpt"),
        ([], {"LLM_COMPILER_MODEL": "openai:gpt"}, "model: openai:gpt"),
        (["--model", "openai:b"], {"LLM_COMPILER_MODEL": "openai:a"}, "model: openai:b"),
        (["--model", "openai:b", "--base-url", "http://h/v1"], {}, "model: openai:b at http://h/v1"),
    ],
)
def test_a_real_model(monkeypatch, flags, environ, description):
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    with opened(*flags, "--timeout", "7", environ=environ) as endpoint:
        assert not endpoint.simulated
        assert endpoint.description == description
        assert endpoint.model.model_name in {"gpt", "b"}
        assert endpoint.model.request_timeout == 7.0


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--model-type", "openai"], "--model-type openai needs --model NAME"),
        (["--model-type", "simulated", "--model", "gpt"], "the simulator plays no 'gpt'"),
        (["--model", "gpt"], "'gpt' is no 'provider:name'"),
        (["--model", "nobody:gpt"], "'nobody:gpt' cannot be set up"),
    ],
)
def test_models_that_there_are_not(flags, message):
    with pytest.raises(ConfigurationError, match=message), opened(*flags):
        pass


def test_the_environment_does_not_contradict_an_option():
    with opened("--model-type", "simulated", environ={"LLM_COMPILER_MODEL": "openai:gpt"}) as endpoint:
        assert endpoint.simulated
