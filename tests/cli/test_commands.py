"""The commands from end to end, against the simulator in a process of its own, with next to no latency."""

import json
import sys

import pytest

from langgraph_llm_compiler.cli.main import main

FAST = ["--ttft", "0", "--tpot", "0", "--prefill", "0", "--tool-latency", "0"]
QUESTION = "By how many metres does Mount Everest rise above Aconcagua?"
TOOLS = '''
from langchain_core.tools import tool

@tool
def look(query: str) -> str:
    """Looks a thing up."""
    return query

@tool("look")
def again(query: str) -> str:
    """Looks a thing up."""
    return query

@tool
def join(query: str) -> str:
    """Joins."""
    return query

NONE, TWICE, JOIN = [], [look, again], [join]

def SAMPLES():
    from langgraph_llm_compiler.benchmarks.suite import ToolSettings
    from langgraph_llm_compiler.benchmarks.suites.sample import make_tools

    return make_tools(None, ToolSettings(tool_latency=0))
'''


@pytest.fixture
def _own_tools(tmp_path, monkeypatch):
    (tmp_path / "tools_of_the_user.py").write_text(TOOLS)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield
    sys.modules.pop("tools_of_the_user", None)


def test_ask_says_first_which_model_answers(capsys):
    assert main(["ask", QUESTION, *FAST]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("simulated: no real model answers")
    assert "1. search.map([" in lines[1]
    assert '1[0]. search("Mount Everest") started' in lines[2]
    assert lines[-1] == "1888"


@pytest.mark.parametrize("flags", [["--react"], ["--parallel-tools"], ["--no-stream", "--max-concurrency", "1"]])
def test_ask_for_programs(capsys, flags):
    assert main(["ask", QUESTION, "--json", *flags, *FAST]) == 0
    captured = capsys.readouterr()
    document = json.loads(captured.out)
    assert (document["question"], document["answer"], document["simulated"]) == (QUESTION, "1888", True)
    assert {task["tool"] for task in document["tasks"]} == {"search", "math"}
    assert document["stats"]["total"]["calls"] >= (3 if "--no-stream" not in flags else 2)
    assert document["seconds"] > 0
    assert captured.err.startswith("simulated: no real model answers")


@pytest.mark.usefixtures("_own_tools")
def test_ask_with_tools_of_ones_own(capsys):
    question = "Which of the mountains K2, Denali and Aconcagua was climbed first?"
    assert main(["ask", question, "--tools", "tools_of_the_user:SAMPLES", *FAST]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "Aconcagua"


def test_the_questions_that_can_be_asked(capsys):
    assert main(["ask", "--list"]) == 0
    assert QUESTION in capsys.readouterr().out.splitlines()


@pytest.mark.usefixtures("_own_tools")
@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["What is this?"], 1, "The simulator has no script for 'What is this?'"),
        (["What is this?", "--react"], 1, "`llm-compiler ask --list` prints the sample questions"),
        ([" "], 2, "there is no question"),
        (["q", "--tools", "tools_of_the_user:NONE"], 2, "no tools"),
        (["q", "--tools", "tools_of_the_user:TWICE"], 2, "two tools are called 'look'"),
        (["q", "--tools", "tools_of_the_user:JOIN"], 2, "a tool cannot be called 'join'"),
        (["q", "--tools", "nonsense"], 2, "takes module:attribute"),
        (["q", "--model", "nobody:x"], 2, "'nobody:x'"),
        (["q", "--base-url", "http://127.0.0.1:9/v1"], 1, "cannot reach http://127.0.0.1:9/v1"),
        (["q", "--react", "--base-url", "http://127.0.0.1:9/v1"], 1, "cannot reach http://127.0.0.1:9/v1"),
        ([QUESTION, "--timeout", "0.05", "--ttft", "5000"], 1, "--timeout"),
    ],
)
def test_errors_are_one_line_that_says_what_to_do(capsys, arguments, code, message):
    assert main(["ask", *arguments]) == code
    captured = capsys.readouterr()
    assert message in captured.err
    assert captured.err.startswith("llm-compiler: ")
    assert captured.err.count("\n") == 1


def test_bench_limit(capsys):
    shapes = "2 searches,replan"
    command = ["bench", "limit", "--shapes", shapes, "--repeat", "1"]
    assert main([*command, "--systems", "react", *FAST]) == 0
    captured = capsys.readouterr()
    lines = captured.out.splitlines()
    assert " ".join(lines[0].split()) == (
        "shape system right median s T* s ratio own limit s to own calls prompt reply"
    )
    assert [line.split()[-10:-8] for line in lines[2:-1]] == [["llm-compiler", "1/1"], ["react", "1/1"]] * 2
    assert lines[-1].startswith("geometric mean of the ratios: ")
    assert "2 searches, llm-compiler: " in captured.err
    assert captured.err.startswith("Simulated: ")

    assert main([*command, "--json", *FAST]) == 0
    rows = json.loads(capsys.readouterr().out)
    systems = ["llm-compiler-compact", "llm-compiler", "parallel-tools", "react", "bare-socket"]
    assert [row["system"] for row in rows] == systems * 2
    assert {row["right"] for row in rows} == {1}


def test_bench_limit_draws(capsys, tmp_path):
    pytest.importorskip("matplotlib")
    command = ["bench", "limit", "--shapes", "2 searches", "--repeat", "1", "--systems", "llm-compiler", *FAST]
    assert main([*command, "--plot", str(tmp_path / "limit.svg")]) == 0
    assert (tmp_path / "limit.svg").read_text().startswith("<?xml")
    assert "drawn: " in capsys.readouterr().err
    assert main([*command, "--plot", str(tmp_path / "limit.gif")]) == 2
    assert "ends in .svg, .png or .pdf" in capsys.readouterr().err


def test_bench_limit_with_a_wrong_answer(capsys, monkeypatch):
    monkeypatch.setattr("langgraph_llm_compiler.benchmarks.measures.limit.score", lambda label, answer: False)
    assert main(["bench", "limit", "--shapes", "2 searches", "--repeat", "1", *FAST]) == 1
    assert "0/1" in capsys.readouterr().out


def test_bench_limit_knows_its_shapes(capsys):
    assert main(["bench", "limit", "--shapes", "star"]) == 2
    assert "there is no shape 'star'" in capsys.readouterr().err
    assert main(["bench", "limit", "--systems", "magic"]) == 2
    assert "there is no system 'magic'; the systems are: llm-compiler, " in capsys.readouterr().err


@pytest.mark.parametrize("style", ["compact", "paper"])
def test_bench_overhead(capsys, style):
    assert main(["bench", "overhead", "--sizes", "1,20", "--repeat", "1", "--style", style]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()[2:]]
    assert [row[:2] for row in rows] == [["1", "all"], ["20", "all"]]

    assert main(["bench", "overhead", "--sizes", "5", "--repeat", "1", "--json", "--style", style]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["style"], row["tasks"], row["right"]) == (style, 5, True)
    assert row["ratio"] == pytest.approx(row["ms_per_task"] / row["bare_ms_per_task"])


@pytest.mark.parametrize("style", ["compact", "paper"])
def test_bench_overhead_of_a_checkpointer(capsys, style):
    command = ["bench", "overhead", "--durable", "--repeat", "1", "--style", style]
    assert main([*command, "--sizes", "3,20"]) == 0
    rows = [line.split()[:3] for line in capsys.readouterr().out.splitlines()[2:]]
    assert rows == [["3", "sync", "all"], ["3", "async", "all"], ["20", "sync", "all"], ["20", "async", "all"]]

    assert main([*command, "--sizes", "5", "--json"]) == 0
    for row in json.loads(capsys.readouterr().out):
        assert (row["style"], row["tasks"], row["right"]) == (style, 5, True)
        assert row["extra_ms_per_task"] == pytest.approx(row["durable_ms_per_task"] - row["ms_per_task"])


@pytest.mark.parametrize("style", ["compact", "paper"])
def test_bench_throughput(capsys, style):
    command = ["bench", "throughput", "--style", style, *FAST]
    assert main([*command, "--at-once", "1,3", "--repeat", "2"]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()[2:]]
    assert [row[:2] for row in rows] == [["1", "2/2"], ["3", "6/6"]]

    assert main([*command, "--at-once", "2", "--repeat", "1", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert row["style"] == style
    assert (row["at_once"], row["right"], row["questions"]) == (2, 2, 2)


def test_bench_throughput_of_several_shapes(capsys):
    command = ["bench", "throughput", "--at-once", "5", "--repeat", "1", *FAST]
    assert main([*command, "--shapes", "2 searches,chain of 5"]) == 0
    assert capsys.readouterr().out.splitlines()[2].split()[:2] == ["5", "5/5"]
    assert main([*command, "--shapes", "star"]) == 2
    assert "there is no shape 'star'; the shapes are: 2 searches" in capsys.readouterr().err


def test_demo(capsys):
    assert main(["demo", "--n", "3", "--at-once", "3", *FAST]) == 0
    captured = capsys.readouterr()
    lines = captured.out.splitlines()
    assert lines[0].startswith("simulated: ")
    assert lines[1].startswith("Question: ")
    (stated,) = [line for line in lines if line.startswith("Simulated figures: ")]
    assert "3 questions of the sample suite, 3 at once" in stated
    assert "a search takes 0 s (median, seed 0)" in stated
    table = lines[lines.index(stated) + 1 :]
    assert [line.split("  ")[0] for line in table[2:7]] == [
        "LLMCompiler, compact", "LLMCompiler", "LLMCompiler, not streaming", "parallel function calling", "ReAct",
    ]  # fmt: skip
    assert all("3/3" in line for line in table[2:7])
    assert "1.00x" in table[6]


def test_demo_for_programs(capsys):
    assert main(["demo", "--n", "1", "--json", *FAST]) == 0
    captured = capsys.readouterr()
    document = json.loads(captured.out)
    assert [row["system"] for row in document["rows"]][::4] == ["LLMCompiler, compact", "ReAct"]
    assert document["simulated"] is True
    assert captured.err.startswith("simulated: ")


def test_simulate_plays_the_sample_suite(monkeypatch):
    served = []
    monkeypatch.setattr("langgraph_llm_compiler.simulator.serve.serve_options", lambda args: served.append(args))
    assert main(["simulate", "--port", "1234"]) == 0
    assert main(["simulate", "--script", "own.json"]) == 0
    assert (served[0].port, served[0].script.endswith("sample.json")) == (1234, True)
    assert served[1].script == "own.json"
