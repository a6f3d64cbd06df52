"""The simulator's player for chats, as the graphs of both styles and the baselines meet it."""

import pytest
from langchain_core.language_models import BaseChatModel

from langgraph_llm_compiler.benchmarks.suites import sample
from langgraph_llm_compiler.benchmarks.systems import Advice, find_system
from langgraph_llm_compiler.models import simulated_model
from langgraph_llm_compiler.simulator import Latency, SimulatedEndpoint

SYSTEMS = ["llm-compiler-compact", "llm-compiler", "parallel-tools", "react", "react-text"]
KNOWN = sample.build_suite().questions[0]
FOLLOW_UPS = [each for each in sample.build_suite().questions if each.history]


@pytest.fixture
async def model():
    async with SimulatedEndpoint(sample.chat_player(), latency=Latency(ttft=0, tpot=0, prefill=0)) as endpoint:
        yield simulated_model(endpoint.base_url)


def built(system: str, model: BaseChatModel):
    suite = sample.build_suite()
    return find_system(system).build(model, suite.make_tools(model), Advice(prompts=suite.prompts["chat"]))


@pytest.mark.parametrize("system", SYSTEMS)
async def test_what_is_not_in_the_script_is_answered_in_words_also_after_what_is(system, model):
    graph = built(system, model)
    state = await graph.ainvoke({"messages": [("user", KNOWN.question)]})
    assert state["messages"][-1].text == KNOWN.answer
    state = await graph.ainvoke({"messages": [*state["messages"], ("user", "And who are you?")]})
    answer = state["messages"][-1].text
    assert answer.startswith("The simulator has no script for 'And who are you?'")
    assert answer.endswith(sample.player().example)


@pytest.mark.parametrize("system", SYSTEMS)
async def test_a_follow_up_is_known_behind_the_question_that_it_goes_on_from(system, model):
    graph, follow_up = built(system, model), FOLLOW_UPS[0]
    state = await graph.ainvoke({"messages": [("user", follow_up.history[0][1])]})
    state = await graph.ainvoke({"messages": [*state["messages"], ("user", follow_up.question)]})
    assert state["messages"][-1].text == follow_up.answer
