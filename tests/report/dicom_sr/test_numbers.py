"""A number in the report: its code, doubt, change, origin and warnings."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from vivomap.core import Flag, Measurement, Provenance, identify
from vivomap.report.dicom_sr.numbers import in_words, measured
from vivomap.report.forms import Filed

MADE = Provenance("vivomap.quantify.uptake:mtv_41", "0.1.0")
MTV = Measurement("mtv_41", 12.5, "mL", 0.5, "lung", date(2024, 3, 4), MADE)


def told(found: Measurement, filed: Filed) -> dict[str, Any]:
    """The children of a number by the value of their concept."""
    item = measured(found, filed)[0]
    return {c.ConceptNameCodeSequence[0].CodeValue: c for c in item.ContentSequence}


def test_two_numbers_of_one_code_are_told_apart_by_their_method(filed: Filed) -> None:
    one, other = told(MTV, filed), told(replace(MTV, name="mtv_fixed"), filed)
    assert one["370129005"].ConceptCodeSequence[0].CodeValue == "MTV_41"
    assert other["370129005"].ConceptCodeSequence[0].CodeValue == "MTV_FIXED"


def test_its_doubt_is_a_standard_uncertainty_and_an_interval_in_its_unit(filed: Filed) -> None:
    said = told(MTV, filed)
    for concept, value in (("STD_UNCERTAINTY", 0.5), ("371886008", 0.98), ("371885007", 0.98)):
        (number,) = said[concept].MeasuredValueSequence
        assert number.FloatingPointValue == pytest.approx(value)
        assert number.MeasurementUnitsCodeSequence[0].CodeValue == "mL"
    assert said["CLAIM"].TextValue == identify(MTV)
    assert said["111001"].TextValue == MADE.maker
    assert said["111003"].TextValue == MADE.version


def test_a_day_of_its_own_and_a_warning_are_said(filed: Filed) -> None:
    said = told(replace(MTV, day=date(2024, 3, 6), flags=(Flag("uptake_time_off", "late"),)), filed)
    assert said["ACQUIRED_ON"].value == date(2024, 3, 6)
    assert said["FLAG"].TextValue == "late"
    assert "ACQUIRED_ON" not in told(MTV, filed)


def test_a_change_is_told_in_one_line(filed: Filed) -> None:
    change = next(c for c in filed.story.changes if c.name == "volume" and "lung" in c.region)
    line = in_words(change)
    assert line.startswith("volume: ")
    assert "8 Jan 2024" in line
    assert "beyond the limits of no change" in line
    assert "mL; difference \N{MINUS SIGN}" in line
    assert "within" in in_words(replace(change, low=-1e3, high=1e3))
