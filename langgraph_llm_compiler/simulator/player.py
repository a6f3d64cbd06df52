"""Plays a script: planner, joiner, agents and the math tool's own calls, from what each request says and nothing else.

The player keeps no state between requests. Whatever it answers it works out from the prompt in front of it, so that
a client that loses or swaps observations gets a wrong answer, or none, as it would from a real model.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from langgraph_llm_compiler.simulator.agent import AgentMath, CallWriter, thought_before
from langgraph_llm_compiler.simulator.calls import Call, assign
from langgraph_llm_compiler.simulator.compact import (
    compact_calls,
    first_plan,
    next_number,
    reply_after,
    text_after_results,
)
from langgraph_llm_compiler.simulator.facts import CannotTellError, Evidence
from langgraph_llm_compiler.simulator.moves import UNANSWERED, Decision, decide, next_tasks, plan_text
from langgraph_llm_compiler.simulator.protocol import Reply, ToolRequest, UnknownQuestionError
from langgraph_llm_compiler.simulator.script import ScriptedQuestion
from langgraph_llm_compiler.simulator.structured import fill_schema, wanted_schema
from langgraph_llm_compiler.simulator.transcript import (
    Transcript,
    is_compact,
    is_results,
    next_id,
    normal,
    react_calls,
    read_request,
    role_of,
    scratchpad_calls,
    text_of,
    tool_calls,
)

__all__ = ["ScriptedPlayer"]

_MUST_ANSWER = re.compile(
    r"no (?:further|more) (?:plan|call)|must (?:now )?(?:answer|finish|be Finish)|cannot replan", re.IGNORECASE
)
_SCHEMA = re.compile(r"JSON that fits this schema:\s*(?=\{)", re.IGNORECASE)
_ANSWER = re.compile(r"^[ \t]*(?:Final )?Answer[ \t]*:[ \t]*(.+)", re.MULTILINE | re.DOTALL | re.IGNORECASE)
_CONTEXT = re.compile(r"\n[ \t]*Context[ \t]*:[ \t]*", re.IGNORECASE)
_ITEM = re.compile(r"^[ \t]*-(?:[ \t]+|$)", re.MULTILINE)
_SHOWN = 200  # characters of a question that an error repeats


@dataclass(frozen=True, slots=True)
class _Scene:
    """One request, laid beside the script of its question."""

    transcript: Transcript
    question: ScriptedQuestion
    evidence: Evidence
    calls: Sequence[Call]
    found: Mapping[int, Call]

    @property
    def seen(self) -> frozenset[int]:
        """Ids of the tasks that it shows."""
        return frozenset(self.found)


class ScriptedPlayer:
    """Plays the questions of a script; implements `Player`.

    Args:
        questions: What it can play, as from `load_script`. Of questions with one text the first whose history stands
            in the conversation is played.
        agent_math: How agents write the math calls for which a script has an expression: `"context"` as the plan does,
            with the words of the observations as context, or `"expression"`, the expression alone (no model call
            follows).

    Example:
        >>> from langgraph_llm_compiler.simulator.script import parse_script
        >>> player = ScriptedPlayer(parse_script([
        ...     {"question": "How long is the Nile?", "plan": '1. search("Nile")', "answer": "{$1}"}
        ... ]))
        >>> system = {"role": "system", "content": "Write a plan that ends with join()."}
        >>> question = {"role": "user", "content": "Question: How long is the Nile?"}
        >>> print(player.reply({"messages": [system, question]}).text)
        1. search("Nile")
        2. join()<END_OF_PLAN>
    """

    def __init__(self, questions: Iterable[ScriptedQuestion], *, agent_math: AgentMath = "context") -> None:
        # The longest first: a question may begin with the words of another.
        self._questions = sorted(questions, key=lambda one: (len(normal(one.question)), len(one.history)), reverse=True)
        self._keys = [normal(one.question) for one in self._questions]
        self._agent_math: AgentMath = agent_math

    def reply(self, request: dict[str, Any]) -> Reply:
        """Gives the reply to one request.

        Args:
            request: The body of a chat completions (`messages`) or completions (`prompt`) request.

        Raises:
            UnknownQuestionError: If no question of the script stands in the prompt.
        """
        transcripts = read_request(request)
        role = role_of(transcripts[0])
        if role == "math":
            return Reply(self._expression(transcripts[0].text), role=role)
        if role == "structured":
            return self._structured(transcripts)
        if role != "agent" and is_compact(transcripts[0].instructions):
            return self._compact(self._scene(transcripts))
        scene = self._scene(transcripts)
        if role == "agent":
            return self._agent(scene)
        if role == "react":
            return Reply(self._react(scene), role=role)
        return Reply(_plan(scene) if role == "planner" else _joiner(scene), role=role)

    def knows(self, transcript: Transcript) -> bool:
        """Whether this human message of a request asks a question of the script."""
        return self._known(transcript) is not None

    @property
    def example(self) -> str:
        """A question of the script: the shortest that needs no conversation before it."""
        return min((one.question for one in self._questions if not one.history), key=len, default="none")

    def _scene(self, transcripts: Sequence[Transcript]) -> _Scene:
        scene = next(filter(None, map(self._known, transcripts)), None)
        if scene is None:
            raise UnknownQuestionError(transcripts[0].text.strip()[:_SHOWN])
        return scene

    def _known(self, transcript: Transcript) -> _Scene | None:
        text = normal(transcript.text)
        fitting = [index for index, key in enumerate(self._keys) if text.startswith(key)]
        fitting += [index for index, key in enumerate(self._keys) if key in text]
        for index in fitting:
            question = self._questions[index]
            turns = _turns(question, transcript)
            if turns is not None:
                calls = _calls(transcript)
                found = assign(calls, question.signatures)
                observed = {id: call.observation for id, call in found.items() if call.observation is not None}
                return _Scene(transcript, question, Evidence(observed, turns, question.facts), calls, found)
        return None

    def _compact(self, scene: _Scene) -> Reply:
        results = [text_of(message) for message in scene.transcript.after if is_results(message)]
        if not results:
            return Reply(first_plan(scene.question, scene.evidence), role="planner")
        said = text_after_results(results[-1])
        if not is_results(scene.transcript.after[-1]):  # it is asked again
            said += f"\n{text_of(scene.transcript.after[-1])}"
        first = next_number(scene.transcript.after, scene.calls)
        must = _must_answer(said)
        text, is_answer = reply_after(scene.question, scene.evidence, scene.found, first, must_answer=must)
        return Reply(_shaped(text, f"{scene.transcript.instructions}\n") if is_answer else text, role="joiner")

    def _expression(self, text: str) -> str:
        """The math tool's own call: the expression whose figures stand in the context that was sent."""
        problem, *context = _CONTEXT.split(text.strip().removeprefix("Problem:").strip(), maxsplit=1)
        items = _ITEM.split(context[0])[1:] if context else []
        reason = None
        for question in self._questions:
            for id, expression in question.math.items():
                texts = question.signatures[id][0].read([problem, *items])
                if texts is not None:
                    try:
                        return _given(texts, question).fill(expression)
                    except CannotTellError as error:
                        reason = f"no expression: {error}"
        if reason is None:
            raise UnknownQuestionError(problem[:_SHOWN])
        return reason

    def _react(self, scene: _Scene) -> str:
        move = next_tasks(scene.question, scene.evidence, scene.seen)
        if not isinstance(move, Decision) and _must_answer(scene.transcript.text):
            move = decide(scene.question, scene.evidence, scene.seen, must_answer=True)
        if isinstance(move, Decision):
            return f"Thought: {thought_before(scene.question, None)}\nAction: Finish({move.text})"
        try:
            call = CallWriter(scene.question, scene.evidence, self._agent_math).text(move[0])
        except CannotTellError as error:
            call = f"Finish({UNANSWERED.format(reason=error)})"
        return f"Thought: {thought_before(scene.question, move[0])}\nAction: {call}"

    def _agent(self, scene: _Scene) -> Reply:
        request = scene.transcript.request
        move = next_tasks(scene.question, scene.evidence, scene.seen)
        if isinstance(move, Decision):
            return Reply(move.text, role="agent")
        writer = CallWriter(scene.question, scene.evidence, self._agent_math)
        turn = move if request.get("parallel_tool_calls", True) else move[:1]
        try:
            return Reply(tool_calls=[writer.request(task, request.get("tools") or ()) for task in turn], role="agent")
        except CannotTellError as error:
            return Reply(UNANSWERED.format(reason=error), role="agent")

    def _structured(self, transcripts: Sequence[Transcript]) -> Reply:
        name, schema = wanted_schema(transcripts[0].request)
        filled = fill_schema(schema, self._answer(transcripts))
        if name is not None:
            return Reply(tool_calls=[ToolRequest(name, filled)], role="structured")
        return Reply(json.dumps(filled, ensure_ascii=False), role="structured")

    def _answer(self, transcripts: Sequence[Transcript]) -> str:
        """The answer to be put into shape: one that the prompt gives, else what its observations say."""
        transcript = transcripts[0]
        given = _ANSWER.search(transcript.text)
        if given:
            return given[1].strip()
        said = [str(message["content"]) for message in transcript.after if _is_answer(message)]
        if said:
            return said[-1]
        scene = self._scene(transcripts)
        return decide(scene.question, scene.evidence, scene.seen, must_answer=True).text


def _plan(scene: _Scene) -> str:
    return plan_text(scene.question, scene.evidence, scene.seen, next_id(scene.transcript.text))


def _joiner(scene: _Scene) -> str:
    instructions = f"{scene.transcript.instructions}\n"
    decision = decide(scene.question, scene.evidence, scene.seen, _must_answer(instructions + scene.transcript.text))
    if decision.replan:
        return f"Thought: {decision.thought}\nAction: Replan({decision.text})"
    return f"Thought: {decision.thought}\nAction: Finish({_shaped(decision.text, instructions)})"


def _must_answer(text: str) -> bool:
    return _MUST_ANSWER.search(text) is not None


def _shaped(answer: str, instructions: str) -> str:
    """The answer as JSON, if the instructions hold a schema for it."""
    found = _SCHEMA.search(instructions)
    if found is None:
        return answer
    schema, _ = json.JSONDecoder().raw_decode(instructions, found.end())
    return json.dumps(fill_schema(schema, answer), ensure_ascii=False)


def _given(texts: Mapping[int | str, str], question: ScriptedQuestion) -> Evidence:
    """What the arguments of a call say: observations and facts that stand in them."""
    observed = {place: text for place, text in texts.items() if isinstance(place, int)}
    given = {place: text for place, text in texts.items() if isinstance(place, str)}
    return Evidence(observed, (), question.facts, given)


def _calls(transcript: Transcript) -> list[Call]:
    """All calls that the prompt shows, in whichever of the four layouts it has."""
    if is_compact(transcript.instructions):
        return compact_calls(transcript.after)
    return tool_calls(transcript.after) or react_calls(transcript.text) or scratchpad_calls(transcript.text)


def _turns(question: ScriptedQuestion, transcript: Transcript) -> Sequence[str] | None:
    """The turns that stand for the script's history; `None` if the conversation is another.

    What the user said must be the same; an assistant may have put its answers differently.
    """
    said = transcript.turns[len(transcript.turns) - len(question.history) :] if question.history else ()
    if len(said) != len(question.history):
        return None
    for turn, wanted in zip(said, question.history, strict=True):
        if turn.role != wanted.role or (wanted.role == "user" and normal(turn.content) != normal(wanted.content)):
            return None
    return [turn.content for turn in said]


def _is_answer(message: Mapping[str, Any]) -> bool:
    return message.get("role") == "assistant" and bool(message.get("content")) and not message.get("tool_calls")
