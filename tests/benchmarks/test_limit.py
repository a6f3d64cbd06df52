import asyncio
import struct
import xml.etree.ElementTree as ElementTree

import pytest
from langchain_core.messages import HumanMessage

from langgraph_llm_compiler.benchmarks.measures import limit
from langgraph_llm_compiler.benchmarks.measures.bare_client import run_bare
from langgraph_llm_compiler.benchmarks.measures.critical_path import Pace
from langgraph_llm_compiler.benchmarks.measures.limit import (
    COMPARED,
    LimitSettings,
    geometric_means,
    limit_table,
    measure_limit,
    shape_endpoint,
)
from langgraph_llm_compiler.benchmarks.measures.limit_plot import check_limit_plot, save_limit_plot
from langgraph_llm_compiler.benchmarks.measures.original import ORIGINAL_PROMPTS
from langgraph_llm_compiler.benchmarks.measures.sent import Prompt, PromptRecorder
from langgraph_llm_compiler.benchmarks.measures.shapes import SHAPES, make_cases, shape_tools
from langgraph_llm_compiler.benchmarks.runner import run_question
from langgraph_llm_compiler.benchmarks.scoring import score
from langgraph_llm_compiler.benchmarks.systems import find_system
from langgraph_llm_compiler.errors import ConfigurationError
from langgraph_llm_compiler.models import simulated_model
from langgraph_llm_compiler.simulator.latency import Latency

AT_ONCE = LimitSettings(pace=Pace(Latency(0, 0, 0)), tool_latency=0.0)


def row(shape, system, ratio=0.5, own=1.01):
    return {
        "shape": shape, "system": system, "right": 1, "questions": 1, "median_seconds": 1.0, "bound_seconds": 2.0,
        "ratio": ratio, "own_bound_seconds": own and 1.5, "own_ratio": own, "calls": 2.0, "prompt_tokens": 400.0,
        "completion_tokens": 30.0,
    }  # fmt: skip


def test_every_shape_has_the_originals_prompts():
    assert ORIGINAL_PROMPTS.keys() == SHAPES.keys()
    assert [len(rounds) for rounds in ORIGINAL_PROMPTS.values()] == [1] * 6 + [2]


async def test_what_is_measured(monkeypatch):
    settings = LimitSettings(shapes=["2 searches", "replan"], repeat=2, tool_latency=0.01, pace=Pace(Latency(1, 0, 1)))
    told = []
    rows = await measure_limit(settings, told.append)
    assert rows == told
    assert [each["system"] for each in rows] == [*COMPARED] * 2
    assert all(each["right"] == each["questions"] == 2 for each in rows)
    by_system = {each["system"]: each for each in rows if each["shape"] == "replan"}
    assert len({each["bound_seconds"] for each in by_system.values()}) == 1
    assert {name for name, each in by_system.items() if each["own_ratio"] is None} == {"parallel-tools", "react"}
    bare, ours = by_system["bare-socket"], by_system["llm-compiler-compact"]
    for name in ("own_bound_seconds", "calls", "prompt_tokens", "completion_tokens"):
        assert bare[name] == ours[name] > 0
    assert ours["calls"] == 3
    assert by_system["llm-compiler"]["own_bound_seconds"] < by_system["llm-compiler"]["bound_seconds"]
    assert by_system["llm-compiler"]["own_ratio"] > by_system["llm-compiler"]["ratio"]


async def test_what_others_are_held_against_is_measured_in_any_case():
    def systems(*asked):
        return limit._names(asked)

    assert systems("react") == ["llm-compiler", "react"]
    assert systems("bare-socket") == ["llm-compiler-compact", "llm-compiler", "bare-socket"]
    assert systems("llm-compiler-compact", "llm-compiler") == ["llm-compiler-compact", "llm-compiler"]
    with pytest.raises(ConfigurationError, match=r"there is no system 'magic'; .*react-dagger, bare-socket"):
        systems("magic")


async def test_without_any_latency_there_are_no_ratios():
    settings = LimitSettings(
        shapes=["2 searches"], systems=["llm-compiler"], repeat=1, pace=AT_ONCE.pace, tool_latency=0
    )
    (only,) = await measure_limit(settings)
    assert (only["ratio"], only["own_ratio"]) == (None, None)
    assert limit_table([only]).endswith("\ngeometric mean of the ratios: -")


def test_the_table_ends_with_the_geometric_means():
    rows = [row("a", "x", 0.5), row("a", "y", 2.0, None), row("b", "x", 2.0), row("b", "y", None)]
    assert geometric_means(rows) == pytest.approx({"x": 1.0, "y": 2.0})
    lines = limit_table(rows).splitlines()
    assert lines[-1] == "geometric mean of the ratios: x 1.000, y 2.000"
    assert lines[2].split() == ["a", "x", "1/1", "1.000", "2.000", "0.5000", "1.500", "1.0100", "2.0", "400", "30"]
    assert lines[3].split()[6:8] == ["-", "-"]


@pytest.mark.parametrize("shape", SHAPES)
async def test_the_bare_client_sends_what_the_graph_sends_and_finds_the_same_answer(shape):
    (case,) = make_cases([shape], 1)
    tools = shape_tools(lambda key: 0.0)
    with shape_endpoint([case], AT_ONCE) as endpoint:
        graph = find_system("llm-compiler-compact").build(simulated_model(endpoint.base_url), tools)
        recorder = PromptRecorder()
        run = await run_question(graph, case.question.question, recorder=recorder)
        bare = await run_bare(endpoint.base_url, recorder.prompts, tools, 30.0)
    assert bare.answer == run.answer
    assert score(case.question.answer, bare.answer)

    def told(calls):
        return [(call.prompt_tokens, call.completion_tokens, call.text) for call in calls]

    assert told(bare.calls) == told(run.calls)


async def test_the_bare_client_and_an_endpoint_that_refuses():
    prompt = Prompt([HumanMessage("What is this?")], ["\n"])
    with (
        shape_endpoint(make_cases(["2 searches"], 1), AT_ONCE) as endpoint,
        pytest.raises(ConnectionError, match=r"the endpoint refused: HTTP/1\.1 4"),
    ):
        await run_bare(endpoint.base_url, [prompt], [], 30.0)


async def test_the_bare_client_starts_calls_while_the_plan_streams():
    """The first element's call is what lets the rest of the plan arrive."""
    begun = asyncio.Event()
    pieces = ['1. search.map(["A", ', '"B"])\n2. add([$1[1], "$1[0]!"])\n', '3. answer("so", $2)\nEnd']

    async def serve(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for place, piece in enumerate(pieces):
            if place == 1:
                await begun.wait()
            event = b"data: %s\n\n" % limit.json.dumps({"choices": [{"delta": {"content": piece}}]}).encode()
            for part in (event[:9], event[9:]):  # an event may come in two chunks
                writer.write(b"%x\r\n%s\r\n" % (len(part), part))
        writer.write(b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n")
        writer.close()

    class Tool:
        def __init__(self, name, coroutine):
            self.name, self.coroutine = name, coroutine

    async def search(query):
        begun.set()
        return query.lower()

    async def add(heights):
        return "+".join(heights)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        tools = [Tool("search", search), Tool("add", add)]
        run = await run_bare(f"http://127.0.0.1:{port}/v1", [Prompt([HumanMessage("?")])], tools, 30.0)
    assert run.answer == "so b+a!"
    assert run.calls[0].text == "".join(pieces)


@pytest.fixture
def rows():
    pytest.importorskip("matplotlib")
    return [row(shape, system, ratio) for shape in ("a", "b") for system, ratio in (("x", 0.5), ("y", None))]


@pytest.mark.parametrize(("kind", "begins"), [("png", b"\x89PNG"), ("pdf", b"%PDF"), ("svg", b"<?xml")])
def test_a_drawing_is_the_same_each_time(rows, tmp_path, kind, begins):
    for name in ("one", "two"):
        save_limit_plot(tmp_path / f"{name}.{kind.upper()}", rows)
    one, two = ((tmp_path / f"{name}.{kind.upper()}").read_bytes() for name in ("one", "two"))
    assert one == two
    assert one.startswith(begins)
    if kind == "png":
        assert struct.unpack(">II", one[16:24])[1] > 400
    if kind == "svg":
        assert ElementTree.fromstring(one).tag.endswith("svg")


@pytest.mark.parametrize(
    ("name", "message"), [("plot.jpg", ".svg, .png or .pdf"), ("none/plot.svg", "create it first")]
)
def test_files_that_cannot_be_drawn(tmp_path, name, message):
    with pytest.raises(ConfigurationError, match=message):
        check_limit_plot(tmp_path / name)


def test_without_matplotlib(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "matplotlib.figure", None)
    with pytest.raises(ConfigurationError, match=r'pip install "langgraph-llm-compiler\[plots\]"'):
        check_limit_plot(tmp_path / "plot.svg")
