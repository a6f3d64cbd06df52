"""`max_concurrency` of the run's config bounds tool calls and nothing else; and nothing ever hangs over it."""

import asyncio
import threading

import pytest
from langgraph.checkpoint.memory import InMemorySaver

from langgraph_llm_compiler import ConfigurationError, ToolPolicy
from langgraph_llm_compiler.execution import durable
from tests.support import (
    Gate,
    Meeting,
    answer_of,
    ask,
    async_stream,
    both,
    both_streams,
    create_llm_compiler,
    finish,
    left_running,
    observations,
    plan,
    scripted,
    search,
    statuses,
    sync_stream,
    thread,
)

WIDE = 32
savers = pytest.mark.parametrize("saver", [None, InMemorySaver], ids=["no checkpointer", "checkpointer"])
limits = pytest.mark.parametrize("limit", [None, 1, 2, 4])


def meeting_tools(meeting):
    """An async and a sync tool that go on once as many as may run at once have met."""

    async def wait(n: int) -> int:
        """Wait for the others."""
        await meeting.passed()
        return n

    def block(n: int) -> int:
        """Wait for the others, in a thread."""
        meeting.wait()
        return n

    return [wait, block]


def made(saver, *written, **settings):
    tools = settings.pop("tools", [search])
    return create_llm_compiler(scripted(*written), tools, checkpointer=saver and saver(), **settings)


@both
@savers
@limits
@pytest.mark.parametrize("kind", ["wait", "block"])
def test_as_many_calls_run_at_once_as_may_and_no_more(invoke, saver, limit, kind):
    meeting = Meeting(limit or WIDE)
    graph = made(saver, plan(*[f"{kind}({n})" for n in range(WIDE)]), finish(), tools=meeting_tools(meeting))
    out = invoke(graph, ask(), thread(max_concurrency=limit))
    assert list(observations(out).values()) == list(range(WIDE))
    assert meeting.most == (limit or WIDE)


@both
@savers
@limits
def test_a_call_that_waits_for_its_dependency_holds_no_slot(invoke, saver, limit):
    tools = meeting_tools(Meeting(1))
    written = plan("wait(1)", *["block($1)"] * 4, *["wait($2)"] * 4, "wait(9)", "block($10)", "wait($11)")
    out = invoke(made(saver, written, finish(), tools=tools), ask(), thread(max_concurrency=limit))
    assert set(statuses(out).values()) == {"ok"}
    assert observations(out)[12] == 9


@both
@savers
def test_an_independent_chain_passes_calls_that_wait(invoke, saver):
    last_began = Gate()

    async def slow(n: int) -> int:
        """Last until the end of the other chain has begun."""
        await last_began.passed()
        return n

    async def quick(n: int, is_last: bool = False) -> int:
        """Go on at once."""
        if is_last:
            last_began.open()
        return n

    written = plan("slow(1)", "quick($1)", "quick($1)", "quick($1)", "quick(5)", "quick($5)", "quick($6, is_last=True)")
    out = invoke(made(saver, written, finish(), tools=[slow, quick]), ask(), thread(max_concurrency=2))
    assert set(statuses(out).values()) == {"ok"}


@both
@savers
def test_the_limit_of_a_tool_and_that_of_the_run_both_hold(invoke, saver):
    narrow, wide = Meeting(2), Meeting(4)

    async def few(n: int) -> int:
        """At most two at once."""
        await narrow.passed()
        return n

    async def many(n: int) -> int:
        """As many as there is room for."""
        await wide.passed()
        return n

    written = plan(*[f"few({n})" for n in range(8)], *[f"many({n})" for n in range(8)])
    policies = {"few": ToolPolicy(max_concurrency=2)}
    graph = made(saver, written, finish(), tools=[few, many], tool_policies=policies)
    out = invoke(graph, ask(), thread(max_concurrency=6))
    assert set(statuses(out).values()) == {"ok"}
    assert (narrow.most, wide.most) == (2, 4)


@both_streams
@savers
@pytest.mark.parametrize("mode", ["custom", "messages", "updates", "values", ["custom", "messages", "updates"]])
def test_streaming_hangs_at_no_limit_it_takes(stream, saver, mode):
    for limit in (3, 4, None):
        graph = made(saver, plan(*['search("x")'] * 8, 'search("$8")'), finish())
        stream(graph, ask(), thread(max_concurrency=limit), stream_mode=mode)
        if saver:
            assert answer_of(graph.get_state(thread()).values) == "done"


# not the sync stream at 1: no graph of LangGraph's ever starts there, since its own waiter takes the only thread
@pytest.mark.parametrize(("stream", "limit"), [(async_stream, 1), (sync_stream, 2)])
def test_a_limit_that_starves_the_journal_is_a_clear_error(stream, limit, monkeypatch):
    monkeypatch.setattr(durable, "STARVED_SECONDS", 0.05)
    model = scripted(plan('search("x")'), finish())
    graph = create_llm_compiler(model, [search], checkpointer=InMemorySaver())
    with pytest.raises(ConfigurationError, match=r"max_concurrency of 2 or more \(3 or more under the synchronous"):
        stream(graph, ask(), thread(max_concurrency=limit), stream_mode="custom")


def test_many_runs_at_once_do_not_get_in_each_others_way():
    graph = made(None, *[part for _ in range(8) for part in (plan('search("x")', 'search("$1")'),)] + [finish()] * 8)

    async def all_at_once():
        async with asyncio.TaskGroup() as group:
            runs = [group.create_task(graph.ainvoke(ask(), {"max_concurrency": 2})) for _ in range(8)]
        assert left_running() == []
        return [run.result() for run in runs]

    assert [answer_of(out) for out in asyncio.run(all_at_once())] == ["done"] * 8


def test_sync_runs_in_many_threads_share_one_loop():
    meeting = Meeting(6)
    tools = [*meeting_tools(meeting)[1:], search]
    outs = []

    def run(n):
        graph = made(InMemorySaver, plan("block(1)", 'search("$1")'), finish(), tools=tools)
        outs.append(graph.invoke(ask(), thread(n, max_concurrency=1)))

    threads = [threading.Thread(target=run, args=(n,)) for n in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert [observations(out) for out in outs] == [{1: 1, 2: "<1>"}] * 6
    assert meeting.most == 6
