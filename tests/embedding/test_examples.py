"""The examples are run: against the simulator, the server's over a real connection."""

import asyncio
import json
import runpy
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import httpx
import nbformat
import pytest
import uvicorn
from langgraph.checkpoint.memory import InMemorySaver
from nbclient import NotebookClient

from langgraph_llm_compiler.benchmarks.suites import load_suite
from langgraph_llm_compiler.simulator import Latency, process
from tests.embedding.pairs import answered, planned, spoken
from tests.support import PATIENCE, Gate, create_llm_compiler

EXAMPLES = Path(__file__).parents[2] / "examples"
once = pytest.mark.styles("compact")  # they choose their style themselves


@pytest.fixture(autouse=True)
def _simulator_without_delay(monkeypatch):
    monkeypatch.setattr(process, "SimulatedProcess", partial(process.SimulatedProcess, latency=Latency(0, 0, 0)))


def example(name):
    return runpy.run_path(str(EXAMPLES / f"{name}.py"))


def sample(number):
    return load_suite("sample").questions[number]


@once
def test_the_compiler_stands_in_two_graphs(capsys):
    example("subgraph")["main"]()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Hello. -> Ask me a question. (0 tasks)"
    assert lines[1] == f"{sample(0).question} -> {sample(0).answer} (2 tasks)"
    assert lines[2:] == [f"{sample(number).question} -> {sample(number).answer}" for number in (0, 4)]


@once
def test_the_chat_in_a_terminal_asks_and_answers(capsys):
    asked = []
    example("streaming_ui")["main"](lambda call: asked.append(call["name"]) or {"type": "approve"})
    lines = capsys.readouterr().out.splitlines()
    assert asked == ["math"]
    assert any("math" in line and "ok: 990" in line for line in lines)
    assert lines[-1] == sample(0).answer


WITHOUT_DELAY = """
from functools import partial
from langgraph_llm_compiler.simulator import Latency, process
process.SimulatedProcess = partial(process.SimulatedProcess, latency=Latency(0, 0, 0))
"""


@once
def test_the_notebook_runs_in_a_kernel(tmp_path):
    notebook = nbformat.read(EXAMPLES / "notebook.ipynb", as_version=4)
    nbformat.validate(notebook)
    assert not any(cell.get("outputs") for cell in notebook.cells)
    notebook.cells.insert(0, nbformat.v4.new_code_cell(WITHOUT_DELAY))
    NotebookClient(notebook, timeout=60, resources={"metadata": {"path": str(tmp_path)}}).execute()
    out = "".join(each["text"] for cell in notebook.cells for each in cell.get("outputs", ()) if "text" in each)
    assert out.count(sample(0).answer) >= 4
    assert "start 1 search" in out
    assert "planner" in out


class Server:
    """The FastAPI example over a graph whose tool waits for its gate."""

    def __init__(self, *replies, interrupt_on=None):
        self.gate, self.ended, self.cancelled = Gate(), Gate(), []

        async def look(query: str) -> str:
            """Look a thing up, once the client has seen that it is being looked up."""
            try:
                await self.gate.passed()
            except asyncio.CancelledError:
                self.cancelled.append(query)
                raise
            finally:
                self.ended.open()
            return f"<{query}>"

        graph = create_llm_compiler(spoken(*replies), [look], interrupt_on=interrupt_on, checkpointer=InMemorySaver())
        config = uvicorn.Config(example("fastapi_app")["create_app"](graph), port=0, log_level="warning", ws="none")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run)

    def __enter__(self):
        self._thread.start()
        end = time.monotonic() + PATIENCE
        while not self._server.started:
            assert time.monotonic() < end, "the server did not start"
            time.sleep(0.01)
        port = self._server.servers[0].sockets[0].getsockname()[1]
        self.address = f"http://127.0.0.1:{port}/threads"
        return self

    def __exit__(self, *_):
        self._server.should_exit = True
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()

    def told(self, thread_id, **turn) -> Iterator[tuple[str, dict]]:
        """The events of a turn, as they come."""
        with httpx.stream("POST", f"{self.address}/{thread_id}", json=turn, timeout=PATIENCE) as response:
            assert response.status_code == 200, response.read()
            name = ""
            for line in response.iter_lines():
                kind, _, text = line.partition(": ")
                if kind == "event":
                    name = text
                elif kind == "data":
                    yield name, json.loads(text)


LOOK = planned(("look", {"query": "a"}))


def test_the_server_streams_while_the_run_goes_on_and_keeps_the_thread():
    with Server(LOOK, answered("It is <a>."), LOOK, answered("Still <a>.")) as server:
        shown = {}
        for name, data in server.told("1", say="What is it?"):
            if name == "task" and data["type"] == "task_started":
                server.gate.open()
            elif name == "message":
                shown.setdefault(data["id"], []).append(data)
        said = [("".join(each["text"] for each in parts), parts[0]["from"]) for parts in shown.values()]
        assert said == [("", "ai"), ("<a>", "tool"), ("It is <a>.", "ai")]
        assert name == "end"
        again = [data["text"] for name, data in server.told("1", say="And now?") if name == "message"]
        assert "".join(again).endswith("Still <a>.")


def test_the_server_asks_for_approval_and_goes_on():
    with Server(LOOK, answered("done"), interrupt_on={"look": True}) as server:
        server.gate.open()
        (request,) = [data for name, data in server.told("1", say="What is it?") if name == "approval"]
        assert request["action_requests"][0]["args"] == {"query": "a"}
        later = list(server.told("1", decisions=[{"type": "approve"}]))
        assert "".join(data["text"] for name, data in later if name == "message" and data["from"] == "ai") == "done"


def test_the_server_tells_of_an_error_and_refuses_what_is_no_turn():
    with Server(ConnectionError("down")) as server:
        assert [name for name, _ in server.told("1", say="What is it?")] == ["error", "end"]
        assert httpx.post(f"{server.address}/1", json={}).status_code == 422


def test_a_client_that_goes_away_ends_the_run():
    with Server(LOOK) as server:
        events = server.told("1", say="What is it?")
        for name, data in events:
            if name == "task" and data["type"] == "task_started":
                break
        events.close()
        server.ended.wait()
        assert server.cancelled == ["a"]
