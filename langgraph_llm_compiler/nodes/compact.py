"""The compact style's one conversation: system, history, question, then plan and results, round by round.

What stands in it never changes later, so that every call goes on where the one before ended and a provider's prefix
cache serves it.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langgraph.runtime import Runtime

from langgraph_llm_compiler.execution.records import text_of
from langgraph_llm_compiler.nodes.base import Parts, State
from langgraph_llm_compiler.nodes.conversation import call_text, fenced, question_of
from langgraph_llm_compiler.nodes.history import opening
from langgraph_llm_compiler.nodes.plan_stream import ending_of
from langgraph_llm_compiler.nodes.structured import json_schema
from langgraph_llm_compiler.nodes.system import planner_system
from langgraph_llm_compiler.prompts import compact as prompts
from langgraph_llm_compiler.state import TaskRecord


def compact_messages(
    parts: Parts, state: State, runtime: Runtime[Any], rounds: int, *, is_last: bool = False
) -> list[BaseMessage]:
    """The conversation up to the results of that many rounds.

    Args:
        parts: What the graph was built with.
        state: The state.
        runtime: The run.
        rounds: How many rounds of this turn have been run: 0 for the planner.
        is_last: Whether the reply has to be an answer.
    """
    question = question_of(state["messages"])
    messages: list[BaseMessage] = [
        *opening(parts, state, _system(parts, runtime)),
        HumanMessage(question.content),
    ]
    plans = state.get("plans", [])[:rounds]
    for round_, plan in enumerate(plans, 1):
        records = [record for record in state.get("tasks", ()) if record["round"] == round_]
        text = prompts.RESULTS.format(results=results_text(records)) + _edits(records)
        ending = ending_of(plan, parts.caller.signatures) if "answer(" in plan else None
        if ending is not None and ending.name == "answer":
            text += prompts.ANSWER_FAILED.format(reason=ending.error or prompts.LACKING)
        text += _instructions(parts, runtime)
        if is_last and round_ == rounds:
            text += prompts.FINISH_ONLY
        messages += [AIMessage(plan.strip() or prompts.EMPTY_PLAN), HumanMessage(text)]
    return messages


def _system(parts: Parts, runtime: Runtime[Any]) -> str:
    text = planner_system(parts, runtime, prompts.SYSTEM)
    if parts.response_format is None:
        return text
    return text + prompts.STRUCTURED.format(schema=json.dumps(json_schema(parts.response_format)))


def _instructions(parts: Parts, runtime: Runtime[Any]) -> str:
    """What the user has the joiner told besides."""
    own = parts.prompt(runtime, "joiner_prompt", "")
    return f"\n\n{own}" if own else ""


def results_text(records: Sequence[TaskRecord]) -> str:
    """What each call gave, one a line; a text of several lines is fenced, so that none reads as another's result."""
    lines = [
        prompts.RESULT.format(place=place, text=fenced(text_of(record)))
        for each in records
        for place, record in _places(each)
    ]
    return "\n".join(lines) or prompts.NO_RESULTS


def _places(record: TaskRecord) -> Iterator[tuple[str, TaskRecord]]:
    elements = record.get("elements")
    if not elements:
        yield f"${record['id']}", record
    for place, element in enumerate(elements or ()):
        yield f"${record['id']}[{place}]", element


def _edits(records: Sequence[TaskRecord]) -> str:
    """What the model is told of calls that are not those it wrote."""
    edited = [(place, record) for each in records for place, record in _places(each) if record.get("edited")]
    return "".join(prompts.EDITED.format(place=place, call=call_text(record, {})) for place, record in edited)
