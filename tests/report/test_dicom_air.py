"""The AIR root: every result named, each algorithm, no error for dciodvfy; absent forms left out and said to be."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset

from vivomap.core import Measurement, Refusal
from vivomap.report import dicom_air
from vivomap.report.forms import Filed, Form, forms

SR, SEG = "1.2.840.10008.5.1.4.1.1.88.34", "1.2.840.10008.5.1.4.1.1.66.4"


def walk(item: Dataset) -> Iterator[Dataset]:
    yield item
    for child in item.get("ContentSequence") or ():
        yield from walk(child)


def named(root: Dataset) -> list[tuple[str, str]]:
    refs = [i.ReferencedSOPSequence[0] for i in walk(root) if i.get("ValueType") in ("IMAGE", "COMPOSITE")]
    return [(r.ReferencedSOPClassUID, r.ReferencedSOPInstanceUID) for r in refs]


def written(filed: Filed, *names: str) -> set[tuple[str, str]]:
    found = set()
    for name in names:
        try:
            bodies = forms()[name].write(filed).values()
        except Refusal:
            continue
        found |= {(ds.SOPClassUID, ds.SOPInstanceUID) for ds in (dcmread(BytesIO(b)) for b in bodies)}
    return found


@pytest.fixture(scope="module")
def body(filed: Filed) -> bytes:
    return forms()["air"].write(filed)["air.dcm"]


@pytest.fixture(scope="module")
def root(body: bytes) -> Dataset:
    return dcmread(BytesIO(body))


def test_the_root_names_every_result_that_is_written_and_nothing_else(filed: Filed, root: Dataset) -> None:
    there = [n for n in dicom_air.PRIMITIVES if n in forms()]
    assert set(named(root)) == written(filed, *there)
    assert len(named(root)) == len(set(named(root)))
    assert {c for c, _ in named(root)} >= {SR, SEG}
    evidence = {
        (o.ReferencedSOPClassUID, o.ReferencedSOPInstanceUID)
        for study in root.CurrentRequestedProcedureEvidenceSequence
        for series in study.ReferencedSeriesSequence
        for o in series.ReferencedSOPSequence
    }
    assert evidence == set(named(root))


def test_each_algorithm_is_named_in_the_tree_and_as_contributing_equipment(filed: Filed, root: Dataset) -> None:
    """AIR 6.5.3.1: purpose, manufacturer, model name, software versions and device UID of every algorithm."""
    made = {c.provenance.maker for c in filed.assessment.claims if isinstance(c, Measurement)}
    told = {i.TextValue for i in walk(root) if "ConceptNameCodeSequence" in i and _code(i) == "111001"}
    items = root.ContributingEquipmentSequence
    assert made <= told == {i.ManufacturerModelName for i in items}
    assert {i.PurposeOfReferenceCodeSequence[0].CodeMeaning for i in items} == {"Processing Algorithm"}
    assert all(i.Manufacturer and i.SoftwareVersions and i.DeviceUID for i in items)
    assert len({i.DeviceUID for i in items}) == len(items)


def _code(item: Dataset) -> str:
    return str(item.ConceptNameCodeSequence[0].CodeValue)


def test_it_holds_no_number_of_its_own_and_follows_tid_1500(root: Dataset) -> None:
    assert root.SOPClassUID == SR
    assert root.ContentTemplateSequence[0].TemplateIdentifier == "1500"
    groups = [i for i in walk(root) if "ConceptNameCodeSequence" in i and _code(i) in ("126010", "125007")]
    assert groups == [], "the numbers stand once, in the measurement report that it names"


def test_an_independent_checker_finds_no_error(body: bytes, no_errors: Callable[[bytes], str]) -> None:
    no_errors(body)


def test_another_makers_reader_shows_what_it_names(body: bytes, read_by: Callable[..., Path]) -> None:
    said = (read_by("dsrdump", body, "object.dcm") / "said.txt").read_text()
    assert '"Results of the analysis"' in said
    assert "vivomap.quantify.size:volume" in said


def test_writing_it_again_gives_the_same_bytes(filed: Filed, body: bytes) -> None:
    assert forms()["air"].write(replace(filed))["air.dcm"] == body


def test_a_later_version_names_the_root_whose_place_it_takes(filed: Filed, root: Dataset) -> None:
    weighed = replace(filed.assessment, edition="ab" * 32)
    later = dicom_air.document(replace(filed, assessment=weighed, replaces=(filed,)))
    (study,) = later.PredecessorDocumentsSequence
    assert study.ReferencedSeriesSequence[0].ReferencedSOPSequence[0].ReferencedSOPInstanceUID == root.SOPInstanceUID


def test_a_form_that_is_not_there_is_left_out_and_said_to_be(filed: Filed, monkeypatch: pytest.MonkeyPatch) -> None:
    known = {"sr": forms()["sr"]}
    monkeypatch.setattr(dicom_air, "forms", lambda: known)
    alone = dicom_air.document(filed)
    assert [c for c, _ in named(alone)] == [SR]
    said = " ".join(str(i.TextValue) for i in walk(alone) if i.get("ValueType") == "TEXT")
    assert "seg: this form is not installed" in said
    assert "pm: this form is not installed" in said


def test_a_form_that_refuses_is_left_out_with_its_reason_but_not_the_report(
    filed: Filed, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Filed) -> dict[str, bytes]:
        raise Refusal("not_drawn", "no region of this visit can be a segment")

    real = forms()
    monkeypatch.setattr(dicom_air, "forms", lambda: {**real, "seg": Form("seg", "dcm", refuse, "")})
    said = " ".join(str(i.TextValue) for i in walk(dicom_air.document(filed)) if i.get("ValueType") == "TEXT")
    assert "seg: no region of this visit can be a segment" in said
    monkeypatch.setattr(dicom_air, "forms", lambda: {**real, "sr": Form("sr", "dcm", refuse, "")})
    with pytest.raises(Refusal):
        dicom_air.document(filed)


def test_a_map_is_named_as_soon_as_its_form_is_there(filed: Filed, monkeypatch: pytest.MonkeyPatch) -> None:
    (seg,) = forms()["seg"].write(filed).values()
    ds = dcmread(BytesIO(seg))
    ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.30"
    ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = "2.25.77"
    out = BytesIO()
    ds.save_as(out)
    maps: Any = Form("pm", "dcm", lambda _: {"pm-1.dcm": out.getvalue()}, "")
    real = forms()
    monkeypatch.setattr(dicom_air, "forms", lambda: {**real, "pm": maps})
    assert ("1.2.840.10008.5.1.4.1.1.30", "2.25.77") in named(dicom_air.document(filed))
