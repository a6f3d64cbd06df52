"""docs/models.md says what there is."""

import argparse
import re

from langgraph_llm_compiler import studio
from langgraph_llm_compiler.cli.options import MODEL_TYPES, add_model
from langgraph_llm_compiler.models import azure, clients, environment
from tests.pages import ROOT, blocks, page, run

PAGE = page("models.md")
EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")
ELSEWHERE = {"--max-concurrency", "--sleep-per-iter"}


def test_every_type_option_and_variable_is_on_the_page():
    parser = argparse.ArgumentParser(add_help=False)
    add_model(parser)
    options = {option for action in parser._actions for option in action.option_strings if "_" not in option}
    assert set(re.findall(r"--[a-z][a-z-]+", PAGE)) - ELSEWHERE == options
    assert all(f"| `{type_}` |" in PAGE for type_ in MODEL_TYPES)
    variables = {*environment.KEY_VARIABLES.values(), *environment.AZURE_ADDRESSES, *environment.AZURE_NAMES}
    variables |= {*azure.VERSIONS, azure.TOKEN, clients.TEAM_VARIABLE, environment.OPENAI_ADDRESSES[1]}
    assert [each for each in variables if f"`{each}`" not in PAGE] == []


def test_the_example_of_an_environment_names_variables_that_are_read():
    named = set(re.findall(r"^(?:# )?([A-Z_]+)=", EXAMPLE, re.MULTILINE))
    read = {*environment.KEY_VARIABLES.values(), *environment.AZURE_ADDRESSES, *environment.AZURE_NAMES}
    read |= {*azure.VERSIONS, clients.TEAM_VARIABLE, *environment.OPENAI_ADDRESSES}
    read |= {studio.MODEL_VARIABLE, studio.STYLE_VARIABLE}
    assert {each for each in named if not each.startswith("LANGSMITH_")} <= read


def test_the_code_of_the_page_runs(tmp_path, capsys):
    (code,) = blocks(PAGE)
    run(code, tmp_path)
    assert capsys.readouterr().out == "vllm:meta-llama/Llama-2-70b-hf at localhost:8000, by plain completions\n"
