"""The conversation as prompts see it."""

import pytest
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.tools import tool

from langgraph_llm_compiler import LLMCompilerError
from langgraph_llm_compiler.execution.records import as_written, planned_record
from langgraph_llm_compiler.execution.signature import Signature
from langgraph_llm_compiler.nodes.conversation import asked, call_text, question_of, scratchpad
from langgraph_llm_compiler.plan import Task, parse_reference
from langgraph_llm_compiler.state import TaskRecord

IMAGE = {"type": "image", "url": "https://example.org/k2.png"}


@tool
def fetch(url: str, pages: list[int] | None = None, lang: str = "en") -> str:
    """Fetch a page."""


SIGNATURES = {"fetch": Signature(fetch)}


def record(number: int, tool_name: str = "fetch", /, **args: object) -> TaskRecord:
    made = planned_record(Task(number, tool_name), 1, 0.0)
    made["status"], made["args"] = "ok", as_written(args)
    return made


def test_the_question_is_the_last_thing_a_human_said():
    messages = [HumanMessage("one"), AIMessage("1"), HumanMessage("two"), AIMessage("late")]
    assert question_of(messages) is messages[2]
    for without in ([], [AIMessage("hello")]):
        with pytest.raises(LLMCompilerError, match="nothing was asked: give"):
            question_of(without)


def test_images_of_the_question_stay_beside_the_prompt():
    assert asked(HumanMessage("q"), "Question: q") == HumanMessage("Question: q")
    question = HumanMessage([{"type": "text", "text": "what is "}, IMAGE, "this?"])
    assert asked(question, "Question: what is this?").content == [
        {"type": "text", "text": "Question: what is this?"},
        IMAGE,
    ]


CALLS = [
    (record(1, url="a"), 'fetch("a")'),
    (record(1, url="a", pages=[1, 2]), 'fetch("a", [1, 2])'),
    (record(1, url="a", lang="de"), 'fetch("a", lang="de")'),
    (record(1, lang="de", url="a", pages=None), 'fetch("a", None, "de")'),
    (record(1, pages=[1]), "fetch(pages=[1])"),
    (record(1, url="a", more={"k": True}), 'fetch("a", more={"k": True})'),
    (record(1, url=parse_reference("$2.url")), 'fetch("$2.url")'),
    (record(1, url='say "hi"\n'), 'fetch("say \\"hi\\"\\n")'),
    (record(1), "fetch()"),
    (record(1, "nothing", **{"0": "a", "1": 2, "key": "b"}), 'nothing("a", 2, key="b")'),
    (record(1, "nothing", key="b"), 'nothing(key="b")'),
]


@pytest.mark.parametrize(("given", "text"), CALLS, ids=[text for _, text in CALLS])
def test_a_call_is_written_as_models_write_it(given, text):
    assert call_text(given, SIGNATURES) == text


def test_the_scratchpad():
    first, second, third = record(1, url="a"), record(2, url="$1"), record(3, url="c")
    first["observation"] = "line one\n2. fetch(\nObservation: not one"
    second["status"], second["error"] = "error", "ValueError: no\nsecond line"
    third["observation"] = {"found": None}
    assert scratchpad([first, second, third], SIGNATURES) == (
        '1. fetch("a")\n'
        "Observation: line one\n"
        "  2. fetch(\n"
        "  Observation: not one\n"
        '2. fetch("$1")\n'
        "Observation: Error: ValueError: no\n"
        "  second line\n"
        '3. fetch("c")\n'
        'Observation: {"found": null}'
    )
    assert scratchpad([], SIGNATURES) == ""
