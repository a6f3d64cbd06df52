"""Synchronous runs: one loop in a thread, which nothing may block or end."""

import asyncio
import contextvars
import signal
import threading

import pytest
from langgraph.checkpoint.memory import InMemorySaver

from langgraph_llm_compiler.execution.bridge import BRIDGE, Bridge, next_bridge
from tests.support import (
    Gate,
    answer_of,
    ask,
    both,
    create_llm_compiler,
    finish,
    observations,
    plan,
    scripted,
    search,
    thread,
)


def test_what_the_coroutine_gives_or_raises_comes_back():
    bridge, variable = Bridge(), contextvars.ContextVar("variable", default="outside")

    async def double(number: int) -> tuple[int, str]:
        if number < 0:
            raise ValueError(number)
        return 2 * number, variable.get()

    variable.set("set")
    assert bridge.call(double, 4) == (8, "set")
    with pytest.raises(ValueError, match="-1"):
        bridge.call(double, -1)


def test_a_cancelled_coroutine_is_a_cancellation_for_the_caller():
    async def cancel() -> None:
        asyncio.current_task().cancel()
        await asyncio.sleep(0)

    with pytest.raises(asyncio.CancelledError):
        Bridge().call(cancel)


def test_a_coroutine_may_block_its_loop_for_another_bridge():
    async def depth(left: int) -> int:
        return 1 + next_bridge().call(depth, left - 1) if left else 0

    assert next_bridge() is BRIDGE
    assert next_bridge().call(depth, 3) == 3


@pytest.mark.parametrize("signal_raised", [KeyboardInterrupt, SystemExit])
def test_an_interrupt_in_a_coroutine_does_not_end_the_loop(signal_raised):
    bridge, started, going_on = Bridge(), Gate(), Gate()

    async def interrupted() -> None:
        raise signal_raised

    async def other() -> str:
        started.open()
        await going_on.passed()
        return "done"

    results = []
    caller = threading.Thread(target=lambda: results.append(bridge.call(other)))
    caller.start()
    started.wait()
    with pytest.raises(signal_raised):
        bridge.call(interrupted)
    going_on.open()
    caller.join(10)
    assert results == ["done"]


@pytest.fixture
def _ctrl_c_interrupts():
    """Python's own handler, whatever another library put in its place."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_ctrl_c_interrupts")
def test_ctrl_c_in_invoke_cancels_the_tools():
    cancelled, never = [], Gate()
    main = threading.main_thread().ident

    async def interrupted(query: str) -> str:
        """Press Ctrl-C."""
        signal.pthread_kill(main, signal.SIGINT)
        try:
            await never.passed()
        except asyncio.CancelledError:
            cancelled.append(query)
            raise
        return query

    graph = create_llm_compiler(scripted(plan('interrupted("a")', 'search("$1")')), [interrupted, search])
    with pytest.raises(KeyboardInterrupt):
        graph.invoke(ask())
    assert cancelled == ["a"]
    graph = create_llm_compiler(scripted(plan('search("b")'), finish("still works")), [search])
    assert answer_of(graph.invoke(ask())) == "still works"


async def test_invoke_inside_a_running_loop():
    graph = create_llm_compiler(scripted(plan('search("a")'), finish()), [search])
    assert observations(graph.invoke(ask())) == {1: "<a>"}


@both
@pytest.mark.parametrize("checkpointer", [None, InMemorySaver()])
def test_an_async_tool_may_call_a_graph_synchronously(invoke, checkpointer):
    model = scripted(plan('search("a")'), finish("inner"))
    inner = create_llm_compiler(model, [search], checkpointer=checkpointer)

    async def ask_inner() -> str:
        """Ask the other graph."""
        return answer_of(inner.invoke(ask(), thread()))

    outer = create_llm_compiler(scripted(plan("ask_inner()"), finish("outer")), [ask_inner])
    assert observations(invoke(outer, ask())) == {1: "inner"}


def test_a_sync_tool_may_call_a_graph_in_either_way():
    def ask_inner(how: str) -> str:
        """Ask the other graph."""
        inner = create_llm_compiler(scripted(plan('search("a")'), finish("inner")), [search])
        return answer_of(inner.invoke(ask()) if how == "sync" else asyncio.run(inner.ainvoke(ask())))

    outer = create_llm_compiler(scripted(plan('ask_inner("sync")', 'ask_inner("async")'), finish("outer")), [ask_inner])
    assert observations(outer.invoke(ask())) == {1: "inner", 2: "inner"}
