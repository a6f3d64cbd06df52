"""The graphs as LangGraph Studio and documents draw them."""

from functools import partial

import pytest

from langgraph_llm_compiler import create_llm_compiler, create_react_baseline
from tests.support import scripted, search

LLM_COMPILER = """\
---
config:
  flowchart:
    curve: linear
---
graph TD;
	__start__([<p>__start__</p>]):::first
	planner(planner)
	executor(executor)
	joiner(joiner)
	__end__([<p>__end__</p>]):::last
	__start__ --> planner;
	executor -. &nbsp;observe&nbsp; .-> joiner;
	joiner -. &nbsp;finish&nbsp; .-> __end__;
	joiner -. &nbsp;replan&nbsp; .-> planner;
	planner --> executor;
	classDef default fill:#f2f0ff,line-height:1.2
	classDef first fill-opacity:0
	classDef last fill:#bfb6fc
"""

COMPACT = LLM_COMPILER.replace(
    "\texecutor -. &nbsp;observe&nbsp; .-> joiner;\n",
    "\texecutor -. &nbsp;answer&nbsp; .-> __end__;\n\texecutor -. &nbsp;observe&nbsp; .-> joiner;\n",
).replace("joiner -. &nbsp;replan&nbsp; .-> planner", "joiner -. &nbsp;replan&nbsp; .-> executor")

REACT = """\
---
config:
  flowchart:
    curve: linear
---
graph TD;
	__start__([<p>__start__</p>]):::first
	agent(agent)
	tools(tools)
	__end__([<p>__end__</p>]):::last
	__start__ --> agent;
	agent -. &nbsp;finish&nbsp; .-> __end__;
	agent -. &nbsp;act&nbsp; .-> tools;
	tools --> agent;
	classDef default fill:#f2f0ff,line-height:1.2
	classDef first fill-opacity:0
	classDef last fill:#bfb6fc
"""


@pytest.mark.parametrize(
    ("create", "drawn"),
    [
        (partial(create_llm_compiler, prompt_style="paper"), LLM_COMPILER),
        (create_llm_compiler, COMPACT),
        (create_react_baseline, REACT),
    ],
    ids=["paper", "compact", "react"],
)
def test_the_drawn_graph(create, drawn):
    assert create(scripted(), [search]).get_graph().draw_mermaid() == drawn


@pytest.mark.parametrize(
    ("create", "fields"),
    [
        (create_llm_compiler, ["model", "joiner_model", "planner_prompt", "joiner_prompt", "max_replans"]),
        (create_react_baseline, ["model"]),
    ],
)
def test_the_schemas_that_a_chat_is_made_from(create, fields):
    graph = create(scripted(), [search])
    assert set(graph.get_input_jsonschema()["properties"]) == {"messages"}
    assert set(graph.get_output_jsonschema()["properties"]) == {"messages", "tasks", "structured_response"}
    settings = graph.get_context_jsonschema()["properties"]
    assert list(settings) == [*fields, "max_concurrency"]


def test_the_name_is_the_graphs():
    assert create_llm_compiler(scripted(), [search]).name == "llm_compiler"
    assert create_llm_compiler(scripted(), [search], name="mine").name == "mine"
    assert create_react_baseline(scripted(), [search]).name == "react"
