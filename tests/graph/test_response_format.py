"""The answer in a shape: as JSON in the joiner's answer, else converted by the model."""

import dataclasses

import pytest
from langchain_core.messages import AIMessage
from pydantic import BaseModel
from typing_extensions import TypedDict

from langgraph_llm_compiler import JoinerOutputError
from tests.support import (
    answer_of,
    ask,
    both,
    both_streams,
    create_llm_compiler,
    finish,
    plan,
    scripted,
    search,
    tool_calls,
)


class Height(BaseModel):
    """How high something is."""

    metres: int


class HeightDict(TypedDict):
    """How high something is."""

    metres: int


@dataclasses.dataclass
class HeightData:
    metres: int


SCHEMA = {
    "title": "Height",
    "description": "How high something is.",
    "type": "object",
    "properties": {"metres": {"type": "integer"}},
    "required": ["metres"],
}

SHAPES = [(Height, Height(metres=8849)), (HeightDict, {"metres": 8849}), (SCHEMA, {"metres": 8849})]
shapes = pytest.mark.parametrize(("shape", "value"), SHAPES, ids=["model", "TypedDict", "schema"])


def graph_of(shape, *replies):
    model = scripted(plan('search("a")'), *replies)
    return create_llm_compiler(model, [search], response_format=shape), model


@both
@pytest.mark.parametrize("text", ['{"metres": 8849}', '```json\n{"metres": 8849}\n```', ' {"metres":\n8849 } '])
@pytest.mark.parametrize(("shape", "value"), [*SHAPES, (HeightData, HeightData(8849))])
def test_json_in_the_answer(invoke, shape, value, text):
    graph, model = graph_of(shape, finish(text))
    out = invoke(graph, ask())
    assert out["structured_response"] == value
    assert answer_of(out) == text.strip()
    assert '"metres"' in model.requests[1].messages[0].text


@both
@shapes
@pytest.mark.parametrize("text", ["8,849 metres", '{"feet": 3}', "[8849]"])
def test_another_answer_is_converted_by_the_model(invoke, shape, value, text):
    graph, model = graph_of(shape, finish(text), tool_calls((getattr(shape, "__name__", "Height"), {"metres": 8849})))
    out = invoke(graph, ask("How high?"))
    assert out["structured_response"] == value
    assert text in model.requests[2].last
    assert "How high?" in model.requests[2].last
    assert model.requests[2].kwargs["tools"]


@both
def test_an_answer_that_cannot_be_converted_is_an_error(invoke):
    graph, _ = graph_of(Height, finish("high"), AIMessage("I cannot"))
    with pytest.raises(JoinerOutputError, match="response_format"):
        invoke(graph, ask())


@both_streams
def test_the_conversion_is_not_streamed(stream):
    graph, _ = graph_of(Height, finish("8849"), tool_calls(("Height", {"metres": 8849})))
    got = [message.text for message, _ in stream(graph, ask(), stream_mode="messages")]
    assert [each for each in got if each] == ["<a>", "8849"]


@both
def test_each_turn_has_a_response_of_its_own(invoke):
    graph, _ = graph_of(Height, finish('{"metres": 1}'), plan(), finish('{"metres": 2}'))
    first = invoke(graph, ask())
    assert invoke(graph, {"messages": [*first["messages"], ("user", "again")]})["structured_response"].metres == 2
