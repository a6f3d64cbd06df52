"""A run's tool calls as chat messages."""

from typing import Any

from langchain_core.messages import AIMessage, HumanMessage, ToolMessage

from langgraph_llm_compiler.execution.records import Outcome, planned_record
from langgraph_llm_compiler.execution.scheduled import ScheduledTask
from langgraph_llm_compiler.nodes.conversation import FROM_TOOL
from langgraph_llm_compiler.nodes.messages import result_message, tool_messages, updates_of
from langgraph_llm_compiler.plan import Task
from tests.support import assert_valid


def ended(number: int, outcome: Outcome | None = None, **record: Any) -> ScheduledTask:
    task = Task(number, "search")
    scheduled = ScheduledTask(task, number, f"r1_t{number}", planned_record(task, 1, 0.0))
    scheduled.record["args"] = {"query": f"${number}"}
    scheduled.record |= record
    if outcome is not None:
        scheduled.close(outcome)
    return scheduled


def test_no_tasks_add_nothing():
    assert tool_messages([HumanMessage("q", id="q")], "q", []) == []


def test_one_message_with_the_calls_and_one_result_for_each():
    tasks = [ended(1, Outcome("found"), resolved={"query": "K2"}), ended(2, Outcome(None, "error", "no luck"))]
    calls, first, second = tool_messages([HumanMessage("q", id="q")], "q", tasks)
    assert calls.id == "q-calls"
    assert [(each["id"], each["name"], each["args"]) for each in calls.tool_calls] == [
        ("r1_t1", "search", {"query": "K2"}),
        ("r1_t2", "search", {"query": "$2"}),
    ]
    assert calls == AIMessage("", tool_calls=calls.tool_calls, id="q-calls")  # as langchain would check it
    assert calls.tool_calls[0]["args"] is not tasks[0].record["resolved"]
    assert (first.tool_call_id, first.name, first.content, first.status) == ("r1_t1", "search", "found", "success")
    assert (second.tool_call_id, second.content, second.status) == ("r1_t2", "Error: no luck", "error")


def test_a_later_round_replaces_the_message_by_one_with_all_calls():
    question = HumanMessage("q", id="q")
    first = tool_messages([question], "q", [ended(1, Outcome("a"))])
    conversation = [question, *first]
    second = tool_messages(conversation, "q", [ended(2, Outcome("b"), round=2), ended(3, Outcome("c"), round=2)])
    assert second[0].id == first[0].id
    assert [each["id"] for each in second[0].tool_calls] == ["r1_t1", "r1_t2", "r1_t3"]
    assert second[0].tool_calls[0] == first[0].tool_calls[0]
    assert second[0].tool_calls[0]["args"] is not first[0].tool_calls[0]["args"]  # earlier states stay as they were
    whole = [question, second[0], *first[1:], *second[1:]]
    for number, message in enumerate(whole):
        message.id = message.id or str(number)
    assert_valid(whole)


def test_a_question_that_is_asked_again_has_a_message_of_its_own():
    question = HumanMessage("q", id="q")
    conversation = [question, *tool_messages([question], "q", [ended(1, Outcome("a"))]), AIMessage("done", id="x")]
    again = tool_messages([*conversation, question], "q", [ended(1, Outcome("b"))])
    assert again[0].id not in {each.id for each in conversation}
    more = tool_messages([*conversation, question, *again], "q", [ended(2, Outcome("c"), round=2)])
    assert more[0].id == again[0].id
    assert len(more[0].tool_calls) == 2


def test_a_message_of_that_id_which_is_none_of_ours_is_left_alone():
    (calls, _) = tool_messages([HumanMessage("x", id="q-calls")], "q", [ended(1, Outcome("a"))])
    assert len(calls.tool_calls) == 1


def test_results_follow_their_calls_where_a_tool_has_added_a_message_in_between():
    question = HumanMessage("q", id="q")
    first = tool_messages([question], "q", [ended(1, Outcome("a"))])
    conversation = [question, *first, HumanMessage("note")]
    second = tool_messages(conversation, "q", [ended(2, Outcome("b"), round=2)])
    assert [each["id"] for each in second[0].tool_calls] == ["r1_t2"]
    assert second[0].id not in {each.id for each in conversation}
    assert_valid([*conversation, *second])


def test_a_name_that_providers_refuse_is_written_so_that_they_take_it():
    task = ended(1, Outcome("a"), tool="fs.read/ü" + "x" * 80)
    calls, result = tool_messages([HumanMessage("q", id="q")], "q", [task])
    assert calls.tool_calls[0]["name"] == result.name == "fs_read__" + "x" * 55
    assert task.record["tool"].startswith("fs.read/ü")


def test_what_the_tool_formatted_itself_is_kept():
    content = [{"type": "image", "url": "https://example.org/a.png"}]
    message = result_message(ended(1, Outcome("seen", content=content, artifact={"raw": [1]})))
    assert message.content == content
    assert message.artifact == {"raw": [1]}
    assert result_message(ended(1, Outcome("x", content=""))).content == ""
    assert result_message(ended(1, Outcome({"a": 1}))).content == '{"a": 1}'
    assert result_message(ended(1, Outcome([], content=[]))).content == "[]"


def test_a_task_that_never_ended_has_a_result_too():
    message = result_message(ended(1))
    assert (message.content, message.status, message.artifact) == ("Error: cancelled", "error", None)


def test_updates_are_merged_in_plan_order():
    tool_message, note, other = ToolMessage("t", tool_call_id="x"), HumanMessage("note"), AIMessage("other")
    tasks = [
        ended(1, Outcome("a", update={"messages": [note], "plan": "first", "round": 1})),
        ended(2),
        ended(3, Outcome("b")),
        ended(4, Outcome("c", update={"plan": "second"})),
        ended(5, Outcome("d", update={"messages": [other, tool_message]})),
    ]
    marked = HumanMessage("note", additional_kwargs={FROM_TOOL: True})
    assert updates_of(tasks) == {"plan": "second", "round": 1, "messages": [marked, other, tool_message]}
    assert updates_of([]) == {}
    assert updates_of([ended(1, Outcome("a")), ended(2)]) == {}
