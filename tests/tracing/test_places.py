"""Wherever the graph runs, its runs hang where they belong."""

import asyncio

from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, MessagesState, StateGraph
from langsmith import traceable

from tests.support import (
    PATIENCE,
    Gate,
    answer_of,
    ask,
    both,
    create_llm_compiler,
    finish,
    plan,
    scripted,
    search,
    thread,
)
from tests.tracing.trees import named, ours, path_of, roots_of


def made(**settings):
    return create_llm_compiler(scripted(plan('search("a")'), finish("out")), [search], **settings)


def paths_to(traces, name):
    roots_of(traces.runs)
    return [path_of(traces.runs, each) for each in named(traces.runs, name)]


@both
def test_a_subgraph_is_part_of_its_parents_tree(invoke, traces):
    builder = StateGraph(MessagesState)
    builder.add_node("inner", made())
    builder.add_edge(START, "inner")
    assert answer_of(invoke(builder.compile(name="outer"), ask())) == "out"
    assert paths_to(traces, "search") == [["outer", "inner", "llm_compiler", "executor", "search"]]


@both
def test_a_graph_within_a_tool_is_part_of_the_tools_run(invoke, traces):
    inner = made(name="inner")

    async def delegate(question: str) -> str:
        """Have another graph answer."""
        return answer_of(await inner.ainvoke(ask(question)))

    graph = create_llm_compiler(scripted(plan('delegate("a")'), finish()), [delegate])
    invoke(graph, ask())
    assert paths_to(traces, "search") == [["llm_compiler", "executor", "delegate", "inner", "executor", "search"]]


@both
def test_the_graph_hangs_below_the_traced_function_that_calls_it(invoke, traces):
    @traceable
    def outer():
        return answer_of(invoke(made(), ask()))

    outer()
    assert paths_to(traces, "search") == [["outer", "llm_compiler", "executor", "search"]]
    assert not ours(*named(traces.runs, "outer"))


async def test_runs_at_once_have_trees_of_their_own(traces):
    await asyncio.gather(*[made().ainvoke(ask(str(number))) for number in range(10)])
    assert len(roots_of(traces.runs)) == 10
    assert paths_to(traces, "search") == [["llm_compiler", "executor", "search"]] * 10


@both
def test_a_plan_that_is_written_anew_after_a_breakpoint_is_the_executors(invoke, traces):
    model = scripted(['1. search("lost")\n', Gate()], plan('search("a")'), finish("out"))
    graph = create_llm_compiler(model, [search], checkpointer=InMemorySaver())
    config = thread()
    invoke(graph, ask(), config, interrupt_before=["executor"])
    assert answer_of(invoke(graph, None, config)) == "out"
    assert [path[1] for path in paths_to(traces, "ScriptedChatModel")] == ["planner", "executor", "joiner"]


async def test_a_stream_that_is_left_ends_every_run(traces):
    started = Gate()

    async def wait(query: str) -> str:
        """Wait without an end."""
        started.open()
        await Gate().passed()
        return query

    graph = create_llm_compiler(scripted(plan('wait("a")'), finish()), [wait])
    stream = graph.astream(ask(), stream_mode="custom")
    async with asyncio.timeout(PATIENCE):
        while (await anext(stream))["type"] != "task_started":
            pass
        await started.passed()
    await stream.aclose()
    assert paths_to(traces, "wait") == [["llm_compiler", "executor", "wait"]]
    assert ours(*named(traces.runs, "wait"))["plan_status"] == "cancelled"
