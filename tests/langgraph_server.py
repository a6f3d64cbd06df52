"""LangGraph's development server, on loopback, for the tests that need one."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

ROOT = Path(__file__).parents[1]
SECONDS_TO_START, SECONDS_TO_STOP = 50.0, 15.0
QUIET = {"PYTHONPATH": str(ROOT), "NO_COLOR": "1", "LANGGRAPH_CLI_NO_ANALYTICS": "1"}
_ADDRESS = re.compile(r"API: \S*?http://127\.0\.0\.1:(\d+)")


@contextmanager
def dev_server(folder: Path, app: str, graphs: tuple[str, ...], env: Mapping[str, str]) -> Iterator[str]:
    """Serve these graphs of a file of the tests; gives the server's address.

    Args:
        folder: An empty folder, in which it runs.
        app: The file, from the project's root.
        graphs: Names of the graphs in it.
        env: Variables for the server beside this process's own.
    """
    config = {"dependencies": ["."], "graphs": {name: f"{ROOT / app}:{name}" for name in graphs}}
    (folder / "langgraph.json").write_text(json.dumps(config))
    command = [sys.executable, "-m", "langgraph_cli", "dev", "--no-browser", "--no-reload", "--port", str(free_port())]
    log = folder / "log"
    with log.open("w") as out:
        process = subprocess.Popen(
            command, cwd=folder, env={**os.environ, **QUIET, **env}, stdout=out, stderr=out, start_new_session=True
        )
    try:
        yield f"http://127.0.0.1:{port_of(process, log)}"
    finally:
        _end(process)


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def port_of(process: "subprocess.Popen[bytes]", log: Path) -> int:
    """The port of a server, once it answers: it takes another if the one it was given is not free any more."""
    give_up = time.monotonic() + SECONDS_TO_START
    while process.poll() is None and time.monotonic() < give_up:
        if (found := _ADDRESS.search(log.read_text())) is not None and _is_up(int(found[1])):
            return int(found[1])
        time.sleep(0.1)
    raise AssertionError(f"the server did not start:\n{log.read_text()[-4000:]}")


def _is_up(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/ok")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End it as Ctrl-C does, and what it started with it."""
    os.killpg(process.pid, signal.SIGINT)
    try:
        process.wait(SECONDS_TO_STOP)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
