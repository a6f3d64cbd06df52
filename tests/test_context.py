"""Settings of a single run, beside the user's own."""

import dataclasses
from typing import Any, NotRequired

import pytest
from langgraph.prebuilt import ToolRuntime
from pydantic import BaseModel
from typing_extensions import TypedDict

from langgraph_llm_compiler import ConfigurationError
from langgraph_llm_compiler.context import LLMCompilerContext, merged_schema, setting
from langgraph_llm_compiler.nodes import base
from tests.support import (
    answer_of,
    ask,
    both,
    create_llm_compiler,
    errors,
    finish,
    observations,
    plan,
    replan,
    scripted,
    search,
)

OURS = {"model", "joiner_model", "planner_prompt", "joiner_prompt", "max_replans"}


class TheirDict(TypedDict):
    user: str
    hint: NotRequired[str]


@dataclasses.dataclass
class TheirData:
    user: str = "ann"


@dataclasses.dataclass(frozen=True)
class TheirFrozen:
    user: str


class TheirModel(BaseModel):
    user: str


def test_our_fields_stand_beside_theirs():
    assert merged_schema(None) is LLMCompilerContext
    both_dicts = merged_schema(TheirDict)
    assert set(both_dicts.__annotations__) == OURS | {"user", "hint"}
    assert both_dicts.__required_keys__ == {"user"}
    assert dataclasses.asdict(merged_schema(TheirData)()) == {"user": "ann"} | dict.fromkeys(OURS)
    assert merged_schema(TheirFrozen)("bob", model="openai:x").model == "openai:x"
    with pytest.raises(dataclasses.FrozenInstanceError):
        merged_schema(TheirFrozen)("bob").user = "eve"
    assert merged_schema(TheirModel)(user="ann").joiner_prompt is None
    assert set(merged_schema(TheirModel).model_fields) == OURS | {"user"}


class Heir(LLMCompilerContext):
    user: str


class HeirOfHeir(Heir, total=False):
    hint: str


@pytest.mark.parametrize("theirs", [Heir, HeirOfHeir])
def test_a_schema_that_inherits_our_fields_is_taken_as_it_is(theirs):
    assert merged_schema(theirs) is theirs


class ClashingDict(TypedDict):
    model: str


@dataclasses.dataclass
class ClashingData:
    max_replans: int = 0


class ClashingModel(BaseModel):
    joiner_prompt: str


class HeirOfDict(ClashingDict):
    other: str


@dataclasses.dataclass
class HeirOfData(ClashingData):
    other: str = ""


class HeirOfModel(ClashingModel):
    other: str = ""


@pytest.mark.parametrize("theirs", [ClashingDict, ClashingData, ClashingModel, HeirOfDict, HeirOfData, HeirOfModel])
def test_a_clash_is_refused(theirs):
    with pytest.raises(ConfigurationError, match=r"context_schema has .*rename"):
        create_llm_compiler(scripted(), [search], context_schema=theirs)


@pytest.mark.parametrize("theirs", [int, dict, "x"])
def test_what_is_no_schema_is_refused(theirs):
    with pytest.raises(ConfigurationError, match="give a TypedDict"):
        merged_schema(theirs)


@pytest.mark.parametrize("context", [{"max_replans": 1}, TheirData(), merged_schema(TheirData)(max_replans=1), None])
def test_a_setting_is_read_from_any_kind_of_context(context):
    assert setting(context, "max_replans", 7) == (7 if context is None or context == TheirData() else 1)


@pytest.mark.parametrize("wrong", [{"max_replans": "2"}, {"max_replans": True}, {"max_replans": -1}, {"model": 3}])
def test_a_wrong_setting_is_refused(wrong):
    ((name, _),) = wrong.items()
    with pytest.raises(ConfigurationError, match=name):
        setting(wrong, name, None)


@both
def test_a_run_may_set_its_models_prompts_and_rounds(invoke, monkeypatch):
    named = {
        "test:planner": scripted(plan('search("a")'), "no decision", finish("by the planner")),
        "test:joiner": scripted(replan(), finish("by the joiner")),
    }
    monkeypatch.setattr(base, "load_model", named.__getitem__)
    graph = create_llm_compiler(scripted(), [search], context_schema=TheirModel)
    context: dict[str, Any] = {"user": "ann", "model": "test:planner", "max_replans": 0}
    context |= {"planner_prompt": "Plan with {tools}", "joiner_prompt": "Join {them}"}
    assert answer_of(invoke(graph, ask(), context=context)) == "by the planner"
    planner, joiner, _ = named["test:planner"].requests
    assert planner.messages[0].text.startswith("Plan with 1. search(query: str): Look a thing up.")
    assert joiner.messages[0].text.startswith("Join {them}\nNo further plan is possible")
    named["test:planner"] = scripted(plan('search("a")'))
    context["joiner_model"] = "test:joiner"
    assert answer_of(invoke(graph, ask(), context=context)) == "by the joiner"


@both
def test_a_run_may_set_what_an_inheriting_schema_has(invoke):
    model = scripted(plan('search("a")'), finish("what there is"))
    graph = create_llm_compiler(model, [search], context_schema=Heir)
    assert answer_of(invoke(graph, ask(), context={"user": "ann", "max_replans": 0})) == "what there is"
    assert "No further plan is possible" in model.requests[1].messages[0].text


@both
def test_tools_see_the_users_fields(invoke):
    async def who(runtime: ToolRuntime[Any, Any]) -> str:
        """Tell the user."""
        return runtime.context.user

    graph = create_llm_compiler(scripted(plan("who()"), finish()), [who], context_schema=TheirData)
    out = invoke(graph, ask(), context={"user": "bob"})
    assert observations(out) == {1: "bob"}, errors(out)
