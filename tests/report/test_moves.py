"""A change as people read it, and the interval of the true difference."""

from __future__ import annotations

import math
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vivomap.core import Change, Measurement, Provenance
from vivomap.report.moves import interval, moved, no_change, reads, relative

MADE = Provenance("a:b", "0.1.0")


def change(before: float, after: float, low: float, high: float, claim: str = "volume", unit: str = "mL") -> Change:
    one, two = (Measurement(claim, v, unit, 0.05, "A", date(2026, d, 1), MADE) for v, d in ((before, 1), (after, 2)))
    return Change(one, two, low, high, (), 0.97)


def by_ratio(before: float, after: float, half: float) -> Change:
    return change(before, after, before * math.expm1(-half), before * math.expm1(half))


def test_logarithmic_limits_are_laid_around_the_ratio() -> None:
    # 5.2 to 8.6 mL with a repeatability of 22 %: 1.654 / 1.22 and 1.654 x 1.22, less one
    said = moved(by_ratio(5.2, 8.6, math.log(1.22)))
    assert (said.amount.text, said.low.text, said.high.text, said.unit) == ("+65", "+36", "+102", "%")
    assert (said.word, said.meaning) == ("larger", "worse")


@given(st.floats(0.5, 50), st.floats(0.5, 50), st.floats(0.02, 1.0))
def test_the_interval_excludes_zero_exactly_when_the_change_is_real(before: float, after: float, half: float) -> None:
    found = by_ratio(before, after, half)
    low, high = interval(found)
    if abs(abs(math.log(after / before)) - half) > 1e-9:
        assert found.real is not (low <= 0 <= high)


def test_absolute_limits_are_laid_around_the_difference() -> None:
    found = change(40.0, 52.0, -5.0, 5.0, "density", "[hnsf'U]")
    assert not relative(found)
    assert interval(found) == (7.0, 17.0)
    said = moved(found)
    assert (said.amount.text, said.unit, said.word, said.meaning) == ("+12", "HU", "higher", "up")


def test_a_size_cannot_fall_by_more_than_all_of_itself() -> None:
    found = change(21.5, 0.0, -1.9, 2.1, "long_axis", "mm")
    assert interval(found)[0] == -21.5
    assert reads(found) == ("gone", "better")


@pytest.mark.parametrize(
    ("after", "claim", "word", "meaning"),
    [
        (8.6, "volume", "larger", "worse"),
        (2.0, "volume", "smaller", "better"),
        (5.3, "volume", "within error", "same"),
        (8.6, "suv_max", "higher", "worse"),
        (8.6, "stiffness", "higher", "up"),
        (2.0, "stiffness", "lower", "down"),
    ],
)
def test_what_a_change_reads_as(after: float, claim: str, word: str, meaning: str) -> None:
    assert reads(change(5.2, after, -1.0, 1.0, claim)) == (word, meaning)


def test_the_range_of_no_change_lies_around_the_reference() -> None:
    low, high = no_change(change(5.2, 8.6, -1.0, 1.2))
    assert (low.text, high.text) == ("4.20", "6.40")
