"""Settings of a single run, beside the user's own."""

import dataclasses
from typing import Any, NotRequired

import pytest
from langgraph.prebuilt import ToolRuntime
from pydantic import BaseModel
from typing_extensions import TypedDict

from langgraph_llm_compiler import ConfigurationError, create_react_baseline
from langgraph_llm_compiler.context import LLMCompilerContext, merged_schema, setting
from langgraph_llm_compiler.nodes import base
from tests.support import (
    Meeting,
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
    sync_invoke,
)

OURS = {"model", "joiner_model", "planner_prompt", "joiner_prompt", "max_replans", "max_concurrency"}


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
    assert merged_schema(None).__name__ == LLMCompilerContext.__name__
    assert set(merged_schema(None).__annotations__) == set(LLMCompilerContext.__annotations__) == OURS
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
def test_a_schema_that_inherits_our_fields_is_no_clash(theirs):
    merged = merged_schema(theirs)
    assert set(merged.__annotations__) == OURS | {"user"} | ({"hint"} if theirs is HeirOfHeir else set())
    assert "user" in merged.__required_keys__
    assert merged.__optional_keys__ >= OURS


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


WRONG = [
    {"max_replans": "2"},
    {"max_replans": True},
    {"max_replans": -1},
    {"max_concurrency": 0},
    {"model": 3},
]


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_setting_is_refused(wrong):
    ((name, _),) = wrong.items()
    with pytest.raises(ConfigurationError, match=name):
        setting(wrong, name, None)


@pytest.mark.parametrize("schema", [None, TheirDict, TheirData, TheirModel])
@pytest.mark.parametrize("wrong", [*WRONG, {"model": "nameless"}, {"joiner_model": "nameless"}])
@both
def test_a_run_with_a_wrong_setting_is_refused_before_the_model_is_asked(invoke, wrong, schema):
    model, ((name, _),) = scripted(), wrong.items()
    graph = create_llm_compiler(model, [search], context_schema=schema)
    with pytest.raises(ValueError, match=name):  # pydantic refuses it in its own words
        invoke(graph, ask(), context={"user": "ann", **wrong})
    assert model.requests == []


@both
def test_a_baseline_refuses_a_wrong_setting_too(invoke):
    model = scripted()
    with pytest.raises(ConfigurationError, match="'max_concurrency' is 0; give 1 or more"):
        invoke(create_react_baseline(model, [search]), ask(), context={"max_concurrency": 0})
    assert model.requests == []


def test_an_empty_field_of_a_form_sets_nothing():
    empty = {"model": "", "joiner_prompt": " \n", "max_replans": None}
    assert [setting(empty, name, "default") for name in empty] == ["default"] * 3


@pytest.mark.parametrize("schema", [None, TheirDict, TheirData, TheirFrozen, TheirModel])
def test_a_form_shows_the_same_fields_whatever_the_users_schema_is(schema, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    graph = create_llm_compiler("openai:some-model", [search], context_schema=schema, max_replans=5)
    fields = graph.get_context_jsonschema()["properties"]
    assert set(fields) == OURS | (set() if schema is None else {"user"} | ({"hint"} if schema is TheirDict else set()))
    assert fields["max_replans"] == {
        "type": "integer",
        "title": "Max Replans",
        "description": "How often the joiner may ask for another plan.",
        "minimum": 0,
        "default": 5,
        "langgraph_nodes": ["joiner"],
    }
    assert fields["model"]["default"] == "openai:some-model"
    assert fields["model"]["langgraph_type"] == "model"
    assert "default" not in fields["joiner_model"]


@pytest.mark.parametrize("style", ["compact", "paper"])
def test_the_default_that_a_form_shows_changes_nothing_when_it_is_sent(style):
    model = scripted(plan('search("a")'), finish(), plan('search("a")'), finish())
    graph = create_llm_compiler(model, [search], prompt_style=style)
    fields = graph.get_context_jsonschema()["properties"]
    shown = {name: each["default"] for name, each in fields.items() if "default" in each}
    for context in ({}, shown):
        sync_invoke(graph, ask(), context=context)
    assert [each.text for each in model.requests[:2]] == [each.text for each in model.requests[2:]]


@both
@pytest.mark.parametrize(("configured", "chosen"), [(None, 2), (2, 3), (3, 2), (2, None)])
def test_of_two_bounds_on_calls_at_once_the_smaller_holds(invoke, configured, chosen):
    meeting = Meeting(2)

    async def wait(n: int) -> int:
        """Wait for the others."""
        await meeting.passed()
        return n

    graph = create_llm_compiler(scripted(plan(*(f"wait({n})" for n in range(6))), finish()), [wait])
    config = {} if configured is None else {"max_concurrency": configured}
    out = invoke(graph, ask(), config, context={"max_concurrency": chosen})
    assert len(observations(out)) == 6
    assert meeting.most == 2


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
