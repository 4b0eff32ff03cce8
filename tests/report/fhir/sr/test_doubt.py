"""The extensions, where a report says only some of what they hold."""

from __future__ import annotations

from pydicom.dataset import Dataset

from vivomap.report.fhir.sr.doubt import doubt, time_point
from vivomap.report.fhir.sr.tree import number


def num(code: str, scheme: str, value: float) -> Dataset:
    name, unit, measured, item = Dataset(), Dataset(), Dataset(), Dataset()
    name.CodeValue, name.CodingSchemeDesignator, name.CodeMeaning = code, scheme, "x"
    unit.CodeValue, unit.CodingSchemeDesignator, unit.CodeMeaning = "mm", "UCUM", "millimetre"
    measured.NumericValue, measured.MeasurementUnitsCodeSequence = str(value), [unit]
    item.ConceptNameCodeSequence, item.MeasuredValueSequence, item.ValueType = [name], [measured], "NUM"
    return item


def test_another_makers_ranges_of_uncertainty_are_read_without_a_standard_one() -> None:
    item = num("1", "99X", 20.0)
    item.ContentSequence = [num("371886008", "SCT", 3.0), num("371885007", "SCT", 1.0)]
    (made,) = doubt(item, number(item))
    told = {p["url"]: p for p in made["extension"]}
    assert set(told) == {"low", "high", "level"}
    assert (told["low"]["valueQuantity"]["value"], told["high"]["valueQuantity"]["value"]) == (19.0, 23.0)


def test_half_an_interval_is_none() -> None:
    item = num("1", "99X", 20.0)
    item.ContentSequence = [num("371886008", "SCT", 3.0)]
    assert doubt(item, number(item)) == []
    assert time_point(item) == []
