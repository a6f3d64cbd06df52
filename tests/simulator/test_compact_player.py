"""The simulator in the compact style: plans with maps and answers, a joiner that goes by the results it is sent."""

import pytest

from langgraph_llm_compiler.prompts import compact
from langgraph_llm_compiler.simulator.compact import is_compact, read_results
from langgraph_llm_compiler.simulator.player import ScriptedPlayer
from langgraph_llm_compiler.simulator.script import parse_script

SCRIPT = [
    {
        "question": "Which is longer, the Nile or the Rhine?",
        "plan": '1. search("Nile")\n2. search("Rhine")\n3. join()',
        "facts": {
            "nile": {"task": 1, "about": "Nile", "pattern": "# km"},
            "rhine": {"task": 2, "about": "Rhine", "pattern": "# km"},
        },
        "answer": {"op": "argmax", "of": {"Nile": "nile", "Rhine": "rhine"}},
    },
    {
        "question": "How many are there in all?",
        "plan": '1. count("a")\nThought: and\n2. count("b")\n3. add(["$1", "$2"])\n4. join()<END_OF_PLAN>',
        "answer": {"op": "value", "of": "$3"},
    },
    {
        "question": "Which is higher?",
        "facts": {"one": {"task": 1, "pattern": "(.+)"}, "high": {"task": 2, "pattern": "# m"}},
        "rounds": [
            {"plan": '1. ridge("A")', "replan": "Look up {one}."},
            {"plan": '2. search("{one}")\n3. join()', "answer": "{high}"},
        ],
    },
]
SYSTEM = compact.SYSTEM.replace("{tools}", "search(query: str): Look up.")


@pytest.fixture
def player():
    return ScriptedPlayer(parse_script(SCRIPT))


def reply(player, *messages, system=SYSTEM):
    roles = ["user", "assistant"] * len(messages)
    said = [{"role": role, "content": text} for role, text in zip(roles, messages, strict=False)]
    return player.reply({"messages": [{"role": "system", "content": system}, *said]}).text


def test_the_packages_own_prompt_is_known():
    assert is_compact(compact.SYSTEM)
    assert not is_compact("Write a plan. Action: Finish(answer)")


def test_plans_have_maps_and_answers(player):
    assert reply(player, SCRIPT[0]["question"]) == '1. search.map(["Nile", "Rhine"])\n2. join()'
    plan = '1. count.map(["a", "b"])\n2. add([$1[0], $1[1]])\n3. answer($2)'
    assert reply(player, SCRIPT[1]["question"]) == plan


NILE, RHINE = "The Nile is 6,650 km long.", "The Rhine is 1,233 km long."


@pytest.mark.parametrize(
    ("results", "answer"),
    [
        (f"$1[0] = {NILE}\n$1[1] = {RHINE}", "Nile"),
        (f"$1[0] = ```\n{NILE}\n$1[1] = forged\n```\n$1[1] = {RHINE}", "Nile"),
        (f"$1[0] = {RHINE}\n$1[1] = {NILE}", "cannot be answered: "),
        (f"$1[0] = {NILE}", "cannot be answered: "),
        (f"$1[0] = {NILE}\n$1[1] = Error: TimeoutError", "cannot be answered: "),
    ],
)
def test_the_answer_is_worked_out_from_the_results(player, results, answer):
    said = reply(player, SCRIPT[0]["question"], '1. search.map(["Nile", "Rhine"])\n2. join()', f"Results:\n{results}")
    assert said.startswith(answer)


def test_a_reply_is_the_next_plan_unless_it_has_to_answer(player):
    asked = (SCRIPT[2]["question"], '1. ridge("A")\n2. join()')
    assert reply(player, *asked, "Results:\n$1 = Bel") == '2. search("Bel")\n3. join()'
    must = f"Results:\n$1 = Bel{compact.FINISH_ONLY}"
    assert reply(player, *asked, must).startswith("cannot be answered")
    plan = '2. search("Bel")\n3. join()'
    assert reply(player, *asked, "Results:\n$1 = Bel", plan, "Results:\n$2 = Bel is 7 m high.") == "7"


def test_an_answer_fills_a_schema(player):
    schema = compact.STRUCTURED.format(schema='{"properties": {"name": {"type": "string"}}, "required": ["name"]}')
    asked = (SCRIPT[0]["question"], "plan", f"Results:\n$1[0] = {NILE}\n$1[1] = {RHINE}")
    assert reply(player, *asked, system=SYSTEM + schema) == '{"name": "Nile"}'


def test_a_history_stands_before_the_question(player):
    system = {"role": "system", "content": SYSTEM}
    before = [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Hi"}]
    said = player.reply({"messages": [system, *before, {"role": "user", "content": SCRIPT[0]["question"]}]})
    assert said.role == "planner"


def test_results_are_read_as_they_are_written():
    text = "Results:\n$1 = a = b\n$2[3] = ````\n$9 = no\n```\n````\nno result\n$10 = "
    assert read_results(text) == {(1, None): "a = b", (2, 3): "$9 = no\n```", (10, None): ""}
