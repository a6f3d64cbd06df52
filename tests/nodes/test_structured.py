"""The answer in the shape of `response_format`, without a graph."""

import dataclasses
import json
from typing import Any

import pytest
from langchain_core.messages import AIMessage
from langgraph.errors import GraphInterrupt
from pydantic import BaseModel
from typing_extensions import TypedDict

from langgraph_llm_compiler import ConfigurationError, JoinerOutputError
from langgraph_llm_compiler.errors import ModelError
from langgraph_llm_compiler.nodes.structured import json_schema, structured
from tests.support import scripted, tool_calls


class Height(BaseModel):
    """How high something is."""

    metres: int
    source: str = "none"


class HeightDict(TypedDict):
    """How high something is."""

    metres: int


@dataclasses.dataclass
class HeightData:
    """How high something is."""

    metres: int


SCHEMA = {"type": "object", "properties": {"metres": {"type": "integer"}}, "required": ["metres"]}
SHAPES = [
    (Height, "Height", Height(metres=5)),
    (HeightDict, "HeightDict", {"metres": 5}),
    (HeightData, "HeightData", HeightData(5)),
    (SCHEMA, "answer", {"metres": 5}),
    ({**SCHEMA, "title": "Titled"}, "Titled", {"metres": 5}),
]
shapes = pytest.mark.parametrize(("shape", "name", "value"), SHAPES, ids=[name for _, name, _ in SHAPES])


async def shaped(shape: Any, answer: str, *replies: Any) -> Any:
    model = scripted(*replies)
    given = await structured(model, shape, "How high?", answer, {})
    assert model.is_exhausted
    return given


@shapes
def test_the_schema_that_the_joiner_is_told(shape, name, value):
    schema = json_schema(shape)
    assert "metres" in schema["properties"]
    assert "metres" in schema["required"]
    assert json.dumps(schema)


@pytest.mark.parametrize("shape", [3, "text", int, list[int], dict, object(), None], ids=str)
def test_what_is_no_shape_is_refused(shape):
    with pytest.raises(ConfigurationError, match="give a pydantic model, dataclass, TypedDict or JSON schema"):
        json_schema(shape)


@shapes
@pytest.mark.parametrize(
    "answer", ['{"metres": 5}', '```json\n{"metres": 5}\n```', '```\n{"metres": 5}```', '\n{"metres":5} ']
)
async def test_an_answer_that_is_the_json_already_costs_no_call(shape, name, value, answer):
    assert await shaped(shape, answer) == value


@shapes
@pytest.mark.parametrize("answer", ["5 metres", "[5]", "5", "null", '{"feet": 16}', '{"metres": ', ""])
async def test_another_answer_is_converted_by_the_model(shape, name, value, answer):
    assert await shaped(shape, answer, tool_calls((name, {"metres": 5}))) == value


async def test_the_model_is_shown_question_and_answer():
    model = scripted(tool_calls(("Height", {"metres": 5})))
    await structured(model, Height, "How high {is} it?", "it is {5} high", {})
    assert "How high {is} it?" in model.requests[0].text
    assert "it is {5} high" in model.requests[0].text


@shapes
@pytest.mark.parametrize("given", [{}, {"feet": 16}])
async def test_a_conversion_that_does_not_fit_is_an_error(shape, name, value, given):
    with pytest.raises(JoinerOutputError, match="'five'") as raised:
        await shaped(shape, "five", tool_calls((name, given)))
    assert raised.value.text == "five"


@shapes
async def test_a_model_that_converts_nothing_is_an_error(shape, name, value):
    with pytest.raises(JoinerOutputError, match="response_format"):
        await shaped(shape, "five", AIMessage("I would rather not"))


@shapes
async def test_a_dead_endpoint_is_a_model_error(shape, name, value):
    with pytest.raises(ModelError, match="'ScriptedChatModel' failed: ConnectionError: gone"):
        await shaped(shape, "five", ConnectionError("gone"))


@pytest.mark.parametrize("signal", [GraphInterrupt(()), ModelError("'m'", OSError("x"))])
async def test_signals_and_our_own_errors_go_through(signal):
    with pytest.raises(type(signal)) as raised:
        await shaped(Height, "five", signal)
    assert raised.value is signal
