"""What `create_agent` takes, this package takes as well, or refuses with what to do instead."""

import inspect
from operator import add
from typing import Annotated, NotRequired

import pytest
from langchain.agents import AgentState, create_agent
from langchain.agents.middleware import HumanInTheLoopMiddleware, ToolRetryMiddleware, before_model
from langchain.agents.middleware.types import PrivateStateAttr
from langchain.agents.structured_output import AutoStrategy, ProviderStrategy, ToolStrategy
from langchain_core.messages import HumanMessage, SystemMessage, ToolMessage
from langchain_core.tools import InjectedToolCallId, tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.prebuilt import InjectedState
from langgraph.stream import UpdatesTransformer
from langgraph.types import Command
from pydantic import BaseModel
from typing_extensions import TypedDict

import langgraph_llm_compiler
from langgraph_llm_compiler import ConfigurationError
from tests.embedding.pairs import agent, answered, compiler, planned, spoken
from tests.support import (
    answer_of,
    ask,
    both,
    create_llm_compiler,
    observations,
    scripted,
    search,
    statuses,
    sync_invoke,
    thread,
)

SEARCH = ("search", {"query": "a"})


def made(**settings):
    model = spoken(planned(SEARCH), answered("done"))
    return create_llm_compiler(model, [search], **settings), model


def test_every_argument_of_create_agent_is_known():
    theirs = inspect.signature(create_agent).parameters
    ours = inspect.signature(langgraph_llm_compiler.create_llm_compiler).parameters
    assert [each for each in theirs if each not in ours] == []


def test_approvals_as_middleware_are_refused_with_the_argument_to_give():
    class Mine(HumanInTheLoopMiddleware):
        """One of the user's own."""

    for kind in (HumanInTheLoopMiddleware, Mine):
        with pytest.raises(ConfigurationError, match="pass interrupt_on=RULES"):
            made(middleware=[kind(interrupt_on={"search": True})])
        with pytest.raises(ConfigurationError, match="pass interrupt_on=RULES"):
            made(middleware=kind(interrupt_on={"search": True}))


def test_no_middleware_is_no_middleware():
    for nothing in ((), [], None):
        graph, _ = made(middleware=nothing)
        assert answer_of(sync_invoke(graph, ask())) == "done"


def test_other_middleware_is_refused_by_name_with_what_there_is_instead():
    @before_model
    def trim(state, runtime):
        """Do nothing."""

    with pytest.raises(ConfigurationError, match=r"\['ToolRetryMiddleware', 'trim'\].*tool_policies"):
        made(middleware=[ToolRetryMiddleware(), trim])


@pytest.mark.parametrize("tools", [None, []])
def test_no_tools_are_refused_in_words(tools):
    with pytest.raises(ConfigurationError, match="no tools were given"):
        create_llm_compiler(scripted(), tools)


def test_a_providers_own_tool_is_refused_in_words():
    with pytest.raises(ConfigurationError, match=r"web_search.*its provider runs"):
        create_llm_compiler(scripted(), [search, {"type": "web_search"}])


@both
@pytest.mark.parametrize("content", ["Be brief.", [{"type": "text", "text": "Be brief."}]])
def test_the_system_prompt_may_be_a_message(invoke, content):
    graph, model = made(system_prompt=SystemMessage(content))
    assert answer_of(invoke(graph, ask())) == "done"
    assert [each.messages[0].text.startswith("Be brief.\n\n") for each in model.requests] == [True, True]


class Height(BaseModel):
    """A height."""

    metres: int


@both
@pytest.mark.parametrize("strategy", [ToolStrategy, ProviderStrategy, AutoStrategy])
def test_a_strategys_schema_is_the_response_format(invoke, strategy):
    model = spoken(planned(SEARCH), answered('{"metres": 8849}'))
    out = invoke(create_llm_compiler(model, [search], response_format=strategy(Height)), ask())
    assert out["structured_response"] == Height(metres=8849)


def test_a_strategy_of_several_schemas_is_refused():
    class Depth(BaseModel):
        """A depth."""

        metres: int

    with pytest.raises(ConfigurationError, match="response_format"):
        made(response_format=ToolStrategy(Height | Depth))


class Visitor(AgentState):
    """A state as one makes it for create_agent."""

    user: str
    visits: NotRequired[Annotated[int, add]]
    secret: NotRequired[Annotated[str, PrivateStateAttr]]


@tool
def greet(name: str, state: Annotated[dict, InjectedState], call_id: Annotated[str, InjectedToolCallId]) -> Command:
    """Greet somebody."""
    said = f"Hello {name}, says {state['user']}, after {state.get('visits', 0)} visits"
    update = {"visits": 1, "secret": "s", "messages": [ToolMessage(said, tool_call_id=call_id)]}
    return Command(update=update)


@both
@pytest.mark.parametrize("factory", [agent, compiler], ids=["create_agent", "ours"])
def test_fields_of_ones_own_are_taken_injected_updated_and_given(invoke, factory):
    graph = factory([([("greet", {"name": "Bo"})], "done")] * 2, [greet], state_schema=Visitor)
    invoke(graph, {**ask(), "user": "Ann", "secret": "t"}, thread())
    out = invoke(graph, ask("again"), thread())
    said = [each.text for each in out["messages"] if isinstance(each, ToolMessage)]
    assert said == [f"Hello Bo, says Ann, after {visits} visits" for visits in (0, 1)]
    assert (out["user"], out["visits"], "secret" in out) == ("Ann", 2, False)
    assert graph.get_state(thread()).values["secret"] == "s"
    taken = graph.get_input_jsonschema()["properties"]
    assert ("user" in taken, "secret" in taken) == (True, False)


def test_a_state_schema_that_cannot_be_merged_is_refused():
    class Clash(TypedDict):
        plan: str

    class Model(BaseModel):
        user: str

    with pytest.raises(ConfigurationError, match=r"state_schema has plan.*rename yours"):
        made(state_schema=Clash)
    with pytest.raises(ConfigurationError, match="give a TypedDict"):
        made(state_schema=Model)


@both
def test_a_run_stops_before_and_after_nodes_and_goes_on(invoke):
    graph, _ = made(
        interrupt_before=["executor"], interrupt_after=["executor"], stream=False, checkpointer=InMemorySaver()
    )
    assert [each.type for each in invoke(graph, ask(), thread())["messages"]] == ["human"]
    assert graph.get_state(thread()).next == ("executor",)
    assert statuses(invoke(graph, None, thread())) == {1: "ok"}
    assert graph.get_state(thread()).next == ("joiner",)
    assert answer_of(invoke(graph, None, thread())) == "done"


@both
def test_a_run_stops_before_every_node(invoke):
    graph, _ = made(interrupt_before="*", checkpointer=InMemorySaver())
    for given, expected in ((ask(), "planner"), (None, "executor"), (None, "joiner")):
        invoke(graph, given, thread())
        assert graph.get_state(thread()).next == (expected,)


@pytest.mark.parametrize("argument", ["interrupt_before", "interrupt_after"])
def test_a_node_of_create_agent_is_refused_with_the_nodes_there_are(argument):
    with pytest.raises(ConfigurationError, match=f"{argument} names 'tools'.*planner, executor, joiner"):
        made(**{argument: ["tools"]})


@pytest.mark.parametrize("debug", [False, True])
def test_debug_prints_what_happens(debug, capsys):
    graph, _ = made(debug=debug)
    assert observations(sync_invoke(graph, {"messages": [HumanMessage("Who?")]})) == {1: "<a>"}
    assert ("executor" in capsys.readouterr().out) is debug


@pytest.mark.filterwarnings("ignore:The v3 streaming protocol")
def test_transformers_of_ones_own_are_added():
    graph, _ = made(transformers=[UpdatesTransformer])
    run = graph.stream_events(ask(), version="v3")
    assert [name for update in run.extensions["updates"] for name in update] == ["planner", "executor", "joiner"]
