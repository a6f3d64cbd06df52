"""`response_format`: the answer in the state as an instance of the asked shape."""

from dataclasses import dataclass

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from langgraph_llm_compiler import ConfigurationError, JoinerOutputError, ModelError
from tests.support import (
    answer_of,
    ask,
    both,
    both_streams,
    create_llm_compiler,
    finish,
    paper_only,
    plan,
    scripted,
    search,
    thread,
    tool_calls,
)

JSON = '{"name": "Everest", "height": 8849}'
DATA = {"name": "Everest", "height": 8849}


class PlaceModel(BaseModel):
    """A place."""

    name: str
    height: int = Field(description="Metres.")


@dataclass
class PlaceClass:
    """A place."""

    name: str
    height: int


class PlaceDict(TypedDict):
    """A place."""

    name: str
    height: int


SCHEMA = {"title": "PlaceSchema", "description": "A place.", **PlaceModel.model_json_schema()} | {
    "title": "PlaceSchema"
}

FORMATS = [
    pytest.param(PlaceModel, PlaceModel(**DATA), id="pydantic"),
    pytest.param(PlaceClass, PlaceClass(**DATA), id="dataclass"),
    pytest.param(PlaceDict, DATA, id="TypedDict"),
    pytest.param(SCHEMA, DATA, id="JSON schema"),
]


def name_of(shape):
    return shape["title"] if isinstance(shape, dict) else shape.__name__


def made(shape, *replies, **settings):
    model = scripted(plan('search("a")'), *replies)
    return create_llm_compiler(model, [search], response_format=shape, **settings), model


@paper_only
@both
@pytest.mark.parametrize(("shape", "wanted"), FORMATS)
@pytest.mark.parametrize("reply", [finish(JSON), finish(f"```json\n{JSON}\n```")], ids=["plain", "fenced"])
def test_json_within_finish_is_the_structured_answer(invoke, shape, wanted, reply):
    graph, model = made(shape, reply)
    out = invoke(graph, ask())
    assert out["structured_response"] == wanted
    assert type(out["structured_response"]) is type(wanted)
    assert model.is_exhausted
    assert '"height"' in model.requests[1].text
    assert '"height"' not in model.requests[0].text


@both
@pytest.mark.parametrize(("shape", "wanted"), FORMATS)
@pytest.mark.parametrize("answer", ["Everest, 8849 m", '{"name": "Everest"}', "[1]"])
def test_another_answer_is_put_into_shape_by_the_model(invoke, shape, wanted, answer):
    graph, model = made(shape, finish(answer), tool_calls((name_of(shape), DATA)))
    out = invoke(graph, ask("Which?"))
    assert out["structured_response"] == wanted
    assert type(out["structured_response"]) is type(wanted)
    assert answer_of(out) == answer
    assert "Which?" in model.requests[2].text
    assert answer in model.requests[2].text


@both
@pytest.mark.parametrize(("shape", "wanted"), FORMATS)
@pytest.mark.parametrize("useless", ["I cannot", {"name": "Everest"}], ids=["text", "too little"])
def test_a_model_that_cannot_is_a_clear_error(invoke, shape, wanted, useless):
    reply = useless if isinstance(useless, str) else tool_calls((name_of(shape), useless))
    graph, _ = made(shape, finish("Everest"), reply)
    with pytest.raises(JoinerOutputError, match="Everest"):
        invoke(graph, ask())


@both
def test_a_call_that_fails_is_a_model_error(invoke):
    graph, _ = made(PlaceModel, finish("Everest"), ConnectionError("lost"))
    with pytest.raises(ModelError, match="lost"):
        invoke(graph, ask())


@both
def test_a_turn_without_structure_does_not_show_that_of_the_last(invoke):
    saver = InMemorySaver()
    graph, _ = made(PlaceDict, finish(JSON), checkpointer=saver)
    assert invoke(graph, ask(), thread())["structured_response"] == DATA
    plain = create_llm_compiler(scripted(plan('search("a")'), finish("so")), [search], checkpointer=saver)
    assert invoke(plain, ask(), thread())["structured_response"] is None


@both_streams
def test_the_raw_json_is_not_streamed(stream):
    graph, _ = made(PlaceModel, finish("Everest"), tool_calls(("PlaceModel", DATA)))
    parts = stream(graph, ask(), stream_mode=["messages", "custom"])
    texts = [part[0].text for mode, part in parts if mode == "messages" and part[0].type.startswith(("ai", "AI"))]
    assert "".join(texts) == "Everest"


@pytest.mark.parametrize("shape", [3, object()])
def test_a_format_that_is_none_is_refused(shape):
    with pytest.raises(ConfigurationError, match="response_format"):
        made(shape)
