import asyncio
import json
from pathlib import Path

import pytest

from langgraph_llm_compiler import studio
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


@pytest.mark.parametrize("name", GRAPHS)
def test_langgraph_json_names_graphs_that_answer(name, fresh):
    module, _, factory = GRAPHS[name]["path"].partition(":")
    assert module == studio.__name__
    question = build_suite().questions[0]
    graph = asyncio.run(getattr(studio, factory)())
    state = graph.invoke({"messages": question.messages})
    assert build_suite().scorer(question.answer, state["messages"][-1].text)


def test_a_model_of_ones_own_is_taken_from_the_environment(fresh, monkeypatch):
    monkeypatch.setenv("LLM_COMPILER_MODEL", "openai:some-model")
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    assert studio._model().model_name == "some-model"
