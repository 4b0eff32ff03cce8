"""Numbers, dates and names as people read them."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vivomap.core import Measurement, Provenance
from vivomap.report.words import (
    MINUS,
    THIN,
    category,
    chance,
    day,
    name,
    number,
    places,
    plain,
    reading,
    sentence,
    several,
    short_day,
)

MADE = Provenance("a:b", "0.1.0")


def measured(value: float, uncertainty: float, unit: str = "mL") -> Measurement:
    return Measurement("volume", value, unit, uncertainty, "", None, MADE)


def test_the_digits_follow_the_uncertainty() -> None:
    said = reading(measured(5.23, 0.24))
    assert (said.value.text, said.half.text, said.low.text, said.high.text, said.unit) == (
        "5.2",
        "0.5",
        "4.8",
        "5.7",
        "mL",
    )
    assert reading(measured(42.017, 0.006)).value.text == "42.017"
    assert reading(measured(157.8, 9.0)).value.text == "158"


def test_a_diffusion_coefficient_is_written_in_thousandths() -> None:
    said = reading(measured(1.41e-3, 0.03e-3, "mm2/s"))
    assert (said.value.text, said.half.text, said.unit) == ("1.41", "0.06", "10⁻³ mm²/s")


def test_minus_is_a_minus_sign_and_thousands_have_thin_gaps() -> None:
    assert number(-1350) == f"{MINUS}1{THIN}350"
    assert number(0.17, 2, signed=True) == "+0.17"
    assert number(-0.004, 2, signed=True) == "0.00"


@given(st.floats(1e-6, 1e6), st.floats(1e-6, 1e6))
def test_rounding_hides_less_than_the_doubt(value: float, half: float) -> None:
    shown = float(number(value, places(half, value)).replace(THIN, "").replace(MINUS, "-"))
    assert abs(shown - value) <= max(0.5 * half, 0.5 if half >= 1 else 0, abs(value) * 1e-5)


def test_a_number_without_doubt_has_four_digits() -> None:
    assert number(0.93, places(0, 0.93)) == "0.9300"
    assert places(0, 0) == 0


@pytest.mark.parametrize(("value", "text"), [(0.996, f">{THIN}0.99"), (0.004, f"<{THIN}0.01"), (0.63, "0.63")])
def test_no_chance_is_certain(value: float, text: str) -> None:
    assert chance(value) == text


def test_days_read_as_days_and_the_year_is_said_once() -> None:
    assert day(date(2026, 6, 1)) == "1 June 2026"
    assert day(None) == short_day(None) == "undated"
    assert short_day(date(2026, 6, 1), year=True) == "1 Jun 2026"


@pytest.mark.parametrize(
    ("claim", "said"),
    [
        ("long_axis", "long axis"),
        ("mean_adc", "mean ADC"),
        ("suv_max", "SUVmax"),
        ("recist_1_1", "RECIST 1.1"),
        ("recist", "RECIST 1.1"),
        ("something_new", "something new"),
    ],
)
def test_names_are_spoken(claim: str, said: str) -> None:
    assert name(claim) == said


def test_reasons_speak_the_names_in_them() -> None:
    assert sentence("recist is PR, and long_axis fell") == "RECIST 1.1 is PR, and long axis fell"
    assert category("PR") == "partial response (PR)"
    assert category("baseline") == "baseline"
    assert several(1, "lesion") == "1 lesion"
    assert several(0, "lesion") == "0 lesions"


def test_hidden_characters_are_shown_and_long_text_says_that_it_was_cut() -> None:
    assert "\u202e" not in plain("a\u202eb\x00c")
    assert plain("x" * 5000).endswith("(5000 characters, cut)")
