"""Compiled graphs as tools: called in a function, or given by `as_tool`; their streams, interrupts and checkpoints."""

import warnings
from typing import Annotated, Any

import pytest
from langchain_core._api import LangChainBetaWarning
from langchain_core.tools import BaseTool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.config import get_stream_writer
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command, RetryPolicy, interrupt
from typing_extensions import TypedDict

from langgraph_llm_compiler import ToolPolicy
from tests.support import (
    ask,
    async_invoke,
    both,
    both_streams,
    create_llm_compiler,
    errors,
    finish,
    observations,
    plan,
    scripted,
    search,
    thread,
)


def joined(old: list[str] | None, new: list[str]) -> list[str]:
    return [*(old or []), *new]


class Text(TypedDict):
    text: str


class Said(Text):
    said: Annotated[list[str], joined]


def write(state: Said) -> dict[str, Any]:
    get_stream_writer()({"wrote": state["text"]})
    return {"said": [state["text"].upper()]}


def confirm(state: Said) -> dict[str, Any]:
    return {"said": [interrupt(f"Is {state['said'][-1]} right?")]}


def subgraph(*nodes: Any) -> Any:
    builder = StateGraph(Said, input_schema=Text)
    builder.add_sequence(nodes)
    builder.add_edge(START, nodes[0].__name__)
    builder.add_edge(nodes[-1].__name__, END)
    return builder.compile()


writer, asker = subgraph(write), subgraph(write, confirm)


def sync_writer(text: str) -> list[str]:
    """Write it."""
    return writer.invoke({"text": text})["said"]


async def async_writer(text: str) -> list[str]:
    """Write it."""
    return (await writer.ainvoke({"text": text}))["said"]


async def write_twice(text: str) -> list[str]:
    """Write it twice."""
    return [(await writer.ainvoke({"text": text + each}))["said"][0] for each in "ab"]


def as_tool(graph: Any, name: str) -> BaseTool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LangChainBetaWarning)
        return graph.as_tool(name=name, description="Write it.")


@both
def test_a_graph_answers_as_a_tool(invoke):
    tools = [sync_writer, async_writer, as_tool(writer, "given")]
    calls = plan('sync_writer("a")', 'async_writer("b")', 'given(text="c $2")', "sync_writer($3.said[0])")
    out = invoke(create_llm_compiler(scripted(calls, finish()), tools), ask())
    assert observations(out) == {1: ["A"], 2: ["B"], 3: {"text": 'c ["B"]', "said": ['C ["B"]']}, 4: ['C ["B"]']}
    assert errors(out) == {}


@both_streams
def test_what_it_streams_comes_in_a_namespace_of_its_call(stream):
    model = scripted(plan('sync_writer("a")', 'async_writer("b")', 'write_twice("c")'), finish())
    graph = create_llm_compiler(model, [sync_writer, async_writer, write_twice])
    streamed = stream(graph, ask(), stream_mode="custom", subgraphs=True)
    places = {each["wrote"]: place[0].split(":") for place, each in streamed if "wrote" in each}
    assert {node for node, _, _ in places.values()} == {"executor"}
    calls = {text: call.split("-")[0] for text, (_, _, call) in places.items()}
    assert calls == {"a": "r1_t1", "b": "r1_t2", "ca": "r1_t3", "cb": "r1_t3"}
    assert {place for place, each in streamed if each.get("type") == "task_finished"} == {()}


@both
def test_the_graph_of_a_call_never_goes_on_with_the_state_of_another_calls(invoke):
    """LangGraph numbers the graphs of a node in their order, and after a resume this call's is the first."""
    tools = [sync_writer, async_writer, search]
    for name in ("sync_writer", "async_writer"):
        model = scripted(plan(f'{name}("a")', 'search("x")', f'{name}("b $2")'), finish())
        graph = create_llm_compiler(model, tools, interrupt_on={"search": True}, checkpointer=InMemorySaver())
        invoke(graph, ask(), thread())
        out = invoke(graph, Command(resume={"decisions": [{"type": "approve"}]}), thread())
        assert observations(out) == {1: ["A"], 2: "<x>", 3: ["B <X>"]}


@both
def test_one_that_is_tried_again_begins_anew(invoke):
    tries = []

    async def shaky(text: str) -> list[str]:
        """Write it at the second try."""
        said = (await writer.ainvoke({"text": text}))["said"]
        tries.append(said)
        if len(tries) == 1:
            raise ConnectionError
        return said

    policy = ToolPolicy(retry=RetryPolicy(initial_interval=0.001, jitter=False))
    model = scripted(plan('shaky("a")'), finish())
    graph = create_llm_compiler(model, [shaky], tool_policies={"shaky": policy}, checkpointer=InMemorySaver())
    assert observations(invoke(graph, ask(), thread())) == {1: ["A"]}
    assert tries == [["A"], ["A"]]


def sync_asker(text: str) -> list[str]:
    """Write it and ask."""
    return asker.invoke({"text": text})["said"]


async def async_asker(text: str) -> list[str]:
    """Write it and ask."""
    return (await asker.ainvoke({"text": text}))["said"]


@both
@pytest.mark.parametrize("ask_in", [sync_asker, async_asker, "as_tool"], ids=str)
def test_its_own_interrupts_are_the_runs(invoke, ask_in):
    tools = [as_tool(asker, "asker") if ask_in == "as_tool" else ask_in, sync_writer]
    name = "asker" if ask_in == "as_tool" else ask_in.__name__
    calls = plan('sync_writer("w")', f'{name}(text="a")', f'{name}(text="b $1[0]")')
    settings = {"tool_policies": {name: ToolPolicy(interrupts=True)}, "checkpointer": InMemorySaver()}
    graph = create_llm_compiler(scripted(calls, finish()), tools, **settings)
    asked = invoke(graph, ask(), thread())["__interrupt__"]
    assert [each.value for each in asked] == ["Is A right?"]
    asked = invoke(graph, Command(resume="yes"), thread())["__interrupt__"]
    assert [each.value for each in asked] == ["Is B W right?"]
    out = invoke(graph, Command(resume={asked[0].id: "no"}), thread())
    said = [observations(out)[each] for each in (2, 3)]
    assert [each["said"] if ask_in == "as_tool" else each for each in said] == [["A", "yes"], ["B W", "no"]]


@both
def test_a_plan_may_run_plans(invoke):
    inner = create_llm_compiler(scripted(*[plan('search("$1")', 'search("x")'), finish("found")] * 2), [search])

    async def research(question: str) -> str:
        """Find it out."""
        return (await inner.ainvoke(ask(question)))["messages"][-1].text

    model = scripted(plan('research("a")', 'search("$1")'), finish())
    graph = create_llm_compiler(model, [research, search], checkpointer=InMemorySaver())
    assert observations(invoke(graph, ask(), thread())) == {1: "found", 2: "<found>"}
    assert async_invoke(graph, None, thread())["tasks"][0]["status"] == "ok"
