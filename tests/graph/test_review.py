"""Faults that a review found: calls that a resume or a fork would have run wrongly."""

import multiprocessing

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

from langgraph_llm_compiler import ToolPolicy
from tests.support import (
    PATIENCE,
    answer_of,
    ask,
    both,
    create_llm_compiler,
    finish,
    observations,
    paper_only,
    plan,
    replan,
    scripted,
    search,
    thread,
)

APPROVE = Command(resume={"decisions": [{"type": "approve"}]})


@both
def test_what_a_person_approved_is_what_runs_though_a_shared_call_gave_it(invoke):
    asked: list[str] = []

    async def price(of: str) -> str:
        """Give a price, another one each time."""
        asked.append(of)
        return f"price {len(asked)}"

    async def send(text: str) -> str:
        """Send a text."""
        return f"sent {text}"

    graph = create_llm_compiler(
        scripted(plan('price("a")', 'price("a")', 'send("$2")'), finish()),
        [price, send],
        tool_policies={"price": ToolPolicy(read_only=True)},
        interrupt_on={"send": True},
        checkpointer=InMemorySaver(),
    )
    (waiting,) = invoke(graph, ask(), thread())["__interrupt__"]
    assert waiting.value["action_requests"][0]["args"] == {"text": "price 1"}
    assert observations(invoke(graph, APPROVE, thread()))[3] == "sent price 1"
    assert asked == ["a"]


@pytest.mark.parametrize("mode", ["values", "custom", "messages"])
def test_an_async_tool_of_a_sync_run_may_stream_another_graph(mode):
    inner = create_llm_compiler(scripted(plan('search("a")'), finish("inner")), [search])

    async def ask_inner() -> str:
        """Ask the other graph."""
        return str(len(list(inner.stream(ask(), stream_mode=mode))) > 0)

    outer = create_llm_compiler(scripted(plan("ask_inner()"), finish("outer")), [ask_inner])
    assert observations(outer.invoke(ask())) == {1: "True"}


def invoke_once() -> None:
    graph = create_llm_compiler(scripted(plan('search("a")'), finish("fine")), [search])
    assert answer_of(graph.invoke(ask())) == "fine"


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_process_can_invoke():
    invoke_once()
    child = multiprocessing.get_context("fork").Process(target=invoke_once)
    child.start()
    child.join(PATIENCE)
    if child.is_alive():
        child.kill()
    assert child.exitcode == 0


@paper_only
@both
def test_a_later_reply_without_a_task_reaches_the_joiner(invoke):
    model = scripted(plan('search("a")'), replan(), "I cannot plan any further.", finish())
    invoke(create_llm_compiler(model, [search]), ask())
    assert model.requests[-1].last.endswith(
        "Observation: <a>\n\nInstead of a plan, this was written:\nI cannot plan any further."
    )


@both
def test_an_edit_whose_name_is_no_text_is_asked_for_again(invoke):
    model = scripted(plan('search("a")'), finish())
    graph = create_llm_compiler(model, [search], interrupt_on={"search": True}, checkpointer=InMemorySaver())
    invoke(graph, ask(), thread())
    edit = {"type": "edit", "edited_action": {"name": None, "args": {"query": "b"}}}
    (waiting,) = invoke(graph, Command(resume={"decisions": [edit]}), thread())["__interrupt__"]
    assert "edited_action" in waiting.value["error"]
    assert observations(invoke(graph, APPROVE, thread())) == {1: "<a>"}
