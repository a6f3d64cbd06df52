"""What the documents show is run, and what they list is compared with the code."""

import inspect
import re
import runpy

import pytest

from langgraph_llm_compiler import create_llm_compiler
from langgraph_llm_compiler.cli.main import build_parser
from tests.pages import ROOT, blocks, page, run
from tests.support import finish, plan, scripted, search

README = page("README.md")
DOCS = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "docs").glob("*.md")}


def test_the_readmes_code_runs(tmp_path, capsys):
    (code,) = blocks(README, "python")
    calls = plan('search("Mount Everest")', 'search("Kilimanjaro")', "subtract($1, $2)")
    shown = '"openai:gpt-4.1-mini"'
    assert shown in code
    run(code.replace(shown, "model"), tmp_path, model=scripted(calls, finish("2954 metres")))
    assert capsys.readouterr().out == "2954 metres\n"


def test_the_code_of_the_plan_language_runs(tmp_path, capsys):
    (code,) = blocks(DOCS["plan-language.md"], "python")
    run(code, tmp_path)
    assert capsys.readouterr().out == "1 search ('Mount Everest',)\n"


def test_the_readme_draws_the_graph_that_is_built():
    graph = create_llm_compiler(scripted(), [search]).get_graph()
    ends = {"__start__": "start", "__end__": "end"}
    built = {(edge.source, edge.data, edge.target) for edge in graph.edges}
    (drawn,) = blocks(README, "mermaid")
    edge = re.compile(r"^ *(\w+)(?:\(\[(\w+)\]\))? -(?:->|\. (\w+) \.->) (\w+)", re.MULTILINE)
    found = {(source, label or None, target) for source, _, label, target in edge.findall(drawn)}
    assert found == built
    for node, text in ends.items():
        assert f"{node}([{text}])" in drawn


def test_the_readme_lists_every_argument():
    arguments = [each for each in inspect.signature(create_llm_compiler).parameters if each not in ("model", "tools")]
    assert [each for each in arguments if f"`{each}`" not in README] == []


@pytest.mark.parametrize("text", [README, *DOCS.values()], ids=["README.md", *DOCS])
def test_links_and_commands_exist(text):
    for link in re.findall(r"\]\((?!https?://|#)([^)]+)\)", text):
        assert (ROOT / link).exists() or (ROOT / "docs" / link).exists(), link
    commands = set(re.findall(r"^(?:\| `|llm-compiler )(ask|demo|bench \w+|simulate)\b", text, re.MULTILINE))
    for command in commands:
        with pytest.raises(SystemExit) as ended:
            build_parser().parse_args([*command.split(), "--help"])
        assert ended.value.code == 0


def test_the_example_runs(capsys):
    shown = runpy.run_path(str(ROOT / "examples" / "timeline.py"))
    shown["main"]()
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[-1] for line in lines if " search " in line].count("finished") >= 2
    assert lines[-1] == shown["load_suite"]("sample").questions[4].answer
