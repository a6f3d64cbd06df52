"""An inbox made for langchain's `HumanInTheLoopMiddleware` works: the same requests come, and decisions do the same."""

import pytest
from langchain.agents.middleware.human_in_the_loop import HITLRequest
from langchain_core.messages import AIMessage, ToolMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command
from pydantic import TypeAdapter

from langgraph_llm_compiler import ConfigurationError, create_react_baseline
from tests.embedding.pairs import agent, answered, compiler, planned, spoken
from tests.support import (
    answer_of,
    ask,
    assert_valid,
    async_stream,
    both,
    both_streams,
    create_llm_compiler,
    errors,
    observations,
    plan,
    statuses,
    sync_invoke,
    sync_stream,
    thread,
    tool_calls,
)

CALLS = [("send", {"to": "a", "text": "x"}), ("look", {"query": "q"}), ("send", {"to": "b", "text": "y"})]
APPROVE = {"type": "approve"}


class Office:
    """Tools, and what was really called."""

    def __init__(self):
        self.done = []

        def send(to: str, text: str) -> str:
            """Send a message."""
            self.done.append(("send", to, text))
            return f"sent to {to}"

        def look(query: str) -> str:
            """Look a thing up."""
            self.done.append(("look", query))
            return f"<{query}>"

        self.tools = [send, look]


def decide(*decisions):
    return Command(resume={"decisions": list(decisions)})


def run_of(factory, invoke, rules, *decisions, calls=CALLS):
    """The request that came, the calls that were made, and the output."""
    office = Office()
    graph = factory([(calls, "done")], office.tools, rules)
    out = invoke(graph, ask(), thread())
    (waiting,) = out["__interrupt__"]
    if decisions:
        out = invoke(graph, decide(*decisions), thread())
        assert "__interrupt__" not in out
        assert_valid(out["messages"])
    return waiting.value, sorted(office.done), out


def undescribed(request):
    return [{k: v for k, v in each.items() if k != "description"} for each in request["action_requests"]]


RULES = {
    "all": True,
    "some": {"allowed_decisions": ["approve", "reject"]},
    "described": {"allowed_decisions": ["approve"], "description": "Really?"},
    "with a schema": {"allowed_decisions": ["edit"], "args_schema": {"type": "object"}},
}


@both
@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_requests_have_the_shape_of_langchains(invoke, rule):
    theirs, _, _ = run_of(agent, invoke, {"send": rule, "look": False})
    ours, done, _ = run_of(compiler, invoke, {"send": rule, "look": False})
    assert TypeAdapter(HITLRequest).validate_python(ours) == ours
    assert ours.keys() == theirs.keys()
    assert undescribed(ours) == undescribed(theirs)
    assert ours["review_configs"] == theirs["review_configs"]
    assert done == [("look", "q")]  # what needs no approval does not wait for it
    for mine, other in zip(ours["action_requests"], theirs["action_requests"], strict=True):
        assert mine.keys() == other.keys()
        if rule is RULES["described"]:
            assert mine["description"] == other["description"] == "Really?"
        else:  # langchain's says the same of the call, and not which of the plan's tasks it is
            assert mine["description"].endswith(other["description"].partition("\n")[2])


def edited(name, **args):
    return {"type": "edit", "edited_action": {"name": name, "args": args}}


DECISIONS = {
    "approve": [APPROVE, APPROVE],
    "edit": [edited("send", to="c", text="z"), APPROVE],
    "edit to another tool": [edited("look", query="r"), APPROVE],
    "reject": [{"type": "reject"}, APPROVE],
    "reject with a reason": [{"type": "reject", "message": "not that one"}, APPROVE],
    "respond": [{"type": "respond", "message": "by hand"}, {"type": "respond", "message": ""}],
}


def results(out):
    return {each.tool_call_id: each for each in out["messages"] if isinstance(each, ToolMessage)}


def results_in_order(out):
    """The result of each call, in the order of the calls."""
    (calls,) = [each.tool_calls for each in out["messages"] if isinstance(each, AIMessage) and each.tool_calls]
    return [results(out)[each["id"]] for each in calls]


@both
@pytest.mark.parametrize("decisions", DECISIONS.values(), ids=DECISIONS)
def test_decisions_do_what_they_do_in_langchain(invoke, decisions):
    _, theirs, their_out = run_of(agent, invoke, {"send": True}, *decisions)
    _, ours, our_out = run_of(compiler, invoke, {"send": True}, *decisions)
    assert ours == theirs
    assert answer_of(our_out) == answer_of(their_out) == "done"
    kinds = [sorted(each.type for each in out["messages"]) for out in (our_out, their_out)]
    assert kinds[0] == kinds[1]
    for mine, other in zip(results_in_order(our_out), results_in_order(their_out), strict=True):
        assert (mine.status, bool(mine.text)) == (other.status, bool(other.text))
        if "reviewer" not in other.text and mine.status == "success":
            assert mine.text == other.text
        for word in ("not that one", "by hand", "sent to c", "<r>"):
            assert (word in mine.text) == (word in other.text)


@both
def test_the_model_is_told_of_an_edit_and_of_a_rejection(invoke):
    office = Office()
    model = spoken(planned(*CALLS), answered("done"))
    graph = create_llm_compiler(model, office.tools, interrupt_on={"send": True}, checkpointer=InMemorySaver())
    invoke(graph, ask(), thread())
    out = invoke(graph, decide(edited("send", to="c", text="z"), {"type": "reject", "message": "rude"}), thread())
    asked = model.requests[-1].last
    assert 'send(to="c", text="z")' in asked or 'send("c", "z")' in asked
    assert "a person rejected the call: rude" in asked
    assert out["tasks"][0]["edited"] is True
    assert [record.get("edited") for record in out["tasks"][1:]] == [None, None]


class Seen:
    """A `when` that notes what it is given and asks about calls to "b" alone."""

    def __init__(self):
        self.requests = []

    def __call__(self, request):
        state = [each.type for each in request.state["messages"]][:1]
        runtime = request.runtime
        assert runtime.tool_call_id == request.tool_call["id"]
        self.requests.append((dict(request.tool_call, id=""), request.tool, state, runtime.context, runtime.store))
        return request.tool_call["args"]["to"] == "b"


@both
def test_when_is_given_what_langchain_gives_it(invoke):
    theirs, ours = Seen(), Seen()
    requests = [
        run_of(factory, invoke, {"send": {"allowed_decisions": ["approve"], "when": seen}}, APPROVE)[:2]
        for factory, seen in ((agent, theirs), (compiler, ours))
    ]
    assert [undescribed(each) for each, _ in requests] == [[{"name": "send", "args": {"to": "b", "text": "y"}}]] * 2
    assert requests[0][1] == requests[1][1]
    assert [each for each in theirs.requests if each not in ours.requests] == []
    assert len(ours.requests) == 2  # langchain asks anew on resume, and a `when` that changes its mind loses decisions


@both
def test_a_decision_stands_though_when_says_otherwise_on_resume(invoke):
    office, answers = Office(), iter([True])
    graph = compiler(
        [(CALLS[:1], "done")],
        office.tools,
        {"send": {"allowed_decisions": ["reject"], "when": lambda _: next(answers, False)}},
    )
    invoke(graph, ask(), thread())
    assert statuses(invoke(graph, decide({"type": "reject"}), thread())) == {1: "rejected"}
    assert office.done == []


@both
def test_when_sees_the_arguments_that_would_be_run(invoke):
    office = Office()
    rule = {"allowed_decisions": ["reject"], "when": lambda request: request.tool_call["args"]["text"] == "<q>"}
    model = spoken(plan('look("q")', 'send("a", "$1")', 'send("b", "x")', 'look("$2")'), answered("done"))
    graph = create_llm_compiler(model, office.tools, interrupt_on={"send": rule}, checkpointer=InMemorySaver())
    (waiting,) = invoke(graph, ask(), thread())["__interrupt__"]
    assert undescribed(waiting.value) == [{"name": "send", "args": {"to": "a", "text": "<q>"}}]
    out = invoke(graph, decide({"type": "reject", "message": "no"}), thread())
    assert statuses(out) == {1: "ok", 2: "rejected", 3: "ok", 4: "skipped"}
    assert observations(out)[3] == "sent to b"
    assert "no" in errors(out)[4]


@both
def test_an_error_of_when_ends_the_run(invoke):
    def when(request):
        raise KeyError(request.tool_call["name"])

    graph = compiler([(CALLS, "done")], Office().tools, {"send": {"allowed_decisions": ["approve"], "when": when}})
    with pytest.raises(KeyError, match="send"):
        invoke(graph, ask(), thread())


@pytest.mark.parametrize("rule", [None, 0, "approve", ["approve"]])
def test_no_gate_is_left_open_by_a_rule_that_is_none(rule):
    with pytest.raises(ConfigurationError, match=r"interrupt_on\['send'\]"):
        compiler([], Office().tools, {"send": rule})


def test_an_empty_rule_allows_all_decisions():
    request, done, _ = run_of(compiler, sync_invoke, {"send": {}})
    assert [len(each["allowed_decisions"]) for each in request["review_configs"]] == [4, 4]
    assert done == [("look", "q")]


@both_streams
def test_a_chat_shows_the_calls_that_a_person_is_asked_about(stream):
    shown = []
    for factory in (agent, compiler):
        graph = factory([(CALLS, "done")], Office().tools, {"send": True})
        parts = [message for message, _ in stream(graph, ask(), thread(), stream_mode="messages")]
        shown.append([(call["name"], call["args"]) for part in parts for call in part.tool_calls])
        later = [message for message, _ in stream(graph, decide(APPROVE, APPROVE), thread(), stream_mode="messages")]
        if factory is compiler:  # under one id, so that the message is replaced and not repeated
            assert {each.id for each in later if isinstance(each, AIMessage) and each.tool_calls} == {parts[0].id}
    assert shown == [CALLS, CALLS]


@pytest.mark.parametrize("stream", [sync_stream, async_stream], ids=["sync", "async"])
def test_decisions_may_be_sent_by_the_interrupts_id(stream):
    graph = compiler([(CALLS, "done")], Office().tools, {"send": True})
    stream(graph, ask(), thread())
    (waiting,) = graph.get_state(thread()).interrupts
    stream(graph, Command(resume={waiting.id: {"decisions": [APPROVE, APPROVE]}}), thread())
    assert answer_of(graph.get_state(thread()).values) == "done"


@both
def test_a_new_question_in_place_of_a_decision_starts_anew(invoke):
    office = Office()
    # the answer to the first question is never asked for, so the script's second reply is that to the second question
    model = spoken(
        planned(("send", {"to": "a", "text": "x"})), planned(("send", {"to": "b", "text": "y"})), answered("b")
    )
    graph = create_llm_compiler(model, office.tools, interrupt_on={"send": True}, checkpointer=InMemorySaver())
    invoke(graph, ask("Tell a"), thread())
    (waiting,) = invoke(graph, ask("No: tell b"), thread())["__interrupt__"]
    assert undescribed(waiting.value) == [{"name": "send", "args": {"to": "b", "text": "y"}}]
    out = invoke(graph, decide(APPROVE), thread())
    assert office.done == [("send", "b", "y")]
    assert [each.type for each in out["messages"]] == ["human", "human", "ai", "tool", "ai"]
    assert_valid(out["messages"])


@both
@pytest.mark.parametrize("parallel", [False, True], ids=["one a turn", "parallel"])
def test_the_baseline_asks_in_the_same_way(invoke, parallel):
    office = Office()
    rule = {"allowed_decisions": ["approve"], "when": lambda request: request.tool_call["args"]["to"] == "b"}
    replies = [tool_calls(("send", {"to": who, "text": "x"})) for who in "ab"]
    graph = create_react_baseline(
        spoken(*replies, "done"),
        office.tools,
        parallel_tool_calls=parallel,
        interrupt_on={"send": rule},
        checkpointer=InMemorySaver(),
    )
    (waiting,) = invoke(graph, ask(), thread())["__interrupt__"]
    assert undescribed(waiting.value) == [{"name": "send", "args": {"to": "b", "text": "x"}}]
    assert answer_of(invoke(graph, decide(APPROVE), thread())) == "done"
    assert office.done == [("send", "a", "x"), ("send", "b", "x")]


@both
@pytest.mark.parametrize("factory", [agent, compiler], ids=["create_agent", "ours"])
def test_the_second_form_of_output_holds_the_interrupts(invoke, factory):
    graph = factory([(CALLS, "done")], Office().tools, {"send": True})
    first = invoke(graph, ask(), thread(), version="v2")
    assert [each["name"] for each in first.interrupts[0].value["action_requests"]] == ["send", "send"]
    second = invoke(graph, decide(APPROVE, APPROVE), thread(), version="v2")
    assert (second.interrupts, answer_of(second.value)) == ((), "done")
