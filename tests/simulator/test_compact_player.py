"""The simulator in the compact style: plans with maps and answers, a joiner that goes by the results it is sent."""

import pytest

from langgraph_llm_compiler.benchmarks.measures.shapes import SHAPES, make_cases
from langgraph_llm_compiler.prompts import compact
from langgraph_llm_compiler.simulator.compact import compact_calls, read_results, text_after_results
from langgraph_llm_compiler.simulator.player import ScriptedPlayer
from langgraph_llm_compiler.simulator.protocol import UnknownQuestionError
from langgraph_llm_compiler.simulator.script import ScriptError, parse_script
from langgraph_llm_compiler.simulator.transcript import is_compact

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


PLAN = '1. search.map(["Nile", "Rhine"])\n2. join()'
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
    assert reply(player, SCRIPT[0]["question"], PLAN, f"Results:\n{results}").startswith(answer)


def test_a_reply_is_the_next_plan_unless_it_has_to_answer(player):
    asked = (SCRIPT[2]["question"], '1. ridge("A")\n2. join()')
    assert reply(player, *asked, "Results:\n$1 = Bel") == '3. search("Bel")\n4. join()'
    must = f"Results:\n$1 = Bel{compact.FINISH_ONLY}"
    assert reply(player, *asked, must).startswith("cannot be answered")
    plan = '3. search("Bel")\n4. join()'
    assert reply(player, *asked, "Results:\n$1 = Bel", plan, "Results:\n$3 = Bel is 7 m high.") == "7"


def test_an_answer_fills_a_schema(player):
    schema = compact.STRUCTURED.format(schema='{"properties": {"name": {"type": "string"}}, "required": ["name"]}')
    asked = (SCRIPT[0]["question"], PLAN, f"Results:\n$1[0] = {NILE}\n$1[1] = {RHINE}")
    assert reply(player, *asked, system=SYSTEM + schema) == '{"name": "Nile"}'


def test_a_history_stands_before_the_question(player):
    system = {"role": "system", "content": SYSTEM}
    before = [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Hi"}]
    said = player.reply({"messages": [system, *before, {"role": "user", "content": SCRIPT[0]["question"]}]})
    assert said.role == "planner"


def test_results_are_read_as_they_are_written():
    text = "Results:\n$1 = a = b\n$2[3] = ````\n$9 = no\n```\n````\nno result\n$10 = "
    assert read_results(text) == {(1, None): "a = b", (2, 3): "$9 = no\n```", (10, None): ""}


def test_results_end_where_the_prompt_goes_on():
    text = f"Results:\n$1 = ```\na\n\n$2 = b\n```\n$3 = c\n\n$4 = d{compact.FINISH_ONLY}"
    assert read_results(text) == {(1, None): "a\n\n$2 = b", (3, None): "c"}
    assert text_after_results(text) == f"$4 = d{compact.FINISH_ONLY}"
    assert text_after_results("Results:\n$1 = a") == ""


def test_calls_are_read_from_the_plans_of_the_conversation():
    plans = (
        "Thought: so\n2. a.map(['x', ('y', 1), {'q': $1}])\n4. b(\"$2[0] m\", n=[$2[1]])\n5. join()",
        "7. c.map($2)",
    )
    results = ("Results:\n$2[0] = X\n$2[2] = Z\n$4 = B\n$9 = no", "Results:\nNo calls were made.")
    messages = [
        {"role": role, "content": text}
        for pair in zip(plans, results, strict=True)
        for role, text in zip(("assistant", "user"), pair, strict=True)
    ]
    assert [(call.tool, list(call.values), call.observation, call.place) for call in compact_calls(messages)] == [
        ("a", ["x"], "X", (2, 0)),
        ("a", ["y", "1"], None, (2, 1)),
        ("a", ["$1"], "Z", (2, 2)),
        ("b", ["$2[0] m", "$2[1]"], "B", (4, None)),
        ("c", ["$2"], None, (7, None)),
    ]


@pytest.mark.parametrize(
    ("plan", "results", "answer"),
    [
        ('5. search.map(["Nile"])\n8. search(query="Rhine")', f"$5[0] = {NILE}\n$8 = {RHINE}", "Nile"),
        ('1. search.map(["Rhine", "Nile"])', f"$1[0] = {RHINE}\n$1[1] = {NILE}", "Nile"),
        ('1. search.map(["Rhine", "Nile"])', f"$1[0] = {NILE}\n$1[1] = {RHINE}", "cannot be answered: the observation"),
        ('1. search("Nile")', f"$1 = {NILE}\n$2 = {RHINE}", "cannot be answered: task 2 has no observation"),
        ("no plan", f"$1[0] = {NILE}\n$1[1] = {RHINE}", "cannot be answered: task 1 has no observation"),
        ('1. look.map(["Nile", "Rhine"])', f"$1[0] = {NILE}\n$1[1] = {RHINE}", "cannot be answered: task 1 has no"),
    ],
)
def test_results_belong_to_the_calls_of_the_plan_that_was_sent(player, plan, results, answer):
    assert reply(player, SCRIPT[0]["question"], plan, f"Results:\n{results}").startswith(answer)


def test_a_swap_that_no_fact_guards_against_gives_a_wrong_answer(player):
    [bare] = parse_script([{**SCRIPT[0], "facts": {n: {"task": i, "pattern": "# km"} for n, i in FACTS}}])
    results = f"Results:\n$1[0] = {RHINE}\n$1[1] = {NILE}"
    assert reply(ScriptedPlayer([bare]), SCRIPT[0]["question"], PLAN, results) == "Rhine"


FACTS = (("nile", 1), ("rhine", 2))


CHAINED = {
    "question": "Where to?",
    "facts": {"a": {"task": 1, "pattern": "(.+)"}, "b": {"task": 2, "pattern": "(.+)"}},
    "rounds": [
        {"plan": '1. ridge("A")\n2. ridge("B")', "replan": "Look up {a} and {b}."},
        {
            "plan": '3. search("{a}")\n4. search("{b}")\n5. add("{$1} and $2, not $9", ["$3", "$2"])',
            "answer": {"op": "value", "of": "$5"},
        },
    ],
}


def test_a_further_plan_goes_on_with_the_numbers_and_places_of_the_conversation():
    player, first = ScriptedPlayer(parse_script([CHAINED])), '1. ridge.map(["A", "B"])\n2. join()'
    assert reply(player, "Where to?") == first
    results = 'Results:\n$1[0] = X\n$1[1] = the "Y"'
    second = reply(player, "Where to?", first, results)
    assert second == (
        '3. search.map(["X", "the \\"Y\\""])\n4. add("X and $1[1], not $9", [$3[0], $1[1]])\n5. answer($4)'
    )
    later = "Results:\n$3[0] = 1\n$3[1] = 2\n$4 = 3"
    assert reply(player, "Where to?", first, results, second, later) == "3"
    lost = "Results:\n$3[1] = 2\n$4 = 3"
    said = reply(player, "Where to?", first, results, second, lost)
    assert said == "cannot be answered: task 3 has no observation"


def test_a_joiner_that_lacks_results_neither_plans_nor_answers():
    player, first = ScriptedPlayer(parse_script([CHAINED])), '1. ridge.map(["A", "B"])\n2. join()'
    said = reply(player, "Where to?", first, "Results:\n$1[0] = X")
    assert said == "cannot be answered: more would have to be looked up first"


def test_a_plan_that_needs_a_call_nobody_made():
    rounds = [{"plan": '1. a("x")\n2. b("y")', "replan": "More."}, {"plan": '3. c("$1")', "answer": "{$3}"}]
    [script] = parse_script([{"question": "q?", "rounds": rounds}])
    schema = compact.STRUCTURED.format(schema='{"properties": {"name": {"type": "string"}}, "required": ["name"]}')
    for system, answer in ((SYSTEM, "{}"), (SYSTEM + schema, '{{"name": "{}"}}')):
        said = reply(ScriptedPlayer([script]), "q?", '2. b("y")', "Results:\n$2 = 1", system=system)
        assert said == answer.format("cannot be answered: task 1 has no observation")


def test_a_plan_that_the_conversation_does_not_allow():
    history = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hi"}]
    facts = {"five": {"turn": 1, "pattern": "#"}}
    script = {"question": "q?", "history": history, "facts": facts, "plan": '1. a("{five}")', "answer": "{$1}"}
    player = ScriptedPlayer(parse_script([script]))
    assert reply(player, "Hi", "5 it is", "q?") == '1. a("5")\n2. join()'
    assert reply(player, "Hi", "Ho", "q?") == "cannot be answered: the conversation does not give the five"


def test_results_that_quote_a_question_are_no_question(player):
    quoted = f"Results:\n$1[0] = ```\n{NILE}\nQuestion: {SCRIPT[1]['question']}\n```\n$1[1] = {RHINE}"
    assert reply(player, SCRIPT[0]["question"], PLAN, quoted) == "Nile"
    with pytest.raises(UnknownQuestionError):
        reply(player, "What?", PLAN, quoted)


def test_what_a_tool_wrote_does_not_make_the_joiner_answer(player):
    results = "Results:\n$1 = ```\nBel\n\nNo further calls are possible\n```"
    said = reply(player, SCRIPT[2]["question"], '1. ridge("A")\n2. join()', results)
    assert said.startswith('3. search("Bel')


def test_a_joiner_is_asked_again(player):
    results = f"Results:\n$1[0] = {NILE}\n$1[1] = {RHINE}"
    asked = (SCRIPT[0]["question"], PLAN, results, "garbage")
    assert reply(player, *asked, compact.ASK_AGAIN) == "Nile"
    asked = (SCRIPT[2]["question"], '1. ridge("A")\n2. join()', "Results:\n$1 = Bel", "garbage")
    assert reply(player, *asked, compact.ASK_AGAIN_OR_CALL) == '3. search("Bel")\n4. join()'
    assert reply(player, *asked, "You must answer.").startswith("cannot be answered")
    assert reply(player, SCRIPT[0]["question"], "garbage", compact.ASK_AGAIN_OR_CALL) == PLAN


def test_messages_may_come_in_parts(player):
    parts = [{"type": "text", "text": f"Results:\n$1[0] = {NILE}\n"}, {"type": "text", "text": f"$1[1] = {RHINE}"}]
    assert reply(player, SCRIPT[0]["question"], PLAN, parts) == "Nile"


@pytest.mark.parametrize(
    ("compact_answer", "ending"),
    [
        ("$3", "answer($2)"),
        ('"$3 in all, $1 and $2"', 'answer("$2 in all, $1[0] and $1[1]")'),
        ("text=\"It costs $9.\", of=['$2']", 'answer(text="It costs $9.", of=[$1[1]])'),
    ],
)
def test_a_script_may_say_how_a_plan_answers(compact_answer, ending):
    script = {**SCRIPT[1], "answer": "{$3} in all", "compact_answer": compact_answer}
    plan = f'1. count.map(["a", "b"])\n2. add([$1[0], $1[1]])\n3. {ending}'
    player = ScriptedPlayer(parse_script([script]))
    assert reply(player, script["question"]) == plan
    results = f"Results:\n$1[0] = 1\n$1[1] = 2\n$2 = 3{compact.ANSWER_FAILED.format(reason=compact.LACKING)}"
    assert reply(player, script["question"], plan, results) == "3 in all"


def test_the_answer_of_a_later_plan_may_hold_facts_of_earlier_ones():
    first, second = CHAINED["rounds"]
    rounds = [first, {**second, "compact_answer": '"{a}: $5"'}]
    player = ScriptedPlayer(parse_script([{**CHAINED, "rounds": rounds}]))
    said = reply(player, "Where to?", '1. ridge.map(["A", "B"])\n2. join()', "Results:\n$1[0] = X\n$1[1] = Y")
    assert said.endswith('\n5. answer("X: $4")')


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"compact_answer": "$4"}, r"compact_answer: .*'\$4'"),
        ({"compact_answer": " "}, "compact_answer: must be a text"),
        ({"compact_answer": 3}, "compact_answer: must be a text"),
        ({"compact_answer": "[$3)"}, "compact_answer: .*cannot be read"),
        ({"compact_answer": '"{nile}"'}, "compact_answer: 'nile' is no fact"),
        ({"compact_answer": '"{$3}"'}, "compact_answer: '\\$3' needs task 3"),
        ({"compact_answers": "$3"}, "compact_answers: unknown field"),
    ],
)
def test_a_compact_answer_that_means_nothing_is_refused(fields, reason):
    with pytest.raises(ScriptError, match=reason):
        parse_script([{**SCRIPT[1], **fields}])


def test_a_compact_answer_stands_beside_an_answer():
    rounds = [{**CHAINED["rounds"][0], "compact_answer": "$1"}, CHAINED["rounds"][1]]
    with pytest.raises(ScriptError, match=r"rounds\[0\].compact_answer: needs 'answer' beside it"):
        parse_script([{**CHAINED, "rounds": rounds}])


@pytest.mark.parametrize("case", make_cases(variants=1), ids=list(SHAPES))
def test_the_shapes_end_as_their_answers_allow(case):
    plan = reply(ScriptedPlayer(parse_script([case.script])), case.question.question)
    ending = "answer($" if case.shape in {"searches + math", "late dependents", "chain of 5"} else "join()"
    assert ending in plan.splitlines()[-1]


def test_references_move_within_structures_too():
    plan = '1. a("x")\n2. a("y")\n3. b(of={"k": "$2", "n": [1, "$1 m"]})'
    player = ScriptedPlayer(parse_script([{"question": "q?", "plan": plan, "answer": "{$3}"}]))
    assert '2. b(of={"k": $1[1], "n": [1, "$1[0] m"]})' in reply(player, "q?")
