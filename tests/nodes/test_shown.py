"""What a trace shows of a plan's tasks is made for runs that are traced, and not for a streamed plan that is joined."""

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.tracers.run_collector import RunCollectorCallbackHandler

from langgraph_llm_compiler.nodes import shown
from tests.support import ask, both, create_llm_compiler, finish, plan, scripted, search


class Watcher(BaseCallbackHandler):
    """Sees each node; being no tracer, it is given the state as it is."""

    def __init__(self):
        self.given = {}

    def on_chain_start(self, serialized, inputs, *, name=None, **_):
        self.given[name] = inputs


@pytest.fixture
def made(monkeypatch):
    """Tasks that have been made ready for a trace."""
    tasks, own = [], shown._task
    monkeypatch.setattr(shown, "_task", lambda record: tasks.append(record["id"]) or own(record))
    return tasks


def graph():
    return create_llm_compiler(scripted(plan('search("a")', 'search("b")'), finish()), [search])


@both
def test_nothing_is_made_for_a_run_that_is_not_traced(invoke, made):
    watcher = Watcher()
    invoke(graph(), ask(), {"callbacks": [watcher]})
    assert not made
    assert all("planned_at" in each for each in watcher.given["joiner"]["tasks"])


@both
def test_a_traced_run_shows_the_tasks_of_executor_and_joiner(invoke, made):
    tracer = RunCollectorCallbackHandler()
    invoke(graph(), ask(), {"callbacks": [tracer]})
    assert made == [1, 2, 1, 2]
    (root,) = tracer.traced_runs
    (joiner,) = [each for each in root.child_runs if each.name == "joiner"]
    assert [task["args"] for task in joiner.inputs["tasks"]] == [{"query": "a"}, {"query": "b"}]
