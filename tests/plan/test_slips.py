"""What real models write, and a reader would understand."""

import pytest

from langgraph_llm_compiler.plan import Ending
from tests.plan.reading import TOOLS, arguments, calls, read, read_in_pieces

TWO_SEARCHES = [(1, "search", "a"), (2, "search", "b")]


@pytest.mark.parametrize(
    "text",
    [
        '\n\n1. search("a")\n\n2. search("b")\n',
        ' and the other one?\n\n1. search("a")\n2. search("b")',
        'Sure! Here is the plan (in 2 steps):\n1. search("a")\n2. search("b")\nThat is all (I think).',
        'Thought: I need (a) and (b).\n1. search("a")\n2. search("b")',
        '```python\n1. search("a")\n2. search("b")\n```',
        '1. `search("a")`\n2. `search("b")`',
        '- 1. search("a")\n- 2. search("b")',
        '* 1) search("a")\n* 2) search("b")',
        '**1.** search("a")\n**2.** search("b")',
        '**1. search("a")**\n**2. search("b")**',
        '1. **search**("a")\n2. *search*("b")',
        '> 1. search("a")\n> 2. search("b")',
        '### 1. search("a")\n### 2. search("b")',
        'Step 1: search("a")\nTask #2: search("b")',
        '1 - search("a")\n2 – search("b")',
        '(1) search("a")\n[2] search("b")',
        '1.) search("a")\n2 . search("b")',
        '1\\. search("a")\n2\\. search("b")',
        '1.search("a")2.search("b")3.join()',
        '1. search("a") 2. search("b")',
        '1. search("a"), 2. search("b"), and then 3. join()',
        '1. search("a"); 2. search("b");',
        'Plan: 1. search("a")\nThen we do 2. search("b")',
        '1. search("a")\r\n2. search("b")\r\n3. join()\r\n',
        '1. search ("a")\n2. search ("b")',
        '1. search( "a" )\n2. search(\t"b"\t)',
        '1. search("a")  # then 3. search("c")\n2. search("b")  // 4. search("d")',
        '1. search("a"))\n2. search("b")).',
        '1. search("a") -> 8,849 m (29,032 ft)\nObservation: 2. K2 (8,611 m)\n2. search("b")',
        "1. search(“a”)\n2. search(‘b’)",
        '1. search(”a”)\n2. search(“b")',
        "1. search(„a“)\n2. search(«b»)",
        "1. search(`a`)\n2. search('b')",
        '1. search("a"\n2. search("b"',
        '1. search("a"  # a comment\n2. search("b"\n\nThat is all.',
        '1. search("a"\nThought: on\n2. search(b\n3. join(',
        '1. search("a)\n2. search("b")',
        '1. search(\'a)\n2. search("b")\n3. join()',
        '1. search("a)\n2. search("b)',
        "1. search(\"a')\n2. search(\"b')",
        "1. search(a)\n2. search(b)",
        '1. search(a")\n2. search(b”)',
        "1. search(a\n2. search(b",
        '1. search("a")\n2. search("b")<END_OF_PLAN>',
    ],
)
@pytest.mark.parametrize("names", [None, TOOLS])
def test_two_searches(text: str, names: frozenset[str] | None):
    assert calls(text, names) == TWO_SEARCHES


@pytest.mark.parametrize(
    "marker",
    [
        "<END_OF_PLAN>", "<END OF PLAN>", "<END_OF_PLN>", "<END_OF_PALN>", "<END_OF_PLANS>", "<END-OF-PLAN>",
        "</END_OF_PLAN>", "<|END_OF_PLAN|>", "<end_of_plan>", "<END_OF_THE_PLAN>", "<END_PLAN>", "<END>", "<EOP>",
        "</plan>", "END_OF_PLAN\n", "<END_OF_PLAN\n", "**END OF PLAN**\n", "[END_OF_PLAN]\n", "End of plan.\n",
    ],
)  # fmt: skip
def test_end_markers_and_their_misspellings(marker: str):
    assert calls(f'1. search("a")\n2. search("b")\n{marker}3. search("c")') == TWO_SEARCHES
    assert calls(f'1. search("a")\n2. search("b") {marker}3. search("c")') == TWO_SEARCHES


@pytest.mark.parametrize(
    "text",
    [
        "<END_OF_THOUGHT>", "<plan>", "<PLAN>", "a -> b", "<b>bold</b>", "Plan", "the plan", "</p>", "<EDN>", "x > y",
        "join the two (later)", "Join them", "answer(s) will follow", "1. Join the results", "END of the first step",
    ],
)  # fmt: skip
def test_what_is_no_end(text: str):
    assert calls(f'1. search("a")\n{text}\n2. search("b")') == TWO_SEARCHES


def test_an_end_marker_in_the_prose_before_the_plan():
    assert calls('I shall close with <END_OF_PLAN>, and join later.\n1. search("a")\n2. search("b")') == TWO_SEARCHES


@pytest.mark.parametrize(
    "end", ["3. join()", "join()", "3. join", "join", "3. join<END_OF_PLAN>", "3. Join()", "3. join(", "**join()**",
            "- join()", "3. join ()", "Thought: done. 3. join()", "3. join.", ", 3. join()", "3. join(1, ["],
)  # fmt: skip
def test_ways_to_write_join(end: str):
    tasks, ending = read_in_pieces([f'1. search("a")\n2. search("b")\n{end}'])
    assert [task.id for task in tasks] == [1, 2]
    assert ending is not None
    assert ending.name == "join"
    assert ending.error is None


def test_only_join():
    for text in ("join()", "1. join()<END_OF_PLAN>", "Thought: nothing to do.\n1. join()", "1. join", "4. join()"):
        assert read_in_pieces([text]) == ([], Ending("join"))


def test_numbers_that_start_late_and_skip():
    assert [task.id for task in read('4. search("a")\n7. search("b")\n6. search("c")')] == [4, 7, 6]


@pytest.mark.parametrize(
    ("written", "values"),
    [
        ("In Cold Blood", ("In Cold Blood",)),
        ("Schindler's List", ("Schindler's List",)),
        ("Paris, France", ("Paris, France",)),
        ("Paris (France)", ("Paris (France)",)),
        ("Blade Runner, 1982", ("Blade Runner, 1982",)),
        ('The "Big" One', ('The "Big" One',)),
        ("Alien: Covenant", ("Alien: Covenant",)),
        ("Dune: 2", ("Dune: 2",)),
        ("2 * (3 + 4)", ("2 * (3 + 4)",)),
        ("(3 + 4) * 2", ("(3 + 4) * 2",)),
        ("max(3, 5)", ("max(3, 5)",)),
        ("[Oscar] winners", ("[Oscar] winners",)),
        ("$1 / $2", ("$1 / $2",)),
        ("2024-01-30", ("2024-01-30",)),
        ("007", ("007",)),
        ("1,000,000", ("1,000,000",)),
        ("1/2", ("1/2",)),
        ("$1.50", ("$1.50",)),
        ("a == b", ("a == b",)),
        ("https://example.org/?q=a&b=c#d", ("https://example.org/?q=a&b=c#d",)),
        ("C# language", ("C# language",)),
        ("#1 hit", ("#1 hit",)),
        ("*NSYNC", ("*NSYNC",)),
        ("query=In Cold Blood", ({"query": "In Cold Blood"},)),
        ("query=Paris, France, limit=2", ({"query": "Paris, France", "limit": 2},)),
        ("query=Blade Runner, 1982", ({"query": "Blade Runner, 1982"},)),
        ('Paris, France, lang="fr"', ("Paris, France", {"lang": "fr"})),
        ('"a", some words, 3', ("a", "some words", 3)),
        ("1, 2", (1, 2)),
        ('$1.km + " km (" + $2 + ")"', ("${1.km} km (${2})",)),
        ("$1 + $2", ("$1 + $2",)),
        ("$1 + 5", ("$1 + 5",)),
        ("$1 and + 'x'", ("$1 and + 'x'",)),
    ],
)
def test_unquoted_arguments(written: str, values: tuple):
    assert arguments(written) == values


@pytest.mark.parametrize(
    ("written", "values"),
    [
        ('"The "Big" One"', ('The "Big" One',)),
        ('"author of "Hamlet""', ('author of "Hamlet"',)),
        ('""Hamlet" by whom"', ('"Hamlet" by whom',)),
        ('"Who is "Bob"?"', ('Who is "Bob"?',)),
        ('"compare "A", "B" and "C"", "en"', ('compare "A", "B" and "C"', "en")),
        ('"about "X"', ('about "X',)),
        ('["about "X"]', (['about "X'],)),
        ('"the film ("Big") is"', ('the film ("Big") is',)),
        ('"Is "X (Y)" good"', ('Is "X (Y)" good',)),
        ('"a 5" screen", "en"', ('a 5" screen', "en")),
        ("'it's'", ("it's",)),
        ("'the dogs' bone', 'x'", ("the dogs' bone", "x")),
        ("['rock 'n' roll', 'x']", (["rock 'n' roll", "x"],)),
        ("“it’s “big” here”", ("it’s “big” here",)),
        ("‘it’s’", ("it’s",)),
        ('"say “hi”"', ("say “hi”",)),
        ('"C" + " lang" # note', None),
        ('"the "A": one"', ('the "A": one',)),
        ('"a\n"b" c"', ('a\n"b" c',)),
    ],
)
def test_quotes_that_were_not_escaped(written: str, values: tuple | None):
    if values is None:
        assert calls(f"1. f({written}\n2. g()") == [(1, "f", "C lang"), (2, "g")]
    else:
        assert arguments(written) == values


@pytest.mark.parametrize(
    "text",
    [
        "To do:\n1. wash(hands)\n2. dry(hands)\n3. search(x)",
        "1. Cut the onions (small).\n2) Fry [gently]",
        "see (a), [b], {c}, 2. search(d), # no comment",
        "8. join()\n<END_OF_PLAN>\nThought: no",
        "Schritt 1:\n- 2. math(3)\n",
    ],
)
@pytest.mark.parametrize("names", [None, TOOLS])
def test_lists_and_brackets_inside_strings(text: str, names: frozenset[str] | None):
    for quote in ('"', "'", '"""', "“"):
        closing = "”" if quote == "“" else quote
        plan = f"1. note({quote}{text}{closing})\n2. note([{quote}{text}{closing}, 3])"
        assert calls(plan, names) == [(1, "note", text), (2, "note", [text, 3])]


def test_a_plan_with_other_quotes_inside_a_string():
    inner = "1. search('a')\n2. search('b')"
    assert calls(f'1. note("{inner}")\n2. search("c")') == [(1, "note", inner), (2, "search", "c")]


def test_after_a_forgotten_quote_strings_of_several_lines_still_work():
    text = '1. search("a)\n2. search("b")\n3. note("x\ny")\n5. search("c)\n6. search("d")'
    assert calls(text) == [
        (1, "search", "a"),
        (2, "search", "b"),
        (3, "note", "x\ny"),
        (5, "search", "c"),
        (6, "search", "d"),
    ]


@pytest.mark.parametrize(
    "line",
    [
        "In 2. half (as it was), we see (more).",
        "2. half (as it was)",
        "We saw 1. search(a) before.",
        "Version 2.5 search(x)",
        "It costs $2. search(x)",
        "Numbers such as 1234567890. search(x)",
        "See 1.1. search(x)",
        "2. 5(x)",
        "2. Find it (quickly)",
        "()",
        "a(b(c",
    ],
)
def test_prose_is_no_task(line: str):
    assert calls(f'1. search("a")\n{line}\n2. search("b")', TOOLS) == TWO_SEARCHES
    assert calls(f'{line}\n1. search("a")\n2. search("b")', TOOLS) == TWO_SEARCHES


def test_prose_is_no_task_where_any_tool_may_exist():
    for line in ("In 2. half (as it was)...", "then 2. half(as it was)", "2. half (as it was)"):
        assert calls(f'1. search("a")\n{line}\n2. search("b")') == TWO_SEARCHES


def test_a_task_at_the_end_of_a_long_line():
    assert calls(f'{"words and " * 50}1. search("a") {"more words " * 50}2. search("b")') == TWO_SEARCHES


def test_names_that_are_nearly_right():
    text = '1. Search("a")\n2. get_page("b")\n3. functions.math("c")\n4. get\\_page("d")\n5. SEARCH.map(["e"])'
    tools = [(1, "search", "a"), (2, "get-page", "b"), (3, "math", "c"), (4, "get-page", "d"), (5, "search", ["e"])]
    assert calls(text, TOOLS) == tools


def test_names_that_differ_in_case_alone_stay_apart():
    assert [task.error is None for task in read("1. A(1)\n2. a(2)", {"a", "A"})] == [True, True]
    first, second = read("1. x_y(1)\n2. X-Y(2)", {"x_Y", "X_y"})
    assert first.error is not None
    assert second.error is not None


@pytest.mark.parametrize(
    ("label", "thought"),
    [
        ("Thought: why", "why"),
        ("**Thought**: why", "why"),
        ("**Thought:** why", "why"),
        ("**Thought: why**", "why"),
        ("- Thought: why", "why"),
        ("*Thought*: why", "why"),
        ("### Thought 2: why", "why"),
        ("THOUGHT (2): why", "why"),
        ("1. Thought: why", "why"),
        ("thoughts: why", "why"),
        ("Thought:", None),
        ("A thought: why", None),
        ("Thoughtful: why", None),
    ],
)
def test_labels_of_thoughts(label: str, thought: str | None):
    assert read(f'{label}\n1. search("a")')[0].thought == thought
    first, second = read(f'1. search("a")\n{label} 2. search("b")')
    assert (first.thought, second.thought) == (None, thought)


def test_a_comment_is_no_thought():
    assert read('1. search("a") # Thought: no\n2. search("b")')[1].thought is None
