"""The small pieces."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vivomap.core import Refusal
from vivomap.report.codes import BIOMARKERS, CATEGORIES, SITES
from vivomap.report.fhir import canonical, parts


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_quantity_reads_back_equal(value: float) -> None:
    made = parts.quantity(value, "mm2/s")
    assert json.loads(canonical(made))["value"] == value
    assert (made["code"], made["unit"], made["system"]) == ("mm2/s", "mm²/s", "http://unitsofmeasure.org")


def test_whole_numbers_and_minus_zero_have_one_form() -> None:
    assert canonical(parts.quantity(18, "1")) == canonical(parts.quantity(18.0, "1"))
    assert canonical(parts.quantity(-0.0, "1")) == canonical(parts.quantity(0.0, "1"))


def test_a_unit_that_is_not_in_the_table_is_refused() -> None:
    with pytest.raises(Refusal) as refused:
        parts.quantity(1.0, "furlong")
    assert refused.value.code == "unknown_unit"


def test_every_code_of_the_table_has_a_system() -> None:
    concepts = [c for b in BIOMARKERS.values() for c in b if c] + [*CATEGORIES.values(), *SITES.values()]
    assert all(parts.coded(c)["system"].startswith("http") for c in concepts)


def test_two_numbers_of_one_public_code_are_told_apart() -> None:
    one, two = (parts.code(n)["coding"] for n in ("mtv_41", "mtv_fixed"))
    assert one[0] == two[0]
    assert one[1]["code"] != two[1]["code"]


def test_a_name_without_a_public_code_goes_by_ours() -> None:
    ours, own = parts.code("percent_enhancement")["coding"]
    assert (ours["code"], own["code"]) == ("PE", "percent_enhancement")
    assert ours["system"].startswith("https://vivomap.example/")
    assert parts.code("creatinine")["text"] == "Creatinine"


def test_a_moment_is_told_in_utc() -> None:
    assert parts.instant(datetime(2026, 3, 10, 1, 0, 5, 9, timezone(timedelta(hours=2)))) == "2026-03-09T23:00:05Z"


def test_ids_are_valid_and_depend_on_every_part() -> None:
    made = {parts.known_by("a", "b", "c"), parts.known_by("a", "bc"), parts.known_by("ab", "c")}
    assert len(made) == 3
    assert all(len(i) == 64 for i in made)


def test_empty_fields_are_left_out_and_zero_stays() -> None:
    assert parts.filled({"a": "", "b": [], "c": {}, "d": None, "e": 0, "f": 0.0, "g": False}) == {
        "e": 0,
        "f": 0.0,
        "g": False,
    }
