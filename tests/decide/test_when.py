"""Conditions answer with the claims they rest on."""

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
    Prediction,
    Provenance,
    Recommendation,
    Study,
    Treatment,
    Verdict,
)
from vivomap.decide import when

FIRST, NOW = date(2026, 1, 1), date(2026, 3, 1)
MADE = Provenance("test", "1")


def number(value: float, day: date = NOW, uncertainty: float = 0.5) -> Measurement:
    return Measurement("long_axis", value, "mm", uncertainty, "a", day, MADE)


def course(*claims: Any, past: bool = True) -> Course:
    earlier = Assessment("p", "e", Study("P", FIRST), (), Recommendation((), 56))
    return Course(Study("P", NOW), (earlier,) if past else (), claims)


def change(before: float, after: float) -> Change:
    return Change(number(before, FIRST), number(after), -2, 2, (), 0.9)


def verdict(category: str) -> Verdict:
    return Verdict("recist", category, 0.1, NOW, (), (), MADE)


RADIOTHERAPY = Treatment("radiotherapy", 60, "Gy", date(2026, 1, 4), date(2026, 2, 1), "plan")
STEROID = Treatment("steroid", 4, "mg/d", date(2025, 1, 1), None, "csv")
BELIEF = Prediction("progression", "a", 0.5, 0.4, 0.6, 90, NOW, (), MADE)
REFUSED = Missing("long_axis", "a", NOW, "not_comparable", "another scanner", "change")

HOLDS = [
    (when.Known("mgmt"), Finding("mgmt", "", "methylated", NOW, "lab"), Finding("idh", "", "x", NOW, "lab")),
    (when.Known("mgmt", "no"), Finding("mgmt", "", "no", NOW, "lab"), Finding("mgmt", "", "yes", NOW, "lab")),
    (when.Lacks("adc"), Missing("adc", "a", NOW, "not_imaged", "-"), Missing("rcbv", "a", NOW, "not_imaged", "-")),
    (when.Rose("long_axis"), change(10, 13), change(10, 11.9)),
    (when.Fell("long_axis"), change(13, 10), change(11.9, 10)),
    (when.Above("long_axis", 10), number(11), number(10.9)),
    (when.Below("long_axis", 10), number(9), number(9.1)),
    (when.Likely("progression", 0.4), BELIEF, Prediction("progression", "a", 0.5, 0.39, 0.6, 90, NOW, (), MADE)),
    (when.Called("recist", ("PR", "CR")), verdict("PR"), verdict("SD")),
    (when.WeeksSince("radiotherapy", 0, 4), RADIOTHERAPY, STEROID),
    (when.Changed("radiotherapy"), RADIOTHERAPY, STEROID),
    (when.Lesion("new"), Match("new", (), ("b",), NOW, 1, "name"), Match("matched", ("a",), ("a",), NOW, 1, "name")),
    (when.NotEvaluable("recist"), verdict("NE"), verdict("SD")),
    (when.NothingComparable(), REFUSED, change(10, 13)),
    (when.NothingMeasured(), REFUSED, number(10)),
]


@pytest.mark.parametrize(("condition", "yes", "no"), HOLDS, ids=lambda v: type(v).__name__)
def test_a_condition_holds_on_one_side_and_not_on_the_other(condition: Any, yes: Any, no: Any) -> None:
    assert condition.reasons(course(yes)) == (yes,)
    assert condition.reasons(course(no)) == ()
    assert condition.reasons(course()) == ()
    assert str(condition)


def test_weeks_are_counted_from_the_end_and_stop_at_their_bounds() -> None:
    day = course(RADIOTHERAPY)
    assert when.WeeksSince("radiotherapy", 4, 12).reasons(day) == (RADIOTHERAPY,)
    assert when.WeeksSince("radiotherapy", 4.01, 12).reasons(day) == ()
    assert when.WeeksSince("radiotherapy", 0, 3.99).reasons(day) == ()


def test_both_either_and_without_join_conditions() -> None:
    grew, fell = when.Rose("long_axis"), when.Fell("long_axis")
    known = when.Known("mgmt")
    fact, up = Finding("mgmt", "", "yes", NOW, "lab"), change(10, 13)
    assert when.Both(grew, known).reasons(course(up, fact)) == (up, fact)
    assert when.Both(grew, known).reasons(course(up)) == ()
    assert when.Either(grew, fell).reasons(course(up)) == (up,)
    assert when.Without(grew, known).reasons(course(up)) == (up,)
    assert when.Without(grew, known).reasons(course(up, fact)) == ()


def test_at_the_first_visit_nothing_is_not_evaluable_yet() -> None:
    assert when.NotEvaluable("recist").reasons(course(verdict("NE"), past=False)) == ()


def test_one_comparable_number_is_enough_to_speak() -> None:
    assert when.NothingComparable().reasons(course(REFUSED, change(10, 13))) == ()
