"""A compiler served by a LangGraph server, called over the network: as a graph, as a node, and with the SDK alone."""

import asyncio
import uuid

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.pregel.remote import RemoteGraph
from langgraph.types import Command, interrupt
from langgraph_sdk import get_client

from tests.support import STYLE, ask, async_stream, sync_stream, thread

ANSWER = "It is sent <a>."
KINDS = ["human", "ai", "tool", "tool", "ai"]
APPROVE = Command(resume={"decisions": [{"type": "approve"}]})


@pytest.fixture
def remote(served):
    """The served graph of the test's style."""
    return RemoteGraph(STYLE["now"], url=served)


@pytest.fixture
def asking(served):
    """The same, with an approval."""
    return RemoteGraph(f"{STYLE['now']}_asks", url=served)


def kept():
    """Config of a new thread."""
    return thread(uuid.uuid4())


def texts(out):
    return [each["content"] for each in out["messages"]]


def talked(graph, config, *given, is_async):
    """What a thread's runs give; of one event loop, because the client is bound to one."""
    if not is_async:
        return [graph.invoke(each, config) for each in given]

    async def talk():
        return [await graph.ainvoke(each, config) for each in given]

    return asyncio.run(talk())


@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
def test_a_thread_on_the_server_asks_for_approval_and_goes_on(asking, is_async):
    config = kept()
    first, second, third = talked(asking, config, ask("One?"), APPROVE, ask("Two?"), is_async=is_async)
    for out in (first, third):
        (waiting,) = out["__interrupt__"]
        assert waiting["value"]["action_requests"][0]["args"] == {"text": "<a>"}
    assert texts(second)[-1] == ANSWER
    assert texts(third) == ["One?", "", "<a>", "sent <a>", ANSWER, "Two?"]
    state = asking.get_state(config)
    assert (state.next, [each.value for each in state.interrupts]) == (("executor",), [waiting["value"]])


def test_the_plan_the_calls_and_the_answer_stream_over_the_network(remote):
    parts = async_stream(remote, ask(), kept(), stream_mode=["messages-tuple", "custom", "updates", "values"])
    (*_, out) = [each.data for each in parts if each.event == "values"]
    assert [each["type"] for each in out["messages"]] == KINDS
    assert [(each["tool"], each["resolved"], each["status"]) for each in out["tasks"]] == [
        ("look", {"query": "a"}, "ok"),
        ("send", {"text": "<a>"}, "ok"),
    ]
    events = [each.data for each in parts if each.event == "custom"]
    assert {"plan_delta", "task_planned", "task_started", "task_finished", "answer_delta"} == {
        each["type"] for each in events
    }
    assert "".join(each["text"] for each in events if each["type"] == "plan_delta").startswith('1. look("a")')
    times = [each["at"] for each in events if "at" in each]
    assert times == sorted(times)
    shown = {}
    for message in (each.data[0] for each in parts if each.event == "messages"):
        shown[message["id"]] = shown.get(message["id"], "") + message["content"]
    assert list(shown.values()) == ["", "<a>", "sent <a>", ANSWER]
    assert [name for each in parts if each.event == "updates" for name in each.data if "#" not in name] == [
        *("planner", "executor", "joiner")
    ]


@pytest.mark.filterwarnings("ignore:The v3 streaming protocol", "ignore:.*experimental")
async def test_events_of_version_3_come_over_the_network(remote):
    asked = {"messages": [{"role": "user", "content": "Well?"}]}
    async with await remote.astream_events(asked, version="v3") as run:
        messages, calls = await asyncio.gather(listed(run.messages), listed(run.tool_calls))
        texts = ["".join(await listed(each.text)) for each in messages]
        assert [each.name for each in calls] == ["look", "send"]
        assert texts == ["", ANSWER]
        assert [each["type"] for each in (await run.output())["messages"]] == KINDS


async def listed(parts):
    return [each async for each in parts]


async def test_the_sdk_alone_streams_and_resumes(served):
    client = get_client(url=served)
    place = await client.threads.create()
    name = f"{STYLE['now']}_asks"

    async def run(**given):
        parts = client.runs.stream(place["thread_id"], name, stream_mode=["messages-tuple", "values"], **given)
        return [each async for each in parts]

    await run(input={"messages": [{"role": "user", "content": "Well?"}]})
    state = await client.threads.get_state(place["thread_id"])
    assert state["interrupts"][0]["value"]["review_configs"][0]["action_name"] == "send"
    parts = await run(command={"resume": {"decisions": [{"type": "reject", "message": "no"}]}})
    last = parts[-1].data["messages"]
    assert [each["type"] for each in last] == KINDS
    assert (last[3]["status"], "no" in last[3]["content"]) == ("error", True)
    streamed = {each.data[0]["id"] for each in parts if each.event == "messages"}
    assert streamed == {each["id"] for each in last[1:]}


def around(node, **settings):
    builder = StateGraph(MessagesState)
    builder.add_node("remote", node)
    builder.add_edge(START, "remote")
    return builder.compile(**settings)


def test_a_served_compiler_is_a_node_and_streams_to_the_parents_readers(remote):
    parts = sync_stream(around(remote), ask(), stream_mode=["messages", "custom", "values"], subgraphs=True)
    inner = [(mode, part) for namespace, mode, part in parts if namespace and namespace[0].startswith("remote:")]
    kinds = [part["type"] for mode, part in inner if mode == "custom"]
    assert (kinds.count("task_finished"), "answer_delta" in kinds) == (2, True)
    messages = [part[0] for mode, part in inner if mode == "messages"]
    assert "".join(each["content"] for each in messages if each["id"].startswith("answer-")) == ANSWER
    out = [part for namespace, mode, part in parts if mode == "values" and not namespace][-1]
    assert [each.type for each in out["messages"]] == KINDS
    assert out["messages"][-1].text == ANSWER


class Errand(MessagesState):
    """A conversation, and the approval that the server waits for."""

    request: dict


def test_a_served_approval_is_asked_for_in_the_callers_thread(asking):
    config = kept()

    def send(state):
        out = asking.invoke({"messages": state["messages"]}, config)
        return {"request": out["__interrupt__"][0]["value"]}

    def approve(state):
        out = asking.invoke(Command(resume=interrupt(state["request"])), config)
        return {"messages": out["messages"][-1:]}

    builder = StateGraph(Errand)
    builder.add_sequence([send, approve])
    builder.add_edge(START, "send")
    graph = builder.compile(checkpointer=InMemorySaver())
    (waiting,) = graph.invoke(ask(), config)["__interrupt__"]
    assert waiting.value["action_requests"][0]["name"] == "send"
    assert graph.invoke(APPROVE, config)["messages"][-1].text == ANSWER
