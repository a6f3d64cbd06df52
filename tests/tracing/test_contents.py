"""What a trace holds, and what it must not."""

from typing import Annotated, Any

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.language_models import FakeListChatModel
from langchain_core.runnables import RunnableConfig
from langchain_openai import ChatOpenAI
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.prebuilt import InjectedState, ToolRuntime

from langgraph_llm_compiler import create_react_baseline
from langgraph_llm_compiler.simulator import Latency, SimulatedEndpoint
from tests.support import ask, both, create_llm_compiler, finish, plan, scripted, search, thread, tool_calls
from tests.tracing.scripted import KEY, Context, TwoCalls, lookup
from tests.tracing.trees import metadata_of, named, ours, path_of, roots_of, texts_of


def peek(query: str, runtime: ToolRuntime[Context, Any], state: Annotated[dict[str, Any], InjectedState]) -> str:
    """Use what is injected."""
    assert runtime.context["token"] == "canary-of-the-context"
    return f"{len(state['messages'])} {query}"


@both
def test_no_secret_is_traced(invoke, traces, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "canary-of-the-environment")
    secrets = dict.fromkeys(["api_key", "openai_api_key", "my_token", "Password", "__x"], "canary-of-the-config")
    graph = create_llm_compiler(
        scripted(plan('peek("a")'), finish()), [peek], context_schema=Context, checkpointer=InMemorySaver()
    )
    config = thread(1)
    config["configurable"] |= secrets | {"user": "somebody", "badge": "canary-of-the-context"}
    invoke(graph, ask(), config, context={"token": "canary-of-the-context", "badge": "b"})
    (run,) = named(traces.runs, "peek")
    assert run["inputs"] == {"query": "a"}
    assert run["outputs"]["output"]["content"] == "1 a"
    assert all(metadata_of(each)["my_token"] == "(not traced)" for each in traces.runs.values())
    assert all(metadata_of(each)["user"] == "somebody" for each in traces.runs.values())
    assert "canary" not in texts_of(traces.bodies)


@both
def test_a_model_at_any_address_counts_tokens_and_keeps_its_key(invoke, traces):
    with SimulatedEndpoint(TwoCalls(), latency=Latency(0, 0, 0), api_key=KEY) as endpoint:
        model = ChatOpenAI(model="simulated", base_url=endpoint.base_url, api_key=KEY)
        out = invoke(create_llm_compiler(model, [lookup]), ask())
    calls = named(traces.runs, "ChatOpenAI")
    assert len(calls) == 2
    assert all(metadata_of(each)["usage_metadata"]["output_tokens"] > 0 for each in calls)
    assert out["messages"][-1].usage_metadata["output_tokens"] > 0
    assert model.stream_usage is None
    assert "canary" not in texts_of(traces.bodies)


@both
def test_what_runs_within_a_tool_is_found_by_its_task(invoke, traces):
    inner = FakeListChatModel(responses=["tall"])

    def judge(query: str, config: RunnableConfig) -> str:
        """Ask a model."""
        return str(inner.invoke(query, config).content)

    invoke(create_llm_compiler(scripted(plan('judge("a")'), finish()), [judge]), ask())
    roots_of(traces.runs)
    (call,) = named(traces.runs, "FakeListChatModel")
    assert path_of(traces.runs, call) == ["llm_compiler", "executor", "judge", "FakeListChatModel"]
    assert ours(call) == {"plan_round": 1, "plan_task": 1}


@both
def test_the_baselines_calls_are_found_in_the_same_way(invoke, traces):
    model = scripted(tool_calls(("search", {"query": "a"})), tool_calls(("search", {"query": "b"})), finish())
    invoke(create_react_baseline(model, [search], parallel_tool_calls=True), ask())
    roots_of(traces.runs)
    found = [(ours(each)["plan_task"], ours(each)["plan_status"]) for each in named(traces.runs, "search")]
    assert sorted(found) == [(1, "ok"), (2, "ok")]


class Follows(BaseCallbackHandler):
    """What is no tracer, but wants to know."""

    def __init__(self):
        self.seen = []

    def on_tool_start(self, serialized, input_str, *, metadata=None, **_):
        self.seen.append({key: value for key, value in metadata.items() if key.startswith("plan_")})


@both
def test_other_callbacks_are_given_the_metadata_too(invoke):
    follows = Follows()
    graph = create_llm_compiler(scripted(plan('search.map(["a", "b"])', 'search("$1")'), finish()), [search])
    invoke(graph, ask(), {"callbacks": [follows]})
    assert follows.seen == [
        {"plan_round": 1, "plan_task": 1, "plan_element": 0},
        {"plan_round": 1, "plan_task": 1, "plan_element": 1},
        {"plan_round": 1, "plan_task": 2, "plan_dependencies": "1"},
    ]
