"""The graph: its shape, its prompts, its rounds, and the conversation it is part of."""

import asyncio
from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, MessagesState, StateGraph

from langgraph_llm_compiler import ConfigurationError, JoinerOutputError, LLMCompilerError, ModelError, PlannerError
from tests.support import (
    STYLE,
    answer_of,
    ask,
    assert_valid,
    async_invoke,
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
    with_results,
)


def graph_of(*replies: Any, **settings: Any) -> Any:
    return create_llm_compiler(scripted(*replies), [search], **settings)


def test_name_and_schemas():
    graph = graph_of(name="mine")
    assert graph.name == "mine"
    assert set(graph.get_input_jsonschema()["properties"]) == {"messages"}
    assert set(graph.get_output_jsonschema()["properties"]) == {"messages", "tasks", "structured_response"}


@both
def test_what_a_run_gives(invoke):
    out = invoke(graph_of(plan('search("a")', 'search(query="$1")'), finish("42")), ask("What?"))
    assert set(out) == {"messages", "tasks", "structured_response"}
    assert out["structured_response"] is None
    question, calls, first, second, answer = out["messages"]
    assert (question.text, answer.text, calls.text) == ("What?", "42", "")
    assert [(each["name"], each["args"], each["id"]) for each in calls.tool_calls] == [
        ("search", {"query": "a"}, "r1_t1"),
        ("search", {"query": "<a>"}, "r1_t2"),
    ]
    assert [(each.tool_call_id, each.content, each.status) for each in (first, second)] == [
        ("r1_t1", "<a>", "success"),
        ("r1_t2", "<<a>>", "success"),
    ]
    assert_valid(out["messages"])
    record = out["tasks"][1]
    assert record["args"] == {"query": "$1"}
    assert record["resolved"] == {"query": "<a>"}
    assert record["dependencies"] == [1]
    assert (record["id"], record["round"], record["tool"], record["status"]) == (2, 1, "search", "ok")
    assert out["tasks"][0]["planned_at"] <= out["tasks"][0]["started_at"] <= out["tasks"][0]["ended_at"]


@paper_only
@both
def test_prompts_of_planner_and_joiner(invoke):
    model = scripted(plan('search("a")', "nosuch(1)"), finish())
    graph = create_llm_compiler(
        model, [search], system_prompt="Be kind.", examples=["Question: old\n1. join()", ("Q {1}?", '1. search("x")')]
    )
    invoke(graph, ask("What {now}?"))
    planner, joiner = (each.messages for each in model.requests)
    system = planner[0].text
    assert system.startswith("Be kind.\n\n")
    assert "1. search(query: str): Look a thing up.\n2. join()" in system
    assert "Question: old\n1. join()" in system
    assert 'Question: Q {1}?\n1. search("x")' in system
    assert [type(each) for each in planner] == [SystemMessage, HumanMessage]
    assert planner[1].text == "Question: What {now}?"
    assert joiner[0].text.startswith("Be kind.\n\n")
    assert joiner[1].text.startswith('Question: What {now}?\n\n1. search("a")\nObservation: <a>\n2. nosuch(')
    assert "Observation: Error: there is no tool 'nosuch'" in joiner[1].text


@paper_only
@both
def test_a_replan_goes_to_the_planner_with_feedback_and_ids_go_on(invoke):
    model = scripted(plan('search("a")'), replan("find (b) too"), plan('search("$1 b")', first=2), finish("both"))
    out = invoke(create_llm_compiler(model, [search]), ask("Q?"))
    assert answer_of(out) == "both"
    assert [(each["id"], each["round"]) for each in out["tasks"]] == [(1, 1), (2, 2)]
    assert observations(out)[2] == "<<a> b>"
    again = model.requests[2].last
    assert again.startswith(
        'Question: Q?\n\nEarlier rounds:\n1. search("a")\nObservation: <a>\n\nFeedback: find (b) too'
    )
    assert "number its first task 2" in again
    assert '1. search("a")\nObservation: <a>\n2. search("$1 b")\nObservation: <<a> b>' in model.requests[3].last
    assert [each.tool_calls and each.tool_calls[-1]["id"] for each in out["messages"] if each.type == "ai"] == [
        "r2_t2",
        [],
    ]
    assert_valid(out["messages"])


@paper_only
@both
def test_after_the_last_replan_it_has_to_answer(invoke):
    model = scripted(plan(), replan("1"), plan(), replan("2"), finish("enough"))
    out = invoke(create_llm_compiler(model, [search], max_replans=1), ask())
    assert answer_of(out) == "enough"
    assert "No further plan is possible" in model.requests[3].messages[0].text
    assert "No further plan is possible" not in model.requests[1].messages[0].text
    assert "Action: Finish(answer)" in model.requests[4].last
    with pytest.raises(JoinerOutputError, match="Replan"):
        invoke(graph_of(plan(), replan("1"), replan("2"), max_replans=0), ask())


@paper_only
@both
def test_a_joiner_without_a_decision_is_asked_once_more(invoke):
    model = scripted(plan('search("a")'), "", finish("now"))
    out = invoke(create_llm_compiler(model, [search]), ask())
    assert answer_of(out) == "now"
    assert [each.type for each in model.requests[2].messages] == ["system", "human", "human"]
    model = scripted(plan('search("a")'), "Observation: <a>", "I cannot say")
    with pytest.raises(JoinerOutputError) as raised:
        invoke(create_llm_compiler(model, [search]), ask())
    assert raised.value.text == "I cannot say"
    assert [each.type for each in model.requests[2].messages] == ["system", "human", "ai", "human"]


@paper_only
@both
@pytest.mark.parametrize("written", ["1. join()", "join()", "", "I need no tools."])
def test_a_plan_without_tasks(invoke, written):
    model = scripted(written, finish("hello"))
    out = invoke(create_llm_compiler(model, [search]), ask())
    assert answer_of(out) == "hello"
    assert out["tasks"] == []
    assert [each.type for each in out["messages"]] == ["human", "ai"]
    assert "No tools were called." in model.requests[1].last
    assert ("I need no tools." in model.requests[1].last) == (written == "I need no tools.")


@both
def test_the_conversation_before_the_question_reaches_planner_and_joiner(invoke):
    model = scripted(plan('search("a")'), finish("first"), plan('search("b")', 'search("$1")'), finish("second"))
    graph = create_llm_compiler(model, [search], checkpointer=InMemorySaver())
    invoke(graph, ask("One?"), thread())
    out = invoke(graph, ask("Two?"), thread())
    asked = with_results("One?", 'search(query="a") = <a>')
    for request in model.requests[2:]:
        assert [(each.type, each.text) for each in request.messages[1:3]] == [("human", asked), ("ai", "first")]
    assert [each["id"] for each in out["tasks"]] == [1, 2]
    assert [each["round"] for each in out["tasks"]] == [1, 1]
    assert "<a>" not in model.requests[3].last
    assert [each.type for each in out["messages"]] == ["human", "ai", "tool", "ai", "human", "ai", "tool", "tool", "ai"]
    assert_valid(out["messages"])


@paper_only
@both
def test_a_conversation_given_whole(invoke):
    said = [
        SystemMessage("Speak French."),
        HumanMessage("Before?"),
        AIMessage("", tool_calls=[{"name": "x", "args": {}, "id": "1"}]),
        ToolMessage("y", tool_call_id="1"),
        AIMessage([{"type": "text", "text": "Because."}]),
        HumanMessage([{"type": "text", "text": "Now?"}, {"type": "image_url", "image_url": {"url": "data:,"}}]),
    ]
    model = scripted(plan('search("a")'), finish())
    assert_valid(invoke(create_llm_compiler(model, [search]), {"messages": said})["messages"])
    for request in model.requests:
        assert request.messages[0].text.startswith("Speak French.\n\n")
        assert [each.text for each in request.messages[1:3]] == [with_results("Before?", "x() = y"), "Because."]
        assert request.last.startswith("Question: Now?")
        assert request.messages[-1].content[1]["type"] == "image_url"


@both
def test_the_same_question_asked_again_has_calls_of_its_own(invoke):
    again = plan('search("b")'), replan(), plan('search("c")', first=2)
    graph = graph_of(plan('search("a")'), finish("one"), *again, finish("two"))
    first = invoke(graph, ask())
    out = invoke(graph, {"messages": first["messages"]})
    assert [each.text for each in out["messages"] if each.type == "tool"] == ["<a>", "<b>", "<c>"]
    assert_valid(out["messages"])


@paper_only
@both
def test_arguments_that_fit_no_parameter_are_shown_as_they_were_written(invoke):
    model = scripted(plan('search("a", "b")', 'nosuch("x", y=2)'), finish())
    invoke(create_llm_compiler(model, [search]), ask())
    assert '1. search("a", "b")\nObservation: Error: search takes 1' in model.requests[1].last
    assert '2. nosuch("x", y=2)\nObservation: Error: there is no tool' in model.requests[1].last


@both
@pytest.mark.parametrize("given", [[], [AIMessage("hi")]])
def test_nothing_asked_is_a_clear_error(invoke, given):
    with pytest.raises(LLMCompilerError, match="nothing was asked"):
        invoke(graph_of(), {"messages": given})


@both
@pytest.mark.parametrize("streams", [True, False])
def test_a_broken_planner_is_a_planner_error(invoke, streams):
    broken = ConnectionError("lost")
    replies = [['1. search("a")\n', broken] if streams else broken]
    with pytest.raises(PlannerError, match=r"ScriptedChatModel.*ConnectionError: lost") as raised:
        invoke(graph_of(*replies, stream=streams), ask())
    assert raised.value.__cause__ is broken


@both
def test_a_broken_joiner_is_a_model_error(invoke):
    with pytest.raises(ModelError, match="ConnectionError: lost") as raised:
        invoke(graph_of(plan('search("a")'), ConnectionError("lost")), ask())
    assert not isinstance(raised.value, PlannerError)


@both
@pytest.mark.parametrize("streams", [True, False])
def test_our_own_errors_out_of_a_model_stay_what_they_are(invoke, streams):
    wrong = ConfigurationError("the key is missing")
    with pytest.raises(LLMCompilerError, match="the key is missing"):
        invoke(graph_of(wrong, stream=streams), ask())


@both
def test_without_streaming_a_breakpoint_shows_the_plan_and_an_edited_one_is_run(invoke):
    saver = InMemorySaver()
    graph = graph_of(plan('search("a")'), finish(), stream=False, checkpointer=saver)
    invoke(graph, ask(), thread(), interrupt_before=["executor"])
    config = thread()
    state = graph.get_state(config)
    assert state.next == ("executor",)
    assert state.values["plan"] == plan('search("a")')
    graph.update_state(config, {"plan": plan('search("b")', 'search("$1")')})
    out = invoke(graph, None, thread())
    assert observations(out) == {1: "<b>", 2: "<<b>>"}
    assert answer_of(out) == "done"


@both
def test_planner_and_joiner_may_be_different_models(invoke):
    planner, joiner = scripted(plan('search("a")')), scripted(finish("other"))
    assert answer_of(invoke(create_llm_compiler(planner, [search], joiner_model=joiner), ask())) == "other"
    assert planner.is_exhausted
    assert joiner.is_exhausted


@both
@pytest.mark.parametrize("saver", [None, InMemorySaver()], ids=["plain", "kept"])
def test_as_a_subgraph(invoke, saver):
    inner = graph_of(plan('search("a")'), finish("inner"))

    async def after(state: MessagesState) -> dict[str, Any]:
        return {"messages": [AIMessage(f"after {state['messages'][-1].text}")]}

    builder = StateGraph(MessagesState)
    builder.add_node("inner", inner)
    builder.add_node("after", lambda state: {"messages": [AIMessage(f"after {state['messages'][-1].text}")]})
    builder.add_edge(START, "inner")
    builder.add_edge("inner", "after")
    out = invoke(builder.compile(checkpointer=saver), ask(), thread(id(invoke)))
    assert [each.text for each in out["messages"]][-2:] == ["inner", "after inner"]
    assert_valid(out["messages"])


def test_fifty_runs_at_once():
    async def run(number: int) -> dict[str, Any]:
        graph = graph_of(plan(f'search("{number}")', 'search("$1")'), finish(str(number)), checkpointer=InMemorySaver())
        return await graph.ainvoke(ask(), thread(number))

    async def all_of_them() -> list[dict[str, Any]]:
        return await asyncio.gather(*map(run, range(50)))

    outs = asyncio.run(all_of_them())
    assert [answer_of(out) for out in outs] == [str(number) for number in range(50)]
    assert [observations(out)[2] for out in outs] == [f"<<{number}>>" for number in range(50)]


def test_fifty_synchronous_runs_at_once():
    graphs = [graph_of(plan(f'search("{number}")'), finish(str(number))) for number in range(50)]

    async def all_of_them() -> list[dict[str, Any]]:
        return await asyncio.gather(*[asyncio.to_thread(graph.invoke, ask()) for graph in graphs])

    assert [answer_of(out) for out in asyncio.run(all_of_them())] == [str(number) for number in range(50)]


REFUSED = [
    ({"max_replans": -1}, "max_replans=-1"),
    ({"prompt_style": "terse"}, "prompt_style='terse'"),
    ({"response_format": 7}, "response_format=7"),
    ({"tools": []}, "no tools"),
    ({"model": "some-model"}, "provider"),
    ({"model": 7}, "7 is no chat model"),
]


@paper_only
@pytest.mark.parametrize(("wrong", "message"), REFUSED)
def test_arguments_with_which_no_graph_can_be_built(wrong, message):
    with pytest.raises(ConfigurationError, match=message):
        create_llm_compiler(**{"model": scripted(), "tools": [search], **wrong})


def test_a_users_own_planner_prompt_may_hold_braces():
    model = scripted(plan(), finish())
    graph = create_llm_compiler(model, [search], planner_prompt="{x} {tools} {join_number} {examples}", examples=["E"])
    async_invoke(graph, ask())
    number = "1. " if STYLE["now"] == "paper" else ""
    assert model.requests[0].messages[0].text == f"{{x}} {number}search(query: str): Look a thing up. 2 E"


@both
def test_more_tasks_than_allowed(invoke):
    out = invoke(graph_of(plan('search("a")', 'search("b")'), finish(), max_tasks=1), ask())
    assert "max_tasks=1" in out["tasks"][1]["error"]
