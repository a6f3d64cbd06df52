"""Traces of the tests' runs go, through LangSmith's own client and tracer, to a server on loopback."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from langsmith import Client, tracing_context

from tests.graph.conftest import prompt_style, pytest_generate_tests  # noqa: F401
from tests.support import STYLE
from tests.tracing.ingest import Ingest, Run, serving
from tests.tracing.trees import drawn

TREES = Path(__file__).parent / "trees"
KEY = "canary-langsmith-key"


class Traces:
    """What was traced since the test began."""

    def __init__(self, ingest: Ingest, client: Client | None = None) -> None:
        self._ingest, self._client = ingest, client

    @property
    def runs(self) -> dict[str, Run]:
        """All runs, as the server has them."""
        self._flush()
        return self._ingest.runs

    @property
    def bodies(self) -> list[bytes]:
        """All that was sent."""
        self._flush()
        return self._ingest.bodies

    def _flush(self) -> None:
        if self._client is not None:
            self._client.flush()
        assert not self._ingest.faults

    def drawn(self) -> str:
        """All trees, as text."""
        return drawn(self.runs)

    def assert_tree(self, name: str) -> None:
        """Compare with the tree that is kept under that name for this style; TREES=write keeps what there is."""
        file, tree = TREES / f"{name}-{STYLE['now']}.txt", self.drawn()
        if os.environ.get("TREES") == "write":
            file.write_text(tree)
        assert tree == file.read_text()


@pytest.fixture(scope="session")
def ingest() -> Iterator[tuple[Ingest, Client]]:
    server = Ingest()
    with serving(server) as url:
        yield server, Client(api_url=url, api_key=KEY)


@pytest.fixture
def traces(ingest: tuple[Ingest, Client]) -> Iterator[Traces]:
    """Tracing is on."""
    server, client = ingest
    client.flush()
    server.runs, server.bodies, server.paths = {}, [], []
    with tracing_context(enabled=True, client=client, project_name="tests"):
        yield Traces(server, client)
