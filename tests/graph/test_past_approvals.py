"""Answers that people give at a checkpoint which the thread has moved past: they decide on what was open there only."""

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command, interrupt

from langgraph_llm_compiler import LLMCompilerError, ToolPolicy
from tests.support import (
    answer_of,
    ask,
    both,
    create_llm_compiler,
    finish,
    observations,
    plan,
    scripted,
    statuses,
    thread,
)


class Post:
    """Tools, and to whom something was really sent."""

    def __init__(self):
        self.sent, self.saver = [], InMemorySaver()

        def send(to: str) -> str:
            """Send a message."""
            self.sent.append(to)
            return f"sent to {to}"

        def confirm(to: str) -> str:
            """Send a message once a person has said yes."""
            return send(to) if interrupt(f"Send to {to}?") == "yes" else "not sent"

        self.tools = [send, confirm]

    def graph(self, *replies):
        return create_llm_compiler(
            scripted(*replies),
            self.tools,
            interrupt_on={"send": True},
            tool_policies={"confirm": ToolPolicy(interrupts=True)},
            checkpointer=self.saver,
        )


def decide(kind):
    return Command(resume={"decisions": [{"type": kind}]})


def answered_once(post, invoke, written, answer):
    """The checkpoint at which a run stopped for a person, who has answered since."""
    graph = post.graph(written, finish("first"))
    invoke(graph, ask(), thread())
    assert answer_of(invoke(graph, answer, thread())) == "first"
    (stopped,) = [each for each in graph.get_state_history(thread()) if each.interrupts]
    return stopped


def by_id(stopped, answer):
    return Command(resume={stopped.interrupts[0].id: answer.resume})


@both
@pytest.mark.parametrize("form", [lambda _, answer: answer, by_id], ids=["plain", "by id"])
def test_a_new_answer_decides_and_not_the_one_that_was_given_first(invoke, form):
    post = Post()
    stopped = answered_once(post, invoke, plan('send("ann")'), decide("approve"))
    graph = post.graph(plan('send("ann")'), finish("second"))
    out = invoke(graph, form(stopped, decide("reject")), stopped.config)
    assert (statuses(out), answer_of(out)) == ({1: "rejected"}, "second")
    assert post.sent == ["ann"]


@both
def test_no_approval_reaches_a_call_of_another_plan(invoke):
    post = Post()
    stopped = answered_once(post, invoke, plan('send("ann")'), decide("approve"))
    for kind in ("approve", "reject"):
        with pytest.raises(LLMCompilerError, match=r"moved past this checkpoint.*first invoke\(None, config\)"):
            invoke(post.graph(plan('send("bo")')), decide(kind), stopped.config)
    assert post.sent == ["ann"]


@both
def test_no_answer_to_a_tool_reaches_a_call_of_another_plan(invoke):
    post = Post()
    stopped = answered_once(post, invoke, plan('confirm("ann")'), Command(resume="yes"))
    with pytest.raises(LLMCompilerError, match="moved past this checkpoint"):
        invoke(post.graph(plan('confirm("bo")')), Command(resume="yes"), stopped.config)
    assert post.sent == ["ann"]


@both
@pytest.mark.parametrize("tool", ["send", "confirm"])
def test_a_branch_of_its_own_asks_anew(invoke, tool):
    post = Post()
    yes, no = (decide("approve"), decide("reject")) if tool == "send" else (Command(resume="yes"), Command(resume="no"))
    stopped = answered_once(post, invoke, plan(f'{tool}("ann")'), yes)
    graph = post.graph(plan(f'{tool}("bo")', f'{tool}("cy")'), finish("second"))
    assert "bo" in str(invoke(graph, None, stopped.config)["__interrupt__"][0].value)
    if tool == "send":
        out = invoke(
            graph, Command(resume={"decisions": [no.resume["decisions"][0], yes.resume["decisions"][0]]}), thread()
        )
    else:
        out = invoke(graph, no, thread())
        out = invoke(graph, yes, thread())
    assert observations(out)[2] == "sent to cy"
    assert post.sent == ["ann", "cy"]
