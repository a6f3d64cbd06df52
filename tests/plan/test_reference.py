"""Observations in the places of references."""

import dataclasses
import datetime
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from langgraph_llm_compiler.errors import PlanError, ReferencePathError
from langgraph_llm_compiler.plan import Reference, observation_text, parse_reference, references_in, resolve


class Place(BaseModel):
    name: str
    at: dict[str, float] = {}


@dataclasses.dataclass
class Mountain:
    height: int
    place: Place


EVEREST = Mountain(8849, Place(name="Nepal", at={"lat": 27.99}))
SEEN: dict[int, Any] = {
    1: 8849,
    2: "text with $1, ${1} and $2",
    3: {"a": {"b": [10, {"c": None}]}, "0": "zero", "a b": 1, 7: "seven"},
    4: json.dumps({"urls": ["x", "y"], "inner": json.dumps({"deep": True})}),
    5: EVEREST,
    6: None,
    7: [{"name": "K2"}, "Lhotse"],
    15: "fifteen",
}


def ref(text: str) -> Reference:
    reference = parse_reference(text)
    assert reference is not None
    return reference


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("$1", 8849),
        ("$2", "text with $1, ${1} and $2"),
        ("$3.a", {"b": [10, {"c": None}]}),
        ("$3.a.b[0]", 10),
        ("$3.a.b[-1].c", None),
        ('$3["a b"]', 1),
        ("$3[0]", "zero"),
        ("$3[7]", "seven"),
        ("$4.urls[1]", "y"),
        ("${4.inner.deep}", True),
        ("$5.height", 8849),
        ("$5.place.name", "Nepal"),
        ("$5.place.at.lat", 27.99),
        ("$6", None),
        ("$7[0].name", "K2"),
        ("${7.1}", "Lhotse"),
        ("$15", "fifteen"),
    ],
)
def test_a_reference_alone_gives_the_observation_itself(text: str, value: object):
    assert resolve(ref(text), SEEN) == value
    assert resolve(ref(text), SEEN.__getitem__, as_text=True) == observation_text(value)
    assert resolve({"k": [(ref(text),)]}, SEEN) == {"k": [(value,)]}


def test_the_observation_keeps_its_identity():
    assert resolve(Reference(5), SEEN) is EVEREST


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("", ""),
        ("no $ here", "no $ here"),
        ("half of $1 m", "half of 8849 m"),
        ("$1$1", "88498849"),
        ("($1)", "(8849)"),
        ("$15 and $1 5", "fifteen and 8849 5"),
        ("$2!", "text with $1, ${1} and $2!"),
        ("$6.", "null."),
        ("$3.a.b[0] m", "10 m"),
        ("see $1. The", "see 8849. The"),
        ("see $1.The", "see 8849.The"),
        ("see $15.name", "see fifteen.name"),
        ("$3.a.nope", '{"b": [10, {"c": null}]}.nope'),
        ("at $7[0].name.", "at K2."),
        ("at $7[9]", 'at [{"name": "K2"}, "Lhotse"][9]'),
        ("$1[citation]", "8849[citation]"),
        ("${1}5 ${1}.50 ${1},000", "88495 8849.50 8849,000"),
        ("${4.urls[0]}.pdf", "x.pdf"),
        ("$1.50 $1,000 $1,000,000 or $1.5", "$1.50 $1,000 $1,000,000 or $1.5"),
        ("$1, 2 and $1,00 and $1,0000", "8849, 2 and 8849,00 and 8849,0000"),
        ("$9 of $100", "$9 of $100"),
        ("$1234567890123", "$1234567890123"),
        ("$x $$1 ${name} $ 1", "$x $8849 ${name} $ 1"),
        ("$5.place", '{"name": "Nepal", "at": {"lat": 27.99}}'),
    ],
)
def test_references_inside_text(text: str, result: str):
    assert resolve(text, SEEN) == result
    assert resolve([text, {"k": text}], SEEN.__getitem__) == [result, {"k": result}]


def test_keys_of_dicts_are_text():
    assert resolve({"$1": 1, "x $15": 2, 3: "$15"}, SEEN) == {"8849": 1, "x fifteen": 2, 3: "fifteen"}


def test_other_values_stay():
    today = datetime.date(2024, 1, 30)
    assert resolve([1, None, today, True], SEEN) == [1, None, today, True]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("$3.heigth", ["$3.heigth", "'a', '0', 'a b', 7"]),
        ("$3.a.b.c", ["2 items", "[0]"]),
        ("$7[2]", ["$7[2]", "2 items"]),
        ("$1.a", ["a int"]),
        ("$2.a", ["text"]),
        ("$6.a", ["null"]),
        ("$4.nope", ["'urls', 'inner'"]),
        ("$5.nope", ["'height', 'place'"]),
        ("$5.place.nope", ["'name', 'at'"]),
        ("$5.place.at.nope", ["'lat'"]),
        ("$8", ["no observation of task 8"]),
        ("${8}", ["no observation of task 8"]),
    ],
)
def test_a_reference_that_leads_to_nothing(text: str, says: list[str]):
    with pytest.raises(ReferencePathError) as caught:
        resolve(ref(text), SEEN)
    assert isinstance(caught.value, PlanError)
    assert caught.value.reference == text
    assert all(part in str(caught.value) for part in says), str(caught.value)


def test_a_reference_in_braces_must_lead_somewhere_also_inside_text():
    for text in ("see ${1.a} there", "see ${8} there"):
        with pytest.raises(ReferencePathError):
            resolve(text, SEEN)


def test_many_keys_are_listed_in_part_and_no_keys_said():
    with pytest.raises(ReferencePathError, match=r"19, \.\.\."):
        resolve(ref("$1.a"), {1: dict.fromkeys(range(100))})
    with pytest.raises(ReferencePathError, match="no keys"):
        resolve(ref("$1.a"), {1: {}})


def test_text_that_only_looks_like_json_and_classes_have_no_parts():
    for value in ("{not json}", "[" * 100_000, Place, Mountain):
        with pytest.raises(ReferencePathError, match="without parts"):
            resolve(ref("$1.a"), {1: value})


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("as it is", "as it is"),
        (None, "null"),
        (True, "true"),
        (8849, "8849"),
        (1.5, "1.5"),
        ({"höhe": [1, None]}, '{"höhe": [1, null]}'),
        (EVEREST, '{"height": 8849, "place": {"name": "Nepal", "at": {"lat": 27.99}}}'),
        ([Place(name="x")], '[{"name": "x", "at": {}}]'),
        ({"s": {2, 1}}, '{"s": [1, 2]}'),
        (datetime.date(2024, 1, 30), '"2024-01-30"'),
        ({(1, 2): 3}, "{(1, 2): 3}"),
    ],
)
def test_observations_as_text(value: object, text: str):
    assert observation_text(value) == text


def test_an_observation_that_holds_itself_is_text_too():
    loop: list[Any] = []
    loop.append(loop)
    assert observation_text(loop) == "[[...]]"


def test_references_in_values():
    value = {"a": [Reference(1), ("$2 and $30 ${4.x}",)], "$5": 0, "k": "$6.50"}
    assert references_in(value) == {1, 2, 30, 4, 5}
    assert references_in(value, earlier={1, 2, 3, 5, 6}) == {1, 2, 5}
    assert references_in(["text", 7, None]) == frozenset()


@pytest.mark.parametrize(
    "text", ["", "$", "$a", "$1 ", " $1", "$1.5", "$1,000", "${1}.a", "$1[", "$1[a]", "$1.a-b", "${a}"]
)
def test_what_is_no_reference(text: str):
    assert parse_reference(text) is None


def test_how_a_reference_is_written():
    assert str(Reference(1)) == "$1"
    assert str(Reference(1, ("a", 0, "b c"))) == "$1.a[0]['b c']"
    assert str(Reference(1, ("a",), "${1.a}")) == "${1.a}"


@given(st.text())
def test_one_pass_for_any_observation(observation: str):
    seen = {1: observation, 2: "two"}
    assert resolve("<$1> $2", seen) == f"<{observation}> two"
    assert resolve(Reference(1), seen) == observation
