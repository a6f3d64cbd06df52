"""Observations and records are plain data: JSON can write them down, whatever the tools returned."""

import collections
import dataclasses
import datetime
import decimal
import enum
import json
import pathlib
import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from langgraph_llm_compiler.execution.records import as_written, plain, planned_record, text_of
from langgraph_llm_compiler.plan import Task
from langgraph_llm_compiler.plan.task import Reference


class Color(enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    HIGH = 3


class Word(str, enum.Enum):  # noqa: UP042 - the older form is what is meant
    GO = "go"


class Inner(BaseModel):
    when: datetime.date = datetime.date(2024, 2, 29)
    color: Color = Color.RED


class Outer(BaseModel):
    inner: Inner = Inner()
    several: list[Inner] = [Inner()]


@dataclasses.dataclass
class Point:
    x: Any
    near: "Point | None" = None


class Scalar:
    """A number as numpy has them."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def tolist(self) -> Any:
        return self.value


class Float64(float):
    """A number as numpy has them: a kind of float."""


class Odd:
    def __str__(self) -> str:
        return "odd"


INNER = {"when": "2024-02-29", "color": "red"}
Pair = collections.namedtuple("Pair", "a b")

PLAIN = [
    (None, None),
    (True, True),
    (1.5, 1.5),
    ("text", "text"),
    ([1, (2, [3])], [1, [2, [3]]]),
    ({"a": (1,), 2: None, None: {3}}, {"a": [1], "2": None, "None": [3]}),
    (collections.OrderedDict(a=collections.deque()), {"a": "deque([])"}),
    (Pair(1, Odd()), [1, "odd"]),
    (frozenset({1}), [1]),
    (Outer(), {"inner": INNER, "several": [INNER]}),
    (Point(1, Point(Inner())), {"x": 1, "near": {"x": INNER, "near": None}}),
    (Color.RED, "red"),
    (Level.HIGH, 3),
    (Word.GO, "go"),
    ([Color.RED, {"c": Level.HIGH}], ["red", {"c": 3}]),
    (datetime.date(2024, 2, 29), "2024-02-29"),
    (datetime.datetime(2024, 2, 29, 12, tzinfo=datetime.UTC), "2024-02-29 12:00:00+00:00"),
    (decimal.Decimal("1.50"), "1.50"),
    (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
    (pathlib.PurePosixPath("/a/b"), "/a/b"),
    (Scalar(4), 4),
    (Scalar([[1, 2], [3, 4]]), [[1, 2], [3, 4]]),
    (Float64(2.5), 2.5),
    (b"ab", "b'ab'"),
    (Odd(), "odd"),
    (Odd, str(Odd)),
    (Point, str(Point)),
    (Scalar, str(Scalar)),
]


@pytest.mark.parametrize(("value", "expected"), PLAIN, ids=lambda each: type(each).__name__)
def test_what_a_tool_returned_becomes_json_data(value, expected):
    data = plain(value)
    assert data == expected
    assert json.loads(json.dumps(data)) == data
    assert type(data) is type(expected)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(JSON)
def test_json_data_stays_as_it_is(value):
    assert plain(value) == value
    assert as_written(value) == value


def test_whole_numbers_that_no_checkpointer_can_store_are_text():
    assert plain([2**63 - 1, 2**63, -(2**63) - 1]) == [2**63 - 1, str(2**63), str(-(2**63) - 1)]
    assert as_written({"n": 10**30}) == {"n": str(10**30)}


def test_arguments_as_written():
    reference = Reference(1, ("a", 0), "$1.a[0]")
    value = {"a": reference, reference: (1, {"b": [reference]}), "c": {2}}
    assert as_written(value) == {"a": "$1.a[0]", "$1.a[0]": [1, {"b": ["$1.a[0]"]}], "c": [2]}
    assert as_written(Odd()) == "odd"


def test_the_record_of_a_planned_task_says_that_nothing_has_happened():
    record = planned_record(Task(3, "search", dependencies=frozenset({2, 1}), thought="why"), 2, 7.5)
    assert record == {
        "id": 3,
        "round": 2,
        "tool": "search",
        "args": {},
        "resolved": None,
        "dependencies": [1, 2],
        "thought": "why",
        "observation": None,
        "status": "cancelled",
        "error": None,
        "planned_at": 7.5,
        "started_at": None,
        "ended_at": None,
    }


@pytest.mark.parametrize(
    ("status", "observation", "error", "text"),
    [
        ("ok", "8,849 m", None, "8,849 m"),
        ("ok", None, None, "null"),
        ("ok", {"höhe": [1]}, None, '{"höhe": [1]}'),
        ("error", None, "ValueError: no", "Error: ValueError: no"),
        ("timeout", None, "no result within 5 s", "Error: no result within 5 s"),
        ("cancelled", None, None, "Error: cancelled"),
        ("rejected", None, "", "Error: rejected"),
    ],
)
def test_an_observation_as_a_model_reads_it(status, observation, error, text):
    record = planned_record(Task(1, "search"), 1, 0.0)
    record["status"], record["observation"], record["error"] = status, observation, error
    assert text_of(record) == text
