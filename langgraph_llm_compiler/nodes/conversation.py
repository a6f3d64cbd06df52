"""The conversation as prompts see it: what is asked, and what the tool calls gave."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

from langchain_core.messages import AnyMessage, BaseMessage, HumanMessage

from langgraph_llm_compiler.errors import LLMCompilerError
from langgraph_llm_compiler.execution.records import text_of
from langgraph_llm_compiler.execution.signature import Signature
from langgraph_llm_compiler.plan import Task, render_call, render_value
from langgraph_llm_compiler.prompts import joiner as joiner_prompt
from langgraph_llm_compiler.state import LLMCompilerState, TaskRecord

_FENCES = re.compile(r"`{3,}")
_NO_FILES = ("text", "tool_use", "tool_result", "tool_call")

FROM_TOOL = "from_tool"
"""Marks a human message that a tool put into the conversation: it is no question, and begins no turn."""


def question_of(messages: Sequence[AnyMessage]) -> HumanMessage:
    """The message that this turn answers; see `place_of_question`."""
    return cast(HumanMessage, messages[place_of_question(messages)])


def place_of_question(messages: Sequence[AnyMessage]) -> int:
    """Where the question stands: the last message from a human, and not from a tool in a human's name.

    Raises:
        LLMCompilerError: There is none.
    """
    for place in range(len(messages) - 1, -1, -1):
        if isinstance(messages[place], HumanMessage) and FROM_TOOL not in messages[place].additional_kwargs:
            return place
    raise LLMCompilerError('nothing was asked: give {"messages": [("user", "your question")]}')


def earlier_records(state: LLMCompilerState) -> list[TaskRecord]:
    """Records of this turn's earlier rounds."""
    return [record for record in state.get("tasks", ()) if record["round"] < state.get("round", 1)]


def asked(question: HumanMessage, prompt: str) -> HumanMessage:
    """The human message of a prompt, with images and files of the question kept beside its text."""
    if isinstance(question.content, str):
        return HumanMessage(prompt)
    return HumanMessage([{"type": "text", "text": prompt}, *files_of(question)])


def files_of(message: BaseMessage) -> list[dict[str, Any]]:
    """Images and files of a message, as blocks of its content."""
    blocks = message.content if isinstance(message.content, list) else []
    return [each for each in blocks if isinstance(each, dict) and each.get("type") not in _NO_FILES]


def scratchpad(records: Sequence[TaskRecord], signatures: Mapping[str, Signature]) -> str:
    """Tasks and observations as planner and joiner are shown them, in plan order."""
    return "\n".join(
        joiner_prompt.OBSERVATION.format(
            call=f"{record['id']}. {call_text(record, signatures)}", observation=_indented(_observed(record))
        )
        for record in records
    )


def _observed(record: TaskRecord) -> str:
    """The observation; of a `.map` task those of its elements, since some may have failed."""
    elements = record.get("elements")
    if not elements:
        return text_of(record)
    return "\n".join(f"[{place}] {_indented(text_of(each))}" for place, each in enumerate(elements))


def call_text(record: TaskRecord, signatures: Mapping[str, Signature]) -> str:
    """A call in the plan language, with leading parameters by position as models write them."""
    if "elements" in record:
        given = record["args"].get("elements", [])
        listed = given if isinstance(given, str) else render_value(given)  # a reference is recorded as its text
        return f"{record['tool']}.map({listed})"
    # of a call that a person edited, what was run
    keywords = dict((record["resolved"] if record.get("edited") else None) or record["args"])
    positional: list[Any] = []
    signature = signatures.get(record["tool"])
    # arguments by position that fit no parameters, or a tool that there is not, are recorded under their places
    has_names = signature is not None and "0" not in keywords
    for name in signature.parameters if signature and has_names else map(str, range(len(keywords))):
        if name not in keywords:
            break
        positional.append(keywords.pop(name))
    return render_call(Task(record["id"], record["tool"], tuple(positional), keywords))


def _indented(text: str) -> str:
    """Lines after the first are set in, so that none of them reads as another task's observation."""
    return text.replace("\n", "\n  ")


def fenced(text: str) -> str:
    """A text of several lines is fenced, so that no line of it reads as something else."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\n" not in text:
        return text
    fence = "`" * max(3, *(len(each) + 1 for each in _FENCES.findall(text)), 3)
    return f"{fence}\n{text}\n{fence}"
