"""A run that dies goes on where it was: recorded calls are not run again, and nothing is planned twice."""

import asyncio
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

from langgraph_llm_compiler import ModelError, PlannerError, ToolPolicy
from tests.graph import durable_app as app
from tests.support import (
    STYLE,
    Gate,
    answer_of,
    ask,
    assert_valid,
    both,
    create_llm_compiler,
    errors,
    finish,
    left_running,
    observations,
    plan,
    scripted,
    search,
    statuses,
    thread,
)

ROOT = Path(__file__).parents[2]
CALLS = ["look a", "look b", "look c", "add 1 20", "add 21 300"]
faces = pytest.mark.parametrize("face", ["sync", "async"])


def killed(folder, face, stop_at, *wanted):
    """Run in a process of its own until it has said all that is wanted, then kill it with signal 9."""
    command = [sys.executable, "-m", "tests.graph.durable_app", str(folder), face, stop_at]
    environment = {**os.environ, "PROMPT_STYLE": STYLE["now"]}
    waiting = Counter(wanted)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment) as process:
        try:
            while waiting:
                line = process.stdout.readline().strip()
                assert line, f"the process ended before it said {waiting}"
                waiting -= Counter([line])
        finally:
            process.kill()


def resumed(folder, face, given=None):
    return app.run(folder, face, "none", given)


KILLS = {
    "plan": (["still", "saved step 1", *["saved call"] * 3], ["planner", "planner", "joiner"]),
    "tool": (["still", "saved step 1", "saved plan", *["saved call"] * 3], ["planner", "joiner"]),
    "joiner": (["still", "saved step 2"], ["planner", "joiner", "joiner"]),
}


@faces
@pytest.mark.parametrize("stop_at", KILLS)
def test_a_killed_run_repeats_no_recorded_call(tmp_path, face, stop_at):
    said, models = KILLS[stop_at]
    killed(tmp_path, face, stop_at, *said)
    before = app.lines(tmp_path, "calls")
    out = resumed(tmp_path, face)
    assert answer_of(out) == app.ANSWER
    assert set(statuses(out).values()) == {"ok"}
    assert len(before) == (5 if stop_at == "joiner" else 3)
    assert sorted(app.lines(tmp_path, "calls")) == sorted(CALLS)
    assert app.lines(tmp_path, "models") == models
    times = [(record["started_at"], record["ended_at"]) for record in out["tasks"]]
    assert all(started <= ended for started, ended in times)
    assert max(times[:3])[1] <= times[4][0]


def test_a_run_killed_again_and_again_still_repeats_nothing(tmp_path):
    killed(tmp_path, "async", "plan", *KILLS["plan"][0])
    killed(tmp_path, "sync", "tool", "still", "saved plan")
    killed(tmp_path, "async", "joiner", "still", "saved step 2")
    out = resumed(tmp_path, "sync")
    assert answer_of(out) == app.ANSWER
    assert sorted(app.lines(tmp_path, "calls")) == sorted(CALLS)
    assert app.lines(tmp_path, "models") == ["planner", "planner", "joiner", "joiner"]


@faces
def test_decisions_reach_a_run_in_another_process(tmp_path, face):
    (tmp_path / "approve").touch()
    killed(tmp_path, face, "none", "ended")
    first = resumed(tmp_path, face, Command(resume={"decisions": [{"type": "respond", "message": "21"}]}))
    (request,) = first["__interrupt__"]
    assert [each["args"] for each in request.value["action_requests"]] == [{"a": "21", "b": 300}]
    edited = {"type": "edit", "edited_action": {"name": "add", "args": {"a": 20, "b": 300}}}
    out = resumed(tmp_path, face, Command(resume={"decisions": [edited]}))
    assert answer_of(out) == "320"
    assert sorted(app.lines(tmp_path, "calls")) == ["add 20 300", "look a", "look b", "look c"]
    assert app.lines(tmp_path, "models") == ["planner", "joiner"]


def counted():
    """A search tool that knows what it was asked."""
    asked = []

    async def look(query: str) -> str:
        """Look a thing up."""
        asked.append(query)
        if query == "broken":
            raise ValueError("out of order")
        return f"<{query}>"

    return look, asked


@both
def test_a_different_plan_after_a_break_never_meets_an_old_result(invoke):
    look, asked = counted()
    seen, broken = Gate(), ConnectionError("lost")

    async def tell(value: str) -> str:
        """Let the stream go on, which then breaks."""
        seen.open()
        return value

    first = ['1. look("a")\n2. look("b")\n3. look("$1")\n4. tell("$3")\n', seen, broken]
    second = plan('look("a")', 'look("c")', 'look("$2")', 'look("b")')
    model = scripted(first, second, finish())
    graph = create_llm_compiler(model, [look, tell], checkpointer=InMemorySaver())
    with pytest.raises(PlannerError, match="lost"):
        invoke(graph, ask(), thread())
    out = invoke(graph, None, thread())
    assert observations(out) == {1: "<a>", 2: "<c>", 3: "<<c>>", 4: "<b>"}
    assert Counter(asked) == {"a": 1, "b": 2, "c": 1, "<a>": 1, "<c>": 1}


@both
def test_a_read_that_was_recorded_is_shared_with_equal_ones_of_the_next_attempt(invoke):
    look, asked = counted()
    seen = Gate()

    async def tell(value: str) -> str:
        """Let the stream go on, which then breaks."""
        seen.open()
        return value

    first = ['1. look("a")\n2. tell("$1")\n3. tell("$2")\n', seen, ConnectionError("lost")]
    model = scripted(first, plan('look("a")', 'look("a")', 'look("$1")'), finish())
    reads = {"look": ToolPolicy(read_only=True)}
    graph = create_llm_compiler(model, [look, tell], checkpointer=InMemorySaver(), tool_policies=reads)
    with pytest.raises(PlannerError, match="lost"):
        invoke(graph, ask(), thread())
    out = invoke(graph, None, thread())
    assert observations(out) == {1: "<a>", 2: "<a>", 3: "<<a>>"}
    assert asked == ["a", "<a>"]


@both
def test_calls_cancelled_by_a_break_run_again_and_failed_ones_do_not(invoke):
    look, asked = counted()
    started, release = Gate(), Gate()
    attempts = []

    async def slow(query: str) -> str:
        """Wait."""
        attempts.append(query)
        started.open()
        await release.passed()
        return query

    script = '1. look("broken")\n2. slow("b")\n3. look("$1")\n'
    again = plan('look("broken")', 'slow("b")', 'look("$1")')
    model = scripted([script, started, ConnectionError("lost")], again, finish())
    graph = create_llm_compiler(model, [look, slow], checkpointer=InMemorySaver())
    with pytest.raises(PlannerError):
        invoke(graph, ask(), thread())
    release.open()
    out = invoke(graph, None, thread())
    assert statuses(out) == {1: "error", 2: "ok", 3: "skipped"}
    assert "out of order" in errors(out)[3]
    assert asked == ["broken"]
    assert attempts == ["b", "b"]


@both
@pytest.mark.parametrize("durability", ["sync", "async", "exit"])
def test_a_failed_joiner_is_asked_again_and_no_call_is_repeated(invoke, durability):
    look, asked = counted()
    model = scripted(plan('look("a")', 'look("$1")'), ConnectionError("lost"), finish("fine"))
    graph = create_llm_compiler(model, [look], checkpointer=InMemorySaver())
    with pytest.raises(ModelError, match="lost"):
        invoke(graph, ask(), thread(), durability=durability)
    out = invoke(graph, None, thread(), durability=durability)
    assert answer_of(out) == "fine"
    assert asked == ["a", "<a>"]


@both
def test_what_a_tool_gave_is_the_same_with_and_without_a_checkpointer(invoke):
    async def place(name: str) -> dict:
        """A structured result."""
        return {"name": name, "sizes": (1, 2), "when": {3: None}}

    outs = [
        invoke(
            create_llm_compiler(
                scripted(plan('place("x")', "search($1.sizes[1])", "search($1.when)"), finish()),
                [place, search],
                checkpointer=saver,
            ),
            ask(),
            thread(),
        )
        for saver in (None, InMemorySaver())
    ]
    assert observations(outs[0]) == observations(outs[1])
    assert observations(outs[0])[1] == {"name": "x", "sizes": [1, 2], "when": {"3": None}}
    assert observations(outs[0])[2] == "<2>"


class Runs(BaseCallbackHandler):
    """How model runs ended, as a tracer sees it."""

    def __init__(self):
        self.ended, self.failed = [], []

    def on_llm_end(self, response, **_):
        self.ended.append(response.generations[0][0].text)

    def on_llm_error(self, error, **_):
        self.failed.append(error)


@both
def test_a_run_that_stops_for_a_person_lets_the_planners_model_come_to_its_end(invoke):
    stops, runs = Gate(), Runs()

    def description(call, state, runtime):
        stops.open()
        return "Really?"

    written = ['1. search("a")\n2. join()', stops, "<END_OF_PLAN>"]
    rule = {"search": {"allowed_decisions": ["approve"], "description": description}}
    model = scripted(written, finish())
    graph = create_llm_compiler(model, [search], checkpointer=InMemorySaver(), interrupt_on=rule)
    invoke(graph, ask(), thread(callbacks=[runs]))
    assert runs.failed == []
    assert runs.ended == ['1. search("a")\n2. join()<END_OF_PLAN>']
    decisions = {"decisions": [{"type": "approve"}]}
    assert answer_of(invoke(graph, Command(resume=decisions), thread(callbacks=[runs]))) == "done"


async def test_a_cancelled_run_goes_on_where_it_was():
    look, asked = counted()
    began, release, slowed = Gate(), Gate(), []

    async def slow(query: str) -> str:
        """Wait."""
        slowed.append(query)
        began.open()
        await release.passed()
        return query

    model = scripted(plan('look("a")', 'look("$1")', 'slow("$2")', 'look("$3")'), finish())
    graph = create_llm_compiler(model, [look, slow], checkpointer=InMemorySaver())
    run = asyncio.ensure_future(graph.ainvoke(ask(), thread()))
    await began.passed()
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    assert left_running() == []
    release.open()
    out = await graph.ainvoke(None, thread())
    assert set(statuses(out).values()) == {"ok"}
    assert asked == ["a", "<a>", "<<a>>"]
    assert slowed == ["<<a>>"] * 2


@both
@pytest.mark.parametrize("streams", [True, False])
def test_a_run_repeated_from_before_the_executor_runs_its_calls_anew(invoke, streams):
    look, asked = counted()
    written = plan('look("a")', 'look("$1")')
    model = scripted(written, finish("one"), *[written] * streams, finish("two"))
    graph = create_llm_compiler(model, [look], checkpointer=InMemorySaver(), stream=streams)
    invoke(graph, ask(), thread())
    earlier = next(each for each in graph.get_state_history(thread()) if each.next == ("executor",))
    out = invoke(graph, None, earlier.config)
    assert answer_of(out) == "two"
    assert asked == ["a", "<a>"] * 2
    assert_valid(out["messages"])
