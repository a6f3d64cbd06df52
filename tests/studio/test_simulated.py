"""The project's own graphs under `make studio`, offline and without a key, through the SDK, in both prompt styles."""

import asyncio
import json
import time

from langgraph_llm_compiler.benchmarks.suites.sample import build_suite
from tests.studio.server import ROOT

GRAPHS = json.loads((ROOT / "langgraph.json").read_text())["graphs"]
FIRST, SECOND = build_suite().questions[0], build_suite().questions[1]

PLANNED = {"__start__ planner", "planner executor", "executor observe joiner", "joiner finish __end__"}
DRAWINGS = {
    "compact": PLANNED | {"executor answer __end__", "joiner replan executor"},
    "paper": PLANNED | {"joiner replan planner"},
    "react": {"__start__ agent", "agent act tools", "agent finish __end__", "tools agent"},
}
SETTINGS = {
    "model": ("string", "planner", "model", None),
    "joiner_model": ("string", "joiner", "model", None),
    "planner_prompt": ("string", "planner", "prompt", None),
    "joiner_prompt": ("string", "joiner", "prompt", None),
    "max_replans": ("integer", "joiner", None, 0),
    "max_concurrency": ("integer", "executor", None, 1),
}


def ask(question, **more):
    return {"messages": [{"role": "user", "content": question, **more}]}


def answer_in(values):
    return values["messages"][-1]["content"]


async def schemas_of(client, graph):
    (assistant,) = await client.assistants.search(graph_id=graph)
    return await client.assistants.get_schemas(assistant["assistant_id"])


def form(field):
    """What a form is made from: type, node, kind of text field, least value."""
    (node,) = field["langgraph_nodes"]
    assert field["description"]
    return field["type"], node, field.get("langgraph_type"), field.get("minimum")


async def test_each_graph_answers_soon_after_the_server_is_up(client):
    async def answered(graph):
        return answer_in(await client.runs.wait(None, graph, input=ask(FIRST.question)))

    began = time.monotonic()
    assert await asyncio.gather(*map(answered, GRAPHS)) == [FIRST.answer] * len(GRAPHS)
    assert time.monotonic() - began < 20


async def test_every_graph_is_an_assistant_with_a_description(client):
    found = {each["graph_id"]: each for each in await client.assistants.search()}
    assert set(found) == {"llm_compiler", "react", "parallel_tools"}
    assert {name: each["description"] for name, each in found.items()} == {
        name: each["description"] for name, each in GRAPHS.items()
    }


async def test_the_schemas_make_a_chat_and_a_form_of_settings(client, style):
    schemas = await schemas_of(client, "llm_compiler")
    assert set(schemas["input_schema"]["properties"]) == {"messages"}
    assert schemas["state_schema"]["properties"]["messages"]["type"] == "array"
    fields = schemas["context_schema"]["properties"]
    assert {name: form(field) for name, field in fields.items()} == SETTINGS
    defaults = {name: field["default"] for name, field in fields.items() if "default" in field}
    prompts = {"planner_prompt"} if style == "compact" else {"planner_prompt", "joiner_prompt"}
    assert set(defaults) == prompts | {"max_replans"}
    assert defaults["max_replans"] == build_suite().max_replans
    assert "{tools}" in defaults["planner_prompt"]


async def test_a_baseline_shows_the_settings_that_it_has(client):
    for graph in ("react", "parallel_tools"):
        fields = (await schemas_of(client, graph))["context_schema"]["properties"]
        assert {name: form(field)[1] for name, field in fields.items()} == {
            "model": "agent",
            "max_concurrency": "tools",
        }


async def test_the_drawing_has_the_nodes_and_labelled_edges(client, style):
    for graph, drawing in (("llm_compiler", style), ("react", "react"), ("parallel_tools", "react")):
        drawn = await client.assistants.get_graph(graph)
        edges = {" ".join(filter(None, (each["source"], each.get("data"), each["target"]))) for each in drawn["edges"]}
        assert edges == DRAWINGS[drawing]
        assert {each["id"] for each in drawn["nodes"]} == {
            end for edge in edges for end in (edge.split()[0], edge.split()[-1])
        }


async def test_a_chat_goes_on_and_a_thread_can_be_forked(client):
    thread_id = (await client.threads.create())["thread_id"]

    async def answered(**given):
        return answer_in(await client.runs.wait(thread_id, "llm_compiler", **given))

    assert await answered(input=ask(FIRST.question, id="first")) == FIRST.answer
    assert await answered(input=ask(SECOND.question)) == SECOND.answer
    history = await client.threads.get_history(thread_id, limit=100)
    start = next(each for each in history if each["next"] == ["planner"] and len(each["values"]["messages"]) == 1)
    fork = await client.threads.update_state(
        thread_id, ask(SECOND.question, id="first"), checkpoint=start["checkpoint"], as_node="__start__"
    )
    assert await answered(input=None, checkpoint=fork["checkpoint"]) == SECOND.answer
    state = await client.threads.get_state(thread_id)
    assert [each["content"] for each in state["values"]["messages"] if each["type"] == "human"] == [SECOND.question]
    assert len(await client.threads.get_history(thread_id, limit=100)) > len(history)


async def test_a_run_goes_on_from_a_checkpoint_of_the_past(client):
    thread_id = (await client.threads.create())["thread_id"]
    before = await client.runs.wait(thread_id, "llm_compiler", input=ask(FIRST.question))
    for node in ("executor", "joiner"):
        history = await client.threads.get_history(thread_id, limit=100)
        past = next(each for each in history if each["next"] == [node])
        after = await client.runs.wait(thread_id, "llm_compiler", input=None, checkpoint=past["checkpoint"])
        assert answer_in(after) == FIRST.answer
        ran_again = after["tasks"][0]["started_at"] != before["tasks"][0]["started_at"]
        assert ran_again is (node == "executor")
        before = after
