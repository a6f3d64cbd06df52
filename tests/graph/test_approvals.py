"""People decide on calls: approvals in the shapes of langchain's `HumanInTheLoopMiddleware`, and tools that ask."""

import re

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command, interrupt

from langgraph_llm_compiler import (
    ConfigurationError,
    LLMCompilerError,
    ToolPolicy,
    create_react_baseline,
)
from tests.support import (
    answer_of,
    ask,
    assert_valid,
    both,
    create_llm_compiler,
    errors,
    finish,
    observations,
    paper_only,
    plan,
    scripted,
    statuses,
    thread,
    tool_calls,
)

ASKS = ToolPolicy(interrupts=True)
APPROVE = {"type": "approve"}


def edit(args, name="send"):
    return {"type": "edit", "edited_action": {"name": name, "args": args}}


class Desk:
    """A graph with a tool that needs approval, and what was really called."""

    def __init__(self, written, *, rule=True, replies=(), **settings):
        self.sent, self.looked = [], []

        async def send(to: str, text: str = "") -> str:
            """Send a message."""
            self.sent.append((to, text))
            return f"sent to {to}"

        def look(query: str) -> str:
            """Look a thing up, in a thread."""
            self.looked.append(query)
            return f"<{query}>"

        self.model = scripted(written, *(replies or [finish()]))
        settings = {"interrupt_on": {"send": rule}, "checkpointer": InMemorySaver(), **settings}
        self.graph = create_llm_compiler(self.model, [send, look, *settings.pop("tools", ())], **settings)


def decide(*decisions):
    return Command(resume={"decisions": list(decisions)})


def requested(out):
    """Names and arguments of the calls that wait."""
    (waiting,) = out["__interrupt__"]
    return [(each["name"], each["args"]) for each in waiting.value["action_requests"]]


PLAN = plan('send("a")', 'look("x")', 'send("b", text="$2")', 'send("$1")', 'look("$3")')


@both
def test_two_calls_wait_at_once_and_a_second_request_follows(invoke):
    desk = Desk(PLAN)
    out = invoke(desk.graph, ask(), thread())
    assert requested(out) == [("send", {"to": "a"}), ("send", {"to": "b", "text": "<x>"})]
    (waiting,) = out["__interrupt__"]
    config = {"action_name": "send", "allowed_decisions": ["approve", "edit", "reject", "respond"]}
    assert waiting.value["review_configs"] == [config, config]  # one for each request, as langchain has it
    assert "task 3" in waiting.value["action_requests"][1]["description"]
    assert desk.sent == []
    out = invoke(desk.graph, decide(APPROVE, {"type": "reject", "message": "not that one"}), thread())
    assert requested(out) == [("send", {"to": "sent to a"})]
    assert desk.sent == [("a", "")]
    out = invoke(desk.graph, decide(edit({"to": "c", "text": "hello"})), thread())
    assert statuses(out) == {1: "ok", 2: "ok", 3: "rejected", 4: "ok", 5: "skipped"}
    assert errors(out)[3] == "not that one"
    assert "not that one" in errors(out)[5]
    assert desk.sent == [("a", ""), ("c", "hello")]
    assert desk.looked == ["x"]
    assert answer_of(out) == "done"
    assert len(desk.model.requests) == 2
    assert_valid(out["messages"])


@both
def test_a_run_resumed_without_an_answer_puts_the_open_request_again_and_gives_it_no_earlier_answer(invoke):
    """As after a crash. LangGraph itself would give the first request's answer to the second."""
    asked = []

    async def confirm(what: str) -> str:
        """Ask the person oneself."""
        asked.append(what)
        return f"{what}: {interrupt(what)}"

    written = plan('send("a")', 'send("$1")', 'confirm("$2")')
    desk = Desk(written, tools=[confirm], tool_policies={"confirm": ASKS})
    invoke(desk.graph, ask(), thread())
    for _ in range(2):
        invoke(desk.graph, None, thread())
    invoke(desk.graph, decide(APPROVE), thread())
    for _ in range(2):
        assert requested(invoke(desk.graph, None, thread())) == [("send", {"to": "sent to a"})]
    assert desk.sent == [("a", "")]
    invoke(desk.graph, decide(APPROVE), thread())
    for _ in range(2):
        out = invoke(desk.graph, None, thread())
        assert [each.value for each in out["__interrupt__"]] == ["sent to sent to a"]
    out = invoke(desk.graph, Command(resume="yes"), thread())
    assert observations(out)[3] == "sent to sent to a: yes"
    assert desk.sent == [("a", ""), ("sent to a", "")]


@paper_only
@both
def test_the_baseline_gives_an_answer_to_no_later_request_either(invoke):
    async def send(to: str) -> str:
        """Send a message."""
        return f"sent to {to}"

    async def confirm(what: str) -> str:
        """Ask the person oneself."""
        return f"{what}: {interrupt(what)}"

    model = scripted(tool_calls(("send", {"to": "a"}), ("confirm", {"what": "b"})), "done")
    settings = {"interrupt_on": {"send": True}, "tool_policies": {"confirm": ASKS}, "checkpointer": InMemorySaver()}
    graph = create_react_baseline(model, [send, confirm], parallel_tool_calls=True, **settings)
    invoke(graph, ask(), thread())
    invoke(graph, decide(APPROVE), thread())
    out = invoke(graph, None, thread())
    assert [each.value for each in out["__interrupt__"]] == ["b"]
    assert observations(invoke(graph, Command(resume="yes"), thread())) == {1: "sent to a", 2: "b: yes"}


@both
def test_an_answer_given_twice_decides_nothing_that_was_not_asked_yet(invoke):
    tried = []

    async def shaky(what: str) -> str:
        """Break the run, the first time."""
        tried.append(what)
        return interrupt("undeclared") if len(tried) == 1 else f"<{what}>"

    desk = Desk(plan('send("a")', 'shaky("$1")', 'send("$2")'), tools=[shaky])
    invoke(desk.graph, ask(), thread())
    with pytest.raises(LLMCompilerError, match="interrupt"):
        invoke(desk.graph, decide(APPROVE), thread())
    out = invoke(desk.graph, decide(APPROVE), thread())
    assert requested(out) == [("send", {"to": "<sent to a>"})]
    assert desk.sent == [("a", "")]
    assert answer_of(invoke(desk.graph, decide(APPROVE), thread())) == "done"


@both
def test_what_was_edited_is_what_runs_and_is_recorded(invoke):
    desk = Desk(plan('look("x")', 'send("a", text="$1")', 'look("$2")'))
    invoke(desk.graph, ask(), thread())
    out = invoke(desk.graph, decide(edit({"to": "b", "text": "better"})), thread())
    record = out["tasks"][1]
    assert record["args"] == {"to": "a", "text": "$1"}
    assert record["resolved"] == {"to": "b", "text": "better"}
    call = out["messages"][1].tool_calls[1]
    assert (call["name"], call["args"]) == ("send", {"to": "b", "text": "better"})
    assert observations(out)[3] == "<sent to b>"


@both
def test_an_edit_may_name_another_tool(invoke):
    desk = Desk(plan('send("a")'))
    invoke(desk.graph, ask(), thread())
    out = invoke(desk.graph, decide(edit({"query": "a"}, name="look")), thread())
    assert out["tasks"][0]["tool"] == "look"
    assert observations(out) == {1: "<a>"}
    assert desk.sent == []
    assert_valid(out["messages"])


@both
def test_an_edit_that_names_no_tool_is_an_observation_that_names_the_tools(invoke):
    desk = Desk(plan('send("a")'))
    invoke(desk.graph, ask(), thread())
    out = invoke(desk.graph, decide(edit({"query": "a"}, name="nosuch")), thread())
    assert statuses(out) == {1: "error"}
    assert "send, look" in errors(out)[1]
    assert_valid(out["messages"])


@both
def test_a_response_takes_the_place_of_the_result(invoke):
    desk = Desk(plan('send("a")', 'look("$1")'))
    invoke(desk.graph, ask(), thread())
    out = invoke(desk.graph, decide({"type": "respond", "message": "by hand"}), thread())
    assert observations(out) == {1: "by hand", 2: "<by hand>"}
    assert desk.sent == []
    assert out["messages"][2].content == "by hand"


WRONG = [
    ({"decisions": [APPROVE]}, "2 calls wait for a decision each, and 1 decisions came"),
    ({"decisions": [APPROVE] * 3}, "2 calls wait"),
    ({"decisions": [APPROVE, {"type": "respond", "message": "x"}]}, r"one of \['approve', 'edit', 'reject'\]"),
    ({"decisions": [APPROVE, "approve"]}, "'approve' decides on 'send'"),
    ({"decisions": [APPROVE, {"type": "edit"}]}, "edited_action"),
    ({"decisions": [APPROVE, {"type": "edit", "edited_action": {"name": "send", "args": "b"}}]}, "edited_action"),
    ({"decisions": {}}, r"resume with Command\(resume="),
    ("yes", r"resume with Command\(resume=.*not with 'yes'"),
]


@both
@pytest.mark.parametrize(("answer", "complaint"), WRONG)
def test_the_same_is_asked_again_after_a_wrong_answer_with_what_was_wrong(invoke, answer, complaint):
    desk = Desk(PLAN, rule={"allowed_decisions": ["approve", "edit", "reject"]})
    first = invoke(desk.graph, ask(), thread())
    for _ in range(2):
        out = invoke(desk.graph, Command(resume=answer), thread())
        (again,) = out["__interrupt__"]
        assert re.search(complaint, again.value.pop("error"))
        assert again.value == first["__interrupt__"][0].value
    assert desk.sent == []
    out = invoke(desk.graph, decide(APPROVE, APPROVE), thread())
    assert sorted(desk.sent) == [("a", ""), ("b", "<x>")]
    assert requested(out) == [("send", {"to": "sent to a"})]
    out = invoke(desk.graph, decide({"type": "reject"}), thread())
    assert errors(out) == {4: "a person rejected the call"}
    assert desk.looked == ["x", "sent to b"]


@both
def test_descriptions_are_texts_or_functions(invoke):
    def described(call, state, runtime):
        return f"{call['name']}({call['args']['to']}) for {state['messages'][-1].text!r} by {runtime.context}"

    for description, shown in (("Really?", "Really?"), (described, "send(a) for 'Go on?' by None")):
        desk = Desk(plan('send("a")'), rule={"allowed_decisions": ["approve"], "description": description})
        out = invoke(desk.graph, ask("Go on?"), thread())
        (request,) = out["__interrupt__"][0].value["action_requests"]
        assert request["description"] == shown
        assert statuses(invoke(desk.graph, decide(APPROVE), thread())) == {1: "ok"}


@pytest.mark.parametrize(
    ("rules", "complaint"),
    [
        ({"nosuch": True}, "'nosuch'.*send, look"),
        ({"send": {"allowed_decisions": []}}, "allows"),
        ({"send": {"allowed_decisions": ["maybe"]}}, "maybe"),
        ({"send": {"allowed": ["approve"]}}, "allowed"),
    ],
)
def test_rules_that_mean_nothing_are_refused(rules, complaint):
    with pytest.raises(ConfigurationError, match=complaint):
        Desk("", interrupt_on=rules)


@both
def test_a_rule_that_is_false_asks_for_nothing(invoke):
    desk = Desk(plan('send("a")'), rule=False, checkpointer=None)
    assert statuses(invoke(desk.graph, ask())) == {1: "ok"}


@both
@pytest.mark.parametrize("config", [None, thread()], ids=["no thread", "thread"])
def test_without_a_checkpointer_approvals_are_refused_before_anything_runs(invoke, config):
    for settings in ({}, {"interrupt_on": None, "tool_policies": {"send": ASKS}}):
        desk = Desk(PLAN, checkpointer=None, **settings)
        with pytest.raises(ConfigurationError, match=r"checkpointer=InMemorySaver\(\)"):
            invoke(desk.graph, ask(), config)
        assert desk.model.requests == []


@both
def test_the_rest_of_the_plan_does_not_wait_for_a_person(invoke):
    desk = Desk(plan('send("a")', *[f'look("{n}")' for n in range(5)]))
    out = invoke(desk.graph, ask(), thread(max_concurrency=1))
    assert requested(out) == [("send", {"to": "a"})]
    assert len(desk.looked) == 5
    out = invoke(desk.graph, decide(APPROVE), thread(max_concurrency=1))
    assert set(statuses(out).values()) == {"ok"}
    assert len(desk.looked) == 5


async def consult(topic: str) -> str:
    """Ask a person twice."""
    first = interrupt(f"{topic}: first?")
    second = interrupt(f"{topic}: second?")
    return f"{topic}={first}+{second}"


def consult_in_thread(topic: str) -> str:
    """Ask a person twice, from a sync tool."""
    return f"{topic}={interrupt(f'{topic}: first?')}+{interrupt(f'{topic}: second?')}"


def put(out):
    """What a tool's own interrupt asks."""
    (waiting,) = out["__interrupt__"]
    return waiting.value


@both
@pytest.mark.parametrize("tool", [consult, consult_in_thread], ids=["async tool", "sync tool"])
def test_tools_that_ask_twice_get_the_answers_to_their_own_questions(invoke, tool):
    written = plan(f'{tool.__name__}("a")', f'{tool.__name__}("b")', f'{tool.__name__}("$1")', 'look("$2")')
    desk = Desk(written, tools=[tool], interrupt_on=None, tool_policies={tool.__name__: ASKS})
    asked = [put(invoke(desk.graph, ask(), thread()))]
    asked += [put(invoke(desk.graph, Command(resume=answer), thread())) for answer in (1, 2, 3, 4, 5)]
    out = invoke(desk.graph, Command(resume=6), thread())
    assert asked == [
        *("a: first?", "a: second?", "b: first?", "b: second?", "a=1+2: first?", "a=1+2: second?"),
    ]
    assert observations(out) == {1: "a=1+2", 2: "b=3+4", 3: "a=1+2=5+6", 4: "<b=3+4>"}
    assert desk.looked == ["b=3+4"]
    assert len(desk.model.requests) == 2


@both
def test_approvals_and_questions_of_tools_mix(invoke):
    written = plan('consult("a")', 'send("x")', 'consult("b")', 'send("$1")', 'send("$3")', 'consult("$2")')
    desk = Desk(written, tools=[consult], tool_policies={"consult": ASKS}, interrupt_on={"send": True, "consult": True})
    out = invoke(desk.graph, ask(), thread())
    assert [args for _, args in requested(out)] == [{"topic": "a"}, {"to": "x"}, {"topic": "b"}]
    out = invoke(desk.graph, decide(edit({"topic": "A"}, "consult"), APPROVE, APPROVE), thread())
    answers = iter(range(1, 100))
    asked, sent = [], []
    while "__interrupt__" in out:
        (waiting,) = out["__interrupt__"]
        if isinstance(waiting.value, str):
            asked.append(waiting.value)
            out = invoke(desk.graph, Command(resume=next(answers)), thread())
        else:
            sent += [args for _, args in requested(out)]
            out = invoke(desk.graph, decide(*[APPROVE] * len(requested(out))), thread())
    assert observations(out) == {
        **{1: "A=1+2", 2: "sent to x", 3: "b=3+4", 4: "sent to A=1+2", 5: "sent to b=3+4", 6: "sent to x=5+6"}
    }
    assert desk.sent == [("x", ""), ("A=1+2", ""), ("b=3+4", "")]


@both
@pytest.mark.parametrize("limit", [1, 2])
def test_questions_are_put_at_any_limit_and_what_follows_a_bad_answer_is_kept(invoke, limit):
    async def consult(topic: str) -> str:
        """Ask a person, who may be of no help."""
        if (answer := interrupt(topic)) == "no idea":
            raise ValueError(answer)
        return f"{topic}={answer}"

    written = plan('consult("a")', 'look("b")', 'consult("$1")', 'consult("$2")', 'look("$3")', 'look("$4")')
    desk = Desk(written, tools=[consult], interrupt_on=None, tool_policies={"consult": ASKS})
    config = thread(max_concurrency=limit)
    asked = [put(invoke(desk.graph, ask(), config))]
    asked += [put(invoke(desk.graph, Command(resume=answer), config)) for answer in (1, 2)]
    out = invoke(desk.graph, Command(resume="no idea"), config)
    assert asked == ["a", "a=1", "<b>"]
    assert list(statuses(out).values()) == ["ok", "ok", "ok", "error", "ok", "skipped"]
    assert errors(out)[4] == "ValueError: no idea"
    assert desk.looked == ["b", "a=1=2"]


@both
def test_an_undeclared_interrupt_is_refused_with_the_policy_that_would_allow_it(invoke):
    desk = Desk(plan('consult("a")'), tools=[consult], interrupt_on=None)
    with pytest.raises(LLMCompilerError, match=r"tool_policies=\{'consult': ToolPolicy\(interrupts=True\)\}"):
        invoke(desk.graph, ask(), thread())


@both
def test_requests_of_a_second_round_are_put_anew(invoke):
    replies = ["Thought: more\nAction: Replan(again)", plan('send("b", text="$1")', first=2), finish()]
    desk = Desk(plan('send("a")'), replies=replies)
    assert requested(invoke(desk.graph, ask(), thread())) == [("send", {"to": "a"})]
    out = invoke(desk.graph, decide(APPROVE), thread())
    assert requested(out) == [("send", {"to": "b", "text": "sent to a"})]
    out = invoke(desk.graph, decide({"type": "reject", "message": "no"}), thread())
    assert statuses(out) == {1: "ok", 2: "rejected"}
    assert_valid(out["messages"])
