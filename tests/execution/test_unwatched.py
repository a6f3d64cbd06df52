"""A call that nobody watches gives what it gives with a tracer looking on."""

import asyncio
from dataclasses import dataclass
from enum import Enum

import pytest
from langchain_core.callbacks import BaseCallbackHandler, get_usage_metadata_callback
from langchain_core.messages import ToolMessage
from langchain_core.runnables import RunnableConfig, RunnableLambda
from langchain_core.tools import StructuredTool, ToolException, tool
from langgraph.config import get_stream_writer
from langgraph.types import Command
from pydantic import BaseModel, Field

from langgraph_llm_compiler.execution.callbacks import is_watched
from langgraph_llm_compiler.execution.calls import ToolCaller
from langgraph_llm_compiler.execution.unwatched import plain_tool
from tests.support import (
    ask,
    async_invoke,
    async_stream,
    both,
    create_llm_compiler,
    finish,
    observations,
    plan,
    scripted,
    sync_invoke,
)


class Size(Enum):
    small = "small"
    large = "large"


class Place(BaseModel):
    name: str
    height: float = 1.5


@dataclass
class Found:
    name: str
    sizes: tuple[int, ...]


class Query(BaseModel):
    place: Place
    size: Size = Size.small
    tags: list[str] = Field(default_factory=list)


async def typed(number: int, times: float = 2.0, size: Size = Size.large) -> str:
    """Show what arrives."""
    return f"{number!r} {times!r} {size!r}"


def in_a_thread(query: Place) -> dict:
    """Give a mapping."""
    return {"name": query.name, "height": query.height}


@tool(args_schema=Query)
async def of_schema(place: Place, size: Size, tags: list[str]) -> Found:
    """Give a dataclass."""
    return Found(f"{place.name} {size.value} {tags}", (1, 2))


async def nothing() -> None:
    """Take nothing and give nothing."""


async def raising(text: str) -> str:
    """Fail."""
    raise {"exit": SystemExit(3), "tool": ToolException("no"), "empty": ValueError()}.get(text, KeyError(text))


async def message(text: str) -> ToolMessage:
    """Give a message."""
    return ToolMessage(text, tool_call_id="c1", artifact={"a": 1})


async def command(text: str) -> Command:
    """Give an update."""
    return Command(update={"note": text, "messages": [ToolMessage(text, tool_call_id="c1")]})


async def listed(kind: str) -> object:
    """Give lists and the like."""
    return {"texts": ["a", "b"], "blocks": [{"type": "text", "text": "a"}], "pair": ("a", 1), "set": {1}}[kind]


CALLS = [
    ("typed", {"number": "3"}),
    ("typed", {"number": 3, "times": 1, "size": "small"}),
    ("typed", {"number": "three"}),
    ("typed", {}),
    ("typed", {"number": 1, "unknown": 2}),
    ("in_a_thread", {"query": {"name": "K2"}}),
    ("of_schema", {"place": {"name": "K2", "height": 3}, "tags": ["x"]}),
    ("nothing", {}),
    ("nothing", {"more": 1}),
    *[("raising", {"text": each}) for each in ("exit", "tool", "empty", "other")],
    ("message", {"text": "hello"}),
    ("command", {"text": "hello"}),
    *[("listed", {"kind": each}) for each in ("texts", "blocks", "pair", "set", "none")],
]


@pytest.mark.parametrize(("name", "args"), CALLS)
def test_watched_or_not_a_call_gives_the_same(name, args):
    caller = ToolCaller([typed, in_a_thread, of_schema, nothing, raising, message, command, listed])
    assert name in caller._plain

    def outcome(**how):
        return asyncio.run(caller.call(name, dict(args), "c1", {}, {}, **how))

    seen, unseen = outcome(), outcome(is_watched=False)
    assert (unseen.status, unseen.observation, unseen.error) == (seen.status, seen.observation, seen.error)
    assert (unseen.content, unseen.artifact, unseen.update) == (seen.content, seen.artifact, seen.update)
    assert type(unseen.exception) is type(seen.exception)


class Watcher(BaseCallbackHandler):
    def __init__(self):
        self.called = []

    def on_tool_start(self, serialized, input_str, **_):
        self.called.append(input_str)


@both
def test_a_callback_still_sees_every_call(invoke):
    watcher = Watcher()
    graph = create_llm_compiler(scripted(plan("typed(1)", "typed(2)"), finish()), [typed])
    invoke(graph, ask(), {"callbacks": [watcher]})
    assert watcher.called == ["{'number': 1}", "{'number': 2}"]


def test_what_watches_every_run_watches_although_the_config_names_no_callbacks():
    assert not is_watched({})
    with get_usage_metadata_callback():
        assert is_watched({})
    assert not is_watched({})


@both
def test_what_runs_within_a_call_inherits_the_runs_config(invoke):
    seen = []

    async def nested(text: str, config: RunnableConfig) -> str:
        """Run something within."""
        inner = RunnableLambda(lambda given, config: seen.append(config["metadata"]["user"]) or given)
        return await inner.ainvoke(f"{text} {config['metadata']['user']} {config['configurable']['key']}")

    graph = create_llm_compiler(scripted(plan('nested("x")'), finish()), [nested])
    out = invoke(graph, ask(), {"metadata": {"user": "ann"}, "configurable": {"key": "k"}})
    assert observations(out) == {1: "x ann k"}
    assert seen == ["ann"]


def test_an_unwatched_tool_writes_to_the_stream():
    async def telling(text: str) -> str:
        """Write."""
        get_stream_writer()({"progress": text})
        return text

    graph = create_llm_compiler(scripted(plan('telling("x")'), finish()), [telling])
    assert {"progress": "x"} in async_stream(graph, ask(), stream_mode="custom")


def test_a_sync_run_calls_the_sync_face_of_a_tool_that_has_both():
    async def face(text: str) -> str:
        """Async."""
        return "async"

    both_faces = StructuredTool.from_function(func=lambda text: "sync", coroutine=face, name="face", description="-")
    for invoke, name in ((sync_invoke, "sync"), (async_invoke, "async")):
        graph = create_llm_compiler(scripted(plan('face("x")'), finish()), [both_faces])
        assert observations(invoke(graph, ask())) == {1: name}


def test_tools_of_which_langchain_does_more_are_left_to_it():
    async def variadic(*args: str, **kwargs: str) -> str:
        """Take anything."""
        return ""

    async def called_back(text: str, callbacks: object = None) -> str:
        """Take callbacks."""
        return text

    handled = tool(raising, description="-")
    handled.handle_tool_error = True
    pair = StructuredTool.from_function(coroutine=typed, response_format="content_and_artifact")
    for each in (tool(variadic), tool(called_back), handled, pair):
        assert plain_tool(each) is None
