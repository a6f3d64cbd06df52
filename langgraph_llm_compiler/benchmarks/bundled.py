"""What the bundled suites have in common: files beside them, questions and scripts in one file, search over passages.

A suite's JSON file is a simulator script too (docs/simulator.md): `id`, `label`, `kind` and `branch` are what the
benchmark needs, all else is what the simulator plays.
"""

import json
from functools import cache
from importlib.resources import files
from typing import Any

from langchain_core.tools import BaseTool

from langgraph_llm_compiler.benchmarks.scoring import paper_score
from langgraph_llm_compiler.benchmarks.suite import Question, Suite, ToolSettings
from langgraph_llm_compiler.simulator.script import ScriptedQuestion, parse_script
from langgraph_llm_compiler.tools.search import PassageIndex, create_search_tool, seeded_latency

SHORT = 1_000
"""Characters of a page that base models are shown: their contexts may be as short as 4,096 tokens."""

FOLDER = "langgraph_llm_compiler.benchmarks.suites"


@cache
def read(name: str) -> Any:
    """Gives the JSON data of a file beside the suites; do not change it."""
    return json.loads(files(FOLDER).joinpath(name).read_text(encoding="utf-8"))


def questions(entries: list[dict[str, Any]]) -> tuple[Question, ...]:
    """Gives the questions of a suite's file."""
    return tuple(map(_question, entries))


def paper_suite(module: str, entries: list[dict[str, Any]], **fields: Any) -> Suite:
    """Makes one of the paper's suites that search, with what the paper fixes for all of them.

    Args:
        module: The suite's module; its last part is the suite's name, and its `player` plays the questions.
        entries: Its questions, as in a suite's file.
        **fields: What else a `Suite` holds.

    Returns:
        A suite whose answers are compared as in the paper, without replans.
    """
    return Suite(
        name=module.rpartition(".")[2],
        questions=questions(entries),
        scorer=paper_score,
        max_replans=0,
        player=f"{module}:player",
        search=True,
        **fields,
    )


def script(name: str) -> list[ScriptedQuestion]:
    """Gives what the simulator plays of a suite's file."""
    return parse_script(read(name))


def make_search(settings: ToolSettings, passages: str) -> BaseTool:
    """Makes `search` over the bundled passages of that file, or over the back end that the settings name."""
    if settings.backend is not None:
        return create_search_tool(settings.backend, char_limit=settings.char_limit, one_sentence=settings.one_sentence)
    return create_search_tool(
        _index(passages),
        latency=seeded_latency(settings.tool_latency, settings.seed),
        char_limit=settings.char_limit,
        one_sentence=settings.one_sentence,
    )


@cache
def _index(passages: str) -> PassageIndex:
    return PassageIndex(read(passages))


def _question(entry: dict[str, Any]) -> Question:
    history = tuple((turn["role"], turn["content"]) for turn in entry.get("history", ()))
    return Question(
        entry["id"], entry["question"], entry["label"], entry.get("branch", 1), entry.get("kind", ""), history
    )
