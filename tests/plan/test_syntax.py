"""The plan language as it is meant to be written."""

import pytest

from langgraph_llm_compiler.plan import Ending, PlanParser, Reference, Task
from tests.plan.reading import TOOLS, arguments, calls, read, read_in_pieces, read_one

ONE, TWO = Reference(1, (), "$1"), Reference(2, (), "$2")

PLAN = """1. search("Mount Everest")
2. math("half of Mount Everest height in metres?", context=["$1"])
Thought: both are needed before the comparison
3. search(query="Kilimanjaro", lang="en")
4. compare(a=$2, b=$3.height, places=[$1[0].name, "x"])
5. join()<END_OF_PLAN>
"""


def test_a_whole_plan():
    tasks, ending = read_in_pieces([PLAN])
    height, name = Reference(3, ("height",), "$3.height"), Reference(1, (0, "name"), "$1[0].name")
    assert tasks == [
        Task(1, "search", ("Mount Everest",)),
        Task(2, "math", ("half of Mount Everest height in metres?",), {"context": [ONE]}, frozenset({1})),
        Task(3, "search", (), {"query": "Kilimanjaro", "lang": "en"}, thought="both are needed before the comparison"),
        Task(4, "compare", (), {"a": TWO, "b": height, "places": [name, "x"]}, frozenset({1, 2, 3})),
    ]
    assert ending == Ending("join")


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ('"a"', "a"),
        ("'a'", "a"),
        ('"""a "quoted" word"""', 'a "quoted" word'),
        ("'''it's'''", "it's"),
        ('"""a"""" ', 'a"'),
        ('""', ""),
        ("''", ""),
        ('""""""', ""),
        ('"a" \'b\' "c"', "abc"),
        ('"a" + "b"', "ab"),
        ('"a" \n  "b"', "ab"),
        ('"height: " + $1', "height: ${1}"),
        ('"height: " + $1.a[0]["b c"] + "5"', "height: ${1.a[0]['b c']}5"),
        ('"${1} " "$2"', "${1} ${2}"),
        ("7", 7),
        ("-7", -7),
        ("+7", 7),
        ("1_000", 1000),
        ("0x1F", 31),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1.", 1.0),
        ("-2.5e-3", -0.0025),
        ("1e6", 1e6),
        ("True", True),
        ("true", True),
        ("False", False),
        ("false", False),
        ("None", None),
        ("null", None),
        ("[]", []),
        ("[1, 'a', [2, ], None,]", [1, "a", [2], None]),
        ("()", ()),
        ("(1,)", (1,)),
        ("(1)", 1),
        ("(1, (2, 3))", (1, (2, 3))),
        ("{}", {}),
        ("{'a': 1, \"b\": {'c': [2]}, 3: None}", {"a": 1, "b": {"c": [2]}, 3: None}),
        ("{a: 'x', b c: y z}", {"a": "x", "b c": "y z"}),
        ("{'x', 'y', 'x'}", ["x", "y", "x"]),
        ("{$1: 1, 2.5: 2, None: 3}", {"$1": 1, 2.5: 2, None: 3}),
        ("{'url': https://example.org/a?b=c, 'at': 10:30}", {"url": "https://example.org/a?b=c", "at": "10:30"}),
        ("[Oslo, New York, 3]", ["Oslo", "New York", 3]),
        ("[  # two of them\n 'a', # one\n # more\n 'b' # two )\n]", ["a", "b"]),
    ],
)
def test_values(written: str, value: object):
    assert arguments(written) == (value,)
    assert arguments(f"x={written}") == ({"x": value},)
    assert arguments(f"[{written.strip()}, 0]") == ([value, 0],)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        (r'"a\nb\tc\\d"', "a\nb\tc\\d"),
        (r'"say \"hi\" it\'s"', 'say "hi" it\'s'),
        (r"'it\'s'", "it's"),
        (r'"caf\u00e9 \xe9 \U0001f30b \ud83c\udf0b \101"', "café é 🌋 🌋 A"),
        (r'"\d+\.\w \/"', r"\d+\.\w \/"),
        (r'"\ud83c \U00110000 \u12"', r"\ud83c \U00110000 \u12"),
        (r'r"\d\n"', r"\d\n"),
        (r'"ends in \\"', "ends in \\"),
        ('"a\\\nb"', "ab"),
        ('"""a\\"""b"""', 'a"""b'),
        ('f"{$1} metres, {${2.x}} feet"', "${1} metres, ${2.x} feet"),
        ('b"x"', "x"),
        ('"first\nsecond\r\nthird"', "first\nsecond\nthird"),
        (r'"\u00241"', ONE),
    ],
)
def test_escapes(written: str, value: object):
    task = read_one(f"7. f({written})", earlier=(1, 2))
    assert task.args == (value if not isinstance(value, Reference) else Reference(1, (), "$1"),)


def test_arguments_by_position_and_by_name():
    assert arguments('"a", $1, k=2, other_key = [$2], max-results=3') == (
        "a",
        ONE,
        {"k": 2, "other_key": [TWO], "max-results": 3},
    )
    assert arguments('key: "v", other: 3') == ({"key": "v", "other": 3},)
    assert arguments("") == arguments("  \n ") == ()
    assert arguments('"a",') == ("a",)


def test_arguments_over_several_lines():
    text = '1. f(\n  "a",\n\n  2,\n  k=[\n    1.5,\n    "b"\n  ],\n)\n2. g("c"\n)\n3. h("d"\n  , "e")'
    assert [(task.args, task.kwargs) for task in read(text)] == [
        (("a", 2), {"k": [1.5, "b"]}),
        (("c",), {}),
        (("d", "e"), {}),
    ]


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ("(", ",)"), ("{'k': ", "}")])
def test_brackets_as_deep_as_you_like(opening: str, closing: str):
    value = read_one(f"1. f({opening * 150}1{closing * 150})").args[0]
    for _ in range(150):
        (value,) = value.values() if isinstance(value, dict) else value
    assert value == 1


@pytest.mark.parametrize(
    "name", ["search", "get-page", "files.read", "mcp__server__tool", "a.b-c.d", "x/y", "Ω", "_a1"]
)
def test_tool_names(name: str):
    assert read_one(f"1. {name}(1)").tool == name


def test_dots_in_names_win_over_map():
    deep, files, search = read("1. deep.map([1])\n2. files.read.map([1])\n3. search.map($1.urls)", TOOLS)
    assert (deep.tool, deep.is_map) == ("deep.map", False)
    assert (files.tool, files.is_map) == ("files.read", True)
    assert (search.tool, search.is_map, search.dependencies) == ("search", True, {1})
    assert read_one("1. any.map([1])").tool == "any"


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ("$1", ()),
        ("${1}", ()),
        ("${ 1 }", ()),
        ("$1.a.b", ("a", "b")),
        ('$1["a b"]', ("a b",)),
        ("$1['a']", ("a",)),
        ("$1[0][-1]", (0, -1)),
        ("${1.a[2]}", ("a", 2)),
        ("${1.0.x}", (0, "x")),
        ('${1["a"]}', ("a",)),
        ("$1.größe", ("größe",)),
    ],
)
def test_references(written: str, path: tuple):
    value = Reference(1, path, written)
    quote = "'" if '"' in written else '"'
    quoted = f"{quote}{written}{quote}"
    task = read_one(f"2. f({written}, {quoted}, k={written}, d={{'x': [{quoted}]}})", earlier=(1,))
    assert task.error is None
    assert task.args == (value, value)
    assert task.kwargs == {"k": value, "d": {"x": [value]}}
    assert task.dependencies == {1}


def test_an_empty_string_at_the_very_end():
    assert read_one('1. f(""').args == ("",)


def test_values_at_the_start_of_a_line_are_no_numbers_of_tasks():
    assert calls("1. f(\n2 * 3)\n2. f(\n2., 3)\n3. f([\n4.5,\n5.\n])") == [
        (1, "f", "2 * 3"),
        (2, "f", 2.0, 3),
        (3, "f", [4.5, 5.0]),
    ]


def test_a_path_behind_braces_only_without_quotes():
    assert arguments("${1}.name") == (Reference(1, ("name",), "${1}.name"),)
    assert arguments('"${1}.name"') == ("${1}.name",)


def test_thoughts_belong_to_the_task_after_them():
    tasks = read("Thought: one\nThought: two\n1. f()\n\n2. f()\nThought: three\nand more\n4. f()\nThought: late")
    assert [task.thought for task in tasks] == ["one\ntwo", None, "three"]


def test_a_task_exists_from_its_closing_parenthesis():
    parser = PlanParser()
    assert parser.feed('1. search("a)", [")"]') == []
    assert [task.id for task in parser.feed(")")] == [1]
    assert [task.id for task in parser.feed(' 2. search("""x""")')] == [2]
    assert [task.id for task in parser.feed("\n3. search(2.)")] == [3]
    assert [task.id for task in parser.feed("\n4. search(It's (big))")] == [4]
    assert parser.feed("\n5. answer($4)") == []
    assert parser.ended
    assert parser.ending == Ending("answer", (Reference(4, (), "$4"),), {}, frozenset({4}))


def test_endings():
    assert read_in_pieces(["join()"]) == ([], Ending("join"))
    assert read_in_pieces(["1. f()\n2. join($1)"])[1] == Ending("join", (ONE,), {}, frozenset({1}))
    assert read_in_pieces(['1. f()\n2. answer("It is $1, $2 or $1,000.")'])[1] == Ending(
        "answer", ("It is $1, $2 or $1,000.",), {}, frozenset({1})
    )
    assert read_in_pieces(["1. f()"])[1] is None


def test_what_follows_the_end_is_no_part_of_the_plan():
    for end in ("2. join()", "2. answer($1)", "<END_OF_PLAN>", "join()"):
        assert calls(f"1. f()\n{end}\n3. g()\n4. join()") == [(1, "f")]


def test_text_without_a_task_gives_none():
    for text in ("", "\n", "I cannot (really) plan this.", "1. First, think.\n2. Then act (fast)."):
        assert read_in_pieces([text]) == ([], None)
