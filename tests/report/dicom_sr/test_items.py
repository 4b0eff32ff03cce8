"""Content items: exact numbers, legal texts, children under their parent."""

from datetime import date

import pytest

from vivomap.core import Flag, Refusal
from vivomap.core.coding import MEAN
from vivomap.report.codes import OWN
from vivomap.report.dicom_sr.items import code, coded, day, number, text, under, warning


def test_a_number_is_exact_and_in_ucum() -> None:
    item = number(OWN["DIFFERENCE"], -0.1 - 0.2, "g/ml{SUVbw}")
    (value,) = item.MeasuredValueSequence
    assert value.FloatingPointValue == -0.1 - 0.2
    assert len(str(value.NumericValue)) <= 16
    assert value.MeasurementUnitsCodeSequence[0].CodeValue == "g/ml{SUVbw}"
    with pytest.raises(Refusal):
        number(OWN["DIFFERENCE"], 1.0, "furlong")


def test_a_text_is_never_empty_and_shows_no_control_character() -> None:
    assert text(OWN["FLAG"], "").TextValue == "not said"
    assert "\x07" not in text(OWN["FLAG"], "a\x07b").TextValue


def test_children_are_added_to_those_that_are_there() -> None:
    item = under(text(OWN["FLAG"], "a"), code(OWN["REASON"], MEAN))
    under(item, day(OWN["ACQUIRED_ON"], date(2026, 1, 2)))
    assert [c.ValueType for c in item.ContentSequence] == ["CODE", "DATE"]
    assert coded(MEAN).value == MEAN.value


def test_a_warning_has_its_words_and_its_code_however_long() -> None:
    item = warning(Flag("frame_of_reference_lost", "no frame"))
    concept = item.ContentSequence[0].ConceptCodeSequence[0]
    assert (item.TextValue, concept.LongCodeValue) == ("no frame", "frame_of_reference_lost")
