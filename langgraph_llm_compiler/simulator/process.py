"""`SimulatedProcess`: the simulator in a process of its own, so that its CPU time is not mixed with its clients'."""

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable
from http.client import HTTPConnection
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self
from urllib.parse import urlsplit

from langgraph_llm_compiler.errors import ConfigurationError
from langgraph_llm_compiler.simulator.latency import DEFAULT_LATENCY, Latency
from langgraph_llm_compiler.simulator.options import options_for
from langgraph_llm_compiler.simulator.records import RequestRecord

__all__ = ["SimulatedProcess"]

_SECONDS_TO_STOP = 5.0


class SimulatedProcess:
    """A simulated endpoint in a child process; `with` starts and stops it.

    The child sees the same modules as this process and ends with it, however it ends.

    Args:
        player: `module:attribute` of a player, see `serve.load_player`.
        script: A script file to play instead.
        latency: As in `SimulatedEndpoint`.
        tokens_per_event: As in `SimulatedEndpoint`.
        merge_newlines: As in `SimulatedEndpoint`.
        models: As in `SimulatedEndpoint`.
        port: Port on 127.0.0.1; 0 takes a free one.
        timeout: How long it may take to start, in seconds.

    Raises:
        ConfigurationError: On opening, if it does not start; the message holds what it wrote.
        ValueError: If not exactly one of `player` and `script` is given.

    Example:
        >>> from langgraph_llm_compiler.simulator import SimulatedProcess
        >>> with SimulatedProcess(script="questions.json") as endpoint:  # doctest: +SKIP
        ...     run_benchmark(endpoint.base_url)
        ...     records = endpoint.requests()
    """

    def __init__(
        self,
        player: str | None = None,
        *,
        script: str | Path | None = None,
        latency: Latency = DEFAULT_LATENCY,
        tokens_per_event: int = 1,
        merge_newlines: bool = False,
        models: Iterable[str] = (),
        port: int = 0,
        timeout: float = 30.0,
    ) -> None:
        if (player is None) == (script is None):
            raise ValueError("give either a player or a script")
        plays = f"--player={player}" if player is not None else f"--script={script}"
        speed = options_for(latency, tokens_per_event=tokens_per_event, merge_newlines=merge_newlines)
        self._options = [plays, f"--port={port}", *(f"--serve-model={name}" for name in models), *speed]
        self._timeout = timeout
        self._child: subprocess.Popen[str] | None = None
        self._base_url: str | None = None

    @property
    def base_url(self) -> str:
        """What a client takes as its base URL, `http://127.0.0.1:PORT/v1`.

        Raises:
            RuntimeError: If the process is not running.
        """
        if self._base_url is None:
            raise RuntimeError("the endpoint has no address until it is opened: use it in `with`")
        return self._base_url

    def requests(self) -> list[RequestRecord]:
        """The records of the requests so far."""
        return [RequestRecord.from_dict(record) for record in json.loads(self._call("GET"))]

    def clear(self) -> None:
        """Forgets the records."""
        self._call("DELETE")

    def __enter__(self) -> Self:
        if self._child is not None:
            raise RuntimeError("the endpoint is open already")
        with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as errors:
            self._child = self._start(errors)
            self._base_url = self._first_line(self._child) or None
            if self._base_url is None:
                self._stop()
                errors.seek(0)
                raise ConfigurationError(f"the simulator did not start: {errors.read().strip() or 'it said nothing'}")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def _start(self, errors: IO[str]) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "langgraph_llm_compiler.simulator", "--exit-with-stdin", *self._options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(path or str(Path.cwd()) for path in sys.path)},
        )

    def _first_line(self, child: "subprocess.Popen[str]") -> str:
        """What the child prints first: its base URL, or nothing if it ends or takes too long."""
        assert child.stdout is not None
        too_late = threading.Timer(self._timeout, child.kill)
        too_late.start()
        try:
            return child.stdout.readline().strip()
        finally:
            too_late.cancel()
            too_late.join()

    def _stop(self) -> None:
        child, self._child, self._base_url = self._child, None, None
        if child is None:
            return
        child.terminate()
        try:
            child.communicate(timeout=_SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            child.kill()
            child.communicate()

    def _call(self, method: str) -> Any:
        # Not urllib: it would hand the request to a proxy that the environment names.
        parts = urlsplit(self.base_url)
        connection = HTTPConnection(parts.netloc, timeout=self._timeout)
        try:
            connection.request(method, f"{parts.path}/requests")
            return connection.getresponse().read()
        finally:
            connection.close()
