"""Human approval of tool calls, in the shapes of langchain's `HumanInTheLoopMiddleware`: inboxes made for it work."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, NotRequired

from langchain_core.messages import ToolCall
from langgraph.config import get_config
from langgraph.runtime import Runtime, get_runtime
from langgraph.types import interrupt
from typing_extensions import TypedDict

from langgraph_llm_compiler.errors import ConfigurationError, LLMCompilerError

DecisionType = Literal["approve", "edit", "reject", "respond"]
ALL_DECISIONS: tuple[DecisionType, ...] = ("approve", "edit", "reject", "respond")

DESCRIPTION = "The plan's task {task} needs your approval.\n\nTool: {name}\nArgs: {args}"


Describe = Callable[[ToolCall, Any, Runtime[Any]], str]
When = Callable[[Any], bool]


class InterruptOnConfig(TypedDict):
    """Which calls of a tool a person decides on, how, and what the person is told; the keys are langchain's.

    `description` is a text, or a function of the tool call, the graph's state and the runtime that gives one. `when`
    tells of LangGraph's `ToolCallRequest` whether a person is asked; it is called with the arguments as they would be
    run, and not again once the call has been asked about. `args_schema` is kept for nothing, as langchain has it.
    """

    allowed_decisions: list[DecisionType]
    description: NotRequired[str | Describe]
    args_schema: NotRequired[dict[str, Any]]
    when: NotRequired[When]


_KEYS = {"allowed_decisions", "description", "args_schema", "when"}


InterruptOn = Mapping[str, bool | InterruptOnConfig]
Asks = Callable[["HeldCall"], bool]


class HeldCall(TypedDict):
    """A call that waits for a decision: its key in the journal, its task, and what would be called."""

    key: str
    task: int
    id: str
    name: str
    args: dict[str, Any]


def tool_call(call: HeldCall) -> ToolCall:
    """The call as langchain has it."""
    return ToolCall(name=call["name"], args=call["args"], id=call["id"], type="tool_call")


def checked_rules(interrupt_on: InterruptOn | None, tool_names: Sequence[str]) -> dict[str, InterruptOnConfig]:
    """The rules of the tools that need approval.

    Raises:
        ConfigurationError: A rule names no tool there is, or allows no decision or one that does not exist.
    """
    rules: dict[str, InterruptOnConfig] = {}
    for name, rule in (interrupt_on or {}).items():
        if name not in tool_names:
            raise ConfigurationError(f"interrupt_on names {name!r}, but the tools are: {', '.join(tool_names)}")
        if rule is not False:
            rules[name] = _checked_rule(name, {} if rule is True else rule)
    return rules


def _checked_rule(name: str, rule: Any) -> InterruptOnConfig:
    if not isinstance(rule, Mapping):  # None too: a gate that is meant must not be open by mistake
        raise ConfigurationError(f"interrupt_on[{name!r}] is {rule!r}; give True, False or a dictionary")
    if unknown := set(rule) - _KEYS:
        known = "allowed_decisions, description and when"
        raise ConfigurationError(f"interrupt_on[{name!r}] has {sorted(unknown)}; it takes {known}")
    allowed = rule.get("allowed_decisions", list(ALL_DECISIONS))
    if not allowed or not set(allowed) <= set(ALL_DECISIONS):
        raise ConfigurationError(f"interrupt_on[{name!r}] allows {allowed!r}; choose from {ALL_DECISIONS}")
    checked: Any = {**rule, "allowed_decisions": list(allowed)}
    rule_of_tool: InterruptOnConfig = checked
    return rule_of_tool


def asks_about(held: HeldCall, rule: InterruptOnConfig, state: Any) -> bool:
    """Whether a person is to be asked about this call: always, unless the rule's `when` says otherwise."""
    if (when := rule.get("when")) is None:
        return True
    from langgraph.prebuilt.tool_node import ToolCallRequest, ToolRuntime  # noqa: PLC0415 - as in ToolCaller

    runtime, call = get_runtime(), tool_call(held)
    tool_runtime: Any = ToolRuntime(
        state=state,
        context=runtime.context,
        config=get_config(),
        stream_writer=runtime.stream_writer,
        tool_call_id=call["id"],
        store=runtime.store,
        execution_info=runtime.execution_info,
        server_info=runtime.server_info,
    )
    return bool(when(ToolCallRequest(tool_call=call, tool=None, state=state, runtime=tool_runtime)))


def decisions_for(
    calls: Sequence[HeldCall], rules: Mapping[str, InterruptOnConfig], state: Any, answer: Any = None
) -> dict[str, dict[str, Any]]:
    """Ask for decisions on all these calls at once; the run stops here until it is resumed with them.

    To an answer that does not fit, the same request is put again, with an `error` in it that says what is wrong:
    LangGraph keeps a wrong answer for good, so an exception would come back at every further attempt.

    Args:
        calls: The calls that wait, in plan order.
        rules: The rule of each of their tools.
        state: The graph's state, for descriptions that are functions.
        answer: An answer that there is already.

    Returns:
        The decision on each call, by the call's key.

    Raises:
        GraphInterrupt: As long as there is no answer that fits, to stop the run.
    """
    request = _request(calls, rules, state)
    while True:
        answer = interrupt(request) if answer is None else answer
        try:
            return _decisions(calls, rules, answer)
        except LLMCompilerError as error:
            request, answer = {**request, "error": str(error)}, None


def _decisions(
    calls: Sequence[HeldCall], rules: Mapping[str, InterruptOnConfig], answer: Any
) -> dict[str, dict[str, Any]]:
    decisions = answer.get("decisions") if isinstance(answer, Mapping) else None
    if not isinstance(decisions, list):
        raise LLMCompilerError(f'resume with Command(resume={{"decisions": [...]}}), not with {answer!r}')
    if len(decisions) != len(calls):
        raise LLMCompilerError(f"{len(calls)} calls wait for a decision each, and {len(decisions)} decisions came")
    for call, decision in zip(calls, decisions, strict=True):
        _check(call, decision, rules[call["name"]]["allowed_decisions"])
    return {call["key"]: decision for call, decision in zip(calls, decisions, strict=True)}


def _request(calls: Sequence[HeldCall], rules: Mapping[str, InterruptOnConfig], state: Any) -> dict[str, Any]:
    return {
        "action_requests": [
            {"name": call["name"], "args": call["args"], "description": _description(call, rules[call["name"]], state)}
            for call in calls
        ],
        "review_configs": [
            {"action_name": call["name"], "allowed_decisions": list(rules[call["name"]]["allowed_decisions"])}
            for call in calls
        ],
    }


def _description(call: HeldCall, rule: InterruptOnConfig, state: Any) -> str:
    description = rule.get("description")
    if callable(description):
        return description(tool_call(call), state, get_runtime())
    if description is not None:
        return description
    return DESCRIPTION.format(task=call["task"], name=call["name"], args=call["args"])


def _check(call: HeldCall, decision: Any, allowed: Sequence[DecisionType]) -> None:
    kind = decision.get("type") if isinstance(decision, Mapping) else None
    if kind not in allowed:
        raise LLMCompilerError(f"{decision!r} decides on {call['name']!r}; its type has to be one of {list(allowed)}")
    needs: dict[str, Callable[[], bool]] = {
        "edit": lambda: (
            isinstance(edited := decision.get("edited_action"), Mapping)
            and isinstance(edited.get("args"), Mapping)
            and isinstance(edited.get("name", ""), str)
        ),
        "respond": lambda: isinstance(decision.get("message"), str),
    }
    if kind in needs and not needs[kind]():
        wanted = {"edit": '"edited_action": {"name", "args"}', "respond": '"message": "..."'}[kind]
        raise LLMCompilerError(f"the decision {kind!r} on {call['name']!r} needs {wanted}")
