"""Tools of a real MCP server, through langchain-mcp-adapters, over HTTP on loopback and over stdio."""

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import ToolMessage
from langchain_mcp_adapters.client import MultiServerMCPClient
from langchain_mcp_adapters.interceptors import MCPToolCallRequest
from langchain_mcp_adapters.tools import load_mcp_tools
from langgraph.types import Command

from langgraph_llm_compiler import ToolPolicy
from langgraph_llm_compiler.execution.signature import Signature
from langgraph_llm_compiler.nodes.tool_text import signature_text
from tests.graph.mcp_mountains import HEIGHTS, Mountains
from tests.support import (
    Meeting,
    answer_of,
    ask,
    assert_valid,
    async_invoke,
    both,
    create_llm_compiler,
    errors,
    finish,
    observations,
    plan,
    scripted,
    statuses,
)

SERVER = Path(__file__).with_name("mcp_mountains.py")
K2 = {"name": "K2", "metres": 8611, "place": {"country": "Nepal", "camps": ["base", "K2"]}}


class Served:
    """The server as its users have it: an address, and tools that open a session for each call."""

    def __init__(self, mountains: Mountains, url: str) -> None:
        self.mountains = mountains
        self.client = MultiServerMCPClient({"mountains": {"transport": "streamable_http", "url": url}})
        self.tools = asyncio.run(self.client.get_tools())


@pytest.fixture(scope="module")
def http() -> Iterator[Served]:
    mountains = Mountains()
    with mountains.served() as url:
        yield Served(mountains, url)


@pytest.fixture(scope="module")
def stdio() -> list[Any]:
    return asyncio.run(_stdio().get_tools())


def _stdio() -> MultiServerMCPClient:
    return MultiServerMCPClient({"m": {"transport": "stdio", "command": sys.executable, "args": [str(SERVER)]}})


def run(invoke: Any, tools: Any, *calls: str, **settings: Any) -> dict[str, Any]:
    out = invoke(create_llm_compiler(scripted(plan(*calls), finish()), tools, **settings), ask())
    assert_valid(out["messages"])
    return out


def test_the_planner_is_shown_parameters_and_no_more(http):
    shown = {each.name: signature_text(Signature(each)) for each in http.tools}
    assert shown["mountain"] == "mountain(name: str)"
    assert shown["difference"] == "difference(a: float, b: float)"
    assert shown["names"] == "names(first: int = 0)"
    place = '{"country": str, "camps": list[str]}'
    assert shown["camp"] == f"camp(at: {place}, near: {place} | None = None, kind: str = 'tent')"
    model = scripted(plan("names()"), finish())
    async_invoke(create_llm_compiler(model, http.tools), ask())
    assert "old.legend-of(name: str): Tell the legend of a mountain." in model.requests[0].text
    assert "runtime" not in model.requests[0].text


@both
def test_references_reach_into_structured_content(invoke, http):
    calls = ('mountain("K2")', 'camp($1.place, near=$1.place, kind="hut")', 'mountain(name="$1.place.camps[1]")')
    out = run(invoke, http.tools, *calls)
    assert errors(out) == {}
    assert observations(out) == {1: K2, 2: "hut in Nepal at base/K2 near Nepal", 3: K2}
    assert out["messages"][2].artifact == {"structured_content": K2}


@both
def test_a_value_that_the_server_had_to_wrap_is_the_value(invoke, http):
    out = run(invoke, http.tools, "difference(3, 1)", "difference($1, 0.5)", "names()", "mountain($3[1])", "names(9)")
    assert observations(out) == {1: 2.0, 2: 1.5, 3: list(HEIGHTS), 4: K2, 5: []}
    out = run(invoke, http.tools, 'judge("K2")', 'rename("$1.result")')
    assert observations(out) == {1: {"result": "K2 is high"}, 2: "It is K2 is high now"}


@both
def test_content_without_structure_is_text(invoke, http):
    out = run(invoke, http.tools, "lines()", 'rename("$1")', 'old.legend-of("Yeti")', "rename($3.hero)")
    assert observations(out) == {
        1: "first\nsecond",
        2: "It is first\nsecond now",
        3: '{"hero": "Yeti"}',
        4: "It is Yeti now",
    }


@both
def test_an_image_stays_in_its_message(invoke, http):
    # not checked as a conversation: as after create_agent, OpenAI's chat completions do not take the image
    out = invoke(create_llm_compiler(scripted(plan("picture()"), finish()), http.tools), ask())
    assert observations(out)[1] == [{"type": "text", "text": "a peak"}, {"type": "image", "mime_type": "image/png"}]
    text, image = out["messages"][2].content
    assert (text["text"], image["base64"]) == ("a peak", "iVBORw==")


@both
def test_what_the_server_says_failed_is_an_error(invoke, http):
    model = scripted(plan('climb("K2")', 'rename("$1")', "mountain()", 'mountain("K2")'), finish("so it is"))
    out = invoke(create_llm_compiler(model, http.tools), ask())
    assert statuses(out) == {1: "error", 2: "skipped", 3: "error", 4: "ok"}
    assert "K2 is too high" in errors(out)[1]
    assert "K2 is too high" in model.requests[1].text
    assert "Field required" in errors(out)[3]
    assert out["messages"][2].status == "error"
    assert answer_of(out) == "so it is"


@both
def test_hints_set_the_policy(invoke, http):
    calls = http.mountains.calls
    calls.clear()
    out = run(invoke, http.tools, 'mountain("K2")', 'mountain("K2")', 'rename("K2")', 'rename("K2")', 'climb("K2")')
    assert statuses(out) == {1: "ok", 2: "ok", 3: "ok", 4: "ok", 5: "error"}
    assert calls == {"mountain": 1, "rename": 2, "climb": 1}
    calls.clear()
    run(invoke, http.tools, 'mountain("K2")', 'mountain("K2")', tool_policies={"mountain": ToolPolicy()})
    assert calls == {"mountain": 2}


@both
def test_a_call_that_may_be_repeated_is_tried_again(invoke, http):
    http.mountains.refused.update({"rename": 1, "climb": 1})
    http.mountains.calls.clear()
    out = run(invoke, http.tools, 'rename("K2")', 'climb("K2")')
    assert observations(out)[1] == "It is K2 now"
    assert "503 Service Unavailable" in errors(out)[2]
    assert http.mountains.calls == {"rename": 1}


@both
def test_calls_run_at_the_same_time(invoke, http):
    http.mountains.meeting = Meeting(3)
    out = run(invoke, http.tools, 'survey.map(["K2", "Everest"])', 'survey("Lhotse")')
    assert observations(out) == {1: ["K2 surveyed", "Everest surveyed"], 2: "Lhotse surveyed"}


@both
def test_a_call_over_its_time_is_ended(invoke, http):
    http.mountains.meeting = Meeting(2)
    settings = {"tool_policies": {"survey": ToolPolicy(timeout=0.5)}}
    out = run(invoke, http.tools, 'survey("K2")', 'mountain("K2")', 'rename("$2.name")', **settings)
    assert statuses(out) == {1: "timeout", 2: "ok", 3: "ok"}


@pytest.mark.styles("compact")
@both
def test_one_that_only_reads_is_cancelled_when_the_answer_does_not_need_it(invoke, http):
    http.mountains.meeting = Meeting(2)
    policies = {"survey": ToolPolicy(read_only=True)}
    model = scripted('1. survey("K2")\n2. mountain("K2")\n3. answer("It is $2.metres high")')
    out = invoke(create_llm_compiler(model, http.tools, tool_policies=policies), ask())
    assert (answer_of(out), statuses(out)) == ("It is 8611 high", {1: "cancelled", 2: "ok"})


@both
def test_interceptors_see_the_run_and_may_answer(invoke, http):
    async def intercept(request: MCPToolCallRequest, handler: Any) -> Any:
        if request.name == "climb":
            return Command(update={"messages": [ToolMessage("climbed", tool_call_id=request.runtime.tool_call_id)]})
        question = request.runtime.state["messages"][-1].text
        return await handler(request.override(args={"name": f"{request.args['name']} of {question!r}"}))

    client = MultiServerMCPClient(http.client.connections, tool_interceptors=[intercept])
    out = run(invoke, asyncio.run(client.get_tools()), 'rename("K2")', 'climb("K2")', 'rename("$2")')
    assert errors(out) == {}
    assert observations(out)[1] == "It is K2 of 'How high is it?' now"
    assert observations(out)[2] == "climbed"
    assert observations(out)[3].startswith("It is climbed of")


def test_tools_of_an_open_session(http):
    async def held() -> dict[str, Any]:
        async with http.client.session("mountains") as session:
            tools = await load_mcp_tools(session)
            calls = plan('mountain("K2")', 'mountain("Everest")', "difference($2.metres, $1.metres)")
            model = scripted(calls, finish())
            return await create_llm_compiler(model, tools).ainvoke(ask())

    assert observations(asyncio.run(held()))[3] == 238


@both
def test_over_stdio_with_a_process_for_each_call(invoke, stdio):
    assert observations(run(invoke, stdio, 'mountain("K2")')) == {1: K2}


def test_over_stdio_with_an_open_session():
    async def held() -> dict[str, Any]:
        async with _stdio().session("m") as session:
            model = scripted(plan('mountain("K2")', 'climb("$1.name")', "names()"), finish())
            return await create_llm_compiler(model, await load_mcp_tools(session)).ainvoke(ask())

    out = asyncio.run(held())
    assert statuses(out) == {1: "ok", 2: "error", 3: "ok"}
    assert out["messages"][1].tool_calls[1]["args"] == {"name": "K2"}
