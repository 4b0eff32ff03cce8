"""Numbers of structured reports: golden reports of other makers, ours and back, and a corpus of broken ones."""

from __future__ import annotations

import json
import math
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pydicom
import pytest
from pydicom.dataset import Dataset

from vivomap.acquire.harvest import Number, Sheet
from vivomap.acquire.harvest.read import sheet
from vivomap.core import Missing

Harvest = Callable[..., Sheet]


def by_name(found: Sheet) -> dict[str, Number]:
    return {n.name: n for n in found.numbers}


def test_a_good_report_of_another_maker_draws_no_complaint(made: Any, read_back: Harvest) -> None:
    found = read_back(made.report())
    assert (found.refused, found.complaints, found.missing) == (None, (), ())
    axis, volume = found.numbers
    assert (axis.name, axis.value, axis.unit, axis.uncertainty) == ("long_axis", 23.5, "mm", None)
    assert (volume.name, volume.value, volume.unit) == ("volume", 4.2, "mL")
    assert axis.about == ("Lesion A", made.TRACKING, "Lesion", "Lung")
    assert (found.patient, found.maker, str(axis.day)) == ("P-1", "Acme Reader 4.1", "2024-03-04")
    assert axis.provenance.source == (found.uid,)
    assert dict(axis.provenance.settings)["item"] == axis.path == "1.1.1.5"


def test_a_number_without_uncertainty_is_no_measurement_and_says_so(made: Any, read_back: Harvest) -> None:
    claim = read_back(made.report()).numbers[0].claim()
    assert isinstance(claim, Missing)
    assert (claim.code, claim.name, claim.region) == ("uncertainty_unknown", "long_axis", "Lesion A")
    assert "23.5" in claim.reason


def test_each_departure_draws_its_complaint_and_the_number_is_read_where_it_can_be(
    broken: tuple[Dataset, str, bool], read_back: Harvest
) -> None:
    ds, due, read = broken
    found = read_back(ds)
    assert found.refused is None
    assert due in {c.code for c in found.complaints}
    said = next(c for c in found.complaints if c.code == due)
    assert said.place
    assert said.says.startswith(("PS3.", "nothing"))
    assert said.read
    axes = [n for n in found.numbers if n.name == "long_axis"]
    assert [(n.value, n.unit) for n in axes] == ([(23.5, "mm")] if read else [])
    assert read or found.missing or any("axis" in n.name for n in found.numbers)


def test_what_is_broken_in_one_number_leaves_the_other(broken: tuple[Dataset, str, bool], read_back: Harvest) -> None:
    ds, due, _ = broken
    if due == "sr_no_group":
        return
    assert by_name(read_back(ds))["volume"].value == 4.2


def test_words_without_the_codes_of_a_biomarker_do_not_get_its_name(made: Any, read_back: Harvest) -> None:
    strange = made.num(made.code("LA", "99ACME", "Long axis"), "23.5", made.deep(made.MM))
    stretched = made.num(made.deep(made.LONG), "1.2", made.code("s", "UCUM", "s"))
    names = [n.name for n in read_back(made.report(made.group(strange, stretched))).numbers]
    assert names == ["long_axis_as_reported", "long_axis_as_reported"]


def test_a_centimetre_becomes_the_millimetres_of_the_biomarker(made: Any, read_back: Harvest) -> None:
    one = made.num(made.deep(made.LONG), "2.35", made.code("cm", "UCUM", "cm"))
    found = read_back(made.report(made.group(one))).numbers[0]
    assert (found.value, found.unit) == (pytest.approx(23.5), "mm")
    assert found.written == "2.35 cm"


def test_what_describes_images_or_time_is_no_measurement(made: Any, read_back: Harvest) -> None:
    rows = made.num(made.code("110910", "DCM", "Pixel Data Rows"), "128", made.code("{pixels}", "UCUM", "pixels"))
    rows.RelationshipType = "HAS ACQ CONTEXT"
    library = made.item("CONTAINER", "CONTAINS", made.code("111028", "DCM", "Image Library"), rows)
    offset = made.code("128740", "DCM", "Longitudinal Temporal Offset from Event")
    group = made.lesion()
    group.ContentSequence.append(made.num(offset, "56", made.code("d", "UCUM", "d"), by="HAS OBS CONTEXT"))
    ds = made.report(group)
    ds.ContentSequence.append(library)
    assert [n.name for n in read_back(ds).numbers] == ["long_axis", "volume"]


def test_a_report_of_another_template_gives_its_numbers_under_the_words_of_what_holds_them(
    made: Any, read_back: Harvest
) -> None:
    ds = made.report()
    ds.ConceptNameCodeSequence = [made.code("125200", "DCM", "Adult Echocardiography Procedure Report")]
    mode = made.item(
        "CODE",
        "HAS CONCEPT MOD",
        made.code("399264008", "SCT", "Image Mode"),
        ConceptCodeSequence=[made.code("399064001", "SCT", "2D mode")],
    )
    diameter = made.code("29436-3", "LN", "Left Ventricle Internal End Diastolic Dimension")
    one = made.num(diameter, "4.8", made.code("cm", "UCUM", "cm"), mode)
    part = made.item("CONTAINER", "CONTAINS", made.code("125202", "DCM", "Echocardiography Measurements"), one)
    site = made.item(
        "CODE",
        "HAS CONCEPT MOD",
        made.code("363698007", "SCT", "Finding Site"),
        ConceptCodeSequence=[made.code("87878005", "SCT", "Left Ventricle")],
    )
    findings = made.item("CONTAINER", "CONTAINS", made.code("121070", "DCM", "Findings"), site, part)
    ds.ContentSequence = [findings]
    found = read_back(ds)
    assert [n.name for n in found.numbers] == [
        "findings/echocardiography_measurements/left_ventricle_internal_end_diastolic_dimension"
    ]
    assert (found.numbers[0].value, found.numbers[0].unit) == (4.8, "cm")
    assert found.numbers[0].about.site == "Left Ventricle"
    assert not found.complaints


def test_a_mammography_report_gives_the_properties_of_its_findings(made: Any, read_back: Harvest) -> None:
    ds = made.report()
    ds.ConceptNameCodeSequence = [made.code("111036", "DCM", "Mammography CAD Report")]
    chance = made.num(made.code("111047", "DCM", "Probability of cancer"), "37", made.code("%", "UCUM", "Percent"))
    chance.RelationshipType = "HAS PROPERTIES"
    mass = made.item(
        "CODE",
        "CONTAINS",
        made.code("111059", "DCM", "Single Image Finding"),
        chance,
        ConceptCodeSequence=[made.code("4147007", "SCT", "Mass")],
    )
    ds.ContentSequence = [mass]
    found = read_back(ds).numbers
    assert [(n.name, n.value, n.unit) for n in found] == [("mass/probability_of_cancer", 37.0, "%")]


GOLDEN = {  # file: name, value and unit of the numbers that dsrdump shows there
    "dicom_seg_sr_pm/highdicom/sr_document.dcm": {("area_of_defined_region", 1.7, "cm2")},
    "dicom_seg_sr_pm/highdicom/sr_document_with_multiple_groups.dcm": {
        ("intensity_histogram_mean", -119.0738525390625, "[hnsf'U]"),
        ("diameter", 10.0, "mm"),
        ("diameter", 20.0, "mm"),
        ("volume", 0.2, "mL"),
    },
    "dicom_odd_and_compressed/fo-dicom/test_SR.dcm": {("diameter", 3.0, "cm")},
}


@pytest.mark.parametrize("name", list(GOLDEN))
def test_golden_reports_give_their_numbers(name: str, data: Path) -> None:
    found = sheet(data / name)
    assert {(n.name, n.value, n.unit) for n in found.numbers} == GOLDEN[name]
    assert not found.missing


@pytest.mark.parametrize("name", [*GOLDEN, "dicom_seg_sr_pm/dcmqi/sr-example/sr.dcm"])
def test_dsrdump_sees_the_same_numbers(name: str, data: Path, needs: Callable[..., str]) -> None:
    program = needs("dsrdump")
    done = subprocess.run([program, str(data / name)], capture_output=True, timeout=60, check=True)
    dumped = sorted(map(float, re.findall(r'contains NUM:.*?\)="([^"]+)"', done.stdout.decode("utf-8", "replace"))))
    ours = sorted(float(n.written.split()[0]) for n in sheet(data / name).numbers)
    assert dumped
    assert ours == pytest.approx(dumped)


def test_the_report_of_dcmqi_gives_what_its_own_reader_gives(
    data: Path, tmp_path: Path, needs: Callable[..., str]
) -> None:
    path = data / "dicom_seg_sr_pm/dcmqi/sr-example/sr.dcm"
    out = tmp_path / "read.json"
    subprocess.run(
        [needs("tid1500reader", "pip install dcmqi"), "--inputDICOM", str(path), "--outputMetadata", str(out)],
        capture_output=True,
        timeout=60,
        check=True,
    )
    theirs = json.loads(out.read_text())["Measurements"]
    found = sheet(path)
    assert len(theirs) == 1
    items = theirs[0]["measurementItems"]
    assert [float(i["value"]) for i in items] == pytest.approx([n.value for n in found.numbers])
    assert len(items) == 22
    assert {n.about.tracking for n in found.numbers} == {theirs[0]["TrackingUniqueIdentifier"]}
    assert {n.about.label for n in found.numbers} == {theirs[0]["TrackingIdentifier"]}
    assert by_name(found)["suv_max"].value == 10.3814
    assert {c.code for c in found.complaints} == {"sr_old_code"}


def test_a_number_of_more_digits_than_its_text_is_read_with_all(made: Any, read_back: Harvest) -> None:
    ds = made.report()
    measured = ds.ContentSequence[0].ContentSequence[0].ContentSequence[4].MeasuredValueSequence[0]
    measured.FloatingPointValue = 23.5 + 0.04
    assert by_name(read_back(ds))["long_axis"].value == 23.54
    assert math.isfinite(by_name(read_back(ds))["long_axis"].value)


def test_references_to_segments_and_images_are_in_the_provenance(data: Path) -> None:
    found = sheet(data / "dicom_seg_sr_pm/dcmqi/sr-example/sr.dcm")
    seg = pydicom.dcmread(data / "dicom_seg_sr_pm/dcmqi/sr-example/seg.dcm", stop_before_pixels=True)
    assert all(str(seg.SOPInstanceUID) in n.provenance.source for n in found.numbers)
