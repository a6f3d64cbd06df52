"""`langgraph dev` on loopback, tracing to a server of the tests."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

ROOT = Path(__file__).parents[2]
APP = "tests/tracing/dev_app.py"
SECONDS_TO_START, SECONDS_TO_STOP = 50.0, 15.0
_ADDRESS = re.compile(r"API: \S*?http://127\.0\.0\.1:(\d+)")


@contextmanager
def dev_server(folder: Path, traced_to: str, secrets: dict[str, str]) -> Iterator[str]:
    """Start it in this folder, with these variables in its environment; gives its address."""
    graphs = {name: f"{ROOT / APP}:{name}" for name in ("compact", "paper")}
    (folder / "langgraph.json").write_text(json.dumps({"dependencies": ["."], "graphs": graphs}))
    tracing = {"LANGSMITH_TRACING": "true", "LANGSMITH_ENDPOINT": traced_to, "LANGSMITH_PROJECT": "tests"}
    env = {**os.environ, **tracing, **secrets, "PYTHONPATH": str(ROOT), "LANGGRAPH_CLI_NO_ANALYTICS": "1"}
    command = ["langgraph", "dev", "--no-browser", "--no-reload", "--host", "127.0.0.1", "--port", str(_free_port())]
    log = folder / "log"
    with log.open("w") as out:
        process = subprocess.Popen(
            [Path(sys.prefix) / "bin" / command[0], *command[1:]],
            cwd=folder,
            env=env | {"NO_COLOR": "1"},
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    try:
        yield _address(process, log)
    finally:
        _end(process)


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def _address(process: "subprocess.Popen[bytes]", log: Path) -> str:
    """The server's address, once it answers: it takes another port if the one it was given is not free any more."""
    give_up = time.monotonic() + SECONDS_TO_START
    while process.poll() is None and time.monotonic() < give_up:
        if (found := _ADDRESS.search(log.read_text())) is not None and _is_up(int(found[1])):
            return f"http://127.0.0.1:{found[1]}"
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
