"""Several turns over one thread: what prompts hold of them, and what the conversation looks like afterwards."""

import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

from langgraph_llm_compiler import LLMCompilerError, create_react_baseline
from tests.support import (
    answer_of,
    ask,
    assert_valid,
    both,
    create_llm_compiler,
    finish,
    observations,
    paper_only,
    plan,
    replan,
    scripted,
    search,
    statuses,
    thread,
    with_results,
)


def said(request):
    """What a model was sent after the system prompt, as role and text."""
    return [(each.type, each.text) for each in request.messages[1:]]


@both
@pytest.mark.parametrize("streams", [True, False])
def test_tasks_rounds_and_ids_start_anew_with_each_turn(invoke, streams):
    turn = [plan('search("a")', 'search("b")'), replan(), plan('search("$2")', first=3), finish("one")]
    model = scripted(*turn, plan('search("c")', 'search("$1")'), replan(), plan('search("$2")', first=3), finish("two"))
    graph = create_llm_compiler(model, [search], checkpointer=InMemorySaver(), max_replans=1, stream=streams)
    first = invoke(graph, ask("First?"), thread())
    assert observations(first) == {1: "<a>", 2: "<b>", 3: "<<b>>"}
    second = invoke(graph, ask("Second?"), thread())
    assert observations(second) == {1: "<c>", 2: "<<c>>", 3: "<<<c>>>"}
    assert [each["round"] for each in second["tasks"]] == [1, 1, 2]
    assert [each.type for each in second["messages"]] == ["human", "ai", *["tool"] * 3, "ai"] * 2
    assert [answer_of(first), answer_of(second)] == ["one", "two"]
    assert_valid(second["messages"])
    called = [each["id"] for message in second["messages"] for each in getattr(message, "tool_calls", ())]
    assert len(set(called)) == len(called) == 6
    assert model.is_exhausted


@paper_only
@both
def test_planner_and_joiner_are_sent_what_was_said_before(invoke):
    model = scripted(
        plan('search("a")'), finish("one"), plan('search("b")'), replan(), plan("search($1)", first=2), finish()
    )
    graph = create_llm_compiler(model, [search], checkpointer=InMemorySaver())
    invoke(graph, ask("First?"), thread())
    invoke(graph, ask("Second?"), thread())
    before = [("human", with_results("First?", 'search(query="a") = <a>')), ("ai", "one")]
    for request in model.requests[2:]:
        assert said(request)[:2] == before
        assert len(said(request)) == 3
        assert said(request)[2][1].startswith("Question: Second?")


@both
def test_a_conversation_that_comes_whole_needs_no_checkpointer(invoke):
    model = scripted(plan('search("a")'), finish())
    graph = create_llm_compiler(model, [search], system_prompt="Be brief.")
    history = [
        SystemMessage("You are kind."),
        HumanMessage("First?"),
        AIMessage("", tool_calls=[{"name": "search", "args": {"query": "x"}, "id": "c1"}]),
        ToolMessage("<x>", tool_call_id="c1"),
        AIMessage("one"),
        HumanMessage("Second?"),
    ]
    out = invoke(graph, {"messages": history})
    assert_valid(out["messages"])
    for request in model.requests:
        assert request.messages[0].text.startswith("You are kind.\n\nBe brief.\n\n")
        asked = with_results("First?", 'search(query="x") = <x>')
        assert said(request)[:2] == [("human", asked), ("ai", "one")]
        assert not any(getattr(each, "tool_calls", ()) for each in request.messages)


@paper_only
@both
def test_images_of_a_question_reach_planner_and_joiner(invoke):
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    question = HumanMessage([{"type": "text", "text": "What is this?"}, image])
    model = scripted(plan('search("a")'), replan("zoom"), plan('search("b")', first=2), finish())
    invoke(create_llm_compiler(model, [search]), {"messages": [question]})
    for request in model.requests:
        text, sent = request.messages[-1].content
        assert text["text"].startswith("Question: What is this?")
        assert sent == image
    assert "Feedback: zoom" in model.requests[2].messages[-1].content[0]["text"]


@both
def test_a_question_has_to_be_there(invoke):
    for messages in ([], [AIMessage("Hello")]):
        with pytest.raises(LLMCompilerError, match="nothing was asked"):
            invoke(create_llm_compiler(scripted(), [search]), {"messages": messages})


@both
def test_a_turn_that_failed_does_not_show_in_the_next(invoke):
    model = scripted(plan('search("a")'), "", "", plan('search("b")'), finish("two"))
    graph = create_llm_compiler(model, [search], checkpointer=InMemorySaver())
    with pytest.raises(LLMCompilerError):
        invoke(graph, ask("First?"), thread())
    out = invoke(graph, ask("Second?"), thread())
    assert observations(out) == {1: "<b>"}
    assert_valid(out["messages"])


@both
def test_a_turn_given_up_at_an_approval_leaves_a_valid_conversation(invoke):
    model = scripted(plan('search("a")'), plan('search("b")'), finish("two"))
    graph = create_llm_compiler(model, [search], checkpointer=InMemorySaver(), interrupt_on={"search": True})
    invoke(graph, ask("First?"), thread())
    out = invoke(graph, ask("Second?"), thread())
    (waiting,) = out["__interrupt__"]
    assert [each["args"] for each in waiting.value["action_requests"]] == [{"query": "b"}]
    out = invoke(graph, Command(resume={"decisions": [{"type": "approve"}]}), thread())
    assert statuses(out) == {1: "ok"}
    assert_valid(out["messages"])


@both
def test_the_same_question_twice_is_two_turns(invoke):
    model = scripted(plan('search("a")'), finish("one"), plan('search("b")'), finish("two"))
    graph = create_llm_compiler(model, [search], checkpointer=InMemorySaver())
    outs = [invoke(graph, ask("Same?"), thread()) for _ in range(2)]
    assert [answer_of(out) for out in outs] == ["one", "two"]
    assert_valid(outs[1]["messages"])


@both
def test_threads_do_not_mix(invoke):
    model = scripted(plan('search("a")'), finish("one"), plan('search("b")'), finish("two"))
    graph = create_llm_compiler(model, [search], checkpointer=InMemorySaver())
    invoke(graph, ask("First?"), thread(1))
    out = invoke(graph, ask("Second?"), thread(2))
    assert "First?" not in model.requests[2].text
    assert observations(out) == {1: "<b>"}


@both
def test_the_conversation_goes_on_with_another_graph(invoke):
    """The baseline reads what LLMCompiler left, and the other way round."""
    called = AIMessage("", tool_calls=[{"name": "search", "args": {"query": "c"}, "id": "c9"}])
    compiler = create_llm_compiler(scripted(plan('search("a")'), finish("one")), [search])
    model = scripted(called, "two")
    baseline = create_react_baseline(model, [search])
    first = invoke(compiler, ask("First?"))["messages"]
    second = invoke(baseline, {"messages": [*first, ("user", "Second?")]})["messages"]
    assert_valid(model.requests[1].messages)
    third = scripted(plan('search("d")'), finish("three"))
    out = invoke(create_llm_compiler(third, [search]), {"messages": [*second, ("user", "Third?")]})
    assert_valid(out["messages"])
    assert [text for _, text in said(third.requests[0])[:4]] == [
        with_results("First?", 'search(query="a") = <a>'),
        "one",
        with_results("Second?", 'search(query="c") = <c>'),
        "two",
    ]
