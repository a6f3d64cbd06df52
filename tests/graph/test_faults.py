"""Faults of earlier implementations (seen by running them), each as a test of the whole graph."""

import asyncio
import threading
import time

import pytest
from langchain_openai import ChatOpenAI
from openai import APIConnectionError

from langgraph_llm_compiler import PlannerError
from tests.support import (
    Gate,
    Meeting,
    answer_of,
    ask,
    async_invoke,
    both,
    create_llm_compiler,
    errors,
    finish,
    left_running,
    observations,
    plan,
    replan,
    scripted,
    search,
    statuses,
)


async def fail(reason: str) -> str:
    """Fail."""
    raise ValueError(reason)


async def show(value: list | dict | str | int | None = None, other: str = "") -> str:
    """Show what was passed."""
    return f"{value!r} {other!r}"


def graph_of(written: str, *replies, tools=(), **settings):
    return create_llm_compiler(scripted(written, *(replies or [finish()])), [search, fail, show, *tools], **settings)


@both
def test_a_raising_tool_is_an_observation_and_its_siblings_go_on(invoke):
    out = invoke(graph_of(plan('fail("bad luck")', 'search("a")', 'search("$1")', 'search("$2")')), ask())
    assert statuses(out) == {1: "error", 2: "ok", 3: "skipped", 4: "ok"}
    assert errors(out)[1] == "ValueError: bad luck"
    assert "$1" in errors(out)[3]
    assert "bad luck" in errors(out)[3]
    assert out["messages"][2].status == "error"
    assert answer_of(out) == "done"


@both
def test_a_dead_endpoint_is_an_error_with_its_address(invoke):
    model = ChatOpenAI(model="none", base_url="http://127.0.0.1:9/v1", api_key="none", max_retries=0, timeout=5)
    for streams in (True, False):
        with pytest.raises(PlannerError, match=r"'none' at http://127.0.0.1:9/v1") as raised:
            invoke(create_llm_compiler(model, [search], stream=streams), ask())
        assert raised.value.endpoint == "'none' at http://127.0.0.1:9/v1"
        assert isinstance(raised.value.__cause__, APIConnectionError)


@both
def test_an_unknown_tool_is_an_observation_that_names_the_tools(invoke):
    out = invoke(graph_of(plan('nosuch("a")', 'search("b")', 'search("$1")')), ask())
    assert statuses(out) == {1: "error", 2: "ok", 3: "skipped"}
    assert "'nosuch'" in errors(out)[1]
    assert "search" in errors(out)[1]


@both
def test_forward_references_self_references_and_cycles_are_errors_of_their_tasks(invoke):
    out = invoke(graph_of(plan("search($2)", "search($1)", "search($3)", "search($9)", 'search("x")')), ask())
    assert statuses(out) == {1: "error", 2: "skipped", 3: "error", 4: "error", 5: "ok"}
    assert "$2" in errors(out)[1]
    assert "$3" in errors(out)[3]
    assert "$9" in errors(out)[4]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 13, 40, 1000])
def test_how_the_stream_is_cut_never_matters(size):
    written = 'Thought: first\n1. search("Ä one\\n(two)")\n2. search("b, $1")\nThought: then\n'
    written += '3. show([$1, 2], other="$2")\n4. join()<END_OF_PLAN>'
    model = scripted(written, finish("x)y"), chunk_size=size)
    out = async_invoke(create_llm_compiler(model, [search, show]), ask())
    assert observations(out) == {
        1: "<Ä one\n(two)>",
        2: "<b, <Ä one\n(two)>>",
        3: "['<Ä one\\n(two)>', 2] '<b, <Ä one\\n(two)>>'",
    }
    assert [each["thought"] for each in out["tasks"]] == ["first", None, "then"]


@both
def test_a_task_starts_while_the_planner_pauses(invoke):
    started = Gate()

    async def second(query: str) -> str:
        """Open the gate that holds the planner's stream."""
        started.open()
        return query

    pieces = ['1. search("a")\n2. second($1)', started, '\n3. search("$2")\n', "4. join()"]
    model = scripted(pieces, finish())
    out = invoke(create_llm_compiler(model, [search, second]), ask())
    assert observations(out) == {1: "<a>", 2: "<a>", 3: "<<a>>"}


@both
def test_independent_tasks_overlap_while_the_plan_streams(invoke):
    meeting = Meeting(3)
    held = Gate()

    async def meet(name: str) -> str:
        """Wait for the others."""
        await meeting.passed()
        held.open()
        return name

    out = invoke(
        create_llm_compiler(
            scripted(['1. meet("a")\n', '2. meet("b")\n3. meet("c")', held, "\n4. join()"], finish()), [meet]
        ),
        ask(),
    )
    assert observations(out) == {1: "a", 2: "b", 3: "c"}


@both
def test_sync_tools_overlap_too(invoke):
    meeting = Meeting(32)

    def meet(name: int) -> int:
        """Wait for the others."""
        meeting.wait()
        return name

    out = invoke(create_llm_compiler(scripted(plan(*[f"meet({k})" for k in range(32)]), finish()), [meet]), ask())
    assert list(observations(out).values()) == list(range(32))


@both
@pytest.mark.parametrize(
    "answer",
    ["Paris (France)", "f(x) = (a + b)", "use Replan(now) next", "Replan", "two\nlines (or\nthree)", "$1", "a) b", "("],
)
def test_answers_arrive_whole(invoke, answer):
    assert answer_of(invoke(graph_of(plan('search("a")'), finish(answer)), ask())) == answer


@both
def test_text_of_an_observation_is_never_looked_at_again(invoke):
    async def cost(item: str) -> str:
        """Tell a price."""
        return f"{item} costs $2, ${{1}} or $15"

    written = plan('cost("tea")', 'cost("$1")', 'search("$1 and $2")')
    out = invoke(graph_of(written, tools=[cost]), ask())
    first = "tea costs $2, ${1} or $15"
    assert observations(out)[2] == f"{first} costs $2, ${{1}} or $15"
    assert observations(out)[3] == f"<{first} and {observations(out)[2]}>"


@both
def test_a_price_in_a_waiting_task_stays_a_price(invoke):
    """`$3` was no reference when task 2 was planned; that a task 3 came later does not make it one."""
    held = Gate()

    async def slow(query: str) -> str:
        """Wait until the whole plan is there."""
        await held.passed()
        return query

    async def last(query: str) -> str:
        """Let the first go on."""
        held.open()
        return query

    written = plan('slow("a")', 'slow("$1 for $3")', 'last("z")')
    out = invoke(create_llm_compiler(scripted(written, finish()), [slow, last]), ask())
    assert observations(out)[2] == "a for $3"


@both
def test_two_digit_references_are_not_one_digit_ones(invoke):
    written = plan(*[f'search("{k}")' for k in range(1, 16)], 'search("$15 $1")')
    assert observations(invoke(graph_of(written), ask()))[16] == "<<15> <1>>"


@both
def test_references_in_dicts_keyword_arguments_and_nested_lists_count(invoke):
    written = plan('search("a")', 'show({"k": [$1, "$1!"]}, other=$1)', 'show(value=[["$1"]])')
    out = invoke(graph_of(written), ask())
    assert observations(out)[2] == "{'k': ['<a>', '<a>!']} '<a>'"
    assert observations(out)[3] == "[['<a>']] ''"
    assert [each["dependencies"] for each in out["tasks"]] == [[], [1], [1]]


@both
def test_a_list_argument_is_one_argument(invoke):
    out = invoke(graph_of(plan('show(["a", "b"])', 'show(["a"])', "show([])")), ask())
    assert observations(out) == {1: "['a', 'b'] ''", 2: "['a'] ''", 3: "[] ''"}


@both
def test_a_newline_inside_a_string_argument(invoke):
    assert observations(invoke(graph_of('1. search("a\nb")\n2. join()'), ask())) == {1: "<a\nb>"}


@both
def test_a_result_of_none_is_a_result(invoke):
    async def nothing() -> None:
        """Return nothing."""

    out = invoke(graph_of(plan("nothing()", "show($1)", 'search("got $1")'), tools=[nothing]), ask())
    assert statuses(out) == {1: "ok", 2: "ok", 3: "ok"}
    assert observations(out) == {1: None, 2: "None ''", 3: "<got null>"}


@both
@pytest.mark.parametrize("first", [3, 1], ids=["continues", "restarts"])
def test_a_second_plan_may_continue_or_restart_the_numbering(invoke, first):
    written = plan('search("a")', 'search("b")')
    second = plan('search("c")', f'search("${first}!")', first=first)
    out = invoke(graph_of(written, replan(), second, finish("fine")), ask())
    assert answer_of(out) == "fine"
    assert [each["round"] for each in out["tasks"]] == [1, 1, 2, 2]
    assert [each["observation"] for each in out["tasks"]] == ["<a>", "<b>", "<c>", "<<c>!>"]
    calls = [call["id"] for call in out["messages"][1].tool_calls]
    assert len(set(calls)) == 4


async def test_cancelling_leaves_nothing_running():
    started, cancelled, never = Meeting(2), [], Gate()

    async def forever(name: str) -> str:
        """Run until cancelled."""
        await started.passed()
        try:
            await never.passed()
        except asyncio.CancelledError:
            cancelled.append(name)
            raise
        return name

    model = scripted(['1. forever("a")\n2. forever("b")\n3. search($1)\n', never])
    run = asyncio.ensure_future(create_llm_compiler(model, [forever, search]).ainvoke(ask()))
    await started.began()
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    assert left_running() == []
    assert sorted(cancelled) == ["a", "b"]


@both
def test_models_and_tools_are_called_asynchronously_and_on_one_loop(invoke):
    """`ScriptedChatModel._generate` fails; and no tool blocks the loop on which others run."""
    seen = []

    async def where() -> str:
        """Tell the thread."""
        seen.append(threading.current_thread().name)
        return "here"

    invoke(graph_of(plan("where()", "where()"), tools=[where]), ask())
    assert len(set(seen)) == 1


@both
def test_no_latency_is_added(invoke):
    """A chain of five and eight independent calls take as long as their critical path; a generous bound."""

    async def wait(k: int) -> int:
        """Take a while."""
        await asyncio.sleep(0.05)
        return k

    written = plan("wait(1)", "wait($1)", "wait($2)", *["wait(9)"] * 8)
    graph = graph_of(written, finish(), written, finish(), tools=[wait])
    invoke(graph, ask())
    start = time.perf_counter()
    invoke(graph, ask())
    assert time.perf_counter() - start < 0.3
