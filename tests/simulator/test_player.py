"""The player on small scripts: roles, prompts in other words, rounds, errors."""

import json

import pytest

from langgraph_llm_compiler.simulator.player import ScriptedPlayer
from langgraph_llm_compiler.simulator.protocol import ToolRequest, UnknownQuestionError
from langgraph_llm_compiler.simulator.script import parse_script
from langgraph_llm_compiler.simulator.tokens import count_tokens

ASKED = "Which is higher, K2 or Denali?"
COMPARE = {
    "question": ASKED,
    "facts": {
        "k2": {"task": 1, "about": "K2", "pattern": "is # metres"},
        "denali": {"task": 2, "about": "Denali", "pattern": "is # metres"},
    },
    "plan": '1. search("K2")\n2. search("Denali")\n3. join()<END_OF_PLAN>',
    "thought": "{k2} against {denali} metres.",
    "answer": {"op": "argmax", "of": {"K2": "k2", "Denali": "denali"}},
}
RATIO = {
    "question": "How many times as high as Denali is K2?",
    "facts": COMPARE["facts"],
    "math": {"3": "{k2} / {denali}"},
    "plan": '1. search("K2")\n2. search("Denali")\n3. math("height of K2 / height of Denali", ["$1", "$2"])\n4. join()',
    "answer": {"op": "value", "of": "$3", "digits": 1},
}
TWO_ROUNDS = {
    "question": "How high is the highest peak of Borneo?",
    "facts": {
        "peak": {"task": 1, "pattern": "Its highest point is ([^.]+)"},
        "height": {"task": 2, "pattern": "is # metres"},
    },
    "rounds": [
        {"plan": '1. search("Borneo")', "replan": "Look up {peak}."},
        {"plan": '2. search("{peak}")\n3. join()', "answer": "{height} metres"},
    ],
}
PLANNER = "Write a plan that ends with join()."
JOINER = "Say Thought: ..., then Action: Finish(answer) or Action: Replan(feedback)."
REACT = "Write Thought: and Action:, read the Observation:, and end with Action: Finish(answer)."
K2, DENALI = "K2 is 8,611 metres high.", "Denali is 6,190 metres high."
SCRATCHPAD = f'1. search("K2")\nObservation: {K2}\n2. search("Denali")\nObservation: {DENALI}'
SEARCH = {
    "type": "function",
    "function": {"name": "search", "parameters": {"properties": {"query": {"type": "string"}}}},
}
MATH = {
    "type": "function",
    "function": {"name": "math", "parameters": {"properties": {"problem": {"type": "string"}, "context": {}}}},
}


@pytest.fixture
def player():
    return ScriptedPlayer(parse_script([COMPARE, RATIO, TWO_ROUNDS]))


def chat(system, *texts, **more):
    roles = ["user", "assistant"] * len(texts)
    messages = [{"role": role, "content": text} for role, text in zip(roles, texts, strict=False)]
    return {"messages": [{"role": "system", "content": system}, *messages], **more}


def one(*entries, **options):
    return ScriptedPlayer(parse_script(list(entries)), **options)


def said(*calls):
    """Assistant and tool messages of calls that were made in one turn."""
    made = [
        {"id": f"c{k}", "function": {"name": name, "arguments": json.dumps(arguments)}}
        for k, (name, arguments, _) in enumerate(calls)
    ]
    results = [{"role": "tool", "tool_call_id": f"c{k}", "content": call[2]} for k, call in enumerate(calls)]
    return [{"role": "assistant", "content": None, "tool_calls": made}, *results]


@pytest.mark.parametrize(
    "text",
    [
        f"Question: {ASKED}",
        f"  {ASKED}\n",
        "question:  which is\nhigher,  K2 or Denali?",
        f"Here is one more.\n\n**Question:** {ASKED}",
        f"Please plan this: {ASKED} Thank you.",
    ],
)
def test_planner_finds_the_question(player, text):
    reply = player.reply(chat(PLANNER, text))
    assert (reply.role, reply.text) == ("planner", COMPARE["plan"])


def test_planner_of_a_prompt_in_other_words(player):
    assert player.reply(chat("You plan tool calls.", f"Question: {ASKED}")).role == "planner"


def test_planner_that_describes_the_math_tool_stays_planner(player):
    system = f"{PLANNER} math(problem): reply with one arithmetic expression as the problem."
    assert player.reply(chat(system, f"Question: {ASKED}")).role == "planner"


def test_text_parts_and_completions(player):
    parts = [{"type": "text", "text": PLANNER}]
    request = chat(parts, [{"type": "text", "text": "Question: "}, {"type": "text", "text": ASKED}])
    assert player.reply(request).text == COMPARE["plan"]
    prompt = f'{PLANNER}\n\nQuestion: How?\n1. search("x")\n2. join()\n\nQuestion: {ASKED}\n'
    assert player.reply({"prompt": prompt}).text == COMPARE["plan"]
    assert player.reply({"prompt": [prompt]}).text == COMPARE["plan"]


def test_a_plan_without_an_end_gets_one(player):
    assert player.reply(chat(PLANNER, f"Question: {TWO_ROUNDS['question']}")).text == (
        '1. search("Borneo")\n2. join()<END_OF_PLAN>'
    )


@pytest.mark.parametrize(
    ("scratchpad", "answer"),
    [
        (SCRATCHPAD, "Finish(K2)"),
        (SCRATCHPAD.replace("1. search", "5. search").replace("2. search", "6. search"), "Finish(K2)"),
        (SCRATCHPAD.replace("8,611", "5,611"), "Finish(Denali)"),
        (SCRATCHPAD.replace('search("K2")', "search(query='K2')"), "Finish(K2)"),
        (
            SCRATCHPAD.replace(K2, "x").replace(DENALI, K2).replace("x", DENALI),
            "Finish(cannot be answered: the observation",
        ),
        (SCRATCHPAD.replace(K2, "Error: timed out"), "Finish(cannot be answered: task 1 failed (Error: timed out))"),
        (SCRATCHPAD.replace(K2, ""), "Finish(cannot be answered: task 1 has no observation)"),
        (SCRATCHPAD.split("\n2.")[0], "Finish(cannot be answered: task 2 has no observation)"),
        (SCRATCHPAD.replace(f"Observation: {K2}\n", ""), "Finish(cannot be answered: task 1 has no observation)"),
        (
            SCRATCHPAD.replace("8,611", "many"),
            "Finish(cannot be answered: the observation of task 1 does not give the k2)",
        ),
        ("Nothing was run.", "Finish(cannot be answered: task 1 has no observation)"),
    ],
)
def test_joiner_works_the_answer_out_from_the_prompt(player, scratchpad, answer):
    reply = player.reply(chat(JOINER, f"Question: {ASKED}\n\n{scratchpad}\n\nDecide now."))
    assert reply.role == "joiner"
    assert f"Action: {answer}" in reply.text


def test_joiner_gives_its_thought(player):
    reply = player.reply(chat(JOINER, f"Question: {ASKED}\n\n{SCRATCHPAD}\n\nDecide now."))
    assert reply.text == "Thought: 8611 against 6190 metres.\nAction: Finish(K2)"


def test_joiner_whose_prompt_shows_no_format_is_known_by_the_scratchpad(player):
    assert player.reply(chat("Answer.", f"Question: {ASKED}\n\n{SCRATCHPAD}")).role == "joiner"


def test_joiner_of_an_empty_plan(player):
    assert player.reply(chat("Action: Finish(...)", f"Question: {ASKED}")).role == "joiner"
    assert player.reply(chat("Finish or Replan.", f"Question: {ASKED}")).role == "joiner"


def test_replan_and_the_plan_after_it(player):
    asked = f"Question: {TWO_ROUNDS['question']}"
    scratchpad = '1. search("Borneo")\nObservation: Its highest point is Mount "K".'
    reply = player.reply(chat(JOINER, f"{asked}\n\n{scratchpad}\n\nDecide now."))
    assert reply.text.endswith('Action: Replan(Look up Mount "K".)')
    more = "Feedback: Look it up.\n\nContinue with a new plan; number its first task {}."
    for number in (2, 7):
        reply = player.reply(chat(PLANNER, f"{asked}\n\nEarlier rounds:\n{scratchpad}\n\n{more.format(number)}"))
        assert reply.role == "planner"
        assert reply.text == f'{number}. search("Mount \\"K\\"")\n{number + 1}. join()'
    both = f'{scratchpad}\n7. search("Mount \\"K\\"")\nObservation: It is 4,095 metres high.'
    reply = player.reply(chat(JOINER, f"{asked}\n\n{both}\n\nDecide now."))
    assert reply.text.endswith("Action: Finish(4095 metres)")


def test_a_renumbered_plan_keeps_its_references():
    player = one(
        TWO_ROUNDS
        | {
            "rounds": [
                TWO_ROUNDS["rounds"][0],
                {"plan": '2. search("{peak}")\n3. math("$2 / 2 + ${1}")\n4. join()', "answer": "x"},
            ]
        }
    )
    scratchpad = '1. search("Borneo")\nObservation: Its highest point is K.'
    text = f"Question: {TWO_ROUNDS['question']}\n\n{scratchpad}\n\nContinue with a new plan; number its first task 5."
    assert player.reply(chat(PLANNER, text)).text == '5. search("K")\n6. math("$5 / 2 + ${1}")\n7. join()'


def test_a_plan_that_cannot_be_filled_says_why(player):
    text = (
        f'Question: {TWO_ROUNDS["question"]}\n\n1. search("Borneo")\nObservation: Error: no\n\nnumber its first task 2'
    )
    reply = player.reply(chat(PLANNER, text))
    assert reply.text == "Thought: task 1 failed (Error: no).\n2. join()<END_OF_PLAN>"


def test_a_round_more_than_the_script_has_is_empty(player):
    text = f"Question: {ASKED}\n\nEarlier rounds:\n{SCRATCHPAD}\n\nFeedback: more\n\nContinue with a new plan"
    assert player.reply(chat(PLANNER, text)).text == "3. join()<END_OF_PLAN>"


@pytest.mark.parametrize("where", ["system", "message"])
def test_joiner_that_must_answer_does_not_replan(player, where):
    system = "Action: Finish(answer). No further plan is allowed." if where == "system" else JOINER
    last = "You must answer now." if where == "message" else "Decide now."
    text = f'Question: {TWO_ROUNDS["question"]}\n\n1. search("Borneo")\nObservation: Its highest point is K.\n\n{last}'
    assert "Finish(cannot be answered: more would have to be looked up first)" in player.reply(chat(system, text)).text


def test_a_replan_for_want_of_an_answer():
    player = one(
        {
            "question": "How high is K2?",
            "facts": {"height": {"task": 1, "pattern": "# m"}, "again": {"task": 2, "pattern": "# m"}},
            "rounds": [
                {"plan": '1. search("K 2")', "answer": "{height}", "replan": "Use the exact title."},
                {"plan": '2. search("K2")', "answer": "{again}"},
            ],
        }
    )
    asked = 'Question: How high is K2?\n\n1. search("K 2")\nObservation: '
    assert "Finish(8611)" in player.reply(chat(JOINER, f"{asked}8,611 m\n\nDecide.")).text
    assert "Replan(Use the exact title.)" in player.reply(chat(JOINER, f"{asked}Could not find it.\n\nDecide.")).text


@pytest.mark.parametrize(
    ("context", "expression"),
    [
        ([K2, DENALI], "8611 / 6190"),
        (["K2: is 8,611 metres", "Denali: is 6,190 metres"], "8611 / 6190"),
        ([DENALI, K2], "no expression: the observation of task 1 does not speak of K2"),
        (["", DENALI], "no expression: task 1 has no observation"),
    ],
)
def test_math_takes_its_figures_from_the_context(player, context, expression):
    items = "".join(f"\n- {text}" for text in context)
    text = f"Problem: height of K2 / height of  Denali\nContext:{items}"
    reply = player.reply(chat("Reply with one arithmetic expression.", text))
    assert (reply.role, reply.text) == ("math", expression)


def test_math_of_a_problem_nobody_wrote(player):
    with pytest.raises(UnknownQuestionError, match="height of the moon"):
        player.reply(chat("Reply with one arithmetic expression.", "Problem: height of the moon"))


def react_text(*turns):
    return "".join(f"Thought: t\nAction: {call}\nObservation: {observation}\n" for call, observation in turns)


@pytest.mark.parametrize(
    ("turns", "action"),
    [
        ([], 'search("K2")'),
        ([('search("K2")', K2)], 'search("Denali")'),
        (
            [('search("K2")', K2), ('search("Denali")', DENALI)],
            'math("height of K2 / height of Denali", ["K2: is 8,611 metres", "Denali: is 6,190 metres"])',
        ),
        (
            [('search("K2")', K2), ("search(query='Denali')", DENALI), ('math("8611 / 6190")', "1.3911")],
            "Finish(1.4)",
        ),
        (
            [('search("K2")', "Error: no"), ('search("Denali")', DENALI)],
            "Finish(cannot be answered: task 1 failed (Error: no))",
        ),
        (
            [('search("K2")', DENALI), ('search("Denali")', DENALI)],
            "Finish(cannot be answered: the observation of task 1",
        ),
    ],
)
def test_react_makes_one_call_a_turn(player, turns, action):
    text = f"Question: {RATIO['question']}\n{react_text(*turns)}"
    reply = player.reply(chat(REACT, text, stop=["\nObservation:"]))
    thought, _, rest = reply.text.partition("\n")
    assert reply.role == "react"
    assert rest.startswith(f"Action: {action}")
    assert 24 <= count_tokens(thought.removeprefix("Thought: ")) <= 36


def test_react_is_known_without_its_stop_string(player):
    text = f"Question: {RATIO['question']}\n"
    assert player.reply(chat(REACT, text, stop="END")).role == "react"
    assert player.reply(chat("Go on.", text + react_text(('search("K2")', K2)))).role == "react"


def test_react_thoughts_of_the_script():
    script = COMPARE | {
        "plan": 'Thought: K2 first.\n1. search("K2")\n2. search("Denali")\n3. join()',
        "thoughts": {"2": "Now Denali.", "answer": "Done."},
    }
    player, text, turns = one(script), f"Question: {ASKED}\n", [('search("K2")', K2), ('search("Denali")', DENALI)]
    for count, thought in enumerate(("K2 first.", "Now Denali.", "Done.")):
        reply = player.reply(chat(REACT, text + react_text(*turns[:count]), stop=["\nObservation:"]))
        assert reply.text.startswith(f"Thought: {thought}\n")


def test_agent_calls_all_that_can_run_at_once(player):
    request = chat("Help.", RATIO["question"], tools=[SEARCH, MATH])
    first = player.reply(request)
    assert list(first.tool_calls) == [
        ToolRequest("search", {"query": "K2"}),
        ToolRequest("search", {"query": "Denali"}),
    ]
    assert first.text == ""
    request["messages"] += said(("search", {"query": "K2"}, K2), ("search", {"query": "Denali"}, DENALI))
    [call] = player.reply(request).tool_calls
    context = ["K2: is 8,611 metres", "Denali: is 6,190 metres"]
    assert call == ToolRequest("math", {"problem": "height of K2 / height of Denali", "context": context})
    request["messages"] += said(("math", dict(call.arguments), "1.3911"))
    assert player.reply(request).text == "1.4"


def test_agent_calls_one_at_a_time_if_told_so(player):
    request = chat("Help.", RATIO["question"], tools=[SEARCH, MATH], parallel_tool_calls=False)
    assert [call.arguments for call in player.reply(request).tool_calls] == [{"query": "K2"}]


def test_agent_may_write_expressions():
    player = one(RATIO, agent_math="expression")
    request = chat("Help.", RATIO["question"], tools=[SEARCH, MATH])
    request["messages"] += said(("search", {"query": "K2"}, K2), ("search", {"query": "Denali"}, DENALI))
    assert list(player.reply(request).tool_calls) == [ToolRequest("math", {"problem": "8611 / 6190"})]


def test_agent_without_the_tool_or_the_figures_says_so(player):
    offered = "cannot be answered: the tool 'search' is not among those offered"
    assert player.reply(chat("Help.", ASKED, tools=[MATH])).text == offered
    request = chat("Help.", RATIO["question"], tools=[SEARCH, MATH])
    request["messages"] += said(("search", {"query": "K2"}, DENALI), ("search", {"query": "Denali"}, K2))
    assert player.reply(request).text.startswith("cannot be answered: the observation of task 1 does not speak")


def test_agent_ignores_calls_of_an_earlier_turn(player):
    request = chat("Help.", "Hello", tools=[SEARCH, MATH])
    request["messages"] += [
        *said(("search", {"query": "K2"}, K2)),
        {"role": "assistant", "content": "Hi."},
        {"role": "user", "content": ASKED},
    ]
    assert len(player.reply(request).tool_calls) == 2


def test_agent_types_its_arguments_and_reaches_into_observations():
    plan = '1. look("a", n=2)\n2. use($1.size, [$1.names[0]], {"k": "$1.size m"}, 7)\n3. double("$2")'
    player = one({"question": "Go.", "plan": plan, "answer": "done"})
    size = {"type": "integer"}
    tools = [
        {"function": {"name": "look", "parameters": {"properties": {"key": {}, "n": size}}}},
        {"function": {"name": "use", "parameters": {"properties": {"size": size, "names": {}}}}},
        {"function": {"name": "double", "parameters": {"properties": {"number": {"type": "number"}}}}},
    ]
    request = chat("Help.", "Go.", tools=tools)
    assert list(player.reply(request).tool_calls) == [ToolRequest("look", {"key": "a", "n": 2})]
    request["messages"] += said(("look", {"key": "a", "n": 2}, '{"size": 3, "names": ["x"]}'))
    [call] = player.reply(request).tool_calls
    used = {"size": 3, "names": ["x"], "argument_2": {"k": "3 m"}, "argument_3": 7}
    assert call == ToolRequest("use", used)
    request["messages"] += said(("use", used, "1,200"))
    assert list(player.reply(request).tool_calls) == [ToolRequest("double", {"number": 1200})]
    broken = chat("Help.", "Go.", tools=tools)
    broken["messages"] += said(("look", {"key": "a", "n": 2}, '{"names": ["x"]}'))
    assert player.reply(broken).text.startswith("cannot be answered: ")
    text = "Question: Go.\n" + react_text(('look("a", n=2)', "{}"))
    assert "Finish(cannot be answered: " in player.reply(chat(REACT, text, stop=["\nObservation:"])).text


def schema(**properties):
    return {"type": "json_schema", "json_schema": {"schema": {"type": "object", "properties": properties}}}


@pytest.mark.parametrize(
    ("text", "wanted", "given"),
    [
        (f"Question: {ASKED}\n\n{SCRATCHPAD}", schema(answer={"type": "string"}), {"answer": "K2"}),
        ("Answer: about 8,611.5 metres", schema(height={"type": "number"}), {"height": 8611.5}),
        ("Answer: 8,611", schema(height={"type": "number"}, n={"type": "integer"}), {"height": 8611, "n": 8611}),
        ("Answer: none", schema(height={"type": "number"}), {"height": 0}),
        ("Answer: Yes, it is.", schema(holds={"type": "boolean"}), {"holds": True}),
        ("Answer: k2", schema(peak={"enum": ["Denali", "K2"]}, more={"enum": ["x", "y"]}), {"peak": "K2", "more": "x"}),
        ("Answer: K2", schema(all={"type": "array", "items": {"type": "string"}}), {"all": ["K2"]}),
        ("Answer: K2", schema(name={"anyOf": [{"type": "string"}, {"type": "null"}]}), {"name": "K2"}),
        ("Answer: K2", {"type": "json_object"}, {"answer": "K2"}),
    ],
)
def test_answers_take_the_shape_that_is_asked_for(player, text, wanted, given):
    reply = player.reply(chat("Shape the answer.", text, response_format=wanted))
    assert (reply.role, json.loads(reply.text)) == ("structured", given)


def test_shapes_through_references_and_forced_tools(player):
    shape = {"properties": {"inner": {"$ref": "#/$defs/Inner"}}, "$defs": {"Inner": {"properties": {"name": {}}}}}
    tool = {"type": "function", "function": {"name": "Shape", "parameters": shape}}
    forced = {"type": "function", "function": {"name": "Shape"}}
    request = chat("Shape it.", ASKED, tools=[SEARCH, tool], tool_choice=forced)
    request["messages"].append({"role": "assistant", "content": "K2"})
    assert list(player.reply(request).tool_calls) == [ToolRequest("Shape", {"inner": {"name": "K2"}})]
    missing = chat("Shape it.", "Answer: K2", tool_choice={"type": "function", "function": {"name": "Other"}})
    assert list(player.reply(missing).tool_calls) == [ToolRequest("Other", "K2")]


def test_a_text_format_is_no_structure(player):
    assert player.reply(chat(PLANNER, ASKED, response_format={"type": "text"})).role == "planner"


def test_a_joiner_that_was_told_the_schema_answers_in_json(player):
    shape = json.dumps({"properties": {"peak": {"type": "string"}}})
    system = f"{JOINER}\n\nThe answer within Finish( ) must be JSON that fits this schema:\n{shape}\nThat is all."
    reply = player.reply(chat(system, f"Question: {ASKED}\n\n{SCRATCHPAD}"))
    assert reply.text.endswith('Action: Finish({"peak": "K2"})')


def test_a_joiner_that_is_asked_again_answers_again(player):
    again = "That is no decision I can read. Reply with one line: Action: Finish(answer)."
    reply = player.reply(chat(JOINER, f"Question: {ASKED}\n\n{SCRATCHPAD}", "Hm.", again))
    assert reply.text.endswith("Action: Finish(K2)")


def test_agents_that_may_not_call_any_more_answer(player):
    last = "No further call is possible. The next action must be Finish(answer).\n"
    turns = [('search("K2")', K2), ('search("Denali")', DENALI)]
    text = f"Question: {RATIO['question']}\n{react_text(*turns)}{last}"
    assert "Finish(cannot be answered: task 3 has" in player.reply(chat(REACT, text, stop=["\nObservation:"])).text
    turns.append(('math("8611 / 6190")', "1.39"))
    text = f"Question: {RATIO['question']}\n{react_text(*turns)}{last}"
    assert player.reply(chat(REACT, text, stop=["\nObservation:"])).text.endswith("Finish(1.4)")
    request = chat("Plan well.", RATIO["question"])
    request["messages"] += said(("search", {"query": "K2"}, K2))
    assert player.reply(request).text == "cannot be answered: the tool 'search' is not among those offered"


FOLLOW_UP = {
    "question": "And Denali?",
    "history": [{"role": "user", "content": "How high is K2?"}, {"role": "assistant", "content": "8611"}],
    "facts": {"before": {"turn": 1, "pattern": "#"}, "height": {"task": 1, "pattern": "is # metres"}},
    "plan": '1. search("Denali")\n2. math("{before} - $1")',
    "thought": "K2 had {before}.",
    "answer": "{height}",
}


ALONE = {"history": [], "facts": {}, "plan": '1. search("Denali")', "thought": "", "answer": "alone"}


def test_follow_ups_read_the_conversation():
    player = one(FOLLOW_UP, FOLLOW_UP | ALONE)
    conversation = ("Question: how high is K2?", "It is 8,611 metres high.", "Question: And Denali?")
    assert player.reply(chat(PLANNER, *conversation)).text.startswith('1. search("Denali")\n2. math("8611 - $1")\n')
    longer = ("Hello", "Hello.", *conversation)
    assert "8611 -" in player.reply(chat(PLANNER, *longer)).text
    assert player.reply(chat(PLANNER, "Question: And Denali?")).text == '1. search("Denali")\n2. join()<END_OF_PLAN>'


@pytest.mark.parametrize(
    "conversation",
    [
        ("Question: And Denali?",),
        ("How high is Everest?", "8849", "Question: And Denali?"),
    ],
)
def test_follow_ups_without_their_history_are_unknown(conversation):
    with pytest.raises(UnknownQuestionError, match="And Denali"):
        one(FOLLOW_UP).reply(chat(PLANNER, *conversation))


def test_turns_in_the_wrong_order_are_another_history():
    player = one(FOLLOW_UP | ALONE | {"history": FOLLOW_UP["history"][::-1]})
    with pytest.raises(UnknownQuestionError):
        player.reply(chat(PLANNER, "How high is K2?", "8611", "And Denali?"))


def test_an_unknown_question_names_the_ways_out(player):
    with pytest.raises(UnknownQuestionError) as caught:
        player.reply(chat(PLANNER, "Question: Who was Ada Lovelace?"))
    assert "Who was Ada Lovelace?" in str(caught.value)
    for option in ("--script", "--model", "LLM_COMPILER_MODEL"):
        assert option in str(caught.value)
    with pytest.raises(UnknownQuestionError):
        player.reply({"messages": []})


def test_a_question_that_begins_another_does_not_take_its_place():
    longer = COMPARE | {
        "question": f"{ASKED} And why?",
        "plan": '1. search("why")',
        "facts": {},
        "thought": "",
        "answer": "x",
    }
    player = one(COMPARE, longer)
    assert player.reply(chat(PLANNER, f"Question: {ASKED}")).text == COMPARE["plan"]
    assert player.reply(chat(PLANNER, f"Question: {ASKED} And why?")).text.startswith('1. search("why")')


def test_equal_calls_each_keep_their_observation():
    player = one(
        {
            "question": "Roll twice.",
            "plan": "1. roll(6)\n2. roll(6)\n3. join()",
            "answer": {"op": "if", "left": "$1", "test": ">", "right": "$2", "then": "first", "else": "second"},
        }
    )
    text = "Question: Roll twice.\n\n1. roll(6)\nObservation: 2\n2. roll(6)\nObservation: 5\n\nDecide."
    assert "Finish(second)" in player.reply(chat(JOINER, text)).text


@pytest.mark.parametrize(
    ("rule", "answer"),
    [
        ("{$1} and {$2}", "4 m and 5"),
        ({"op": "text", "template": "{$2} of {$1}", "digits": 1}, "5 of 4 m"),
        ({"op": "value", "of": "$2", "digits": 2}, "5"),
        ({"op": "argmin", "of": {"a": "$1", "b": "$2"}}, "a"),
        ({"op": "argmax", "of": {"a": "$1", "<{$2}>": "$2"}}, "<5>"),
        ({"op": "if", "left": "$1", "test": "<=", "right": "4", "then": "yes", "else": "no"}, "yes"),
        ({"op": "argmax", "of": {"a": "$3"}}, "cannot be answered: what task 3 gave is 'none', which is no number"),
    ],
)
def test_answer_rules(rule, answer):
    player = one({"question": "Go.", "plan": "1. a()\n2. b()\n3. c()\n4. join()", "answer": rule})
    text = "Question: Go.\n\n1. a()\nObservation: 4 m\n2. b()\nObservation: 5\n3. c()\nObservation: none\n\nDecide."
    assert f"Finish({answer})" in player.reply(chat(JOINER, text)).text


def test_a_value_rests_on_all_that_led_to_it():
    player = one({"question": "Go.", "plan": '1. a()\n2. b("$1")\n3. c("$2", "$1")', "answer": "{$3}"})
    rest = '2. b("$1")\nObservation: 5\n3. c("$2", "$1")\nObservation: 6\n\nDecide.'
    text = f"Question: Go.\n\n1. a()\nObservation: {{}}\n{rest}"
    assert "Finish(6)" in player.reply(chat(JOINER, text.format("4"))).text
    assert "cannot be answered: task 1" in player.reply(chat(JOINER, text.format("Error: no"))).text
