"""Reports as DICOM JSON: the golden example of the SR-to-FHIR guide, and what is none."""

import json
from pathlib import Path
from typing import Any

import pytest

from vivomap.acquire.harvest.read import sheet


def test_the_golden_example_gives_its_three_numbers(data: Path) -> None:
    found = sheet(data / "hl7_dicom_sr" / "Example-MeasurementReport.json")
    said = {(n.name, round(n.value, 9), n.unit) for n in found.numbers}
    assert said == {
        ("volume", 31.1122, "mL"),
        ("diameter", 49.94462, "mm"),
        ("body_surface_area", 9026.567, "mm2"),
    }
    assert {n.about.label for n in found.numbers} == {"Nodule 1"}
    assert {n.about.tracking for n in found.numbers} == {"1.2.840.113747.20080222.83311413144566317081790268995.100"}
    assert dict(found.numbers[0].provenance.settings)["algorithm"] == "pylidc"
    assert [c.code for c in found.complaints] == ["json_scalar"]


def test_a_report_is_the_same_as_file_and_as_json(made: Any, tmp_path: Path) -> None:
    ds = made.report()
    path = made.saved(ds, tmp_path / "a.dcm")
    del ds.file_meta
    (tmp_path / "a.json").write_text(json.dumps([ds.to_json_dict()]))
    one, other = sheet(path), sheet(tmp_path / "a.json")
    assert [(n.name, n.value, n.path) for n in one.numbers] == [(n.name, n.value, n.path) for n in other.numbers]


@pytest.mark.parametrize("text", ["{}", "[]", "{", '{"a": 1}', "[1]", '"x"', '{"00080016": 5}', "[" * 100_000])
def test_json_that_is_no_object_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(text)
    assert (sheet(tmp_path / "a.json").refused or ("",))[0] == "not_an_image"


def test_json_nested_beyond_use_is_refused(tmp_path: Path) -> None:
    inner = '{"0040A040": {"vr": "CS", "Value": ["TEXT"]}}'
    for _ in range(150):
        inner = '{"0040A730": {"vr": "SQ", "Value": [' + inner + "]}}"
    (tmp_path / "a.json").write_text(inner)
    assert (sheet(tmp_path / "a.json").refused or ("",))[0] == "nested_too_deep"
