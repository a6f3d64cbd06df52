import codecs
import io
import json
import os
import subprocess
import sys

import pytest

from langgraph_llm_compiler.cli.printing import ESCAPED, escape_what_streams_lack, print_json

QUESTION = "Which of the mountains K2, Denali and Aconcagua was climbed first?"
FAST = ["--ttft", "0", "--tpot", "0", "--prefill", "0", "--tool-latency", "0"]
TEXTS = ["plain", "50.0–60.0 ReAct† 数 😀 é", "half \ud83d"]


@pytest.fixture(params=["utf-8", "ascii", "cp1252"])
def printed(request, monkeypatch):
    """What a function prints to a stdout of this encoding."""

    def run(function, value):
        raw = io.BytesIO()
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding=request.param, newline=""))
        escape_what_streams_lack()
        function(value)
        sys.stdout.flush()
        return raw.getvalue().decode(request.param)

    run.encoding = request.param
    return run


@pytest.mark.parametrize("text", TEXTS)
def test_no_text_is_an_error(printed, text):
    shown = printed(print, text)
    assert json.loads(f'"{shown.strip()}"') == text
    if printed.encoding == "utf-8" and "\ud83d" not in text:
        assert shown == f"{text}\n"


@pytest.mark.parametrize("value", TEXTS)
def test_a_document_stays_a_document(printed, value):
    assert json.loads(printed(print_json, {value: [value]})) == {value: [value]}


def test_nan_is_no_json(printed):
    with pytest.raises(ValueError, match="not JSON compliant"):
        printed(print_json, float("nan"))


def test_streams_of_other_kinds_are_left_alone(monkeypatch):
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    monkeypatch.setattr(sys, "stderr", None)
    escape_what_streams_lack()
    print("†")
    assert sys.stdout.getvalue() == "†\n"


def test_reading_is_no_affair_of_the_rule():
    escape_what_streams_lack()
    with pytest.raises(UnicodeDecodeError):
        codecs.decode(b"\xff", "utf-8", ESCAPED)


def command(*argv, encoding="ascii", **environ):
    """Run the command line with such a stdout; gives what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "langgraph_llm_compiler.cli", *argv],
        capture_output=True,
        env=os.environ | {"PYTHONIOENCODING": encoding} | environ,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.decode(encoding)


TOOLS = '''
from langchain_core.tools import tool

def SAMPLES():
    from langgraph_llm_compiler.benchmarks.suite import ToolSettings
    from langgraph_llm_compiler.benchmarks.suites.sample import make_tools

    passages, math = make_tools(None, ToolSettings(tool_latency=0))

    @tool("search")
    async def accented(query: str) -> str:
        """Looks a thing up."""
        return f"Café † 😀 {await passages.ainvoke(query)}"

    return [accented, math]
'''


def test_answering_a_question_in_ascii(tmp_path):
    (tmp_path / "accented.py").write_text(TOOLS, encoding="utf-8")
    asked, found = ["ask", QUESTION, "--tools", "accented:SAMPLES", *FAST], {"PYTHONPATH": str(tmp_path)}
    shown = command(*asked, **found)
    assert r"Caf\u00e9 \u2020 \ud83d\ude00 K2" in shown
    assert shown.splitlines()[-1] == "Aconcagua"
    document = json.loads(command(*asked, "--json", **found))
    assert document["tasks"][0]["observation"][0].startswith("Café † 😀 K2")


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_listing_datasets_below_any_folder(tmp_path, encoding):
    folder = tmp_path / "Café 数"
    (folder / "datasets").mkdir(parents=True)
    listed = json.loads(command("datasets", "list", "--json", encoding=encoding, LLM_COMPILER_CACHE=str(folder)))
    assert listed["folder"] == str(folder / "datasets")
    assert "hotpotqa" in command("datasets", "list", encoding=encoding, LLM_COMPILER_CACHE=str(folder))


def test_help_in_ascii():
    assert r"the paper's ReAct\u2020" in command("bench", "run", "--help")
