"""What a request holds, read liberally: instructions, conversation, question, and the tool calls so far.

Roles are told apart here too, by fragments that prompts of LLMCompiler and ReAct hardly can do without, so that users
may reword everything around them. The order of the decision is documented in docs/simulator.md.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from langgraph_llm_compiler.simulator.calls import Call, values_in

__all__ = [
    "Role",
    "Transcript",
    "Turn",
    "is_compact",
    "is_results",
    "next_id",
    "normal",
    "react_calls",
    "read_request",
    "role_of",
    "scratchpad_calls",
    "text_of",
    "tool_calls",
]


Role = Literal["math", "structured", "agent", "planner", "joiner", "react"]

_QUESTION = re.compile(r"^[ \t>*]*Question[ \t]*:\**[ \t]*", re.MULTILINE | re.IGNORECASE)
_PLANNED_CALL = re.compile(r"^[ \t]*(\d+)[.)][ \t]*([\w.\-]+?)(?:\.map)?\(", re.MULTILINE)
_OBSERVATION = re.compile(r"^[ \t]*Observation[ \t]*:[ \t]*", re.MULTILINE | re.IGNORECASE)
_AFTER_OBSERVATION = re.compile(r"\n[ \t]*(?:(?:Thought|Action|Feedback)[ \t]*:|No further )", re.IGNORECASE)
_ACTION = re.compile(
    r"^[ \t]*Action[ \t]*:[ \t]*(?:\d+[.)][ \t]*)?([\w.\-]+)\((.*?)\)[ \t]*\n[ \t]*Observation[ \t]*:(.*?)"
    r"(?=\n[ \t]*(?:(?:Thought|Action)[ \t]*:|No further )|\Z)",
    re.MULTILINE | re.DOTALL | re.IGNORECASE,
)
_NEXT_ID = re.compile(r"number its first task\D{0,5}(\d+)", re.IGNORECASE)
_COMPACT = ("numbered tool calls", ".map([", "answer(")
_RESULTS = "Results:"
_TOLD = re.compile(r"\n\s*Results of tools:\n.*", re.DOTALL)
"""What is told of an earlier turn's calls, behind what the user said."""

_PLAN = re.compile(r"\bplan", re.IGNORECASE)
_PROBLEM = re.compile(r"\s*Problem[ \t]*:", re.IGNORECASE)
_PROBLEM_LINE = re.compile(r"^(?=[ \t]*Problem[ \t]*:)", re.MULTILINE | re.IGNORECASE)  # of the math tool; it stays
_OTHER_ROLES = re.compile(r"join\(\)|Action:")  # their prompts describe the math tool, which takes expressions
_ACTION_LINE = re.compile(r"^[ \t]*Action[ \t]*:", re.MULTILINE | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of a conversation.

    Attributes:
        role: `"user"` or `"assistant"`.
        content: Its text.
    """

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class Transcript:
    """One request.

    Attributes:
        instructions: System text, and whatever stands before the question in its message.
        turns: The conversation before the question; tool calls and their results are no turns.
        text: The human message from its question on, without the word "Question:".
        after: The messages after it.
        request: The request's body.
    """

    instructions: str
    turns: Sequence[Turn]
    text: str
    after: Sequence[Mapping[str, Any]]
    request: Mapping[str, Any]


def read_request(request: Mapping[str, Any]) -> list[Transcript]:
    """Takes a chat completions or completions request apart; a completions prompt is one human message.

    Returns:
        One transcript for each human message that may hold the question, the last message first. An earlier one holds
        it when the model is asked again because its reply could not be read, or told results in the compact style.
    """
    messages = request.get("messages") or [{"role": "user", "content": _text(request.get("prompt"))}]
    asked = [index for index, message in enumerate(messages) if message.get("role") == "user"]
    if is_compact("\n".join(_system(messages))):
        asked = [index for index in asked if not is_results(messages[index])]  # whatever tools may have quoted there
    return [_transcript(request, messages, index) for index in reversed(asked)] or [_transcript(request, messages, 0)]


def _transcript(request: Mapping[str, Any], messages: Sequence[Mapping[str, Any]], asked: int) -> Transcript:
    human = _text(messages[asked].get("content")) if messages else ""
    marks = list(_QUESTION.finditer(human)) or (list(_PROBLEM_LINE.finditer(human)) if "prompt" in request else [])
    return Transcript(
        instructions="\n".join([*_system(messages), human[: marks[-1].start()] if marks else ""]),
        turns=list(_turns(messages[:asked])),
        text=human[marks[-1].end() :] if marks else human,
        after=messages[asked + 1 :],
        request=request,
    )


def role_of(transcript: Transcript) -> Role:
    """Decides which part the model is asked to play; the first that fits wins."""
    request, instructions, text = transcript.request, transcript.instructions, transcript.text
    if _PROBLEM.match(text) or ("one arithmetic expression" in instructions and not _OTHER_ROLES.search(instructions)):
        return "math"
    if _wants_structure(request):
        return "structured"
    if request.get("tools") or any(message.get("role") == "tool" for message in transcript.after):
        return "agent"
    if any("Observation" in stop for stop in _stops(request)):
        return "react"
    if ("join()" in instructions and "Finish(" not in instructions) or _NEXT_ID.search(text):
        return "planner"
    if _PLANNED_CALL.search(text):
        return "joiner"
    if _ACTION_LINE.search(text) or ("Action:" in instructions and "Replan" not in instructions):
        return "react" if "Observation:" in instructions + text else "joiner"
    if "Finish" in instructions or "Replan" in instructions:
        return "joiner"
    return "planner" if _PLAN.search(instructions) else "agent"


def is_compact(instructions: str) -> bool:
    """Whether instructions are those of the compact style."""
    return all(mark in instructions for mark in _COMPACT)


def is_results(message: Mapping[str, Any]) -> bool:
    """Whether a message of the compact style brings the results of a round."""
    return message.get("role") == "user" and text_of(message).startswith(_RESULTS)


def next_id(text: str) -> int | None:
    """Gives the number that the next plan is asked to start with, if the prompt names one."""
    found = _NEXT_ID.search(text)
    return int(found[1]) if found else None


def scratchpad_calls(text: str) -> list[Call]:
    """Reads the calls and observations of a scratchpad: `1. search("Nile")`, then `Observation: ...`.

    Numbers rise, so that a numbered list inside an observation is taken for calls only if it looks like them and
    goes on with the numbering. What follows the last blank line is the prompt's own last word, no observation.
    """
    heads: list[re.Match[str]] = []
    for head in _PLANNED_CALL.finditer(text):
        if not heads or int(head[1]) > int(heads[-1][1]):
            heads.append(head)
    if not heads:
        return []
    blank = text.rstrip().rfind("\n\n")
    ends = [*(head.start() for head in heads[1:]), blank if blank > heads[-1].end() else len(text)]
    return [_planned(head, text[head.end() : end]) for head, end in zip(heads, ends, strict=True)]


def react_calls(text: str) -> list[Call]:
    """Reads the actions and observations of a text ReAct prompt."""
    return [Call(found[1], values_in(found[2]), found[3].strip()) for found in _ACTION.finditer(text)]


def tool_calls(messages: Iterable[Mapping[str, Any]]) -> list[Call]:
    """Reads the tool calls of assistant messages and the tool messages that answer them."""
    calls: list[Call] = []
    places: dict[object, int] = {}
    for message in messages:
        for call in message.get("tool_calls") or ():
            places[call.get("id")] = len(calls)
            calls.append(Call(call["function"]["name"], values_in(_arguments(call))))
        place = places.get(message.get("tool_call_id")) if message.get("role") == "tool" else None
        if place is not None:
            calls[place] = replace(calls[place], observation=_text(message.get("content")))
    return calls


def text_of(message: Mapping[str, Any]) -> str:
    """Gives the text of a message, which may come in parts."""
    return _text(message.get("content"))


def normal(text: str) -> str:
    """Reduces a text to what counts when questions are compared: white space and case do not."""
    return " ".join(text.split()).casefold()


def _system(messages: Iterable[Mapping[str, Any]]) -> list[str]:
    return [text_of(message) for message in messages if message.get("role") in {"system", "developer"}]


def _planned(head: re.Match[str], body: str) -> Call:
    parts = _OBSERVATION.split(body, maxsplit=1)
    observation = _AFTER_OBSERVATION.split(parts[1], maxsplit=1)[0].strip() if len(parts) > 1 else None
    return Call(head[2], values_in(parts[0].rpartition(")")[0]), observation, int(head[1]))


def _turns(messages: Iterable[Mapping[str, Any]]) -> Iterable[Turn]:
    for message in messages:
        role, content = str(message.get("role")), _text(message.get("content")).strip()
        if role in {"user", "assistant"} and content and not message.get("tool_calls"):
            yield Turn(role, _TOLD.sub("", _QUESTION.sub("", content, count=1)) if role == "user" else content)


def _wants_structure(request: Mapping[str, Any]) -> bool:
    wanted, choice = request.get("response_format"), request.get("tool_choice")
    return isinstance(choice, Mapping) or (isinstance(wanted, Mapping) and wanted.get("type") != "text")


def _stops(request: Mapping[str, Any]) -> Sequence[str]:
    stop = request.get("stop") or ()
    return [stop] if isinstance(stop, str) else stop


def _arguments(call: Mapping[str, Any]) -> dict[str, Any]:
    arguments = json.loads(call["function"].get("arguments") or "{}")
    return arguments if isinstance(arguments, dict) else {}


def _text(content: object) -> str:
    if isinstance(content, str):
        return content
    if isinstance(content, Sequence):
        return "".join(part if isinstance(part, str) else str(part.get("text", "")) for part in content)
    return ""
