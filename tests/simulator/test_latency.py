import math

import pytest

from langgraph_llm_compiler.errors import ConfigurationError
from langgraph_llm_compiler.simulator.latency import LATENCIES, Latency, choose_latency


def test_a_token_is_due_after_the_fixed_time_the_prompt_and_the_tokens_up_to_it():
    latency = Latency(ttft=400, tpot=15, prefill=50)

    assert latency.due(prompt_tokens=0, tokens=0) == pytest.approx(0.4)
    assert latency.due(prompt_tokens=2000, tokens=0) == pytest.approx(0.5)
    assert latency.due(prompt_tokens=2000, tokens=1) == pytest.approx(0.515)
    assert latency.due(prompt_tokens=500, tokens=100) == pytest.approx(0.4 + 0.025 + 1.5)


def test_the_default_is_a_hosted_model():
    assert Latency() == LATENCIES["hosted"] == Latency(ttft=400, tpot=15, prefill=50)


@pytest.mark.parametrize("name", ["ttft", "tpot", "prefill"])
@pytest.mark.parametrize("value", [-1, math.nan, math.inf])
def test_a_time_that_is_none_is_refused(name, value):
    with pytest.raises(ConfigurationError, match=name):
        Latency(**{name: value})


def test_times_that_are_given_replace_those_of_the_preset():
    assert choose_latency() == LATENCIES["hosted"]
    assert choose_latency("local-32b") == Latency(ttft=0, tpot=25.7, prefill=115)
    assert choose_latency("local-8b", ttft=0, tpot=1, prefill=2) == Latency(ttft=0, tpot=1, prefill=2)


def test_an_unknown_preset_is_answered_with_those_there_are():
    with pytest.raises(ConfigurationError, match=r"'warp'.*hosted, local-8b, local-32b"):
        choose_latency("warp")
