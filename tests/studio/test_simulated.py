"""The project's own graphs under `make studio` in a fresh clone: offline, without a key, through the SDK."""

import asyncio
import json
import time

from langgraph_llm_compiler.benchmarks.suites.sample import build_suite
from tests.studio.asking import answer_in, ask, new_thread
from tests.studio.server import ROOT

GRAPHS = json.loads((ROOT / "langgraph.json").read_text())["graphs"]
FIRST, SECOND = build_suite().questions[0], build_suite().questions[1]


async def test_each_graph_answers_soon_after_the_server_is_up(client):
    async def answered(graph):
        return answer_in(await client.runs.wait(None, graph, input=ask(FIRST.question)))

    began = time.monotonic()
    assert await asyncio.gather(*map(answered, GRAPHS)) == [FIRST.answer] * len(GRAPHS)
    assert time.monotonic() - began < 20


async def test_every_graph_is_an_assistant_with_a_description(client):
    found = {each["graph_id"]: each["description"] for each in await client.assistants.search()}
    assert found == {name: each["description"] for name, each in GRAPHS.items()}
    assert set(found) == {"llm_compiler", "react", "parallel_tools"}
    assert all(found.values())


async def test_a_chat_goes_on_in_its_thread(client):
    thread_id = await new_thread(client)
    for question in (FIRST, SECOND):
        values = await client.runs.wait(thread_id, "llm_compiler", input=ask(question.question))
        assert answer_in(values) == question.answer
    asked = [each["content"] for each in values["messages"] if each["type"] == "human"]
    assert asked == [FIRST.question, SECOND.question]


async def test_what_the_simulator_does_not_know_it_says_in_the_chat(client):
    values = await client.runs.wait(None, "llm_compiler", input=ask("Who are you?"))
    assert answer_in(values).startswith("The simulator has no script for 'Who are you?'")
    assert "LLM_COMPILER_MODEL" in answer_in(values)
