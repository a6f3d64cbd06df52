"""Constrained plans: the suites' plans under the grammar of their tools, and a planner that is held to it over HTTP."""

import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import cache
from random import Random
from typing import Any

import pytest
from aiohttp import web
from langchain_openai import ChatOpenAI

from langgraph_llm_compiler.benchmarks import bundled
from langgraph_llm_compiler.benchmarks.constrained import constrained, plan_grammar_of, structured_outputs
from langgraph_llm_compiler.benchmarks.suites import SUITES, load_suite
from langgraph_llm_compiler.errors import ConfigurationError
from langgraph_llm_compiler.plan import PlanParser
from langgraph_llm_compiler.tools.math import create_math_tool
from tests.plan.decoding import Decoder
from tests.plan.spelling import as_read, spelt
from tests.support import answer_of, create_llm_compiler, finish, observations, replan

PLAN = re.compile(r"(?:^(?:[0-9]+\. .*|Thought: .*)\n)*^[0-9]+\. join\(\).*\Z", re.MULTILINE)


@cache
def decoder(suite: str, first_id: int | None) -> Decoder:
    return Decoder(plan_grammar_of(load_suite(suite).make_tools(None), first_id=first_id))


def scripted_plans(suite: str) -> Iterator[str]:
    """The plans of a suite's script, a word in the place of each fact."""
    try:
        script = bundled.read(f"{suite}.json")
    except FileNotFoundError:  # its player works its plans out
        return
    for entry in script:
        for played in entry.get("rounds", [entry]):
            yield re.sub(r"\{[^}]*\}", "Danube", played["plan"])


def examples(suite: str) -> Iterator[str]:
    """The plans of the examples that planners are shown."""
    for prompts in load_suite(suite).prompts.values():
        for example in prompts.examples:
            found = PLAN.search(example)
            assert found, example
            yield found.group()


@pytest.mark.parametrize("suite", SUITES)
def test_the_suites_plans_and_examples_are_admitted(suite: str):
    plans = [*scripted_plans(suite), *examples(suite)]
    assert len(plans) > 1
    for plan in plans:
        first = int(re.search(r"^[0-9]+", plan, re.MULTILINE).group())
        assert decoder(suite, None).accepts(plan), plan
        assert decoder(suite, first).accepts(plan), plan
        assert not decoder(suite, first + 1).accepts(plan)


@pytest.mark.parametrize("suite", SUITES)
def test_what_is_drawn_for_a_suite_parses_into_the_tasks_that_it_spells(suite: str):
    names = [tool.name for tool in load_suite(suite).make_tools(None)]
    drawn = [decoder(suite, 1).draw(Random(seed), 2 * seed) for seed in range(60)]
    for text in drawn:
        assert repr([as_read(task) for task in PlanParser(names).feed(text)]) == repr(spelt(text)), text
    assert sum(len(spelt(text)) for text in drawn) > 60


def test_wrong_plans_are_refused():
    sample = decoder("sample", 1)
    assert sample.refused_at('1. find("Kilimanjaro")') == len("1. ")
    assert sample.refused_at('1. search("Kilimanjaro"\n2. join()') == len('1. search("Kilimanjaro"')
    assert sample.refused_at('1. search("Kilimanjaro")\n2. math("$1", text=[])') == len(
        '1. search("Kilimanjaro")\n2. math("$1", '
    )


def test_where_there_is_one_round_its_plan_starts_at_one():
    def search(query: str) -> str:
        """Look a thing up."""
        return query

    assert constrained([search], replans=False) == structured_outputs(plan_grammar_of([search]))
    assert constrained([search]) == structured_outputs(plan_grammar_of([search], first_id=None))
    with pytest.raises(ConfigurationError, match="no tools"):
        constrained([])


# Over HTTP ------------------------------------------------------------------------------------------------------------


class Server:
    """An OpenAI-compatible endpoint whose model wishes to write these texts, and is held to the grammar it is sent."""

    def __init__(self, *wishes: str) -> None:
        self.wishes, self.bodies = list(wishes), list[dict[str, Any]]()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.bodies.append(body)
        text = self.wishes.pop(0)
        if "structured_outputs" in body:
            text = Decoder(body["structured_outputs"]["grammar"]).write(text)
        head = {"id": "1", "created": 1, "model": "m"}
        if not body.get("stream"):
            message = {"role": "assistant", "content": text}
            choice = {"index": 0, "message": message, "finish_reason": "stop"}
            return web.json_response({**head, "object": "chat.completion", "choices": [choice]})
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for piece in re.findall(r"(?s).{1,5}", text):
            choice = {"index": 0, "delta": {"content": piece}, "finish_reason": None}
            event = {**head, "object": "chat.completion.chunk", "choices": [choice]}
            await response.write(f"data: {json.dumps(event)}\n\n".encode())
        await response.write(b"data: [DONE]\n\n")
        return response


@asynccontextmanager
async def served(server: Server) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_post("/v1/chat/completions", server.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    finally:
        await runner.cleanup()


def search(query: str) -> str:
    """Look a thing up."""
    return {"Mount Everest": "8849 metres", "Kilimanjaro": "5895 metres", "Denali": "6190 metres"}.get(query, "unknown")


async def test_only_the_planner_is_constrained():
    server = Server(
        'Sure!\n1. search("Mount Everest"\n2. search("Kilimanjaro"\nand so on',
        replan("look Denali up"),
        'Here you are: 3. search("Denali"\n4. math("height of $1 less that of $3", context=["$1", "$3"\nanswer',
        "8849 - 6190",
        finish("2659"),
    )
    async with served(server) as url:
        model = ChatOpenAI(model="m", base_url=url, api_key="none", max_retries=0)
        tools = [search, create_math_tool(model)]
        planner = ChatOpenAI(model="m", base_url=url, api_key="none", max_retries=0, extra_body=constrained(tools))
        graph = create_llm_compiler(planner, tools, joiner_model=model)
        out = await graph.ainvoke({"messages": [("user", "How much higher is Mount Everest than the other one?")]})
    assert answer_of(out) == "2659"
    assert observations(out) == {1: "8849 metres", 2: "5895 metres", 3: "6190 metres", 4: 2659}
    sent = [body.get("structured_outputs") for body in server.bodies]
    grammar = {"grammar": plan_grammar_of(tools, first_id=None)}
    assert sent == [grammar, None, grammar, None, None]
    assert "height of" in str(server.bodies[3]["messages"])
