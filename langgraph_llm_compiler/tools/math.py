"""`math`: works out an arithmetic expression, and asks a model for one if the problem is put in words."""

import json
import re
from collections.abc import Iterator
from typing import Annotated, Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage
from langchain_core.runnables import RunnableConfig
from langchain_core.tools import BaseTool, StructuredTool
from pydantic import BaseModel, BeforeValidator, Field

from langgraph_llm_compiler.tools.arithmetic import (
    ExpressionError,
    NotAnExpressionError,
    evaluate,
    leading_expression,
    load_evaluator,
)
from langgraph_llm_compiler.tools.functions import Number

DESCRIPTION = (
    "Works out a number. Takes an arithmetic expression such as (8849 - 5895) / 2 or max(3, 4), with + - * / // % ** "
    "and min, max, sum, mean, abs, round, sqrt, floor, ceil; or a problem in words, with the texts that hold its "
    "figures as context. Returns the number alone, without a unit. It looks nothing up."
)
PROBLEM = "An arithmetic expression, or a problem in words"
CONTEXT = "Texts with the figures that a problem in words needs; left out for an expression"
SYSTEM_PROMPT = (
    "You turn a problem into one arithmetic expression, which a program then works out. Take the figures from the "
    "problem and from its context; convert units where they differ. The expression may use numbers, the operators "
    "+ - * / // % ** and parentheses, and the functions min, max, sum, mean, abs, round, sqrt, floor and ceil. Write "
    "numbers without units and without thousands separators: 8849, not 8,849 m. Do not work the result out yourself. "
    "Reply with the expression on a single line and nothing else."
)

_THINKING = re.compile(r"<think>.*?</think>", re.DOTALL)
_LABEL = re.compile(r"^(?:the )?(?:final )?(?:answer|expression|result|solution)(?: is)?\s*:\s*", re.IGNORECASE)
_MARKS = "`*$ \t"  # of Markdown and of formulas, around an expression
_COMPOUND = re.compile(r"[0-9)\]] ?[-+*/%]|[a-z] ?\(")


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, default=str)


def _texts(value: Any) -> list[str] | None:
    if value is None:
        return None
    return [_text(item) for item in value] if isinstance(value, list | tuple) else [_text(value)]


class MathInput(BaseModel):
    """Arguments of `math`. Observations of any type are taken, as text: a plan hands on what it got."""

    problem: Annotated[str, BeforeValidator(_text)] = Field(description=PROBLEM)
    context: Annotated[list[str] | None, BeforeValidator(_texts)] = Field(default=None, description=CONTEXT)


def create_math_tool(model: BaseChatModel | None = None) -> BaseTool:
    """Make the tool `math(problem: str, context: list[str] | None = None) -> int | float`, sync and async.

    An arithmetic expression is worked out at once, without a model call. For a problem in words the model is asked for
    one expression, under the configuration of the run, so that the call is traced; its text does not stream into the
    run's messages.

    Args:
        model: Asked for the expression. With `None` only expressions are understood.

    Returns:
        The tool. Where there is no result it raises `ExpressionError`, a `ValueError`: a division by zero, a number
        beyond the limits of this package, a problem in words without a model, or a reply with no expression.

    Raises:
        ConfigurationError: The extra `math` is not installed.

    Example:
        >>> create_math_tool().invoke({"problem": "(8,849 - 5,895) / 2"})
        1477
    """
    load_evaluator()
    # "nostream": the expression is nothing that a chat should show (LangGraph's stream mode `messages`).
    translator = model and model.with_config(tags=["nostream"], run_name="math_expression")

    def math(problem: str, config: RunnableConfig, context: list[str] | None = None) -> Number:
        try:
            return evaluate(problem)
        except NotAnExpressionError as error:
            if translator is None:
                raise _needs_model(error) from error
        return read_reply(translator.invoke(_messages(problem, context), config).text)

    async def amath(problem: str, config: RunnableConfig, context: list[str] | None = None) -> Number:
        try:
            return evaluate(problem)
        except NotAnExpressionError as error:
            if translator is None:
                raise _needs_model(error) from error
        return read_reply((await translator.ainvoke(_messages(problem, context), config)).text)

    return StructuredTool(name="math", description=DESCRIPTION, args_schema=MathInput, func=math, coroutine=amath)


def read_reply(reply: str) -> Number:
    """Work out the first expression of a model's reply, past code fences, labels, `x =` and units.

    Raises:
        ExpressionError: There is no expression in it, or the first one has no result.

    Example:
        >>> read_reply("Answer: `8849 / 2` metres")
        4424.5
    """
    failed: ExpressionError | None = None
    for candidate in _candidates(reply):
        try:
            return evaluate(candidate, plain_numbers=True)
        except NotAnExpressionError:
            continue
        except ExpressionError as error:
            failed = failed or error
    raise failed or ExpressionError(reply, "the model was asked for one arithmetic expression, and this is none")


def _candidates(reply: str) -> Iterator[str]:
    for line in _THINKING.sub("", reply).splitlines():
        plain = _LABEL.sub("", line.strip(_MARKS))
        for part in (plain, *plain.split("=")[1:]):
            yield part.strip(_MARKS)
            start = leading_expression(part.strip(_MARKS))
            # A number alone before words may only be the start of a sentence: "2 of the 8849 metres".
            if _COMPOUND.search(start):
                yield start


def _messages(problem: str, context: list[str] | None) -> list[BaseMessage]:
    lines = [f"Problem: {problem}"]
    if context:
        lines += ["Context:", *(f"- {' '.join(text.split())}" for text in context)]
    return [SystemMessage(SYSTEM_PROMPT), HumanMessage("\n".join(lines))]


def _needs_model(error: NotAnExpressionError) -> ExpressionError:
    return ExpressionError(error.text, f"{error.reason}; for problems in words pass a model to create_math_tool")
