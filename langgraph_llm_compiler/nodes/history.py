"""What was said before a question, as every prompt begins: bounded, and in a form that every provider takes.

Planner and joiner are sent no tools, so earlier tool calls stand in their prompts as text: Anthropic refuses blocks of
tool calls where no tools are given, and OpenAI a tool's message without its call. User and assistant take turns.

It is worked out of the state's messages alone, so that every call of a run, and of its resumption, begins alike.
"""

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from langchain_core.messages import (
    AIMessage,
    AnyMessage,
    BaseMessage,
    ChatMessage,
    FunctionMessage,
    HumanMessage,
    SystemMessage,
    ToolCall,
    ToolMessage,
    trim_messages,
)
from langchain_core.messages.utils import count_tokens_approximately

from langgraph_llm_compiler.nodes.base import Parts, State
from langgraph_llm_compiler.nodes.conversation import FROM_TOOL, fenced, files_of, place_of_question
from langgraph_llm_compiler.nodes.messages import is_calls_of
from langgraph_llm_compiler.plan import Task, render_call
from langgraph_llm_compiler.prompts import history as prompts

RESULT_CHARACTERS = 1_000
"""What is shown of an earlier call, and of its result, where the history is bounded: pages would push out the rest."""

_ASSISTANT = ("ai", "assistant")
_SYSTEM = ("system", "developer")


def opening(parts: Parts, state: State, system: str, *, until_question: bool = False) -> list[BaseMessage]:
    """The messages that stand before the question: one system message, then the history.

    System messages of the conversation are put before the prompt's own words, since most providers take only one, and
    only at the start. They are never trimmed; they count to the history's tokens all the same.

    Args:
        parts: What the graph was built with.
        state: The state.
        system: The prompt's own system message; may be empty.
        until_question: Leave out what other agents of a larger graph have said since the question.
    """
    at, most = place_of_question(state["messages"]), parts.max_history_tokens
    since = [] if until_question else _since(state, at)
    until = at + 1 if _turns(since, most) else at  # with the question where something was said to it
    earlier = [*state["messages"][:until], *since]
    systems = [text for each in earlier if _role(each) == "system" and (text := each.text.strip())]
    messages = _bounded(_turns(earlier, most), most, systems)
    text = "\n\n".join([*systems, system] if system else systems)
    return [SystemMessage(text), *messages] if text else messages


def with_results(state: State) -> HumanMessage:
    """The question, with what tools have given to it, for a model that is not given the tools any more."""
    turns = _turns(state["messages"][place_of_question(state["messages"]) :], None)
    for further in turns[1:]:
        turns[0].said += further.said
        turns[0].files += further.files
        turns[0].results += further.results
    return turns[0].question()


def _since(state: State, at: int) -> list[AnyMessage]:
    """What stands behind the question, without what this run has added to it."""
    since, tasks = state["messages"][at + 1 :], state.get("tasks")
    if not tasks:
        return since
    question, first = str(state["messages"][at].id), f"r{tasks[0]['round']}_"
    places = [place for place, each in enumerate(since) if is_calls_of(each, question, first)]
    return since[: places[-1]] if places else since


@dataclass(slots=True)
class _Turn:
    """What a user said, what tools gave to it, and what was replied."""

    said: list[str] = field(default_factory=list)
    files: list[dict[str, Any]] = field(default_factory=list)
    results: list[str] = field(default_factory=list)
    replies: list[str] = field(default_factory=list)

    def messages(self) -> list[BaseMessage]:
        """The turn as one message of the user's and one of the assistant's, neither of them empty."""
        return [self.question(), AIMessage("\n\n".join(self.replies) or prompts.NO_ANSWER)]

    def question(self) -> HumanMessage:
        """What the user said, and what tools gave to it."""
        results = prompts.RESULTS.format(results="\n".join(self.results)) if self.results else ""
        text = ("\n\n".join(self.said) + results).strip()
        if not self.files:
            return HumanMessage(text or prompts.NOTHING_SAID)
        return HumanMessage([*([{"type": "text", "text": text}] if text else []), *self.files])


def _turns(messages: Sequence[AnyMessage], most: int | None) -> list[_Turn]:
    """The turns of a conversation: each begins with something that a user said."""
    calls: dict[str | None, ToolCall] = {}  # by id: the last one so far, should an id come again
    speakers = {each.name for each in messages if _role(each) == "ai" and each.text.strip()}
    turns: list[_Turn] = []
    is_over = True
    for message in messages:
        role, text = _role(message), message.text.strip()
        calls |= {call["id"]: call for call in message.tool_calls} if isinstance(message, AIMessage) else {}
        is_over = is_over or (role == "human" and FROM_TOOL not in message.additional_kwargs)
        if role == "system" or not (text or role == "tool" or (role == "human" and files_of(message))):
            continue
        if is_over:
            turns.append(_Turn())
            is_over = False
        if role == "tool":
            turns[-1].results.append(_result(message, text, calls, most))
        elif role == "ai":
            turns[-1].replies.append(_told(message, text) if len(speakers) > 1 else text)
        else:
            turns[-1].said += [_told(message, text)] if text else []
            turns[-1].files += files_of(message)
    return turns


def _role(message: BaseMessage) -> str:
    """Which of human, ai, tool and system it is."""
    if isinstance(message, (ToolMessage, FunctionMessage)):
        return "tool"
    role = message.role if isinstance(message, ChatMessage) else message.type
    return "ai" if role in _ASSISTANT else "system" if role in _SYSTEM else "human"


def _told(message: BaseMessage, text: str) -> str:
    """A text with the name of who said it, which would not pass as a name with every provider."""
    return prompts.SPEAKER.format(name=message.name, text=text) if message.name else text


def _result(message: BaseMessage, text: str, calls: Mapping[str | None, ToolCall], most: int | None) -> str:
    """One result, behind the call that it is of."""
    call = calls.get(message.tool_call_id) if isinstance(message, ToolMessage) else None
    made = Task(0, call["name"], kwargs=call["args"]) if call else Task(0, message.name or "tool")
    longest = sys.maxsize if most is None else RESULT_CHARACTERS
    shown = fenced(_cut(text, longest) or prompts.NO_TEXT)
    return prompts.RESULT.format(call=_cut(render_call(made), longest), text=shown)


def _bounded(turns: Iterable[_Turn], most: int | None, systems: Sequence[str]) -> list[BaseMessage]:
    """The messages of the last turns, of at most so many tokens.

    Turns that no longer fit go, together with more of them, until half of the tokens are used: so the history begins
    with the same turn for many questions, and a prefix cache goes on serving it.
    """
    if most is None:
        return [each for turn in turns for each in turn.messages()]
    most = max(0, most - sum(_tokens(SystemMessage(each)) for each in systems))
    kept: list[BaseMessage] = []
    tokens = 0
    for turn in turns:
        added = [_shortened(each, most // 4) for each in turn.messages()]
        kept += added
        tokens += _tokens(*added)
        if tokens > most:
            kept = trim_messages(kept, max_tokens=most // 2, token_counter="approximate", start_on="human")
            tokens = _tokens(*kept)
    return kept


def _tokens(*messages: BaseMessage) -> int:
    return count_tokens_approximately(messages)


def _shortened(message: BaseMessage, most: int) -> BaseMessage:
    """The message; of more than so many tokens, only its text, and of that the beginning and the end."""
    if _tokens(message) <= most:
        return message
    text = message.text or prompts.FILES_LEFT_OUT
    kept, message = len(text), type(message)(text)
    while kept and _tokens(message) > most:
        kept = kept * 3 // 4
        message = type(message)(_cut(text, kept))
    return message


def _cut(text: str, most: int) -> str:
    """The beginning and the end of a text of more characters than that."""
    if len(text) <= most:
        return text
    tail = most // 4
    mark = prompts.LEFT_OUT.format(count=len(text) - most)
    return f"{text[: most - tail].rstrip()}{mark}{text[len(text) - tail :].lstrip()}"
