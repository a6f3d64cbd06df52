"""`make studio` in a folder that is as a fresh clone is, and the SDK's client of it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from langgraph_sdk import get_client
from langgraph_sdk.client import LangGraphClient

from tests.langgraph_server import ROOT, SECONDS_TO_STOP, free_port, port_of

CLONED = ("Makefile", "requirements.lock", "pyproject.toml", "langgraph.json", "langgraph_llm_compiler")


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
            yield StudioServer(port_of(process, log), log)
        finally:
            _end(process)
    assert "BlockingError" not in log.read_text()  # what the server says of code that blocks its event loop


def _make(folder: Path, out: Any) -> "subprocess.Popen[bytes]":
    """Run make in a process group of its own, with this environment as the one that it would have made."""
    ready = Path(sys.prefix) / ".ready"
    command = ["make", "studio", f"--assume-old={ready}", f"VENV={sys.prefix}", f"STUDIO_PORT={free_port()}"]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
    return subprocess.Popen(command, cwd=folder, env=env, stdout=out, stderr=out, start_new_session=True)


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
