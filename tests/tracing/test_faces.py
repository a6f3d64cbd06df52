"""The same run gives the same tree, however it was started and however its trace travels."""

import time

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph_sdk import get_sync_client
from langsmith import Client, tracing_context

from langgraph_llm_compiler.models import simulated_model
from langgraph_llm_compiler.simulator import Latency, SimulatedEndpoint
from tests.langgraph_server import dev_server
from tests.support import PATIENCE, STYLE, both, create_llm_compiler, thread
from tests.tracing.conftest import KEY, Traces
from tests.tracing.ingest import Ingest, serving
from tests.tracing.scripted import KEY as MODEL_KEY
from tests.tracing.scripted import TwoCalls, lookup
from tests.tracing.trees import texts_of

QUESTION = {"messages": [{"role": "user", "content": "How high?"}]}
APP = "tests/tracing/dev_app.py"
SECRETS = {"LANGSMITH_API_KEY": KEY, "OPENAI_API_KEY": "canary-openai-key", "LANGCHAIN_HUB_TOKEN": "canary-hub-token"}


@pytest.fixture(scope="module")
def endpoint():
    with SimulatedEndpoint(TwoCalls(), latency=Latency(0, 0, 0), api_key=MODEL_KEY) as endpoint:
        yield endpoint


@pytest.fixture
def graph(endpoint):
    model = simulated_model(endpoint.base_url, api_key=MODEL_KEY)
    return create_llm_compiler(model, [lookup], checkpointer=InMemorySaver())


@both
def test_a_real_client_counts_the_tokens_of_streamed_replies_too(invoke, graph, traces):
    invoke(graph, QUESTION, thread())
    traces.assert_tree("two-calls")
    assert "tokens=" in traces.drawn()
    assert "canary" not in texts_of(traces.bodies)


@pytest.mark.parametrize(
    "ingest",
    [Ingest(multipart=True, zstd=False), Ingest(multipart=False, zstd=False)],
    ids=["multipart", "json"],
)
def test_the_tree_is_the_same_by_every_way_of_sending(ingest, graph):
    ingest.runs.clear()
    with serving(ingest) as url:
        client = Client(api_url=url, api_key=KEY)
        with tracing_context(enabled=True, client=client, project_name="tests"):
            graph.invoke(QUESTION, thread())
        Traces(ingest, client).assert_tree("two-calls")
        client.cleanup()
    assert set(ingest.paths) == {"POST /runs/multipart" if ingest.multipart else "POST /runs/batch"}


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A dev server that traces, and where its traces go."""
    ingest = Ingest()
    with serving(ingest) as url:
        env = {"LANGSMITH_TRACING": "true", "LANGSMITH_ENDPOINT": url, "LANGSMITH_PROJECT": "tests", **SECRETS}
        with dev_server(tmp_path_factory.mktemp("dev"), APP, ("compact", "paper"), env) as address:
            yield address, ingest


def has_ended(ingest):
    return bool(ingest.runs) and all(each.get("end_time") for each in list(ingest.runs.values()))


def test_the_dev_server_gives_the_same_tree(served):
    address, ingest = served
    ingest.runs.clear()
    client = get_sync_client(url=address)
    started = client.threads.create()
    context = {"token": "canary-of-the-context", "badge": "canary-of-the-context"}
    answer = client.runs.wait(started["thread_id"], STYLE["now"], input=QUESTION, context=context)
    assert answer["messages"][-1]["content"] == "42"
    give_up = time.monotonic() + PATIENCE
    while not has_ended(ingest) and time.monotonic() < give_up:
        time.sleep(0.05)
    Traces(ingest).assert_tree("two-calls")
    assert "canary" not in texts_of(ingest.bodies)
