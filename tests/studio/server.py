"""`make studio` in a folder that is as a fresh clone is, and the SDK's client of it."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from langgraph_sdk import get_client
from langgraph_sdk.client import LangGraphClient

ROOT = Path(__file__).parents[2]
CLONED = ("Makefile", "requirements.lock", "pyproject.toml", "langgraph.json", "langgraph_llm_compiler", "tests")
SECONDS_TO_START, SECONDS_TO_STOP = 50.0, 15.0
_ADDRESS = re.compile(r"API: \S*?http://127\.0\.0\.1:(\d+)")


@dataclass(frozen=True)
class StudioServer:
    """A server that runs."""

    port: int
    log: Path

    def client(self) -> LangGraphClient:
        return get_client(url=f"http://127.0.0.1:{self.port}", timeout=30)


@contextmanager
def studio(folder: Path, env: Mapping[str, str], graphs: Mapping[str, Any] | None = None) -> Iterator[StudioServer]:
    """Start the server, with this `.env` if it holds anything, and these graphs beside the project's own."""
    for name in CLONED:
        (folder / name).symlink_to(ROOT / name)
    if env:
        (folder / ".env").write_text("".join(f"{name}={value}\n" for name, value in env.items()))
    if graphs:
        config = json.loads((ROOT / "langgraph.json").read_text())
        (folder / "langgraph.json").unlink()
        (folder / "langgraph.json").write_text(json.dumps({**config, "graphs": {**config["graphs"], **graphs}}))
    log = folder.with_name(f"{folder.name}.log")  # not within: the server watches the folder for changes
    with log.open("w") as out:
        process = _make(folder, out)
        try:
            yield StudioServer(_port(process, log), log)
        finally:
            _end(process)
    assert "BlockingError" not in log.read_text()  # what the server says of code that blocks its event loop


def _make(folder: Path, out: Any) -> "subprocess.Popen[bytes]":
    """Run make in a process group of its own, with this environment as the one that it would have made."""
    ready = Path(sys.prefix) / ".ready"
    command = ["make", "studio", f"--assume-old={ready}", f"VENV={sys.prefix}", f"STUDIO_PORT={_free_port()}"]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
    return subprocess.Popen(command, cwd=folder, env=env, stdout=out, stderr=out, start_new_session=True)


def _port(process: "subprocess.Popen[bytes]", log: Path) -> int:
    """The port of the server, once it answers: it takes another if the one it was given is not free any more."""
    give_up = time.monotonic() + SECONDS_TO_START
    while process.poll() is None and time.monotonic() < give_up:
        if (found := _ADDRESS.search(log.read_text())) is not None and _is_up(int(found[1])):
            return int(found[1])
        time.sleep(0.1)
    raise AssertionError(f"the server did not start:\n{log.read_text()[-4000:]}")


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


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
    """End the server as Ctrl-C does, and see that nothing of it stays behind, the simulator neither."""
    os.killpg(process.pid, signal.SIGINT)
    give_up = time.monotonic() + SECONDS_TO_STOP
    try:
        while _is_alive(process):
            assert time.monotonic() < give_up, "the server left processes behind"
            time.sleep(0.05)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _is_alive(process: "subprocess.Popen[bytes]") -> bool:
    process.poll()  # reaps make itself, which else would count as alive
    try:
        os.killpg(process.pid, 0)
    except ProcessLookupError:
        return False
    return True
