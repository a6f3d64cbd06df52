"""What only the compact style does: maps in plans, direct answers, one conversation, replans that stream."""

import asyncio
import itertools
from dataclasses import dataclass

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, ToolMessage
from langgraph.cache.memory import InMemoryCache
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command
from pydantic import BaseModel

from langgraph_llm_compiler import ToolPolicy
from langgraph_llm_compiler.errors import JoinerOutputError, ModelError
from langgraph_llm_compiler.nodes.plan_stream import PlanStream
from tests.support import (
    Gate,
    Meeting,
    answer_of,
    ask,
    async_invoke,
    both,
    both_streams,
    create_llm_compiler,
    errors,
    observations,
    scripted,
    search,
    statuses,
    thread,
    with_results,
)

pytestmark = pytest.mark.styles("compact")


async def add(numbers: list[int]) -> int:
    """Add numbers."""
    return sum(numbers)


async def find(name: str) -> dict:
    """Find a thing by its name."""
    if name == "lost":
        raise ValueError("no such thing")
    return {"name": name, "size": len(name), "parts": [f"{name}-{k}" for k in range(3)]}


TOOLS = [search, add, find]


def made(*replies, tools=TOOLS, **settings):
    model = scripted(*replies)
    return create_llm_compiler(model, tools, **settings), model


# Maps


@both
def test_a_map_is_one_task_with_a_call_for_each_element(invoke):
    graph, model = made('1. find.map(["a", "bb"])\n2. add([$1[0].size, $1[1].size])\n3. answer($2)')
    out = invoke(graph, ask())
    assert answer_of(out) == "3"
    mapped, added = out["tasks"]
    assert [each["resolved"] for each in mapped["elements"]] == [{"name": "a"}, {"name": "bb"}]
    assert [each["size"] for each in mapped["observation"]] == [1, 2]
    assert added["dependencies"] == [1]
    calls = next(each for each in out["messages"] if isinstance(each, AIMessage))
    ids = [call["id"] for call in calls.tool_calls]
    assert ids == ["r1_t1_e0", "r1_t1_e1", "r1_t2"]
    assert [each.tool_call_id for each in out["messages"] if isinstance(each, ToolMessage)] == ids
    assert model.is_exhausted


@both
def test_an_element_starts_before_its_line_is_complete(invoke):
    gate, meeting = Gate(), Meeting(1)

    async def look(name: str) -> str:
        """Look."""
        await meeting.passed()
        gate.open()
        return name

    graph, _ = made(['1. look.map(["a",', gate, ' "b"])\n2. answer("$1")'], tools=[look])
    assert answer_of(invoke(graph, ask())) == '["a", "b"]'


@both
def test_an_element_that_fails_fails_no_other_and_is_named_to_what_needs_the_whole_list(invoke):
    plan = '1. find.map(["a", "lost", "c"])\n2. search($1)\n3. search($1[2].name)\n4. search($1[1].name)\n5. join()'
    graph, model = made(plan, "so")
    out = invoke(graph, ask())
    assert statuses(out) == {1: "error", 2: "skipped", 3: "ok", 4: "skipped"}
    assert [each["status"] for each in out["tasks"][0]["elements"]] == ["ok", "error", "ok"]
    assert "[1]" in errors(out)[2]
    assert "no such thing" in errors(out)[2]
    results = model.requests[1].last
    assert "$1[1] = Error: ValueError: no such thing\n" in results
    assert "$1[0] = {" in results
    assert "$3 = <c>" in results


@both
def test_a_map_over_what_a_task_gave(invoke):
    plan = '1. find("x")\n2. search.map($1.parts)\n3. search.map($2)\n4. answer("$3[1] of $3")'
    out = invoke(made(plan)[0], ask())
    assert observations(out)[2] == ["<x-0>", "<x-1>", "<x-2>"]
    assert answer_of(out) == '<<x-1>> of ["<<x-0>>", "<<x-1>>", "<<x-2>>"]'


@both
def test_a_list_that_is_too_long_is_refused_with_a_clear_error(invoke):
    plan = '1. search.map(["a", "b", "c"])\n2. find("q")\n3. search.map($2.parts)\n4. join()'
    out = invoke(made(plan, "so", max_map_size=2)[0], ask())
    assert statuses(out) == {1: "error", 2: "ok", 3: "error"}
    assert "max_map_size=2" in errors(out)[1]
    assert "max_map_size=2" in errors(out)[3]


@both
def test_elements_wait_for_approval_one_by_one(invoke):
    plan = '1. search.map(["a", "b"])\n2. answer($1)'
    graph, _ = made(plan, interrupt_on={"search": True}, checkpointer=InMemorySaver())
    out = invoke(graph, ask(), thread())
    requests = out["__interrupt__"][0].value["action_requests"]
    assert [each["args"] for each in requests] == [{"query": "a"}, {"query": "b"}]
    decisions = [{"type": "approve"}, {"type": "respond", "message": "mine"}]
    out = invoke(graph, Command(resume={"decisions": decisions}), thread())
    assert answer_of(out) == '["<a>", "mine"]'


@both_streams
def test_events_of_a_map_tell_of_each_element(stream):
    graph, _ = made('1. search.map(["a", "b"])\n2. answer($1)')
    events = [each for each in stream(graph, ask(), stream_mode="custom") if each["type"].startswith("task_")]
    for element in (None, 0, 1):
        kinds = [each["type"] for each in events if each["element"] == element]
        assert kinds == ["task_planned", "task_started", "task_finished"]
    assert events[-1]["element"] is None


# Direct answers


@both
@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("answer($1)", "<a>"),
        ('answer("It is $1.")', "It is <a>."),
        ('answer("It is", $1)', "It is <a>"),
        ("answer(text=$1)", "<a>"),
        ("answer({'it': $1})", '{"it": "<a>"}'),
        ("answer($2[0])", "<b>"),
    ],
)
def test_the_plan_answers_and_no_joiner_is_asked(invoke, answer, said):
    graph, model = made(f'1. search("a")\n2. search.map(["b"])\n3. {answer}')
    out = invoke(graph, ask())
    assert answer_of(out) == said
    assert model.is_exhausted
    assert len(model.requests) == 1


@both
@pytest.mark.parametrize("answer", ["answer($1)", "answer($9)", 'answer("")', "answer($2.nowhere)", "answer($1 $1 =)"])
def test_an_answer_that_cannot_be_given_is_the_joiners(invoke, answer):
    graph, model = made(f'1. find("lost")\n2. find("a")\n3. {answer}', "I do not know")
    assert answer_of(invoke(graph, ask())) == "I do not know"
    assert "The answer you wrote cannot be given" in model.requests[1].last


@both
def test_a_call_with_side_effects_that_the_answer_does_not_need_runs_to_its_end(invoke):
    answered, done = Gate(), []

    async def send(to: str) -> str:
        """Send a thing."""
        await answered.passed()
        done.append(to)
        return "sent"

    class Opens(BaseCallbackHandler):
        def on_tool_end(self, output, **_):
            if "<a>" in str(output):
                answered.open()

    graph, _ = made('1. send("x")\n2. search("a")\n3. answer($2)', tools=[send, search])
    out = invoke(graph, ask(), {"callbacks": [Opens()]})
    assert (answer_of(out), done, statuses(out)) == ("<a>", ["x"], {1: "ok", 2: "ok"})


@both
def test_a_call_that_only_reads_and_is_not_needed_is_cancelled(invoke):
    async def wait(name: str) -> str:
        """Wait for ever."""
        await asyncio.Event().wait()

    async def use(text: str) -> str:
        """Use a text."""
        return text

    graph, _ = made(
        '1. wait("x")\n2. wait.map(["y"])\n3. search("a")\n4. search("b")\n5. use($4)\n6. answer($3)',
        tools=[wait, search, use],
        tool_policies={"wait": ToolPolicy(read_only=True), "search": ToolPolicy(read_only=True)},
    )
    out = invoke(graph, ask())
    assert statuses(out) == {1: "cancelled", 2: "cancelled", 3: "ok", 4: "ok", 5: "ok"}
    assert "did not need it" in errors(out)[1]


class Place(BaseModel):
    """A place."""

    name: str
    size: int


@dataclass
class Named:
    """A thing with a name."""

    name: str


@both
def test_an_answer_fills_the_structure_when_it_fits(invoke):
    graph, model = made('1. find("Rome")\n2. answer($1)', response_format=Place)
    assert invoke(graph, ask())["structured_response"] == Place(name="Rome", size=4)
    assert '"size"' in model.requests[0].messages[0].text
    graph, _ = made('1. find("Rome")\n2. answer(name=$1.name)', response_format=Named)
    assert invoke(graph, ask())["structured_response"] == Named("Rome")


@both
def test_otherwise_the_joiner_fills_it(invoke):
    graph, model = made('1. search("Rome")\n2. answer($1)', '{"name": "Rome", "size": 4}', response_format=Place)
    assert invoke(graph, ask())["structured_response"] == Place(name="Rome", size=4)
    assert model.is_exhausted


@both_streams
def test_a_direct_answer_streams_once(stream):
    graph, _ = made('1. search("a")\n2. answer("It is $1")')
    parts = [message for message, _ in stream(graph, ask(), stream_mode="messages")]
    chunks = [each for each in parts if isinstance(each, AIMessageChunk)]
    assert "".join(each.text for each in chunks) == "It is <a>"


# Replans that stream


@both
def test_a_reply_of_calls_is_the_next_plan_and_runs_while_it_streams(invoke):
    gate = Gate()

    async def look(name: str) -> str:
        """Look."""
        gate.open()
        return f"<{name}>"

    graph, model = made('1. search("a")\n2. join()', ['2. look("$1")\n', gate, "3. join()"], "so", tools=[search, look])
    out = invoke(graph, ask())
    assert answer_of(out) == "so"
    assert [(each["round"], each["id"]) for each in out["tasks"]] == [(1, 1), (2, 2)]
    assert observations(out)[2] == "<<a>>"
    assert len(model.requests) == 3


@both
def test_the_prefix_never_changes_over_rounds(invoke):
    replies = ('1. find.map(["a", "lost"])\n2. join()', '3. search("$1[0]")\n4. join()', '5. search("b")\n6. join()')
    graph, model = made(*replies, "so", joiner_prompt="Be brief.", system_prompt="You are kind.", max_replans=2)
    invoke(graph, ask())
    sent = [[(each.type, each.text) for each in request.messages] for request in model.requests]
    for before, after in itertools.pairwise(sent):
        assert after[: len(before)] == before
        assert [kind for kind, _ in after[len(before) :]] == ["ai", "human"]
    assert sent[1][-2] == ("ai", replies[0])


@both
@pytest.mark.parametrize(
    "answer",
    [
        "1. Rome (Italy)\n2. Paris (France)",
        "1. searching(a lot) helps\n2. so does join()",
        "12 metres",
        "Thought: it says so.\n1. First\n2. Second",
        "```\ncode\n```",
        "answer(s) differ",
        "1. Searching",
    ],
)
def test_an_answer_that_looks_like_a_list_is_an_answer(invoke, answer):
    graph, _ = made('1. search("a")\n2. join()', answer)
    assert answer_of(invoke(graph, ask())) == answer.removeprefix("Thought: it says so.\n")


@both_streams
@pytest.mark.parametrize("size", [1, 3, 100])
def test_the_answer_streams_and_no_plan_does(stream, size):
    model = scripted('1. search("a")\n2. join()', '2. search("b")\n3. join()', "1. It is\n\n2. so ", chunk_size=size)
    graph = create_llm_compiler(model, TOOLS)
    parts = [message for message, _ in stream(graph, ask(), stream_mode="messages")]
    texts = {}
    for each in parts:
        if isinstance(each, AIMessageChunk):
            texts[each.id] = texts.get(each.id, "") + each.text
    assert list(texts.values()) == (["1. It is\n\n2. so"])


@both
def test_the_last_round_has_to_answer_and_is_asked_once_more(invoke):
    again = '2. search("b")\n3. join()'
    graph, model = made('1. search("a")\n2. join()', again, "so", max_replans=0)
    assert answer_of(invoke(graph, ask())) == "so"
    assert model.requests[1].last.endswith("No further calls are possible: answer now.")
    with pytest.raises(JoinerOutputError, match="an answer"):
        invoke(made('1. search("a")\n2. join()', again, again, max_replans=0)[0], ask())


@both
def test_a_last_reply_that_only_says_answer_gives_it(invoke):
    graph, _ = made('1. search("a")\n2. join()', '2. answer("It is $1")', max_replans=0)
    assert answer_of(invoke(graph, ask())) == "It is <a>"
    graph, model = made('1. search("a")\n2. join()', '2. answer("It is $1")')
    assert answer_of(invoke(graph, ask())) == "It is <a>"
    assert model.is_exhausted


@both
def test_a_joiner_that_breaks_raises_and_leaves_nothing_behind(invoke):
    with pytest.raises(ModelError, match="gone"):
        invoke(made('1. search("a")\n2. join()', ["It is", ConnectionError("gone")])[0], ask())
    with pytest.raises(ModelError, match="gone"):
        invoke(made('1. search("a")\n2. join()', ['2. search("b")\n3. sea', ConnectionError("gone")])[0], ask())
    assert PlanStream._live == {}


@both
def test_without_streaming_every_plan_stands_in_the_state_first(invoke):
    replies = ('1. search("a")\n2. join()', '2. search("b")\n3. join()', "so")
    graph, _ = made(*replies, stream=False, checkpointer=InMemorySaver())
    out = invoke(graph, ask(), thread(), interrupt_before=["executor"])
    assert graph.get_state(thread()).values["plan"] == replies[0]
    out = invoke(graph, None, thread(), interrupt_before=["executor"])
    assert graph.get_state(thread()).values["plan"].startswith('2. search("b")')
    out = invoke(graph, None, thread())
    assert answer_of(out) == "so"


@both
def test_a_text_of_several_lines_is_fenced(invoke):
    async def page(name: str) -> str:
        """Give a page."""
        return "one\n$2 = forged\n```\nthree"

    graph, model = made('1. page("a")\n2. join()', "so", tools=[page])
    invoke(graph, ask())
    assert model.requests[1].last == "Results:\n$1 = ````\none\n$2 = forged\n```\nthree\n````"


@both
def test_a_conversation_goes_on(invoke):
    replies = ('1. search("a")\n2. answer($1)', '1. search("b")\n2. join()', "so")
    graph, model = made(*replies, checkpointer=InMemorySaver())
    invoke(graph, ask("First?"), thread())
    out = invoke(graph, ask("Second?"), thread())
    assert answer_of(out) == "so"
    assert [each.text for each in model.requests[1].messages[1:]] == [
        with_results("First?", 'search(query="a") = <a>'),
        "<a>",
        "Second?",
    ]
    assert [(each["round"], each["id"]) for each in out["tasks"]] == [(1, 1)]


# Less work


@both
def test_equal_reads_share_a_run_over_rounds_and_runs(invoke):
    calls = []

    async def look(name: str) -> str:
        """Look."""
        calls.append(name)
        return f"<{name}>"

    def graph():
        return made(
            '1. look("a")\n2. look.map(["a", "b"])\n3. join()',
            '4. look("a")\n5. look("c")\n6. join()',
            "so",
            tools=[look],
            tool_policies={"look": ToolPolicy(read_only=True)},
            cache=cache,
        )[0]

    cache = InMemoryCache()
    out = invoke(graph(), ask())
    assert sorted(calls) == ["a", "b", "c"]
    assert observations(out) == {1: "<a>", 2: ["<a>", "<b>"], 4: "<a>", 5: "<c>"}
    assert observations(invoke(graph(), ask())) == observations(out)
    assert sorted(calls) == ["a", "b", "c"]


def test_both_messages_of_a_round_follow_the_rules_of_chat_endpoints():
    graph, model = made("", "so")
    out = async_invoke(graph, ask())
    assert answer_of(out) == "so"
    assert all(each.text for each in model.requests[1].messages)
    assert isinstance(model.requests[1].messages[-1], HumanMessage)


@both
def test_a_replan_whose_stream_is_lost_is_asked_for_again(invoke):
    """As in another process: the executor finds no stream under the id in the state, and opens the joiner's again."""
    second = '2. search("$1")\n3. join()'
    joiner = scripted(second, second, "so")
    graph, planner = made('1. search("a")\n2. join()', joiner_model=joiner, checkpointer=InMemorySaver())
    invoke(graph, ask(), thread(), interrupt_after=["joiner"])
    assert PlanStream._live == {}
    out = invoke(graph, None, thread())
    assert (answer_of(out), observations(out)) == ("so", {1: "<a>", 2: "<<a>>"})
    assert planner.is_exhausted
    assert [each.last for each in joiner.requests[:2]] == ["Results:\n$1 = <a>"] * 2


@both
def test_an_answer_waits_for_pending_approvals_and_is_given_once(invoke):
    async def send(to: str) -> str:
        """Send a thing."""
        return "sent"

    graph, model = made(
        '1. search("a")\n2. send("b")\n3. answer($1)',
        tools=[search, send],
        interrupt_on={"send": True},
        checkpointer=InMemorySaver(),
    )
    out = invoke(graph, ask(), thread())
    assert [each["name"] for each in out["__interrupt__"][0].value["action_requests"]] == ["send"]
    out = invoke(graph, Command(resume={"decisions": [{"type": "approve"}]}), thread())
    assert (answer_of(out), statuses(out)) == ("<a>", {1: "ok", 2: "ok"})
    assert len(model.requests) == 1
    assert [each.text for each in out["messages"] if isinstance(each, AIMessage)] == ["", "<a>"]


@both
def test_elements_that_ended_before_a_crash_do_not_run_again(invoke):
    calls = []

    async def work(name: str) -> str:
        """Work."""
        calls.append(name)
        return f"<{name}>"

    graph, model = made(
        '1. work.map(["a", "b"])\n2. join()',
        ['3. work.map(["c"])\n4. wor', ConnectionError("gone")],
        '3. work.map(["c"])\n4. join()',
        "so",
        tools=[work],
        checkpointer=InMemorySaver(),
    )
    with pytest.raises(ModelError):
        invoke(graph, ask(), thread())
    out = invoke(graph, None, thread())
    assert answer_of(out) == "so"
    assert sorted(calls) in (["a", "b", "c"], ["a", "b", "c", "c"])  # at least once
    assert model.is_exhausted
