"""What Studio makes its pages from: schemas, settings, drawings."""

import pytest

from langgraph_llm_compiler.benchmarks.suites.sample import build_suite
from tests.studio.asking import settings_of

PLANNED = {"__start__ planner", "planner executor", "executor observe joiner", "joiner finish __end__"}
DRAWINGS = {
    "compact": PLANNED | {"executor answer __end__", "joiner replan executor"},
    "paper": PLANNED | {"joiner replan planner"},
    "react": {"__start__ agent", "agent act tools", "agent finish __end__", "tools agent"},
    "parallel_tools": {"__start__ agent", "agent act tools", "agent finish __end__", "tools agent"},
}
SETTINGS = {
    "model": ("string", ["planner"], "model", None),
    "joiner_model": ("string", ["joiner"], "model", None),
    "planner_prompt": ("string", ["planner"], "prompt", None),
    "joiner_prompt": ("string", ["joiner"], "prompt", None),
    "max_replans": ("integer", ["joiner"], None, 0),
    "max_concurrency": ("integer", ["executor"], None, 1),
}


def form(field):
    """What a form is made from: type, nodes, kind of text field, least value."""
    assert field["description"]
    return field["type"], field["langgraph_nodes"], field.get("langgraph_type"), field.get("minimum")


def defaults_of(fields):
    return {name: field["default"] for name, field in fields.items() if "default" in field}


async def test_the_settings_are_fields_with_type_bounds_and_node(style, real_client):
    fields = await settings_of(real_client, style)
    assert {name: form(field) for name, field in fields.items()} == SETTINGS


async def test_the_defaults_are_what_the_graph_was_built_with(style, real_client):
    defaults = defaults_of(await settings_of(real_client, style))
    assert defaults["max_replans"] == 1
    assert defaults["model"] == "openai:scripted"
    assert "{tools}" in defaults["planner_prompt"]
    assert ("joiner_prompt" in defaults) == (style == "paper")  # the compact style's joiner has no prompt of its own


async def test_the_project_s_graphs_show_the_model_of_the_env_file_or_none(client, real_client):
    for graph in ("llm_compiler", "react", "parallel_tools"):
        assert defaults_of(await settings_of(real_client, graph))["model"] == "openai:scripted"
        assert "model" not in defaults_of(await settings_of(client, graph))
    assert defaults_of(await settings_of(client, "llm_compiler"))["max_replans"] == build_suite().max_replans


@pytest.mark.parametrize("graph", ["react", "parallel_tools"])
async def test_a_baseline_shows_the_settings_that_it_has(graph, client):
    fields = await settings_of(client, graph)
    assert {name: form(field)[1] for name, field in fields.items()} == {
        "model": ["agent"],
        "max_concurrency": ["tools"],
    }


async def test_a_chat_takes_and_keeps_messages(client):
    for assistant in await client.assistants.search():
        schemas = await client.assistants.get_schemas(assistant["assistant_id"])
        assert set(schemas["input_schema"]["properties"]) == {"messages"}
        assert schemas["state_schema"]["properties"]["messages"]["type"] == "array"


async def test_the_drawings_have_nodes_and_labelled_edges(client, real_client):
    drawn = {graph: await real_client.assistants.get_graph(graph) for graph in DRAWINGS}
    drawn["compact "] = await client.assistants.get_graph("llm_compiler")
    drawn["paper "] = await real_client.assistants.get_graph("llm_compiler")
    for graph, drawing in drawn.items():
        ends = [(each["source"], each["target"]) for each in drawing["edges"]]
        labels = [each.get("data") for each in drawing["edges"]]
        edges = {" ".join(filter(None, (a, label, b))) for (a, b), label in zip(ends, labels, strict=True)}
        assert edges == DRAWINGS[graph.strip()]
        assert {each["id"] for each in drawing["nodes"]} == {end for both in ends for end in both}
