"""One chat app, written once and run over `create_agent` and over `create_llm_compiler`: the chat shows the same."""

import asyncio

import pytest
from langchain_core.messages import AIMessage, AIMessageChunk, ToolMessage, ToolMessageChunk
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

from tests.embedding.pairs import agent, answered, compiler, planned, spoken
from tests.support import (
    STYLE,
    Gate,
    ask,
    assert_valid,
    both_streams,
    create_llm_compiler,
    plan,
    replan,
    thread,
)

TURNS = [
    ([("look", {"query": "height"}), ("send", {"to": "Ann"})], "It is 8,849 metres high, and Ann knows."),
    ([("look", {"query": "age"})], "It is old."),
]
APPROVE = {"decisions": [{"type": "approve"}]}


def look(query: str) -> str:
    """Look a thing up."""
    return f"<{query}>"


def send(to: str) -> str:
    """Send a message."""
    return f"sent to {to}"


compact_only = pytest.mark.styles("compact")


class Chat:
    """The app: it streams a thread's messages, puts them together by id, and asks before anything is sent."""

    def __init__(self, graph, stream, **how):
        self.graph, self.stream, self.how = graph, stream, how
        self.shown = {}
        self.asked = []

    def say(self, given):
        for message in self._messages(given):
            assert message.id
            self._show(message)
        for waiting in self.graph.get_state(thread()).interrupts:
            self.asked += [(each["name"], each["args"]) for each in waiting.value["action_requests"]]
            self.say(Command(resume=APPROVE))

    def _messages(self, given):
        for part in self.stream(self.graph, given, thread(), stream_mode="messages", **self.how):
            message, metadata = part["data"] if self.how.get("version") == "v2" else part
            assert metadata["thread_id"] == "1"
            yield message

    def _show(self, message):
        before = self.shown.get(message.id)
        is_further = isinstance(message, AIMessageChunk) and isinstance(before, AIMessageChunk)
        self.shown[message.id] = before + message if is_further else message

    @property
    def lines(self):
        """What is on the screen: who says what, and which tools are called."""
        return [
            (each.type.removesuffix("MessageChunk").lower(), each.text, [call["name"] for call in calls_of(each)])
            for each in self.shown.values()
        ]

    def kept(self):
        """The thread's messages, but for those that the user wrote."""
        return [each for each in self.graph.get_state(thread()).values["messages"] if each.type != "human"]


def calls_of(message):
    return message.tool_calls if isinstance(message, AIMessage) else []


def chatted(factory, stream, **how):
    chat = Chat(factory(TURNS, [look, send], {"send": True}), stream, **how)
    chat.say(ask("How high?"))
    chat.say(ask("How old?"))
    return chat


def sync_events(graph, given):
    """Texts and calls of the messages, calls of tools, and kinds of the final messages."""
    run = graph.stream_events(given, thread(), version="v3")
    both = [*run.interleave("messages", "tool_calls")]
    messages = [said_of("".join(part.text), part.output) for name, part in both if name == "messages"]
    calls = [(part.tool_name, part.input) for name, part in both if name == "tool_calls"]
    return messages, calls, [each.type for each in run.output["messages"]]


def async_events(graph, given):
    """The same, read with `await`."""

    async def told():
        run = await graph.astream_events(given, thread(), version="v3")

        async def messages():
            return [
                said_of("".join([text async for text in each.text]), await each.output) async for each in run.messages
            ]

        async def calls():
            return [(each.tool_name, each.input) async for each in run.tool_calls]

        return *await asyncio.gather(messages(), calls()), [each.type for each in (await run.output())["messages"]]

    return asyncio.run(told())


def said_of(text, message):
    return text, [call["name"] for call in message.tool_calls]


@both_streams
@pytest.mark.parametrize("how", [{}, {"version": "v2"}], ids=["v1", "v2"])
def test_the_chat_shows_the_same(stream, how):
    theirs, ours = chatted(agent, stream, **how), chatted(compiler, stream, **how)
    their_lines = theirs.lines
    their_lines[1:3] = sorted(their_lines[1:3])  # it shows results in the order in which tools end
    assert ours.lines == their_lines
    assert ours.lines == [
        ("ai", "", ["look", "send"]),
        ("tool", "<height>", []),
        ("tool", "sent to Ann", []),
        ("ai", TURNS[0][1], []),
        ("ai", "", ["look"]),
        ("tool", "<age>", []),
        ("ai", TURNS[1][1], []),
    ]
    assert ours.asked == theirs.asked == [("send", {"to": "Ann"})]


@both_streams
@pytest.mark.parametrize("factory", [agent, compiler], ids=["create_agent", "ours"])
def test_what_was_streamed_is_what_is_kept(stream, factory):
    chat = chatted(factory, stream)
    shown, kept = list(chat.shown.values()), chat.kept()
    if factory is agent:  # it runs tools in nodes of their own, whose results are shown in the order in which they end
        shown.sort(key=lambda each: [one.id for one in kept].index(each.id))
    assert [each.id for each in shown] == [each.id for each in kept]
    assert [each.text for each in shown] == [each.text for each in kept]
    assert [calls_of(each) for each in shown] == [calls_of(each) for each in kept]
    assert_valid(chat.graph.get_state(thread()).values["messages"])


@both_streams
def test_the_kept_messages_are_of_the_same_kinds(stream):
    theirs, ours = chatted(agent, stream), chatted(compiler, stream)
    assert [type(each) for each in ours.kept()] == [type(each) for each in theirs.kept()]
    for chat in (theirs, ours):
        state = chat.graph.get_state(thread())
        assert (state.next, state.interrupts) == ((), ())


@both_streams
def test_the_second_turn_is_asked_with_the_first_in_mind(stream):
    replies = [reply for calls, answer in TURNS for reply in (planned(*calls), answered(answer))]
    model = spoken(*replies)
    settings = {"interrupt_on": {"send": True}, "checkpointer": InMemorySaver()}
    chat = Chat(create_llm_compiler(model, [look, send], **settings), stream)
    chat.say(ask("How high?"))
    chat.say(ask("How old?"))
    question, answer = model.requests[2].messages[1:-1]
    assert question.text.startswith("How high?\n\nResults of tools:\n")
    assert (answer.type, answer.text) == ("ai", TURNS[0][1])
    assert model.is_exhausted


@both_streams
def test_a_thread_that_the_agent_began_goes_on_after_the_swap(stream):
    before = Chat(agent(TURNS, [look, send], {"send": True}), stream)
    before.say(ask("How high?"))
    after = compiler(TURNS[1:], [look, send], {"send": True})
    after.checkpointer = before.graph.checkpointer
    chat = Chat(after, stream)
    chat.say(ask("How old?"))
    assert [text for _, text, _ in chat.lines] == ["", "<age>", TURNS[1][1]]
    messages = after.get_state(thread()).values["messages"]
    assert [each.type for each in messages] == ["human", "ai", "tool", "tool", "ai", "human", "ai", "tool", "ai"]
    assert_valid(messages)


WRITTEN = ['look("a")', 'look("$1")']
DIRECT = 'Thought: easy\n1. look("a")\n2. answer("It is $1, and that is all there is to say.")'
SAID = "It is <a>, and that is all there is to say."


@both_streams
@pytest.mark.parametrize("rules", [None, {"look": True}], ids=["free", "approved"])
@pytest.mark.parametrize("written", ["joined", "replanned", "direct"])
def test_no_plan_no_thought_and_no_answer_twice(stream, rules, written):
    if written == "direct" and STYLE["now"] == "paper":
        pytest.skip("the paper's plans do not answer")
    further = (
        [plan('look("b")', first=3)] if STYLE["now"] == "compact" else [replan("more"), plan('look("b")', first=3)]
    )
    replies = {
        "joined": [plan(*WRITTEN), answered(SAID)],
        "replanned": [plan(*WRITTEN), *further, answered(SAID)],
        "direct": [DIRECT],
    }[written]
    graph = create_llm_compiler(spoken(*replies), [look], interrupt_on=rules, checkpointer=InMemorySaver())
    chat = Chat(graph, stream)
    chat.say(ask())
    texts = [each.text for each in chat.shown.values() if isinstance(each, AIMessage)]
    assert texts == ["", SAID]
    assert list(chat.shown) == [each.id for each in chat.kept()]
    assert {each: chat.shown[each].text for each in chat.shown} == {each.id: each.text for each in chat.kept()}
    (calls,) = [calls_of(each) for each in chat.shown.values() if calls_of(each)]
    results = [each for each in chat.shown.values() if isinstance(each, (ToolMessage, ToolMessageChunk))]
    assert [call["id"] for call in calls] == [each.tool_call_id for each in results]


@compact_only
def test_an_answer_that_comes_before_a_calls_end_is_shown_below_the_calls():
    answer_came = Gate()

    async def slow() -> list[str]:
        """Give queries, once the answer is on the screen."""
        await answer_came.passed()
        return ["b", "c"]

    written = '1. look("a")\n2. slow()\n3. look.map($2)\n4. answer("It is $1.")'
    chat = Chat(create_llm_compiler(spoken(written), [look, slow], checkpointer=InMemorySaver()), live)
    show = chat._show
    chat._show = lambda message: (show(message), answer_came.open() if message.text == "It is <a>." else None)
    chat.say(ask())
    assert [text for _, text, _ in chat.lines][:3] == ["", "<a>", "It is <a>."]
    assert {id: (each.text, calls_of(each)) for id, each in chat.shown.items()} == {
        each.id: (each.text, calls_of(each)) for each in chat.kept()
    }


def live(graph, given, config, **how):
    """The parts of a stream as they come."""
    return graph.stream(given, config, **how)


@pytest.mark.filterwarnings("ignore:The v3 streaming protocol")
@pytest.mark.parametrize("read", [sync_events, async_events], ids=["sync", "async"])
def test_events_of_version_3_tell_the_same(read):
    theirs, ours = (read(factory(TURNS[1:], [look]), ask("How old?")) for factory in (agent, compiler))
    assert ours == theirs
    assert ours == (
        [("", ["look"]), ("It is old.", [])],
        [("look", {"query": "age"})],
        ["human", "ai", "tool", "ai"],
    )


@pytest.mark.filterwarnings("ignore:The v3 streaming protocol")
@pytest.mark.parametrize("read", [sync_events, async_events], ids=["sync", "async"])
@pytest.mark.parametrize("settings", [{}, {"interrupt_on": {"send": True}}], ids=["early", "late"])
@compact_only
def test_events_of_version_3_tell_of_an_answer_within_the_plan(read, settings):
    graph = create_llm_compiler(spoken(DIRECT), [look, send], checkpointer=InMemorySaver(), **settings)
    messages, calls, kinds = read(graph, ask())
    assert messages == [("", ["look"]), (SAID, [])]
    assert (calls, kinds) == ([("look", {"query": "a"})], ["human", "ai", "tool", "ai"])
