"""Every option of pet_response, and its silences, reached from a table."""

from datetime import date
from typing import Any

import pytest

from vivomap.core import (
    Assessment,
    Change,
    Course,
    Finding,
    Match,
    Measurement,
    Missing,
    Provenance,
    Recommendation,
    Study,
    Treatment,
    Verdict,
)
from vivomap.decide import recommend
from vivomap.pathways.pet_response import CONTINUE, DISCUSS, EARLY, PATHWAY, WAIT

FIRST, NOW = date(2026, 1, 1), date(2026, 3, 1)
MADE = Provenance("test", "1")


def number(value: float, day: date) -> Measurement:
    return Measurement("sul_peak", value, "g/ml{SUVlbm}", 0.1, "a", day, MADE)


def change(before: float, after: float) -> Change:
    return Change(number(before, FIRST), number(after, NOW), -2, 2, (), 0.9)


def called(category: str) -> Verdict:
    return Verdict("percist", category, 0.1, NOW, (), (), MADE)


NEW = Match("new", (), ("b",), NOW, 1.0, "name")
GONE = Match("vanished", ("a",), (), NOW, 1.0, "drawn empty")


RADIOTHERAPY = Treatment("radiotherapy", 60, "Gy", date(2025, 12, 1), date(2026, 1, 20), "plan")


def said(*claims: Any) -> Recommendation:
    earlier = Assessment("pet_response", "e", Study("P", FIRST), (number(10, FIRST),), Recommendation((), 56))
    return recommend(Course(Study("P", NOW), (earlier,), (number(10, NOW), *claims)), PATHWAY)


BRANCHES = [
    ("progression that is real", (called("PMD"), change(10, 15)), DISCUSS),
    ("progression by a new lesion", (called("PMD"), change(10, 10), NEW), DISCUSS),
    ("progression within error", (called("PMD"), change(10, 11)), EARLY),
    ("progression soon after radiotherapy", (called("PMD"), change(10, 15), RADIOTHERAPY), WAIT),
    ("progression within error, soon after radiotherapy", (called("PMD"), change(10, 11), RADIOTHERAPY), WAIT),
    ("response that is real", (called("PMR"), change(10, 5)), CONTINUE),
    ("a lesion gone", (called("CMR"), change(10, 9), GONE), CONTINUE),
    ("response within error", (called("PMR"), change(10, 9)), EARLY),
    ("stable", (called("SMD"), change(10, 10)), CONTINUE),
]


@pytest.mark.parametrize(("name", "claims", "option"), BRANCHES, ids=[b[0] for b in BRANCHES])
def test_each_branch_proposes_its_option_first(name: str, claims: tuple[Any, ...], option: Any) -> None:
    assert said(*claims).proposals[0].option == option.name


def test_the_first_visit_has_a_plan_too() -> None:
    course = Course(Study("P", FIRST), (), (number(10, FIRST), called("baseline")))
    assert recommend(course, PATHWAY).proposals[0].option == CONTINUE.name


@pytest.mark.parametrize(
    ("why", "claim"),
    [
        ("percist is not evaluable", called("NE")),
        ("percist is not evaluable", Missing("percist", "", NOW, "not_evaluable", "-", "verdict")),
        ("emergency is on record", Finding("emergency", "", "yes", NOW, "Dr A")),
        ("infection_near_target", Finding("infection_near_target", "", "yes", NOW, "Dr A")),
        ("can be compared", Missing("sul_peak", "a", NOW, "not_comparable", "-", "change")),
    ],
)
def test_silence_has_its_reason(why: str, claim: Any) -> None:
    answer = said(claim)
    assert answer.proposals == ()
    assert why in answer.abstained
