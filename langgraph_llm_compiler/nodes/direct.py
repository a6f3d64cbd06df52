"""The answer that a plan gives itself, with `answer(...)` or tools that return directly: no joiner is asked."""

import contextlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from langchain_core.messages import AIMessage
from langchain_core.messages.ai import UsageMetadata

from langgraph_llm_compiler.execution.records import text_of
from langgraph_llm_compiler.execution.scheduled import ScheduledTask
from langgraph_llm_compiler.nodes.answer_out import AnswerOut
from langgraph_llm_compiler.nodes.base import Parts, Update
from langgraph_llm_compiler.nodes.messages import result_message
from langgraph_llm_compiler.nodes.structured import fitted
from langgraph_llm_compiler.plan import observation_text


class DirectAnswer:
    """Makes the answer of what `answer(...)` was given, and streams it the moment it is known.

    Args:
        parts: What the graph was built with.
        out: Streams it.
        before: Shows what a chat shows before the answer; called when that begins.

    Attributes:
        text: The answer; None where there is none that can be given, and the joiner has to answer.
        update: What it adds to the state, beside the message.
    """

    def __init__(self, parts: Parts, out: AnswerOut, before: Callable[[], None]) -> None:
        self.text: str | None = None
        self.update: Update = {"answered": True}
        self._before, self._out, self._format = before, out, parts.response_format
        # a run that stops for a person before its end comes here again, and would show the answer twice
        self._is_early = not parts.needs_checkpointer()

    def take(self, given: Mapping[str, Any]) -> None:
        """Make the answer of the resolved arguments, if it is one: not empty, and of the wanted structure."""
        value = value_of(given["args"], given["kwargs"])
        self._say(value, observation_text(value))

    def take_results(self, tasks: Sequence[ScheduledTask]) -> None:
        """Make the answer of what tools that return directly gave, if none of them failed."""
        if not tasks or any(each.record["status"] != "ok" for each in tasks):
            return
        calls = [call for each in tasks for call in each.calls]
        values = [each.record["observation"] for each in tasks]
        self._say(values[0] if len(values) == 1 else values, "\n\n".join(map(_shown, calls)))

    def _say(self, value: Any, text: str) -> None:
        if not text.strip():
            return
        if self._format is not None:
            with contextlib.suppress(ValueError):  # the joiner is asked for what does not fit
                self.update["structured_response"] = fitted(self._format, value)
                self.text = text
            return
        self.text = text
        if self._is_early:
            self._before()
            self._out.give(text)
            self._out.complete(text)

    def message(self, usage: UsageMetadata | None) -> AIMessage:
        """The answer as the conversation keeps it, with the usage of the call that wrote the plan."""
        self._out.complete(self.text or "")
        return AIMessage(self.text or "", id=self._out.id, usage_metadata=usage)


def ends_directly(tasks: Sequence[ScheduledTask], returns_direct: Callable[[str], bool]) -> list[ScheduledTask]:
    """The tasks whose results are the answer of a plan; none if a model has to write it.

    They are the tasks that no other task needs, if the tools of all of them return directly. So what comes before them
    prepares the answer; where the plan also has a result that only a model can tell of, the model answers.
    """
    needed = {each for task in tasks for each in task.record["dependencies"]}
    last = [each for each in tasks if each.task.id not in needed]
    return last if all(returns_direct(each.record["tool"]) for each in last) else []


def _shown(call: ScheduledTask) -> str:
    """A call's result as its own message gives it."""
    return str(result_message(call).text) or text_of(call.record)


def value_of(args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """What `answer(...)` says: its only argument, several as a sentence, or named ones as an object.

    >>> value_of(["The sum is", 5], {}), value_of([], {"city": "Rome", "year": 1960}), value_of([], {"text": "Rome"})
    ('The sum is 5', {'city': 'Rome', 'year': 1960}, 'Rome')
    """
    if len(args) == 1 and not kwargs:
        return args[0]
    if not args and kwargs:
        only = next(iter(kwargs))
        return kwargs[only] if len(kwargs) == 1 and only in ("answer", "text") else dict(kwargs)
    parts = [*map(observation_text, args), *(f"{name}: {observation_text(value)}" for name, value in kwargs.items())]
    return " ".join(parts)
