"""The graph is a Runnable like any: config, retries, fallbacks, batches, chains and events; and it has a memory."""

import asyncio
from dataclasses import dataclass

import pytest
from langchain.tools import ToolRuntime
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.runnables import RunnableLambda
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.store.memory import InMemoryStore

from langgraph_llm_compiler import LLMCompilerError, PlannerError
from tests.embedding.pairs import answered, planned, spoken
from tests.support import (
    STYLE,
    Meeting,
    answer_of,
    ask,
    both,
    both_streams,
    create_llm_compiler,
    observations,
    plan,
    search,
    thread,
)

SEARCH = ("search", {"query": "a"})


def compiler(*replies, **settings):
    return create_llm_compiler(spoken(*(replies or (planned(SEARCH), answered("done")))), [search], **settings)


class Witness(BaseCallbackHandler):
    """Notes what models and tools are called with, and which runs there are."""

    def __init__(self):
        self.seen, self.chains, self.tokens = [], [], []

    def on_chain_start(self, serialized, inputs, *, name=None, **_):
        self.chains.append(name)

    def on_chat_model_start(self, serialized, messages, *, tags, metadata, **_):
        self.seen.append(("model", metadata["langgraph_node"], "mine" in tags, metadata.get("customer")))

    def on_tool_start(self, serialized, input_str, *, tags, metadata, **_):
        self.seen.append(("tool", metadata["langgraph_node"], "mine" in tags, metadata.get("customer")))

    def on_llm_new_token(self, token, **_):
        self.tokens.append(token)


@both
@pytest.mark.parametrize("is_bound", [False, True], ids=["of the run", "with_config"])
def test_tags_metadata_callbacks_and_names_reach_models_and_tools(invoke, is_bound):
    witness = Witness()
    config = {"tags": ["mine"], "metadata": {"customer": "c"}, "callbacks": [witness], "run_name": "lookup"}
    graph = compiler()
    out = invoke(graph.with_config(config), ask()) if is_bound else invoke(graph, ask(), config)
    assert answer_of(out) == "done"
    assert witness.seen == [
        ("model", "planner", True, "c"),
        ("tool", "executor", True, "c"),
        ("model", "joiner", True, "c"),
    ]
    assert witness.chains[0] == "lookup"
    assert "search(" in "".join(witness.tokens)


@both
@pytest.mark.parametrize("stream", [True, False], ids=["streaming", "whole plans"])
def test_a_run_is_tried_again(invoke, stream):
    graph = compiler(ConnectionError("down"), planned(SEARCH), answered("done"), stream=stream)
    steady = graph.with_retry(
        retry_if_exception_type=(LLMCompilerError,), stop_after_attempt=2, wait_exponential_jitter=False
    )
    assert answer_of(invoke(steady, ask())) == "done"


@both
def test_another_graph_stands_in(invoke):
    broken = compiler(ConnectionError("down"))
    with pytest.raises(PlannerError, match="down"):
        invoke(compiler(ConnectionError("down")), ask())
    assert answer_of(invoke(broken.with_fallbacks([compiler()]), ask())) == "done"


def by_question():
    """A model for several questions at once: it looks up what is asked, and answers with what came of it."""

    class Model(type(spoken())):
        def _next(self, messages, kwargs):
            text = messages[-1].text
            found = [each for each in ("<a>", "<b>", "<c>") if each in text]
            if found:
                return answered(f"it is {found[0]}")
            asked = next(each.text for each in reversed(messages) if each.type == "human")
            return plan(f'search("{next(letter for letter in "abc" if f"Find {letter}" in asked)}")')

    return Model()


@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
def test_a_batch_runs_at_once_and_comes_back_in_order(is_async):
    meeting = Meeting(3)

    async def search(query: str) -> str:
        """Look a thing up, once all three do."""
        await meeting.passed()
        return f"<{query}>"

    graph = create_llm_compiler(by_question(), [search], checkpointer=InMemorySaver())
    given, configs = [ask(f"Find {each}") for each in "abc"], [thread(number) for number in range(3)]
    outs = asyncio.run(graph.abatch(given, configs)) if is_async else graph.batch(given, configs)
    assert [answer_of(out) for out in outs] == ["it is <a>", "it is <b>", "it is <c>"]
    assert meeting.most == 3
    assert answer_of(graph.get_state(thread(1)).values) == "it is <b>"


@both
def test_it_stands_in_a_chain(invoke):
    chain = RunnableLambda(ask) | compiler() | RunnableLambda(answer_of)
    assert invoke(chain, "How high?") == "done"


async def test_events_of_version_2_tell_plan_from_answer_and_name_the_tools():
    graph = compiler(plan('search("a")', 'search("$1")'), answered("done"))
    events = [each async for each in graph.astream_events(ask(), {"tags": ["mine"]}, version="v2")]
    text = {"planner": "", "joiner": ""}
    for each in events:
        if each["event"] == "on_chat_model_stream":
            text[each["metadata"]["langgraph_node"]] += each["data"]["chunk"].text
    assert text["planner"].startswith('1. search("a")')
    assert text["joiner"] == answered("done") or STYLE["now"] == "paper"
    started = [each["data"]["input"] for each in events if each["event"] == "on_tool_start"]
    assert started == [{"query": "a"}, {"query": "<a>"}]
    assert all("mine" in each["tags"] for each in events)
    assert [each async for each in compiler().astream_events(ask(), version="v2", include_types=["tool"])] != []


@dataclass
class Visitor:
    """Who asks."""

    user: str


def remember(fact: str, runtime: ToolRuntime[Visitor, dict]) -> str:
    """Remember a fact of the user."""
    runtime.store.put((runtime.context.user, "facts"), fact, {"fact": fact})
    return "noted"


async def recall(runtime: ToolRuntime[Visitor, dict]) -> list[str]:
    """Recall what is known of the user."""
    found = await runtime.store.asearch((runtime.context.user, "facts"))
    return sorted(each.value["fact"] for each in found)


def with_memory(store):
    replies = [plan('remember("likes tea")'), answered("noted"), *[plan("recall()"), answered("known")] * 2]
    return create_llm_compiler(
        spoken(*replies), [remember, recall], context_schema=Visitor, checkpointer=InMemorySaver(), store=store
    )


def remembers(invoke, graph):
    invoke(graph, ask("I like tea"), thread(1), context=Visitor("ann"))
    same = invoke(graph, ask("What do I like?"), thread(2), context=Visitor("ann"))
    other = invoke(graph, ask("What do I like?"), thread(3), context=Visitor("bo"))
    return observations(same), observations(other)


@both
def test_what_a_tool_remembers_is_there_in_another_thread_of_the_same_user(invoke):
    assert remembers(invoke, with_memory(InMemoryStore())) == ({1: ["likes tea"]}, {1: []})


@both
def test_a_parents_store_is_the_compilers(invoke):
    builder = StateGraph(MessagesState, context_schema=Visitor)
    builder.add_node("compiler", with_memory(None).copy({"checkpointer": None}))
    builder.add_edge(START, "compiler")
    store = InMemoryStore()
    invoke(builder.compile(store=store), ask("I like tea"), context=Visitor("ann"))
    assert [each.value for each in store.search(("ann",))] == [{"fact": "likes tea"}]


@both_streams
def test_streams_may_be_read_through_a_bound_config(stream):
    parts = stream(compiler().with_config(tags=["mine"]), ask(), stream_mode="messages")
    told = [(message.text, metadata["tags"]) for message, metadata in parts if message.type == "AIMessageChunk"]
    assert "".join(text for text, _ in told) == "done"
    assert all(tags == ["mine"] for _, tags in told)


async def test_a_run_within_a_running_loop_may_be_sync_or_async():
    """As in a notebook, whose cells run in a loop."""
    graph = compiler(*[reply for text in ("one", "two", "three") for reply in (planned(SEARCH), answered(text))])
    assert answer_of(graph.invoke(ask())) == "one"
    assert answer_of(await graph.ainvoke(ask())) == "two"
    chunks = [message for message, _ in graph.stream(ask(), stream_mode="messages") if message.type == "AIMessageChunk"]
    assert "".join(each.text for each in chunks) == "three"
