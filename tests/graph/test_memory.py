"""What a run that ends well has held is freed with it, before any garbage collector comes by."""

import gc
from collections.abc import Iterator

import pytest

from langgraph_llm_compiler import create_react_baseline
from langgraph_llm_compiler.execution.running import CallRunner
from langgraph_llm_compiler.execution.scheduled import MapRun, ScheduledTask
from langgraph_llm_compiler.execution.scheduler import TaskFetchingUnit
from tests.support import ask, both, create_llm_compiler, finish, scripted, tool_calls

HELD = (TaskFetchingUnit, CallRunner, ScheduledTask, MapRun)


def search(query: str) -> str:
    """Look a thing up."""
    if query == "nothing":
        raise ValueError("there is no such thing")
    return f"{query} found"


@pytest.fixture
def _without_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def held() -> set[int]:
    return {id(each) for each in gc.get_objects() if isinstance(each, HELD)}


@both
@pytest.mark.parametrize(
    ("plan", "answer"),
    [
        ('1. search("a")\n2. search("$1")\n3. join()', finish("done")),
        ('1. search.map(["a", "nothing", "b"])\n2. search($1[0])\n3. join()', finish("done")),
        ('1. search.map(["a", "b"])\n2. search.map($1)\nanswer($2)', None),
        ('1. search("a")\n2. nowhere("$1")\n3. join()', finish("done")),
    ],
    ids=["tasks", "elements", "answer", "unknown tool"],
)
@pytest.mark.usefixtures("_without_collector")
def test_a_run_frees_its_tasks(invoke, plan, answer):
    graph = create_llm_compiler(scripted(*filter(None, [plan, answer])), [search], prompt_style="compact")
    before = held()
    state = invoke(graph, ask())
    assert len(state["tasks"]) == 2
    assert held() <= before


@both
@pytest.mark.usefixtures("_without_collector")
def test_a_run_of_the_baseline_frees_its_tasks(invoke):
    graph = create_react_baseline(scripted(tool_calls(("search", {"query": "a"})), "done"), [search])
    before = held()
    assert len(invoke(graph, ask())["tasks"]) == 1
    assert held() <= before
