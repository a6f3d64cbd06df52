import asyncio
import json
from pathlib import Path

import pytest

from langgraph_llm_compiler import ConfigurationError, studio
from langgraph_llm_compiler.benchmarks.suites.sample import build_suite

ROOT = Path(__file__).parent.parent
GRAPHS = json.loads((ROOT / "langgraph.json").read_text())["graphs"]


def forget():
    studio._made.cache_clear()
    studio._model.cache_clear()


@pytest.fixture
def fresh(monkeypatch):
    """No model is named, and none is kept from another test."""
    monkeypatch.delenv("LLM_COMPILER_MODEL", raising=False)
    forget()
    yield
    studio._UNTIL_EXIT.close()
    forget()


def test_langgraph_json_names_graphs_and_the_first_answers(fresh):
    """How they answer under the server is in tests/studio."""
    made = []
    for each in GRAPHS.values():
        module, _, factory = each["path"].partition(":")
        assert module == studio.__name__
        made.append(asyncio.run(getattr(studio, factory)()))
    assert [each.name for each in made] == ["llm_compiler", "react", "react"]
    question = build_suite().questions[0]
    state = made[0].invoke({"messages": question.messages})
    assert build_suite().scorer(question.answer, state["messages"][-1].text)


@pytest.mark.parametrize(("style", "after"), [("", "executor"), ("compact", "executor"), ("paper", "planner")])
def test_the_prompt_style_is_taken_from_the_environment(style, after, fresh, monkeypatch):
    monkeypatch.setenv("LLM_COMPILER_MODEL", "openai:some-model")
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    monkeypatch.setenv("LLM_COMPILER_PROMPT_STYLE", style)
    edges = asyncio.run(studio.llm_compiler()).get_graph().edges
    assert [edge.target for edge in edges if edge.data == "replan"] == [after]


def test_an_unknown_prompt_style_is_refused(monkeypatch):
    monkeypatch.setenv("LLM_COMPILER_PROMPT_STYLE", "poetic")
    with pytest.raises(ConfigurationError, match="LLM_COMPILER_PROMPT_STYLE='poetic'"):
        asyncio.run(studio.llm_compiler())


async def test_requests_at_once_get_the_same_graph_and_start_one_simulator(fresh):
    graphs = await asyncio.gather(*(studio.react() for _ in range(8)))
    assert len({id(each) for each in graphs}) == 1
    assert studio._model.cache_info().misses == 1


def test_a_model_of_ones_own_is_taken_from_the_environment(fresh, monkeypatch):
    monkeypatch.setenv("LLM_COMPILER_MODEL", "openai:some-model")
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    assert studio._model().model_name == "some-model"
