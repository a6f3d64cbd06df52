"""The project's own graphs under `make studio` in a fresh clone: offline, without a key, through the SDK."""

import asyncio
import json
import re
import runpy
import time

from langgraph_llm_compiler.benchmarks.suites.sample import build_suite
from tests.langgraph_server import ROOT
from tests.studio.asking import answer_in, ask, new_thread

GRAPHS = json.loads((ROOT / "langgraph.json").read_text())["graphs"]
QUESTION = build_suite().questions[0]


async def test_each_graph_answers_soon_after_the_server_is_up(client):
    async def answered(graph):
        return answer_in(await client.runs.wait(None, graph, input=ask(QUESTION.question)))

    began = time.monotonic()
    assert await asyncio.gather(*map(answered, GRAPHS)) == [QUESTION.answer] * len(GRAPHS)
    assert time.monotonic() - began < 20


async def test_every_graph_is_an_assistant_with_a_description(client):
    found = {each["graph_id"]: each["description"] for each in await client.assistants.search()}
    assert found == {name: each["description"] for name, each in GRAPHS.items()}
    assert set(found) == {"llm_compiler", "react", "parallel_tools"}
    assert all(found.values())


async def test_a_chat_goes_on_in_its_thread(client):
    thread_id = await new_thread(client)
    for question, answer in (
        ("By how many metres does Mount Everest rise above Aconcagua?", "1888"),
        ("And above K2?", "238"),
    ):
        values = await client.runs.wait(thread_id, "llm_compiler", input=ask(question))
        assert answer_in(values) == answer
    assert [each["type"] for each in values["messages"]].count("human") == 2


def test_the_code_of_the_page_runs(simulated, tmp_path, capsys):
    code = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "studio.md").read_text(), re.DOTALL)[0]
    assert code.count(":2024") == 1
    file = tmp_path / "shown.py"
    file.write_text(code.replace(":2024", f":{simulated.port}"))
    runpy.run_path(str(file))["client"].http.client.close()
    said = capsys.readouterr().out
    assert "'type': 'task_started'" in said
    assert "'content': '1888'" in said
