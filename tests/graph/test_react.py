"""The baselines: ReAct by tool calling or by text, and parallel function calling."""

import pytest
from langchain_core.messages import AIMessage, ToolMessage
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command, interrupt

from langgraph_llm_compiler import ConfigurationError, ModelError, ToolPolicy, create_react_baseline
from tests.support import (
    Meeting,
    answer_of,
    ask,
    assert_valid,
    both,
    errors,
    finish,
    observations,
    scripted,
    search,
    statuses,
    thread,
    tool_calls,
    with_results,
)

A, B = ("search", {"query": "a"}), ("search", {"query": "b"})


def act(call, thought="look it up"):
    return f"Thought: {thought}\nAction: {call}"


def made(*replies, **settings):
    model = scripted(*replies)
    return create_react_baseline(model, settings.pop("tools", [search]), **settings), model


@both
def test_one_call_a_turn_runs_only_the_first(invoke):
    graph, model = made(tool_calls(A, B), tool_calls(B), "so")
    out = invoke(graph, ask())
    assert observations(out) == {1: "<a>", 2: "<b>"}
    assert [each["round"] for each in out["tasks"]] == [1, 2]
    assert answer_of(out) == "so"
    assert model.requests[0].kwargs["parallel_tool_calls"] is False
    assert len(model.requests[1].messages[1].tool_calls) == 1
    for request in model.requests:
        assert_valid(request.messages)
    assert_valid([each for each in out["messages"] if each.id])


@both
def test_dropped_calls_leave_no_trace_in_the_message(invoke):
    reply = tool_calls(A, B)
    first, second = (each["id"] for each in reply.tool_calls)
    content = [{"type": "text", "text": "Hm."}] + [
        {"type": "tool_use", "id": each, "name": "search", "input": {"query": "x"}} for each in (first, second)
    ]
    reply = reply.model_copy(update={"content": content, "additional_kwargs": {"tool_calls": [1, 2]}})
    graph, model = made(reply, "so")
    invoke(graph, ask())
    sent = model.requests[1].messages[1]
    assert [each.get("id") for each in sent.content] == [None, first]
    assert sent.additional_kwargs == {}


@both
def test_parallel_calls_run_at_once(invoke):
    meeting = Meeting(3)

    async def meet(n: int) -> int:
        """Meet the others."""
        await meeting.passed()
        return n

    calls = tool_calls(*[("meet", {"n": n}) for n in range(3)])
    graph, model = made(calls, "so", tools=[meet], parallel_tool_calls=True)
    out = invoke(graph, ask())
    assert observations(out) == {1: 0, 2: 1, 3: 2}
    assert [each.text for each in out["messages"] if isinstance(each, ToolMessage)] == ["0", "1", "2"]
    assert model.requests[0].kwargs["parallel_tool_calls"] is True
    assert_valid(out["messages"])


@both
def test_the_text_style_keeps_thoughts_and_writes_the_prompt_anew(invoke):
    graph, model = made(act('search("a")'), act('search(query="b")', "now b"), act("Finish(so)"), style="text")
    out = invoke(graph, ask("Q?"))
    assert [each["thought"] for each in out["tasks"]] == ["look it up", "now b"]
    assert observations(out) == {1: "<a>", 2: "<b>"}
    assert model.requests[2].last == (
        'Question: Q?\nThought: look it up\nAction: search("a")\nObservation: <a>\n'
        'Thought: now b\nAction: search("b")\nObservation: <b>\n'
    )
    assert {tuple(each.kwargs["stop"]) for each in model.requests} == {("\nObservation:",)}
    assert answer_of(out) == "so"
    assert_valid(out["messages"])


@both
def test_a_hallucinated_observation_is_cut(invoke):
    made_up = act('search("a")\nObservation: <made up>\nThought: fine\nAction: Finish(made up)')
    graph, model = made(made_up, act("Finish(so)"), style="text")
    out = invoke(graph, ask())
    assert observations(out) == {1: "<a>"}
    assert answer_of(out) == "so"
    assert "made up" not in model.requests[1].text


@both
@pytest.mark.parametrize("reply", ["It is so.", "Thought: It is so.", "Thought: I know\nAction: Finish(It is so.)"])
def test_a_text_reply_without_a_call_is_the_answer(invoke, reply):
    graph, _ = made(reply, style="text")
    out = invoke(graph, ask())
    assert answer_of(out) == "It is so."
    assert out["tasks"] == []


@both
def test_text_that_is_no_call_is_an_observation_that_says_so(invoke):
    graph, model = made(act("search the web"), act('nosuch("a")'), act("search("), act("Finish(so)"), style="text")
    out = invoke(graph, ask())
    assert answer_of(out) == "so"
    assert "ok" not in statuses(out).values()
    assert "there is no tool 'nosuch'" in model.requests[-1].last
    assert model.requests[-1].last.count("Observation: Error:") == len(out["tasks"])


@both
@pytest.mark.parametrize("style", ["tools", "text"])
def test_after_the_last_turn_it_has_to_answer(invoke, style):
    turns = [tool_calls(A) if style == "tools" else act('search("a")') for _ in range(2)]
    graph, model = made(*turns, "so", style=style, max_turns=2)
    out = invoke(graph, ask())
    assert answer_of(out) == "so"
    assert len(out["tasks"]) == 2
    last = model.requests[-1]
    if style == "tools":
        assert [("tools" in each.kwargs) for each in model.requests] == [True, True, False]
        assert last.last == with_results("How high is it?", *['search(query="a") = <a>'] * 2)
    else:
        assert "No further call is possible" in last.last
        assert "No further call is possible" not in model.requests[1].last


@both
def test_a_text_turn_that_calls_once_more_at_the_end_is_an_answer(invoke):
    graph, _ = made(act('search("a")'), act('search("b")'), style="text", max_turns=1)
    out = invoke(graph, ask())
    assert observations(out) == {1: "<a>"}
    assert out["messages"][-1].type == "ai"


@both
def test_a_call_after_the_last_turn_is_not_run(invoke):
    """A model can make a call although it was sent no tools."""
    graph, model = made(tool_calls(A), tool_calls(B).model_copy(update={"content": "b?"}), max_turns=1)
    out = invoke(graph, ask())
    assert observations(out) == {1: "<a>"}
    assert answer_of(out) == "b?"
    assert model.is_exhausted
    assert_valid(out["messages"])


@both
def test_unknown_tools_and_wrong_arguments_are_observations(invoke):
    graph, model = made(
        tool_calls(("nosuch", {"query": "a"})), tool_calls(("search", {"wrong": 1})), tool_calls(A), "so"
    )
    out = invoke(graph, ask())
    assert statuses(out) == {1: "error", 2: "error", 3: "ok"}
    assert "there is no tool 'nosuch'; the tools are: search" in errors(out)[1]
    assert "query" in errors(out)[2]
    assert model.requests[1].messages[-1].status == "error"
    assert_valid(model.requests[-1].messages)


@both
def test_dollar_signs_in_arguments_are_no_references(invoke):
    graph, _ = made(tool_calls(("search", {"query": "$1 of 5"})), "so")
    assert observations(invoke(graph, ask())) == {1: "<$1 of 5>"}


@both
@pytest.mark.parametrize("style", ["tools", "text"])
def test_turns_over_a_thread_start_anew_and_leave_valid_messages(invoke, style):
    turn = {"tools": lambda n: tool_calls(A, B), "text": lambda n: act(f'search("{n}")')}[style]
    model = scripted(turn(1), turn(2), finish("one"), turn(3), finish("two"))
    graph = create_react_baseline(
        model, [search], style=style, parallel_tool_calls=style == "tools", checkpointer=InMemorySaver()
    )
    first = invoke(graph, ask("First?"), thread())
    second = invoke(graph, ask("Second?"), thread())
    assert (first["tasks"][-1]["round"], second["tasks"][0]["round"]) == (2, 1)
    assert second["tasks"][0]["id"] == 1
    assert_valid(second["messages"])
    if style == "text":
        assert [each.text for each in model.requests[3].messages[1:3]] == [
            with_results("First?", 'search(query="1") = <1>', 'search(query="2") = <2>'),
            "one",
        ]


@both
@pytest.mark.parametrize("style", ["tools", "text"])
def test_approvals_stop_the_baseline_too(invoke, style):
    replies = [tool_calls(A, B), "so"] if style == "tools" else [act('search("a")'), act("Finish(so)")]
    graph, model = made(
        *replies,
        style=style,
        parallel_tool_calls=style == "tools",
        interrupt_on={"search": True},
        checkpointer=InMemorySaver(),
    )
    out = invoke(graph, ask(), thread())
    requests = out["__interrupt__"][0].value["action_requests"]
    assert requests[0]["args"] == {"query": "a"}
    edited = {"type": "edit", "edited_action": {"name": "search", "args": {"query": "c"}}}
    decisions = [edited, {"type": "reject", "message": "no"}][: len(requests)]
    out = invoke(graph, Command(resume={"decisions": decisions}), thread())
    assert observations(out)[1] == "<c>"
    assert answer_of(out) == "so"
    assert len(model.requests) == 2
    assert_valid(out["messages"])


@both
def test_tools_that_ask_are_asked_one_by_one(invoke):
    def consult(topic: str) -> str:
        """Ask a person."""
        return f"{topic}: {interrupt(topic)}"

    graph, _ = made(
        tool_calls(("consult", {"topic": "x"}), ("consult", {"topic": "y"})),
        "so",
        tools=[consult],
        parallel_tool_calls=True,
        tool_policies={"consult": ToolPolicy(interrupts=True)},
        checkpointer=InMemorySaver(),
    )
    assert invoke(graph, ask(), thread())["__interrupt__"][0].value == "x"
    assert invoke(graph, Command(resume=1), thread())["__interrupt__"][0].value == "y"
    assert observations(invoke(graph, Command(resume=2), thread())) == {1: "x: 1", 2: "y: 2"}


@both
def test_approvals_without_a_checkpointer_are_refused(invoke):
    graph, model = made("so", interrupt_on={"search": True})
    with pytest.raises(ConfigurationError, match="checkpointer"):
        invoke(graph, ask())
    assert model.requests == []


@both
def test_a_broken_model_is_a_model_error(invoke):
    for style in ("tools", "text"):
        with pytest.raises(ModelError, match="lost"):
            invoke(made(ConnectionError("lost"), style=style)[0], ask())


@both
def test_system_prompt_and_examples_come_first(invoke):
    graph, model = made("so", system_prompt="Be brief.")
    invoke(graph, ask())
    assert [each.text for each in model.requests[0].messages] == ["Be brief.", "How high is it?"]
    graph, model = made("so", system_prompt="Be brief.", examples=["Question: E?\n..."], style="text")
    invoke(graph, ask())
    system = model.requests[0].messages[0].text
    assert system.startswith("Be brief.\n\n")
    assert "Question: E?" in system
    assert "search(query: str): Look a thing up." in system


@pytest.mark.parametrize(
    "wrong", [{"style": "chat"}, {"style": "text", "parallel_tool_calls": True}, {"max_turns": 0}, {"tools": []}]
)
def test_arguments_with_which_no_graph_can_be_built(wrong):
    with pytest.raises(ConfigurationError):
        made(**wrong)


@both
def test_an_answer_with_no_text_is_kept_as_it_is(invoke):
    out = invoke(made(AIMessage(""))[0], ask())
    assert answer_of(out) == ""


@both
def test_a_turn_of_tools_that_return_directly_is_the_last(invoke):
    direct = tool(return_direct=True)(search)
    graph, _ = made(tool_calls(A, B), tools=[direct], parallel_tool_calls=True)
    out = invoke(graph, ask())
    assert [each.type for each in out["messages"]] == ["human", "ai", "tool", "tool"]
    assert answer_of(out) == "<b>"
    graph, _ = made(act('search("a")'), tools=[direct], style="text")
    assert answer_of(invoke(graph, ask())) == "<a>"


@both
def test_a_turn_with_other_tools_too_is_not(invoke):
    async def other(query: str) -> str:
        """Look elsewhere."""
        return query

    tools = [tool(return_direct=True)(search), other]
    graph, model = made(tool_calls(A, ("other", {"query": "x"})), "so", tools=tools, parallel_tool_calls=True)
    assert answer_of(invoke(graph, ask())) == "so"
    assert model.is_exhausted
