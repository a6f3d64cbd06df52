"""Tests of embedding run in both prompt styles, as those of the graph do; and a LangGraph server for them all."""

from collections.abc import Iterator

import pytest

from tests.graph.conftest import prompt_style, pytest_generate_tests
from tests.langgraph_server import dev_server

__all__ = ["prompt_style", "pytest_generate_tests", "served"]

GRAPHS = ("compact", "paper", "compact_asks", "paper_asks")


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a server on loopback that serves the graphs of `served_app.py`."""
    folder, env = tmp_path_factory.mktemp("served"), {"LANGSMITH_TRACING": "false"}
    with dev_server(folder, "tests/embedding/served_app.py", GRAPHS, env) as address:
        yield address
