"""The Encapsulated PDF: legal, in the study that was measured, and the same PDF comes back."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pydicom
import pytest

from vivomap.core import Assessment, Decision, identify
from vivomap.report.dicom_pdf import document
from vivomap.report.forms import Filed, forms

Case = tuple[Assessment, tuple[Assessment, ...]]
pytestmark = pytest.mark.slow  # a report is printed in about a second, and three are


@pytest.fixture(scope="module")
def body(filed: Filed) -> bytes:
    (made,) = forms()["epdf"].write(filed).values()
    return made


def test_dciodvfy_finds_no_error(body: bytes, no_errors: Callable[[bytes], str]) -> None:
    assert "EncapsulatedPDF" in no_errors(body)


def test_the_same_pdf_comes_back_from_dcmtk(body: bytes, filed: Filed, read_by: Callable[..., Path]) -> None:
    folder = read_by("dcm2pdf", body, "{folder}/object.dcm", "{folder}/back.pdf")
    assert (folder / "back.pdf").read_bytes() == forms()["pdf"].write(filed)["report.pdf"]


def test_it_lies_in_the_measured_study_and_names_its_sources_and_title(body: bytes, filed: Filed) -> None:
    ds = pydicom.dcmread(io.BytesIO(body))
    images = filed.assessment.study.images
    assert ds.StudyInstanceUID in {i.text("study_uid") for i in images}
    assert ds.PatientID == filed.assessment.study.patient
    sources = {s.ReferencedSOPInstanceUID for s in ds.SourceInstanceSequence}
    assert sources == {uid for image in images for uid in image.source}
    title = ds.ConceptNameCodeSequence[0]
    assert (title.CodeValue, title.CodingSchemeDesignator) == ("126000", "DCM")
    assert ds.MIMETypeOfEncapsulatedDocument == "application/pdf"
    assert ds.BurnedInAnnotation == "YES"
    assert "PredecessorDocumentsSequence" not in ds


def test_a_decided_and_amended_report_names_the_draft_and_the_older_version(
    filed: Filed, no_errors: Callable[[bytes], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def quick(told: Filed) -> bytes:
        return f"%PDF {identify(told.assessment)} {len(told.decisions)} {len(told.replaces)}".encode()

    monkeypatch.setattr("vivomap.report.dicom_pdf.printed", quick)
    old = replace(filed, assessment=replace(filed.assessment, edition="6e" * 32))
    draft = replace(filed, replaces=(old,))
    final = replace(draft, decisions=(Decision("x", "continue", "Dr A", date(2024, 3, 6), "shrinks"),))
    ds = document(final)
    named = [
        str(s.ReferencedSeriesSequence[0].ReferencedSOPSequence[0].ReferencedSOPInstanceUID)
        for s in ds.PredecessorDocumentsSequence
    ]
    assert named == [document(draft).SOPInstanceUID, document(old).SOPInstanceUID]
    assert ds.SOPInstanceUID not in named
    (written,) = forms()["epdf"].write(final).values()
    no_errors(written)


def test_a_visit_whose_images_are_not_dicom_has_a_study_of_its_own_and_no_source(
    two_visits: Case, no_errors: Callable[[bytes], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vivomap.report.dicom_pdf.printed", lambda told: b"%PDF")
    (made,) = forms()["epdf"].write(Filed(*two_visits)).values()
    no_errors(made)
    assert "SourceInstanceSequence" not in pydicom.dcmread(io.BytesIO(made))


def test_writing_again_gives_the_same_object(body: bytes, filed: Filed) -> None:
    assert forms()["epdf"].write(filed) == {"report-pdf.dcm": body}
