"""The servers of these tests: each is started once for all tests that need it."""

from collections.abc import AsyncIterator, Iterator

import pytest
from langgraph_sdk.client import LangGraphClient

from tests.studio.endpoint import Endpoint, scripted_endpoint
from tests.studio.server import StudioServer, studio

collect_ignore = ["app.py"]  # its graphs are made when it is imported, which only the server's environment allows
OWN = {name: {"path": f"tests.studio.app:{name}", "description": f"tests {name}"} for name in ("compact", "paper")}


@pytest.fixture(scope="session")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StudioServer]:
    """The project's graphs as they are in a fresh clone: on the simulator."""
    with studio(tmp_path_factory.mktemp("clone"), {}) as server:
        yield server


@pytest.fixture
async def client(simulated: StudioServer) -> AsyncIterator[LangGraphClient]:
    async with simulated.client() as client:
        yield client


@pytest.fixture(scope="session")
def endpoint() -> Iterator[Endpoint]:
    with scripted_endpoint() as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def real(endpoint: Endpoint, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StudioServer]:
    """The project's graphs on a real model and in the paper's style by `.env`, and graphs of both styles with tools."""
    origin = endpoint.server.origin
    env = {"LLM_COMPILER_MODEL": "openai:scripted", "OPENAI_BASE_URL": f"{origin}/v1"}
    env |= {"LLM_COMPILER_PROMPT_STYLE": "paper", "TEST_ENDPOINT": origin}
    with studio(tmp_path_factory.mktemp("clone"), env, OWN) as server:
        yield server


@pytest.fixture(params=OWN)
def style(request: pytest.FixtureRequest) -> str:
    """Prompt style, and name, of a graph of the server with a real model."""
    return str(request.param)


@pytest.fixture
async def real_client(real: StudioServer) -> AsyncIterator[LangGraphClient]:
    async with real.client() as client:
        yield client
