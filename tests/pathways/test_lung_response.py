"""Every option of lung_response, and its silences, reached from a table."""

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
    Verdict,
)
from vivomap.decide import recommend
from vivomap.pathways.lung_response import CONTINUE, DISCUSS, EARLY, PATHWAY

FIRST, NOW = date(2026, 1, 1), date(2026, 3, 1)
MADE = Provenance("test", "1")


def number(value: float, day: date) -> Measurement:
    return Measurement("volume", value, "mL", 0.1, "a", day, MADE)


def change(before: float, after: float) -> Change:
    return Change(number(before, FIRST), number(after, NOW), -2, 2, (), 0.9)


def called(category: str) -> Verdict:
    return Verdict("recist", category, 0.1, NOW, (), (), MADE)


NEW = Match("new", (), ("b",), NOW, 1.0, "name")
GONE = Match("vanished", ("a",), (), NOW, 1.0, "drawn empty")


def said(*claims: Any) -> Recommendation:
    earlier = Assessment("lung_response", "e", Study("P", FIRST), (number(10, FIRST),), Recommendation((), 56))
    return recommend(Course(Study("P", NOW), (earlier,), (number(10, NOW), *claims)), PATHWAY)


BRANCHES = [
    ("progression that is real", (called("PD"), change(10, 15)), DISCUSS),
    ("progression by a new lesion", (called("PD"), change(10, 10), NEW), DISCUSS),
    ("progression within error", (called("PD"), change(10, 11)), EARLY),
    ("real growth without the label", (called("SD"), change(10, 15)), EARLY),
    ("response that is real", (called("PR"), change(10, 5)), CONTINUE),
    ("a lesion gone", (called("CR"), change(10, 9), GONE), CONTINUE),
    ("response within error", (called("PR"), change(10, 9)), EARLY),
    ("stable", (called("SD"), change(10, 10)), CONTINUE),
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
        ("recist is not evaluable", called("NE")),
        ("recist is not evaluable", Missing("recist", "", NOW, "not_evaluable", "-", "verdict")),
        ("emergency is on record", Finding("emergency", "", "yes", NOW, "Dr A")),
        ("consolidation_merging_with_target", Finding("consolidation_merging_with_target", "", "yes", NOW, "Dr A")),
        ("can be compared", Missing("volume", "a", NOW, "not_comparable", "-", "change")),
    ],
)
def test_silence_has_its_reason(why: str, claim: Any) -> None:
    answer = said(claim)
    assert answer.proposals == ()
    assert why in answer.abstained
