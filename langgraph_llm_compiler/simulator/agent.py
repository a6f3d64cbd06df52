"""How an agent writes the calls of a plan: observations in place of references, as text or as JSON arguments."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from langgraph_llm_compiler.errors import ReferencePathError
from langgraph_llm_compiler.plan.reference import resolve
from langgraph_llm_compiler.plan.render import render_call
from langgraph_llm_compiler.plan.task import Task
from langgraph_llm_compiler.simulator.facts import CannotTellError, Evidence, is_number, names_in
from langgraph_llm_compiler.simulator.protocol import ToolRequest
from langgraph_llm_compiler.simulator.script import ScriptedQuestion

__all__ = ["AgentMath", "CallWriter", "thought_before"]

AgentMath = Literal["context", "expression"]

LOOK_UP = (
    "To answer the question I need to know about {subject}, and no observation so far tells me so; "
    "I will call {tool} for it and read off the figures."
)
GO_ON = (
    "The observations so far hold everything that the next part of the work needs, so I will now call {tool} "
    "with the figures that I read in them."
)
FINISH = (
    "Everything that the question asks about has been observed by now, so there is nothing more to look up or to work "
    "out, and I can give the answer."
)


class CallWriter:
    """Writes the calls of one question's tasks.

    Args:
        question: Whose tasks they are.
        evidence: What the prompt says.
        agent_math: How a call is written for which the script has an expression: as the plan has it, with the words of
            the observations in which the figures stand as context, or as the expression alone.
    """

    def __init__(self, question: ScriptedQuestion, evidence: Evidence, agent_math: AgentMath = "context") -> None:
        self._question, self._evidence, self._agent_math = question, evidence, agent_math

    def text(self, task: Task) -> str:
        """Writes a call in the syntax of plans: `math("8849 / 2")`."""
        args, kwargs = self._arguments(task)
        return render_call(replace(task, args=tuple(args), kwargs=kwargs))

    def request(self, task: Task, tools: Sequence[Mapping[str, Any]]) -> ToolRequest:
        """Writes a call with arguments by name, as the tool's schema in the request orders and types them.

        Raises:
            CannotTellError: If the request does not offer the tool.
        """
        schemas = {tool["function"]["name"]: tool["function"].get("parameters", {}) for tool in tools}
        if task.tool not in schemas:
            raise CannotTellError(f"the tool {task.tool!r} is not among those offered")
        fields: Mapping[str, Any] = schemas[task.tool].get("properties", {})
        args, kwargs = self._arguments(task)
        names = [*fields, *(f"argument_{index}" for index in range(len(fields), len(args)))]
        named = dict(zip(names, args, strict=False)) | kwargs
        return ToolRequest(task.tool, {name: _typed(value, fields.get(name, {})) for name, value in named.items()})

    def _arguments(self, task: Task) -> tuple[list[Any], dict[str, Any]]:
        expression = self._question.math.get(task.id)
        if expression is not None and self._agent_math == "expression":
            return [self._evidence.fill(expression)], {}
        show = self._shown(expression or "")
        observed = {id: show(id) for id in task.dependencies}
        try:
            return resolve(self._filled(list(task.args)), observed), resolve(self._filled(task.kwargs), observed)
        except ReferencePathError as error:
            raise CannotTellError(str(error)) from error

    def _filled(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._evidence.fill(value)
        if isinstance(value, list | tuple):
            return [self._filled(element) for element in value]
        if isinstance(value, dict):
            return {key: self._filled(element) for key, element in value.items()}
        return value

    def _shown(self, expression: str) -> Callable[[int], str]:
        """What stands in place of a reference: the words with the figures that an expression needs, else all of it."""
        facts = [self._evidence.facts[name] for name in names_in(expression) if name in self._evidence.facts]

        def show(id: int) -> str:
            quotes = dict.fromkeys(self._evidence.quote(fact.name) for fact in facts if fact.task == id)
            return "; ".join(quotes) or self._evidence.observation(id)

        return show


def thought_before(question: ScriptedQuestion, task: Task | None) -> str:
    """Gives what an agent thinks before a task, or before its answer: the script's words, else about 30 tokens."""
    written = question.thoughts.get("answer" if task is None else str(task.id)) or (task and task.thought)
    if written:
        return written
    if task is None:
        return FINISH
    subject = next((value for value in task.args if isinstance(value, str)), "this")
    return (GO_ON if task.dependencies else LOOK_UP).format(subject=subject[:40], tool=task.tool)


def _typed(value: Any, schema: Mapping[str, Any]) -> Any:
    """Observations are text in a prompt; a model writes numbers as numbers where the schema asks for them."""
    if isinstance(value, str) and schema.get("type") in {"number", "integer"} and is_number(value):
        return json.loads(value.replace(",", ""))
    return value
