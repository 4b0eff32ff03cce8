"""What a claim refuses when it is made, and what follows from it."""

import math
from datetime import date

import pytest

from vivomap.core import Change, Measurement, Prediction, Provenance, Refusal, Treatment

MADE = Provenance("test", "1", settings=(("kernel", "B30f"), ("kvp", 120.0)))
DAY = date(2026, 1, 1)


def number(value: float, uncertainty: float = 1.0, unit: str = "mm") -> Measurement:
    return Measurement("long_axis", value, unit, uncertainty, "a", DAY, MADE)


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -math.inf])
def test_a_number_that_is_not_finite_is_refused(wrong: float) -> None:
    for made in (lambda: number(wrong), lambda: number(1, wrong)):
        with pytest.raises(Refusal) as refused:
            made()
        assert refused.value.code == "not_a_number"


def test_a_negative_uncertainty_and_a_strange_unit_are_refused() -> None:
    with pytest.raises(Refusal):
        number(1, -0.1)
    with pytest.raises(Refusal) as refused:
        number(1, 0.1, "millimetres")
    assert refused.value.code == "unknown_unit"


def test_a_change_is_real_outside_its_limits_and_not_on_them() -> None:
    for after, real in ((13, True), (12, False), (8, False), (7.9, True)):
        change = Change(number(10), number(after), -2, 2, (), 0.9)
        assert change.real is real
        assert change.difference == pytest.approx(after - 10)
    assert (change.name, change.region, change.day) == ("long_axis", "a", DAY)


def test_a_chance_lies_between_its_bounds_and_in_0_to_1() -> None:
    for chance, low, high in ((0.5, 0.6, 0.7), (0.5, 0.4, 1.1), (1.2, 0, 1)):
        with pytest.raises(Refusal):
            Prediction("p", "a", chance, low, high, 90, DAY, (), MADE)


def test_a_treatment_cannot_end_before_it_starts() -> None:
    with pytest.raises(Refusal) as refused:
        Treatment("radiotherapy", 60, "Gy", date(2026, 2, 1), date(2026, 1, 1), "plan")
    assert refused.value.code == "bad_date"


def test_provenance_answers_by_name() -> None:
    assert (MADE.text("kernel"), MADE.text("serial")) == ("B30f", "")
