"""math: expressions without a model call, problems in words with one."""

import asyncio
import sys

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage

from langgraph_llm_compiler.errors import ConfigurationError
from langgraph_llm_compiler.tools.arithmetic import ExpressionError, load_evaluator
from langgraph_llm_compiler.tools.math import create_math_tool, read_reply


class Calls(BaseCallbackHandler):
    """Records what a model is asked, as a tracer would see it."""

    def __init__(self) -> None:
        self.asked: list[list[tuple[str, str]]] = []
        self.tags: list[list[str]] = []

    def on_chat_model_start(self, serialized, messages, *, tags=None, **kwargs):
        self.asked.append([(message.type, message.text) for message in messages[0]])
        self.tags.append(tags)


def model(*replies):
    return GenericFakeChatModel(messages=iter(AIMessage(reply) for reply in replies))


@pytest.fixture(params=["sync", "async"])
def solve(request):
    """Call the tool with callbacks in the run's config, as a graph does."""

    async def call(tool, calls=None, **arguments):
        config = {"callbacks": [calls or Calls()]}
        if request.param == "async":
            return await tool.ainvoke(arguments, config)
        return await asyncio.to_thread(tool.invoke, arguments, config)

    return call


async def test_an_expression_needs_no_model(solve):
    tool = create_math_tool(model())  # a model without replies fails when it is called
    assert await solve(tool, problem="max(8849, 5895) - 20.5") == 8828.5
    assert await solve(tool, problem="(3+4)*2", context=["not looked at"]) == 14
    assert await solve(create_math_tool(), problem="8,849 / 2") == 4424.5


async def test_a_result_is_a_number_and_may_be_the_problem_of_another_call(solve):
    tool = create_math_tool()
    half = await solve(tool, problem="8849 / 2")
    assert isinstance(half, float)
    assert await solve(tool, problem=half) == half
    assert await solve(tool, problem=f"{half} * 2") == 8849


async def test_words_are_turned_into_one_expression_by_the_model(solve):
    calls = Calls()
    tool = create_math_tool(model("8849 / 2"))
    context = ["Mount Everest is\n8,849 metres high.", "Old."]
    assert await solve(tool, calls, problem="half of Mount Everest in metres?", context=context) == 4424.5
    [[(kind, system), question]] = calls.asked
    assert kind == "system"
    assert "one arithmetic expression" in system
    assert question == (
        "human",
        "Problem: half of Mount Everest in metres?\nContext:\n- Mount Everest is 8,849 metres high.\n- Old.",
    )
    assert "nostream" in calls.tags[0]


@pytest.mark.parametrize("arguments", [{}, {"context": None}, {"context": []}])
async def test_without_context_only_the_problem_is_sent(solve, arguments):
    calls = Calls()
    await solve(create_math_tool(model("1 + 1")), calls, problem="one and one", **arguments)
    assert calls.asked[0][1] == ("human", "Problem: one and one")


@pytest.mark.parametrize(
    ("context", "lines"),
    [
        ([8849, None, {"height": 5895}, ["a"], "text"], ["8849", "null", '{"height": 5895}', '["a"]', "text"]),
        ("Mount Everest", ["Mount Everest"]),
        (8849, ["8849"]),
        ({"é": 1}, ['{"é": 1}']),
    ],
)
async def test_context_of_any_type_is_given_as_text(solve, context, lines):
    calls = Calls()
    await solve(create_math_tool(model("1")), calls, problem="in words", context=context)
    assert calls.asked[0][1][1].splitlines()[2:] == [f"- {line}" for line in lines]


def test_models_are_shown_plain_types():
    schema = create_math_tool().tool_call_schema.model_json_schema()
    assert schema["properties"]["problem"]["type"] == "string"
    assert {"type": "array", "items": {"type": "string"}} in schema["properties"]["context"]["anyOf"]
    assert set(schema["properties"]) == {"problem", "context"}


async def test_an_expression_without_a_value_is_not_taken_to_the_model(solve):
    with pytest.raises(ExpressionError, match="divides by zero"):
        await solve(create_math_tool(model()), problem="8849 / 0")


async def test_words_without_a_model_say_that_one_is_needed(solve):
    with pytest.raises(ExpressionError, match="pass a model to create_math_tool"):
        await solve(create_math_tool(), problem="half of Mount Everest")


async def test_a_model_that_gives_no_expression_is_quoted(solve):
    with pytest.raises(ExpressionError, match=r"'I cannot say\.'.*asked for one arithmetic expression"):
        await solve(create_math_tool(model("I cannot say.")), problem="half of Mount Everest")


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        ("8849 / 2", 4424.5),
        ("```python\n8849 / 2\n```", 4424.5),
        ("`8849 / 2`", 4424.5),
        ("Answer: 8849 / 2", 4424.5),
        ("The final answer is: 8849 / 2", 4424.5),
        ("**Expression:** 8849 / 2", 4424.5),
        ("= 8849 / 2", 4424.5),
        ("half = 8849 / 2", 4424.5),
        ("8849 / 2 = 4424.5", 4424.5),
        ("8849 / 2 = 4424.5 metres", 4424.5),
        ("height = 8849 / 2 metres", 4424.5),
        ("8849 / 2 metres", 4424.5),
        ("8849 / 2 (in metres)", 4424.5),
        ("8849 / 2, as the height is 8849", 4424.5),
        ("8,849 × 2 m", 17698),
        ("$8849 / 2$", 4424.5),
        ("Half of 8849 is:\n8849 / 2", 4424.5),
        ("8849 divided by 2:\n8849 / 2", 4424.5),
        ("<think>1 + 1\nor so</think>\n8849 / 2", 4424.5),
        ("max(100,200)", 200),
        ("max(100, 200) m", 200),
        ("first / 0 is no way\n1 / 0\n8849 / 2", 4424.5),
        ("4424.5", 4424.5),
    ],
)
def test_the_first_expression_of_a_reply_counts(reply, value):
    assert read_reply(reply) == value


@pytest.mark.parametrize("reply", ["", "8849 divided by 2", "2 of them", "x", "```\n```", "8849 -"])
def test_a_number_that_starts_a_sentence_is_no_expression(reply):
    with pytest.raises(ExpressionError, match="one arithmetic expression"):
        read_reply(reply)


def test_a_reply_without_a_value_says_why():
    with pytest.raises(ExpressionError, match="divides by zero"):
        read_reply("8849 / 0")


def test_without_the_extra_no_tool_is_made(monkeypatch):
    load_evaluator.cache_clear()
    monkeypatch.setitem(sys.modules, "simpleeval", None)
    with pytest.raises(ConfigurationError, match=r"langgraph-llm-compiler\[math\]"):
        create_math_tool()
