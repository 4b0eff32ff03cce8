"""All that is known up to now, asked by kind, name and lesion."""

from datetime import date

import numpy as np

from vivomap.core import (
    Assessment,
    Course,
    Image,
    Measurement,
    Missing,
    Provenance,
    Recommendation,
    Study,
    Treatment,
    Voxels,
    affine_of,
)

MADE = Provenance("test", "1")
FIRST, SECOND, THIRD = date(2026, 1, 1), date(2026, 3, 1), date(2026, 5, 1)


def number(value: float, day: date | None, region: str = "a", detail: Image | None = None) -> Measurement:
    return Measurement("volume", value, "mL", 0.1, region, day, MADE, detail=detail)


def past(day: date, *claims: object) -> Assessment:
    return Assessment("p", "e", Study("P", day), claims, Recommendation((), 56))  # type: ignore[arg-type]


def test_a_series_is_in_order_of_days_and_knows_only_dated_numbers() -> None:
    course = Course(
        Study("P", THIRD),
        (past(FIRST, number(1, FIRST)), past(SECOND, number(2, SECOND), number(9, SECOND, "b"))),
        (number(3, THIRD), number(4, None)),
    )
    assert [m.value for m in course.series("volume", "a")] == [1, 2, 3]
    latest = course.latest("volume", "a")
    assert latest is not None
    assert latest.value == 3
    assert course.latest("volume", "nobody") is None


def test_this_visit_and_every_visit_are_different_questions() -> None:
    gone = Missing("adc", "a", SECOND, "not_imaged", "-")
    course = Course(Study("P", SECOND), (past(FIRST, number(1, FIRST)),), (gone,))
    assert course.of(Missing) == (gone,)
    assert course.of(Measurement) == ()
    assert len(course.every(Measurement)) == 1


def test_a_treatment_told_at_two_visits_is_one() -> None:
    given = Treatment("radiotherapy", 60, "Gy", FIRST, SECOND, "plan")
    course = Course(Study("P", THIRD), (past(FIRST, given),), (given,))
    assert course.treatments() == (given,)


def test_a_map_is_an_image_of_the_visit_or_what_a_number_carries() -> None:
    grid = affine_of(np.eye(4))
    seen, carried = (Image("adc", Voxels.of(np.full((1, 1, 1), v)), "mm2/s", grid) for v in (1.0, 2.0))
    assert Course(Study("P", FIRST, (seen,)), (), (number(1, FIRST, detail=carried),)).map("adc") == seen
    assert Course(Study("P", FIRST), (), (number(1, FIRST, detail=carried),)).map("adc", "a") == carried
    assert Course(Study("P", FIRST)).map("adc") is None


def test_saying_more_leaves_what_was_said() -> None:
    course = Course(Study("P", FIRST))
    more = course.add(number(1, FIRST))
    assert (len(course.claims), len(more.claims)) == (0, 1)
