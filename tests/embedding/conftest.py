"""Tests of embedding run in both prompt styles, as those of the graph do; and a LangGraph server for them all."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.graph.conftest import prompt_style, pytest_generate_tests

__all__ = ["prompt_style", "pytest_generate_tests", "served"]

ROOT = Path(__file__).parents[2]
GRAPHS = ("compact", "paper", "compact_asks", "paper_asks")
SECONDS_TO_START = 40


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a `langgraph dev` server on loopback that serves the graphs of `served_app.py`."""
    folder = tmp_path_factory.mktemp("served")
    app = Path(__file__).with_name("served_app.py")
    config = {"dependencies": ["."], "graphs": {name: f"{app}:{name}" for name in GRAPHS}}
    (folder / "langgraph.json").write_text(json.dumps(config))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "langgraph_cli", "dev", "--port", str(port), "--no-browser", "--no-reload"]
    settings = {"PYTHONPATH": str(ROOT), "LANGGRAPH_CLI_NO_ANALYTICS": "1", "LANGSMITH_TRACING": "false"}
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(command, cwd=folder, env={**os.environ, **settings}, stdout=log, stderr=log)
    try:
        wait_for(f"http://127.0.0.1:{port}/ok", server, folder / "log")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=20)


def wait_for(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < end and server.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=5).close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"the server did not start: {log.read_text()[-2000:]}")
