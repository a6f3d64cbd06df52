"""Timeouts, retries and limits of tools, and what of them is refused."""

import asyncio
import threading
import time

import pytest
from langchain_core.tools import StructuredTool
from langgraph.cache.memory import InMemoryCache
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import RetryPolicy

from langgraph_llm_compiler import ConfigurationError, ToolPolicy
from langgraph_llm_compiler.execution.policy import pause_before_retry
from tests.support import (
    Gate,
    Meeting,
    ask,
    both,
    create_llm_compiler,
    errors,
    finish,
    observations,
    plan,
    scripted,
    statuses,
    thread,
)

QUICK = RetryPolicy(initial_interval=0.001, jitter=False, max_attempts=3)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"timeout": 0}, "timeout=0: give seconds above 0"),
        ({"timeout": -1.5}, "timeout=-1.5"),
        ({"max_concurrency": 0}, "max_concurrency=0: give 1 or more"),
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(wrong, message):
    with pytest.raises(ConfigurationError, match=message):
        ToolPolicy(**wrong)


def test_pauses_are_those_of_langgraph():
    retry = RetryPolicy(initial_interval=2.0, backoff_factor=3.0, max_interval=10.0, max_attempts=4, jitter=True)
    error = ConnectionError()
    pauses = [pause_before_retry(retry, error, attempt, lambda: 0.25) for attempt in range(1, 5)]
    assert pauses == [2.25, 6.25, 10.25, None]
    assert pause_before_retry(None, error, 1, float) is None


@pytest.mark.parametrize(
    ("retry_on", "is_retried"),
    [(KeyError, 1), (OSError, 0), ((OSError, KeyError), 1), ([OSError], 0), (lambda error: "k" in str(error), 1)],
)
def test_what_is_tried_again(retry_on, is_retried):
    retry = RetryPolicy(retry_on=retry_on, jitter=False)
    assert (pause_before_retry(retry, KeyError("k"), 1, float) is not None) == is_retried


@both
def test_a_tool_that_fails_twice_is_tried_three_times(invoke):
    tried = []

    async def flaky(query: str) -> str:
        """Fail at first."""
        tried.append(query)
        if tried.count(query) < 3:
            raise ConnectionError(query)
        return query

    async def hopeless(query: str) -> str:
        """Fail always."""
        tried.append(query)
        raise ConnectionError(query)

    async def wrong() -> str:
        """Fail with what is no passing fault."""
        tried.append("wrong")
        raise ValueError("w")

    policies = {name: ToolPolicy(retry=QUICK) for name in ("flaky", "hopeless", "wrong")}
    model = scripted(plan('flaky("a")', 'hopeless("b")', "wrong()", 'flaky("$1!")'), finish())
    out = invoke(create_llm_compiler(model, [flaky, hopeless, wrong], tool_policies=policies), ask())
    assert observations(out) == {1: "a", 2: None, 3: None, 4: "a!"}
    assert errors(out)[2] == "ConnectionError: b"
    assert {each: tried.count(each) for each in ("a", "b", "wrong", "a!")} == {"a": 3, "b": 3, "wrong": 1, "a!": 3}


@both
def test_an_async_tool_over_its_time_is_cancelled(invoke):
    cancelled = []

    async def slow(query: str) -> str:
        """Take for ever."""
        try:
            await Gate().passed()
        finally:
            cancelled.append(query)
        return query

    model = scripted(plan('slow("a")', 'slow("$1")'), finish())
    out = invoke(create_llm_compiler(model, [slow], tool_policies={"slow": ToolPolicy(timeout=0.05)}), ask())
    assert statuses(out) == {1: "timeout", 2: "skipped"}
    assert errors(out)[1] == "no result within 0.05 s"
    assert cancelled == ["a"]


@both
@pytest.mark.parametrize("checkpointer", [None, InMemorySaver()], ids=["plain", "kept"])
def test_what_a_sync_tool_returns_too_late_is_discarded(invoke, checkpointer):
    let_go, gone = Gate(), Gate()

    def slow(query: str) -> str:
        """Take too long."""
        let_go.wait()
        gone.open()
        return query

    def after() -> str:
        """Let the late one end."""
        let_go.open()
        gone.wait()
        return "after"

    model = scripted(plan('slow("a")', 'slow("$1")'), "Action: Replan(x)", plan("after()", first=3), finish())
    policies = {"slow": ToolPolicy(timeout=0.05)}
    graph = create_llm_compiler(model, [slow, after], tool_policies=policies, checkpointer=checkpointer)
    out = invoke(graph, ask(), thread(id(let_go)))
    assert statuses(out) == {1: "timeout", 2: "skipped", 3: "ok"}
    assert observations(out)[1] is None


@both
def test_a_tools_own_timeout_is_an_ordinary_error(invoke):
    async def gives_up() -> str:
        """Give up."""
        raise TimeoutError("upstream")

    model = scripted(plan("gives_up()"), finish())
    out = invoke(create_llm_compiler(model, [gives_up], tool_policies={"gives_up": ToolPolicy(timeout=5)}), ask())
    assert statuses(out) == {1: "error"}
    assert errors(out)[1] == "TimeoutError: upstream"


class Counter:
    """Counts how many are inside at once."""

    def __init__(self) -> None:
        self.inside = self.most = self.calls = 0
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        with self._lock:
            self.calls += 1
            self.inside += 1
            self.most = max(self.most, self.inside)

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self.inside -= 1


@both
@pytest.mark.parametrize("limit", [None, 1, 2, 4])
@pytest.mark.parametrize("checkpointer", [None, InMemorySaver()], ids=["plain", "kept"])
@pytest.mark.parametrize("is_sync", [True, False], ids=["sync-tools", "async-tools"])
def test_32_wide_nothing_hangs_and_the_limit_holds(invoke, limit, checkpointer, is_sync):
    counter = Counter()

    def in_thread(k: int) -> int:
        """Work."""
        with counter:
            time.sleep(0.002)
        return k

    async def on_loop(k: int) -> int:
        """Work."""
        with counter:
            await asyncio.sleep(0.002)
        return k

    a_tool = in_thread if is_sync else on_loop
    model = scripted(plan(*[f"{a_tool.__name__}({k})" for k in range(32)], f"{a_tool.__name__}($32)"), finish())
    graph = create_llm_compiler(model, [a_tool], checkpointer=checkpointer)
    config = thread(id(counter)) | ({} if limit is None else {"max_concurrency": limit})
    out = invoke(graph, ask(), config)
    assert list(observations(out).values()) == [*range(32), 31]
    assert counter.calls == 33
    assert 1 <= counter.most <= (limit or 32)
    assert counter.most == limit or limit is None


@both
def test_the_limit_of_a_tool_holds_beside_others(invoke):
    counter, together = Counter(), Meeting(5)

    async def rare(k: int) -> int:
        """Work, two at once."""
        with counter:
            await together.passed()
        return k

    async def often(k: int) -> int:
        """Work."""
        await together.passed()
        return k

    model = scripted(plan(*[f"{name}({k})" for k in range(8) for name in ("rare", "often")]), finish())
    policies = {"rare": ToolPolicy(max_concurrency=2)}
    out = invoke(create_llm_compiler(model, [rare, often], tool_policies=policies), ask(), {"max_concurrency": 5})
    assert set(statuses(out).values()) == {"ok"}
    assert counter.most == 2
    assert together.most == 5


def test_a_timeout_is_tried_again_unless_the_policy_says_otherwise():
    assert pause_before_retry(RetryPolicy(jitter=False), TimeoutError(), 1, float) == 0.5
    assert pause_before_retry(RetryPolicy(retry_on=KeyError), TimeoutError(), 1, float) is None


@both
def test_arguments_that_do_not_fit_are_not_tried_again(invoke):
    seen = []

    async def double(number: int) -> int:
        """Double it."""
        return 2 * number

    policy = ToolPolicy(retry=RetryPolicy(retry_on=lambda error: seen.append(error) or True, jitter=False))
    model = scripted(plan('double("many")'), finish())
    out = invoke(create_llm_compiler(model, [double], tool_policies={"double": policy}), ask())
    assert "valid integer" in errors(out)[1]
    assert seen == []


def hinted(**hints: bool) -> tuple[StructuredTool, list[int]]:
    calls: list[int] = []

    async def look(number: int) -> int:
        """Look."""
        calls.append(number)
        if len(calls) == 1:
            raise ConnectionError
        return number

    return StructuredTool.from_function(coroutine=look, metadata=hints), calls


@both
@pytest.mark.parametrize(
    ("hints", "policies", "expected", "called"),
    [
        ({}, {}, {1: "error", 2: "ok"}, 2),
        ({"readOnlyHint": True}, {}, {1: "ok", 2: "ok"}, 2),
        ({"idempotentHint": True}, {}, {1: "ok", 2: "ok"}, 3),
        ({"readOnlyHint": None, "destructiveHint": True}, {}, {1: "error", 2: "ok"}, 2),
        ({"readOnlyHint": True}, {"look": ToolPolicy()}, {1: "error", 2: "ok"}, 2),
    ],
    ids=str,
)
def test_hints_are_the_policy_of_a_tool_without_one(invoke, hints, policies, expected, called):
    look, calls = hinted(**hints)
    graph = create_llm_compiler(scripted(plan("look(5)", "look(5)"), finish()), [look], tool_policies=policies)
    out = invoke(graph, ask(), {"max_concurrency": 1})
    assert (statuses(out), len(calls)) == (expected, called)


@both
@pytest.mark.parametrize(("policies", "called"), [({}, 2), ({"look": ToolPolicy(read_only=True)}, 1)], ids=str)
def test_only_its_user_can_say_that_a_tools_results_may_be_kept(invoke, policies, called):
    look, calls = hinted(readOnlyHint=True)
    calls.append(0)
    model = scripted(*[plan("look(5)"), finish()] * 2)
    graph = create_llm_compiler(model, [look], tool_policies=policies, cache=InMemoryCache())
    for _ in range(2):
        assert observations(invoke(graph, ask())) == {1: 5}
    assert len(calls) == 1 + called
