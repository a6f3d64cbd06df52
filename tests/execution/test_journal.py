"""The journal within a graph of one node: what was recorded is there again when the node runs again."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command, interrupt
from typing_extensions import TypedDict

from langgraph_llm_compiler import ConfigurationError
from langgraph_llm_compiler.execution import durable
from langgraph_llm_compiler.execution.durable import DurableJournal, Journal
from langgraph_llm_compiler.nodes.base import Node
from tests.support import Gate, async_stream, both, sync_stream, thread

Body = Callable[[DurableJournal], Awaitable[Any]]


class State(TypedDict, total=False):
    value: Any


class CrashError(Exception):
    """What stands for the end of the process."""


class Losing(InMemorySaver):
    """Saves nothing of some links, as when a process dies before they are saved, but not others after them."""

    def __init__(self, *numbers: int) -> None:
        super().__init__()
        self.numbers = set(numbers)

    def put_writes(self, config: Any, writes: Any, *args: Any) -> None:
        links = [value["#link"] for _, value in writes if isinstance(value, dict) and "#link" in value]
        if not self.numbers.intersection(links):
            super().put_writes(config, writes, *args)


def graph_of(body: Body, saver: Any = None) -> Any:
    """A graph whose node opens a journal, gives it to `body`, and closes it."""

    async def node(state: State, config: Any) -> State:
        journal = DurableJournal()
        await journal.replay()
        try:
            return {"value": await body(journal)}
        finally:
            await journal.close()

    builder = StateGraph(State)
    builder.add_node("node", Node(node))
    builder.add_edge(START, "node")
    builder.add_edge("node", END)
    return builder.compile(checkpointer=saver or InMemorySaver())


async def test_a_journal_of_the_run_alone():
    journal = Journal()

    async def call() -> str:
        return "given"

    journal.record("a", 1)
    assert await journal.run("b", call) == "given"
    await journal.flush()
    await journal.close()
    assert journal.entries == {"a": 1, "b": "given"}
    assert not journal.is_durable


@both
def test_what_was_recorded_is_there_at_the_next_attempt(invoke):
    attempts: list[dict[str, Any]] = []

    async def body(journal: DurableJournal) -> str:
        attempts.append(dict(journal.entries))
        journal.record(f"a{len(attempts)}", {"n": len(attempts), "text": "é", "none": None})
        await journal.flush()
        journal.record(f"b{len(attempts)}", [1, 2.5])
        await journal.flush()
        if len(attempts) < 3:
            raise CrashError
        return "done"

    graph = graph_of(body)
    for _ in range(2):
        with pytest.raises(CrashError):
            invoke(graph, None if attempts else {"value": 0}, thread())
    assert invoke(graph, None, thread())["value"] == "done"
    assert [list(each) for each in attempts] == [[], ["a1", "b1"], ["a1", "b1", "a2", "b2"]]
    assert attempts[2]["a2"] == {"n": 2, "text": "é", "none": None}


@both
def test_a_link_that_was_not_saved_loses_none_of_those_after_it(invoke):
    attempts: list[dict[str, Any]] = []
    calls: list[str] = []

    async def call() -> str:
        calls.append("call")
        return "called"

    async def body(journal: DurableJournal) -> list[str]:
        attempts.append(dict(journal.entries))
        for key in set("abcd") - journal.entries.keys():
            journal.record(key, len(attempts))
            await journal.flush()
        if "e" not in journal.entries:
            await journal.run("e", call)
        if len(attempts) < 3:
            raise CrashError
        return sorted(journal.entries)

    saver = Losing(0, 2, 4)  # the last of these announced the call
    graph = graph_of(body, saver)
    with pytest.raises(CrashError):
        invoke(graph, {"value": 0}, thread())
    saver.numbers.clear()
    with pytest.raises(CrashError):
        invoke(graph, None, thread())
    assert invoke(graph, None, thread())["value"] == ["a", "b", "c", "d", "e"]
    assert [len(each.keys() & set("abcd")) for each in attempts] == [0, 2, 4]
    assert calls == ["call"]


@both
def test_a_link_that_is_open_for_one_call_lets_another_go_first(invoke):
    attempts: list[int] = []

    async def call() -> str:
        if len(attempts) == 1:
            raise CrashError
        return "called"

    async def body(journal: DurableJournal) -> list[str]:
        attempts.append(1)
        if len(attempts) > 1:
            await journal.run("first", call)
        return [await journal.run("second", call), *sorted(journal.entries)]

    graph = graph_of(body)
    with pytest.raises(CrashError):
        invoke(graph, {"value": 0}, thread())
    assert invoke(graph, None, thread())["value"] == ["called", "#call", "first", "second"]


@both
def test_of_what_was_recorded_twice_the_later_counts(invoke):
    """As of calls that were cancelled, and made again at the next attempt."""
    attempts: list[dict[str, Any]] = []

    async def body(journal: DurableJournal) -> None:
        attempts.append(dict(journal.entries))
        for key in "abcdefgh":
            journal.record(key, len(attempts))
            await journal.flush()
        if len(attempts) < 3:
            raise CrashError

    graph = graph_of(body)
    for given in ({"value": 0}, None):
        with pytest.raises(CrashError):
            invoke(graph, given, thread())
    invoke(graph, None, thread())
    assert attempts == [{}, dict.fromkeys("abcdefgh", 1), dict.fromkeys("abcdefgh", 2)]


@both
def test_a_burst_is_one_link_or_few_and_nothing_of_it_is_lost(invoke):
    seen: list[dict[str, Any]] = []

    async def body(journal: DurableJournal) -> None:
        seen.append(dict(journal.entries))
        if len(seen) > 1:
            return
        for k in range(500):
            journal.record(f"k{k}", k)
        await journal.flush()
        raise CrashError

    graph = graph_of(body)
    with pytest.raises(CrashError):
        invoke(graph, {"value": 0}, thread())
    invoke(graph, None, thread())
    assert seen[1] == {f"k{k}": k for k in range(500)}


def links(updates: list[dict[str, Any]]) -> list[str]:
    return [name for each in updates for name in each if "#" in name]


@pytest.mark.parametrize("stream", [sync_stream, async_stream], ids=["sync", "async"])
def test_the_links_carry_names_that_a_reader_can_skip(stream):
    async def call() -> str:
        return "value"

    async def body(journal: DurableJournal) -> None:
        journal.record("a", 1)
        await journal.flush()
        await journal.run("b", call)

    updates = stream(graph_of(body), {"value": 0}, thread(), stream_mode="updates")
    assert links(updates) == ["results#0", "results#1", "call#2", "results#3"]


@both
def test_the_answer_to_an_interrupt_reaches_its_own_call(invoke):
    asked: list[str] = []

    def call_of(name: str) -> Callable[[], Awaitable[str]]:
        async def call() -> str:
            asked.append(name)
            return f"{name}: {interrupt(name)}"

        return call

    async def body(journal: DurableJournal) -> list[str]:
        given = [
            journal.entries[name] if name in journal.entries else await journal.run(name, call_of(name))
            for name in ("first", "second")
        ]
        journal.record("after", "x")
        return given

    graph = graph_of(body)
    out = invoke(graph, {"value": 0}, thread())
    assert [each.value for each in out["__interrupt__"]] == ["first"]
    out = invoke(graph, Command(resume="one"), thread())
    assert [each.value for each in out["__interrupt__"]] == ["second"]
    assert invoke(graph, Command(resume="two"), thread())["value"] == ["first: one", "second: two"]
    assert asked == ["first", "first", "second", "second"]


@both
def test_what_a_call_raises_comes_out_of_run(invoke):
    async def fail() -> None:
        raise CrashError("no")

    async def body(journal: DurableJournal) -> None:
        await journal.run("key", fail)

    with pytest.raises(CrashError, match="no"):
        invoke(graph_of(body), {"value": 0}, thread())


@both
def test_what_breaks_the_chain_comes_out_of_flush(invoke, monkeypatch):
    async def broken(self: DurableJournal) -> dict[str, Any]:
        self._reached.set()
        await self._news.wait()
        raise OSError("the disk is full")

    monkeypatch.setattr(DurableJournal, "_batch", broken)

    async def body(journal: DurableJournal) -> None:
        journal.record("a", 1)
        with pytest.raises(OSError, match="disk"):
            await journal.flush()
        with pytest.raises(OSError, match="disk"):
            await journal.flush()

    # LangGraph raises the error of a `@task` that nobody has awaited, or gives the node's result
    try:
        invoke(graph_of(body), {"value": 0}, thread())
    except OSError as error:
        assert "disk" in str(error)  # noqa: PT017 - whether it comes out is LangGraph's affair


@both
def test_a_journal_into_which_nothing_was_written_closes(invoke):
    async def body(journal: DurableJournal) -> str:
        await journal.flush()
        return "empty"

    assert invoke(graph_of(body), {"value": 0}, thread())["value"] == "empty"


@pytest.mark.parametrize(("stream", "slots"), [(sync_stream, 2), (async_stream, 1)], ids=["sync", "async"])
def test_without_a_slot_the_journal_says_what_to_change(monkeypatch, stream, slots):
    """LangGraph counts a streaming node itself, and under the synchronous stream its reader, as `max_concurrency`."""
    monkeypatch.setattr(durable, "STARVED_SECONDS", 0.2)

    async def body(journal: DurableJournal) -> None:
        raise AssertionError("the journal never got a slot")

    with pytest.raises(ConfigurationError, match="max_concurrency of 2 or more"):
        stream(graph_of(body), {"value": 0}, thread(max_concurrency=slots), stream_mode="custom")


@both
def test_a_node_may_be_cut_short_while_values_are_unsaved(invoke):
    """What was recorded before the crash, but not flushed, is saved with the closing of the journal."""
    seen: list[dict[str, Any]] = []

    async def body(journal: DurableJournal) -> None:
        seen.append(dict(journal.entries))
        if len(seen) == 1:
            journal.record("late", 1)
            raise CrashError

    graph = graph_of(body)
    with pytest.raises(CrashError):
        invoke(graph, {"value": 0}, thread())
    invoke(graph, None, thread())
    assert seen == [{}, {"late": 1}]


async def test_many_runs_at_once_keep_their_journals_apart():
    both_in = Gate()
    inside: list[int] = []

    async def body(journal: DurableJournal) -> list[str]:
        inside.append(1)
        if len(inside) == 8:
            both_in.open()
        await both_in.passed()
        name = f"own{len(journal.entries)}-{id(journal)}"
        journal.record(name, 1)
        await journal.flush()
        return list(journal.entries)

    graph = graph_of(body)
    outs = await asyncio.gather(*(graph.ainvoke({"value": 0}, thread(k)) for k in range(8)))
    names = [each["value"] for each in outs]
    assert all(len(each) == 1 for each in names)
    assert len({each[0] for each in names}) == 8
