"""However a run ends, every run of its trace ends with it, and says how."""

import asyncio
from datetime import datetime

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import RetryPolicy

from langgraph_llm_compiler import LLMCompilerError, ToolPolicy
from tests.support import Gate, ask, both, create_llm_compiler, finish, plan, scripted, search, statuses, thread
from tests.tracing.trees import children_of, named, ours, roots_of


@pytest.fixture
def gate():
    """Holds tools back that nobody waits for; opened when the test has ended, so that no thread is left waiting."""
    gate = Gate()
    yield gate
    gate.open()


def waiting_tools(gate, started):
    async def wait(query: str) -> str:
        """Wait without an end."""
        started.open()
        await gate.passed()
        return query

    def block(query: str) -> str:
        """Wait without an end, in a thread."""
        started.open()
        gate.wait()
        return query

    return [wait, block]


def only(traces, name):
    (run,) = named(traces.runs, name)
    return run


@pytest.mark.parametrize("tool", ["wait", "block"])
@both
def test_a_call_that_takes_too_long_ends_as_timeout(invoke, tool, traces, gate):
    graph = create_llm_compiler(
        scripted(plan(f'{tool}("a")', 'search("$1")'), finish()),
        [*waiting_tools(gate, Gate()), search],
        tool_policies={tool: ToolPolicy(timeout=0.05)},
    )
    assert statuses(invoke(graph, ask())) == {1: "timeout", 2: "skipped"}
    roots_of(traces.runs)
    assert ours(only(traces, tool)) == {"plan_round": 1, "plan_task": 1, "plan_status": "timeout"}
    assert only(traces, tool)["error"].startswith("Stopped('no result within its time')")
    assert ours(only(traces, "executor")) == {"plan_round": 1, "plan_timeout": 1, "plan_skipped": 1}


@pytest.mark.parametrize("checkpointer", [None, InMemorySaver()], ids=["plain", "durable"])
@pytest.mark.parametrize("tool", ["wait", "block"])
async def test_a_cancelled_run_leaves_no_run_open(tool, checkpointer, traces, gate):
    started = Gate()
    model = scripted([f'1. {tool}("a")\n', '2. search("$1")\n', Gate()])
    graph = create_llm_compiler(model, [*waiting_tools(gate, started), search], checkpointer=checkpointer)
    run = asyncio.ensure_future(graph.ainvoke(ask(), thread(f"{tool}")))
    await started.passed()
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    roots_of(traces.runs)
    assert ours(only(traces, tool))["plan_status"] == "cancelled"
    assert ours(only(traces, "executor"))["plan_cancelled"] == 2
    assert only(traces, "ScriptedChatModel")["error"].startswith("CancelledError()")


@both
def test_a_planner_stream_that_breaks_is_that_runs_error(invoke, traces, gate):
    started = Gate()
    model = scripted(['1. wait("a")\n', started, ConnectionError("gone")])
    with pytest.raises(LLMCompilerError):
        invoke(create_llm_compiler(model, waiting_tools(gate, started)), ask())
    roots_of(traces.runs)
    assert only(traces, "ScriptedChatModel")["error"].startswith("ConnectionError('gone')")
    assert only(traces, "executor")["error"].startswith("PlannerError(")
    assert ours(only(traces, "wait"))["plan_status"] == "cancelled"


@both
def test_a_joiner_that_gives_nothing_is_an_error_of_the_joiner(invoke, traces):
    with pytest.raises(LLMCompilerError):
        invoke(create_llm_compiler(scripted(plan('search("a")'), "", ""), [search]), ask())
    roots_of(traces.runs)
    joiner = only(traces, "joiner")
    assert joiner["error"].startswith("JoinerOutputError(")
    assert [each["name"] for each in children_of(traces.runs, joiner)] == ["ScriptedChatModel"] * 2


@pytest.mark.styles("compact")
@both
def test_what_the_model_writes_after_its_plan_is_part_of_its_run(invoke, traces):
    model = scripted(['1. search("a")\n2. answer("$1")\n', "That is all, I think."])
    invoke(create_llm_compiler(model, [search]), ask())
    roots_of(traces.runs)
    run = only(traces, "ScriptedChatModel")
    assert not run.get("error")
    assert run["outputs"]["generations"][0][0]["text"].endswith("That is all, I think.")
    assert ended(run) <= ended(only(traces, "llm_compiler"))


def ended(run):
    return datetime.fromisoformat(run["end_time"])


@pytest.mark.styles("compact")
@both
def test_a_call_that_the_answer_does_not_need_ends_as_cancelled(invoke, traces, gate):
    started = Gate()
    model = scripted(['1. wait("a")\n2. search("b")\n', started, "3. answer($2)"])
    policies = {"wait": ToolPolicy(read_only=True)}
    graph = create_llm_compiler(model, [*waiting_tools(gate, started), search], tool_policies=policies)
    assert statuses(invoke(graph, ask())) == {1: "cancelled", 2: "ok"}
    roots_of(traces.runs)
    assert ours(only(traces, "wait"))["plan_status"] == "cancelled"


@both
def test_each_attempt_is_a_run(invoke, traces):
    attempts = []

    def flaky(query: str) -> str:
        """Fail once."""
        attempts.append(query)
        if len(attempts) == 1:
            raise ConnectionError(query)
        return query

    policies = {"flaky": ToolPolicy(retry=RetryPolicy(initial_interval=0.001, jitter=False))}
    invoke(create_llm_compiler(scripted(plan('flaky("a")'), finish()), [flaky], tool_policies=policies), ask())
    roots_of(traces.runs)
    known = {ours(each).get("plan_attempt"): ours(each)["plan_status"] for each in named(traces.runs, "flaky")}
    assert known == {None: "error", 2: "ok"}
