"""What the planner is told, and when a round is the first."""

from types import SimpleNamespace
from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.runtime import Runtime

from langgraph_llm_compiler import ConfigurationError, PlannerError, ToolPolicy
from langgraph_llm_compiler.errors import LLMCompilerError
from langgraph_llm_compiler.execution.calls import ToolCaller
from langgraph_llm_compiler.execution.records import planned_record
from langgraph_llm_compiler.nodes.base import Parts
from langgraph_llm_compiler.nodes.planner import earlier_records, planner_messages
from langgraph_llm_compiler.plan import Task
from tests.support import ask, both, create_llm_compiler, finish, plan, scripted, search, thread


async def math(problem: str, context: list[str] | None = None) -> str:
    """Calculate with {braces}, as {examples} or {tools} are."""
    return problem


def parts_of(**settings: Any) -> Parts:
    return Parts(model=scripted(), caller=ToolCaller([search, math]), **settings)


def told(parts: Parts, context: Any = None, **state: Any) -> list[Any]:
    given = {"messages": [HumanMessage("How high {is} it?", id="q")], **state}
    return planner_messages(parts, given, Runtime(context=context))


def record_of(number: int, round_: int, observation: Any = None) -> Any:
    record = planned_record(Task(number, "search"), round_, 0.0)
    record["args"], record["status"], record["observation"] = {"query": f"q{number}"}, "ok", observation
    return record


def test_the_first_prompt_of_a_turn():
    system, question = told(parts_of())
    assert isinstance(system, SystemMessage)
    assert system.text.startswith("Write a plan")
    assert (
        "1. search(query: str): Look a thing up.\n2. math(problem: str, context: list[str] | None = None)"
        in system.text
    )
    assert "\n3. join(): ends the plan" in system.text
    assert "{join_number}" not in system.text
    assert "Examples:" not in system.text
    assert question == HumanMessage("Question: How high {is} it?")


def test_a_later_round_is_shown_what_there_is_and_what_is_missing():
    tasks = [record_of(1, 1, "one {brace}"), record_of(4, 2, "four"), record_of(9, 3, "of this round")]
    _, question = told(parts_of(), round=3, feedback="look {again}", tasks=tasks)
    assert question.text == (
        "Question: How high {is} it?\n\n"
        'Earlier rounds:\n1. search("q1")\nObservation: one {brace}\n4. search("q4")\nObservation: four\n\n'
        "Feedback: look {again}\n\n"
        "Continue with a new plan; number its first task 5. "
        "Results of earlier calls stay available under their numbers."
    )


def test_a_later_round_without_tasks_or_feedback():
    _, question = told(parts_of(), round=2)
    assert "number its first task 1." in question.text
    assert "Feedback: \n" in question.text


def test_the_conversation_stands_between_rules_and_question():
    call = {"name": "search", "args": {}, "id": "c"}
    messages = [
        HumanMessage("first"),
        AIMessage("", tool_calls=[call]),
        ToolMessage("x", tool_call_id="c"),
        AIMessage("8,849 m"),
        HumanMessage("and the next?"),
    ]
    _, *history, question = told(parts_of(), messages=messages)
    assert [each.text for each in history] == ["first\n\nResults of tools:\nsearch() = x", "8,849 m"]
    assert question.text == "Question: and the next?"


def test_examples_are_added_or_put_where_the_prompt_says():
    examples = ["Question: a {x}?\n1. join()", "\nQuestion: b?\n1. join()\n"]
    system, _ = told(parts_of(examples=examples))
    assert system.text.endswith("\nExamples:\n\nQuestion: a {x}?\n1. join()\n\nQuestion: b?\n1. join()\n")
    own = parts_of(examples=examples, planner_prompt="EX[{examples}] T[{tools}] J[{join_number}] {other}")
    system, _ = told(own)
    assert system.text.startswith("EX[Question: a {x}?")
    assert system.text.endswith(" J[3] {other}")
    assert "1. search(query: str)" in system.text


def test_prompts_of_the_graph_and_of_the_run():
    assert told(parts_of(planner_prompt="mine"))[0].text == "mine"
    assert [each.type for each in told(parts_of(planner_prompt=""))] == ["human"]  # providers refuse an empty message
    assert told(parts_of(planner_prompt="mine"), {"planner_prompt": "of the run"})[0].text == "of the run"
    assert told(parts_of(planner_prompt="mine"), SimpleNamespace(planner_prompt="too"))[0].text == "too"
    system = told(parts_of(system_prompt="Be brief."))[0].text
    assert system.startswith("Be brief.\n\nWrite a plan")


def test_records_of_earlier_rounds_only():
    tasks = [record_of(1, 1), record_of(2, 2)]
    assert earlier_records({"messages": [], "tasks": tasks, "round": 2}) == tasks[:1]
    assert earlier_records({"messages": [], "tasks": tasks}) == []
    assert earlier_records({"messages": []}) == []


@both
def test_every_turn_starts_anew(invoke):
    model = scripted(*[plan('search("a")'), "Action: Replan(more)", plan('search("b")', first=2), finish()] * 2)
    graph = create_llm_compiler(model, [search], checkpointer=InMemorySaver())
    for _ in range(2):
        out = invoke(graph, ask(), thread())
        assert [(each["round"], each["id"]) for each in out["tasks"]] == [(1, 1), (2, 2)]


@both
@pytest.mark.parametrize("stream", [True, False])
def test_a_planner_that_fails_names_its_endpoint(invoke, stream):
    graph = create_llm_compiler(scripted(ConnectionError("gone")), [search], stream=stream)
    with pytest.raises(PlannerError, match="the model 'ScriptedChatModel' failed: ConnectionError: gone"):
        invoke(graph, ask())


@both
def test_our_own_errors_are_not_wrapped(invoke):
    error = LLMCompilerError("ours")
    with pytest.raises(LLMCompilerError) as raised:
        invoke(create_llm_compiler(scripted(error), [search], stream=False), ask())
    assert raised.value is error


@both
@pytest.mark.parametrize(
    "settings",
    [{"interrupt_on": {"search": True}}, {"tool_policies": {"search": ToolPolicy(interrupts=True)}}],
    ids=str,
)
def test_approvals_without_a_checkpointer_are_refused_before_the_model_is_asked(invoke, settings):
    model = scripted()
    graph = create_llm_compiler(model, [search], **settings)
    with pytest.raises(ConfigurationError, match="needs a checkpointer"):
        invoke(graph, ask())
    with pytest.raises(ConfigurationError, match="needs a checkpointer"):
        invoke(graph, ask(), thread())
    assert model.requests == []


@both
def test_without_streaming_the_whole_plan_is_there_before_anything_runs(invoke):
    graph = create_llm_compiler(scripted(plan('search("a")')), [search], stream=False, checkpointer=InMemorySaver())
    out = invoke(graph, ask(), thread(), interrupt_before=["executor"])
    assert out.get("tasks", []) == []
    assert graph.get_state(thread()).values["plan"] == plan('search("a")')
