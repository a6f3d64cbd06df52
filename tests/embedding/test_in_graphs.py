"""The compiler within other graphs: as a subgraph, after a router, as a tool of an agent, and around agents itself."""

import operator
from typing import Annotated, Literal

import pytest
from langchain.agents import create_agent
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.types import Command, Send
from typing_extensions import TypedDict

from langgraph_llm_compiler import TaskRecord, ToolPolicy
from tests.embedding.pairs import answered, planned, spoken
from tests.support import (
    answer_of,
    ask,
    assert_valid,
    both,
    both_streams,
    create_llm_compiler,
    observations,
    plan,
    search,
    statuses,
    thread,
    tool_calls,
)

APPROVE = Command(resume={"decisions": [{"type": "approve"}]})
SEARCH = ("search", {"query": "a"})


def compiler(*answers, **settings):
    replies = [reply for answer in answers for reply in (planned(SEARCH), answered(answer))]
    return create_llm_compiler(spoken(*replies), [search], **settings)


class Shared(MessagesState):
    """A parent's state that shares the conversation and the records."""

    tasks: list[TaskRecord]
    notes: Annotated[list[str], operator.add]


def sequence(state, *steps, **settings):
    builder = StateGraph(state)
    builder.add_sequence(steps)
    builder.add_edge(START, steps[0][0])
    return builder.compile(**settings)


@both
def test_a_subgraph_shares_the_state_over_the_turns_of_a_thread(invoke):
    def count(state):
        return {"notes": [f"{len(state['messages'])} messages, {len(state['tasks'])} tasks"]}

    graph = sequence(Shared, ("look_up", compiler("one", "two")), ("count", count), checkpointer=InMemorySaver())
    assert answer_of(invoke(graph, ask("One?"), thread())) == "one"
    out = invoke(graph, ask("Two?"), thread())
    assert [each.type for each in out["messages"]] == ["human", "ai", "tool", "ai"] * 2
    assert out["notes"] == ["4 messages, 1 tasks", "8 messages, 1 tasks"]
    assert statuses(out) == {1: "ok"}
    assert_valid(out["messages"])


class Report(TypedDict):
    """A parent's state that knows no messages."""

    topic: str
    text: str


@both
def test_a_subgraph_of_another_state_is_called_from_a_node(invoke):
    inner = compiler("short")

    def write(state):
        return {"text": answer_of(inner.invoke(ask(state["topic"])))}

    async def awrite(state):
        return {"text": answer_of(await inner.ainvoke(ask(state["topic"])))}

    node = awrite if invoke.__name__ == "async_invoke" else write
    graph = sequence(Report, ("write", node), checkpointer=InMemorySaver())
    assert invoke(graph, {"topic": "Heights"}, thread()) == {"topic": "Heights", "text": "short"}


@both
@pytest.mark.parametrize("question", ["look it up", "hello"])
def test_a_router_leads_to_the_compiler_or_past_it(invoke, question):
    def route(state) -> Literal["compiler", "chat"]:
        return "compiler" if "look" in state["messages"][-1].text else "chat"

    builder = StateGraph(MessagesState)
    builder.add_node("compiler", compiler("found"))
    builder.add_node("chat", lambda state: {"messages": [AIMessage("hello to you")]})
    builder.add_conditional_edges(START, route)
    out = invoke(builder.compile(), ask(question))
    assert answer_of(out) == {"look it up": "found", "hello": "hello to you"}[question]


@both
def test_a_node_hands_over_to_the_compiler_and_it_runs_several_times_at_once(invoke):
    class State(TypedDict):
        answers: Annotated[list[str], operator.add]

    def split(state) -> Command[Literal["one"]]:
        return Command(goto=[Send("one", ask(topic)) for topic in "abc"])

    def said(messages):
        # each of three runs asks once for a plan and once for an answer, in whatever order
        is_joining = "Results:" in messages[-1].text or "Observation:" in messages[-1].text
        return answered("same") if is_joining else planned(SEARCH)

    inner = create_llm_compiler(spoken_by(said), [search])

    def one(given):
        return {"answers": [answer_of(inner.invoke(given))]}

    builder = StateGraph(State)
    builder.add_node("split", split)
    builder.add_node("one", one)
    builder.add_edge(START, "split")
    builder.add_edge("one", END)
    assert invoke(builder.compile(), {"answers": []})["answers"] == ["same"] * 3


def spoken_by(function):
    """A model whose reply depends on what it is sent."""

    class Model(type(spoken())):
        def _next(self, messages, kwargs):
            return function(messages)

    return Model()


def agent_with(inner, invoke, **settings):
    """An agent of langchain's that has the compiler as a tool."""

    @tool("research")
    def research(question: str) -> str:
        """Research a question."""
        return answer_of(inner.invoke(ask(question)))

    @tool("research")
    async def aresearch(question: str) -> str:
        """Research a question."""
        return answer_of(await inner.ainvoke(ask(question)))

    model = spoken(tool_calls(("research", {"question": "q"})), "the agent's")
    return create_agent(model, [aresearch if "async" in invoke.__name__ else research], **settings)


@both_streams
def test_a_tool_of_an_agent_keeps_its_tokens_from_the_agents_chat(stream):
    graph = agent_with(compiler("the compiler's"), stream)
    parts = [message for message, _ in stream(graph, ask(), stream_mode="messages")]
    told = "".join(each.text for each in parts if isinstance(each, AIMessageChunk))
    assert told == "the agent's"
    assert [each.text for each in parts if each.type == "tool"] == ["the compiler's"]
    graph = agent_with(compiler("the compiler's"), stream)
    parts = stream(graph, ask(), stream_mode="messages", subgraphs=True)
    inner = [message for namespace, (message, _) in parts if namespace]
    assert "".join(each.text for each in inner if isinstance(each, AIMessageChunk)) == "the compiler's"


@both
def test_an_approval_within_a_tool_of_an_agent_reaches_the_agents_thread(invoke):
    graph = agent_with(compiler("done", interrupt_on={"search": True}), invoke, checkpointer=InMemorySaver())
    (waiting,) = invoke(graph, ask(), thread())["__interrupt__"]
    assert waiting.value["action_requests"][0]["args"] == {"query": "a"}
    out = invoke(graph, APPROVE, thread())
    assert [each.text for each in out["messages"] if each.type == "tool"] == ["done"]
    assert answer_of(out) == "the agent's"


@pytest.mark.filterwarnings("ignore:This API is in beta")  # langchain's `as_tool`
@both
def test_the_graph_itself_is_made_a_tool(invoke):
    research = compiler("found").as_tool(name="research", description="Research.", arg_types={"messages": list})
    model = spoken(tool_calls(("research", {"messages": [["user", "q"]]})), "so it is")
    out = invoke(create_agent(model, [research]), ask())
    assert "found" in out["messages"][2].text
    assert answer_of(out) == "so it is"


@both
def test_an_agent_or_a_compiler_is_a_tool_of_a_compiler(invoke):
    agent, inner = create_agent(spoken(tool_calls(SEARCH), "of the agent"), [search]), compiler("of the compiler")

    async def ask_agent(question: str) -> str:
        """Ask an agent."""
        return answer_of(await agent.ainvoke(ask(question)))

    async def ask_compiler(question: str) -> str:
        """Ask a compiler."""
        return answer_of(await inner.ainvoke(ask(question)))

    model = spoken(plan('ask_agent("q")', 'ask_compiler("$1")'), answered("both asked"))
    out = invoke(create_llm_compiler(model, [ask_agent, ask_compiler]), ask())
    assert observations(out) == {1: "of the agent", 2: "of the compiler"}
    assert answer_of(out) == "both asked"


@both
def test_a_compiler_within_a_compilers_tool_asks_in_the_outer_thread(invoke):
    inner = compiler("inner", interrupt_on={"search": True})

    def delegate(question: str) -> str:
        """Have it looked up."""
        return answer_of(inner.invoke(ask(question)))

    graph = create_llm_compiler(
        spoken(plan('delegate("q")'), answered("outer")),
        [delegate],
        tool_policies={"delegate": ToolPolicy(interrupts=True)},
        checkpointer=InMemorySaver(),
    )
    (waiting,) = invoke(graph, ask(), thread())["__interrupt__"]
    assert waiting.value["action_requests"][0]["name"] == "search"
    out = invoke(graph, APPROVE, thread())
    assert (observations(out), answer_of(out)) == ({1: "inner"}, "outer")


def test_a_parents_drawing_shows_the_compilers_nodes():
    drawn = sequence(Shared, ("look_up", compiler("one"))).get_graph(xray=True)
    inner = {node.removeprefix("look_up:") for node in drawn.nodes if node.startswith("look_up:")}
    assert {"planner", "executor", "joiner"} <= inner


@both
def test_two_compilers_at_once_ask_each_for_itself(invoke):
    class State(TypedDict):
        answers: Annotated[list[str], operator.add]

    def branch(name):
        inner = compiler(name, interrupt_on={"search": True})

        def run(state):
            return {"answers": [answer_of(inner.invoke(ask(name)))]}

        return run

    builder = StateGraph(State)
    for name in ("left", "right"):
        builder.add_node(name, branch(name))
        builder.add_edge(START, name)
    graph = builder.compile(checkpointer=InMemorySaver())
    waiting = invoke(graph, {"answers": []}, thread())["__interrupt__"]
    assert len({each.id for each in waiting}) == 2
    decisions = {each.id: {"decisions": [{"type": "approve"}]} for each in waiting}
    assert sorted(invoke(graph, Command(resume=decisions), thread())["answers"]) == ["left", "right"]


@both
def test_a_subgraph_with_a_memory_of_its_own_remembers_what_its_parent_does_not(invoke):
    replies = [reply for text in ("one", "two") for reply in (planned(SEARCH), answered(text))]
    model = spoken(*replies)
    inner = create_llm_compiler(model, [search], checkpointer=True)

    def hand_on(state):
        return {"text": answer_of(inner.invoke(ask(state["topic"])))}

    graph = sequence(Report, ("hand_on", hand_on), checkpointer=InMemorySaver())
    assert invoke(graph, {"topic": "First?"}, thread())["text"] == "one"
    assert invoke(graph, {"topic": "Second?"}, thread())["text"] == "two"
    before = [each.text for each in model.requests[2].messages[1:3]]
    assert before == ['First?\n\nResults of tools:\nsearch(query="a") = <a>', "one"]
