"""Which calls a person approves, how they are asked, and which answers fit; without a graph."""

import re
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command
from typing_extensions import TypedDict

from langgraph_llm_compiler import ConfigurationError
from langgraph_llm_compiler.execution.approvals import ALL_DECISIONS, HeldCall, checked_rules, decisions_for
from tests.support import both, thread

TOOLS = ["search", "send"]


def describe(call: Any, state: Any, runtime: Any) -> str:
    return f"{call['name']} {call['args']} for {state['value']} in {runtime.context}"


def test_rules():
    assert checked_rules(None, TOOLS) == {}
    assert checked_rules({}, TOOLS) == {}
    assert checked_rules({"search": False, "send": True}, TOOLS) == {"send": {"allowed_decisions": list(ALL_DECISIONS)}}
    given = {"allowed_decisions": ["approve"], "description": "Think first."}
    assert checked_rules({"send": given}, TOOLS) == {"send": given}
    assert checked_rules({"send": {"description": describe}}, TOOLS) == {
        "send": {"allowed_decisions": list(ALL_DECISIONS), "description": describe}
    }
    assert given == {"allowed_decisions": ["approve"], "description": "Think first."}


REFUSED = [
    ({"sned": True}, "names 'sned', but the tools are: search, send"),
    ({"send": {"allowed_decisions": []}}, r"allows \[\]; choose from"),
    ({"send": {"allowed_decisions": ["approve", "ignore"]}}, "'ignore'"),
    ({"send": {"allow_accept": True}}, r"has \['allow_accept'\]; it takes allowed_decisions, description and when"),
]


@pytest.mark.parametrize(("interrupt_on", "message"), REFUSED)
def test_rules_that_make_no_sense_are_refused(interrupt_on, message):
    with pytest.raises(ConfigurationError, match=message):
        checked_rules(interrupt_on, TOOLS)


def held(key: str, name: str, **args: Any) -> HeldCall:
    return {"key": key, "task": int(key[1:]), "id": f"r1_t{key[1:]}", "name": name, "args": args}


CALLS = [held("k1", "send", to="a"), held("k2", "search", query="x"), held("k3", "send", to="b")]
RULES = checked_rules(
    {"send": {"allowed_decisions": ["approve", "edit"], "description": describe}, "search": True}, TOOLS
)


class State(TypedDict, total=False):
    value: Any


class Context(TypedDict, total=False):
    user: str


def asking() -> Any:
    """A graph whose node asks for decisions on the calls and gives them."""

    def node(state: State) -> State:
        return {"value": decisions_for(CALLS, RULES, state)}

    builder = StateGraph(State, context_schema=Context)
    builder.add_node("node", node)
    builder.add_edge(START, "node")
    builder.add_edge("node", END)
    return builder.compile(checkpointer=InMemorySaver())


APPROVE = {"type": "approve"}


@both
def test_one_request_for_all_calls_that_wait(invoke):
    graph = asking()
    out = invoke(graph, {"value": "me"}, thread(), context={"user": "u"})
    (request,) = (each.value for each in out["__interrupt__"])
    assert request == {
        "action_requests": [
            {"name": "send", "args": {"to": "a"}, "description": "send {'to': 'a'} for me in {'user': 'u'}"},
            {
                "name": "search",
                "args": {"query": "x"},
                "description": "The plan's task 2 needs your approval.\n\nTool: search\nArgs: {'query': 'x'}",
            },
            {"name": "send", "args": {"to": "b"}, "description": "send {'to': 'b'} for me in {'user': 'u'}"},
        ],
        "review_configs": [
            {"action_name": "send", "allowed_decisions": ["approve", "edit"]},
            {"action_name": "search", "allowed_decisions": list(ALL_DECISIONS)},
            {"action_name": "send", "allowed_decisions": ["approve", "edit"]},
        ],
    }
    edit = {"type": "edit", "edited_action": {"name": "send", "args": {"to": "c"}}}
    answer = {"decisions": [APPROVE, {"type": "respond", "message": "known"}, edit]}
    assert invoke(graph, Command(resume=answer), thread())["value"] == {
        "k1": APPROVE,
        "k2": {"type": "respond", "message": "known"},
        "k3": edit,
    }


def three(*decisions: Any) -> dict[str, Any]:
    return {"decisions": [*decisions, *[APPROVE] * (3 - len(decisions))]}


WRONG = [
    ("yes", "resume with Command"),
    ({"decisions": "approve"}, "resume with Command"),
    ([APPROVE] * 3, "resume with Command"),
    ({"decisions": [APPROVE]}, "3 calls wait for a decision each, and 1 decisions came"),
    (three("approve"), "'approve' decides on 'send'"),
    (three({"type": "reject"}), r"its type has to be one of \['approve', 'edit'\]"),
    (three({"kind": "approve"}), "its type has to be one of"),
    (three({"type": "edit"}), r"the decision 'edit' on 'send' needs \"edited_action\""),
    (three({"type": "edit", "edited_action": "x"}), "edited_action"),
    (three({"type": "edit", "edited_action": {"name": "send"}}), "edited_action"),
    (three({"type": "edit", "edited_action": {"args": "x"}}), "edited_action"),
    (three(APPROVE, {"type": "respond"}), r"the decision 'respond' on 'search' needs \"message\""),
    (three(APPROVE, {"type": "respond", "message": 5}), "message"),
]


@both
@pytest.mark.parametrize(("answer", "message"), WRONG, ids=lambda each: str(each)[:40])
def test_an_answer_that_does_not_fit_is_asked_for_again(invoke, answer, message):
    graph = asking()
    first = invoke(graph, {"value": "me"}, thread())["__interrupt__"][0].value
    again = invoke(graph, Command(resume=answer), thread())["__interrupt__"][0].value
    assert re.search(message, again["error"])
    assert {**again, "error": None} == {**first, "error": None}
    assert invoke(graph, Command(resume=three()), thread())["value"] == dict.fromkeys(["k1", "k2", "k3"], APPROVE)
