"""The headers behind a report: what the image says, and nothing that it does not."""

from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pydicom
import pytest

from vivomap.core import Flag, Image, Refusal, Study, Voxels, affine_of
from vivomap.report.dicom_source import (
    about,
    carrier,
    evidence,
    headers,
    moment,
    multi_frame,
    short,
    sop_class,
    study_header,
)
from vivomap.report.forms import Filed


def test_the_headers_are_those_of_the_files_that_were_read(filed: Filed, small) -> None:
    image = filed.assessment.study.images[0]
    there = {d.SOPInstanceUID: d for d in map(pydicom.dcmread, (small.visit(1) / "ct").iterdir())}
    made = headers(image, filed)
    assert len(made) == image.shape[0]
    for ds in made:
        real = there[ds.SOPInstanceUID]
        for name in ("SOPClassUID", "StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID", "Rows", "Columns"):
            assert ds[name].value == real[name].value, name
        for name in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "SliceThickness"):
            assert np.allclose(np.asarray(ds[name].value, float), np.asarray(real[name].value, float)), name
        assert (ds.PatientID, ds.PatientSex, str(ds.StudyDate)) == (real.PatientID, real.PatientSex, real.StudyDate)
        assert {e.keyword for e in ds if not e.is_empty} <= {e.keyword for e in real} | {"SpecificCharacterSet"}


def test_a_class_that_was_not_said_follows_modality_and_frames() -> None:
    many = Image("mr", Voxels.of(np.zeros((3, 2, 2))), "1", affine_of(np.eye(4)), source=("1.2", "1.3", "1.4"))
    said = replace(many, settings=(("modality", "PT"),))
    assert sop_class(said) == "1.2.840.10008.5.1.4.1.1.128"
    one = replace(said, source=("1.2",))
    assert multi_frame(one)
    assert not multi_frame(said)
    assert sop_class(one) == "1.2.840.10008.5.1.4.1.1.130"
    assert sop_class(many) == ""
    assert sop_class(replace(one, settings=(("sop_class", "1.2.9"),))) == "1.2.9"


def test_evidence_names_each_object_once_and_a_visit_without_any_has_a_study_of_its_own(filed: Filed) -> None:
    found = evidence(filed)
    assert [d.SOPInstanceUID for d in found] == list(filed.assessment.study.images[0].source)
    bare = replace(filed, assessment=replace(filed.assessment, study=Study("P", date(2026, 1, 1), uid=("scan",))))
    assert evidence(bare) == []
    assert study_header(bare).StudyInstanceUID == study_header(bare).StudyInstanceUID != ""


def test_the_study_date_is_left_empty_where_the_day_may_be_another(filed: Filed) -> None:
    study = filed.assessment.study

    def told(**changes: object) -> object:
        return about(replace(filed, assessment=replace(filed.assessment, study=replace(study, **changes)))).StudyDate

    assert told() == study.day
    assert not told(uid=(*study.uid, "1.2"))
    assert not told(flags=(Flag("study_date_absent", ""),))
    assert not told(day=None)


@pytest.mark.parametrize("name", ["a\\b", "x" * 65, "a\x00"])
def test_a_patient_whose_name_is_no_patient_id_is_refused_not_shortened(filed: Filed, name: str) -> None:
    with pytest.raises(Refusal) as refused:
        about(replace(filed, assessment=replace(filed.assessment, study=Study(name, None))))
    assert refused.value.code == "patient_not_dicom"
    assert name not in str(refused.value.lines())


def test_a_label_fits_its_field_in_bytes() -> None:
    assert short("a\\b") == "a/b"
    assert len(short("é" * 90).encode()) == 64


def test_the_moment_is_that_of_the_ledger_else_the_day_of_the_visit(filed: Filed) -> None:
    assert moment(filed) == filed.recorded
    assert moment(replace(filed, recorded=None)) == datetime(2024, 3, 4, tzinfo=UTC)


def _twin(image: Image, series: str, frame: str) -> Image:
    """Another image on the very same grid: other objects, series and frame of reference."""
    said = {**dict(image.settings), "series_uid": series, "frame_of_reference": frame, "modality": "MR"}
    return replace(image, role="mr", settings=tuple(said.items()), source=tuple(f"{s}.9" for s in image.source))


def test_of_images_on_one_grid_a_region_lies_on_the_one_it_was_drawn_on(filed: Filed) -> None:
    ct, *_ = filed.assessment.study.images
    mr = _twin(ct, "1.2.7", "1.2.8")
    here, there = filed.assessment.study.regions[0], replace(filed.assessment.study.regions[0], series="1.2.7")
    assert here.series == ct.text("series_uid")
    for images in ((ct, mr), (mr, ct)):
        assert carrier(here, images) is ct
        assert carrier(there, images) is mr


def test_a_region_never_goes_to_an_image_of_another_frame_of_reference(filed: Filed) -> None:
    """Where its own image cannot be named in DICOM, one of the same frame may stand in, and no other."""
    ct, *_ = filed.assessment.study.images
    drawn = replace(filed.assessment.study.regions[0], series="1.2.7")
    unnamed = replace(_twin(ct, "1.2.7", "1.2.8"), source=("mr.nii",))
    assert carrier(drawn, (ct, unnamed)) is None
    sibling = _twin(ct, "1.2.6", "1.2.8")
    assert carrier(drawn, (ct, unnamed, sibling)) is sibling


def test_where_nobody_said_it_the_numbers_of_the_mask_tell_its_image(filed: Filed) -> None:
    ct, *_ = filed.assessment.study.images
    mr = _twin(ct, "1.2.7", "1.2.8")
    silent = replace(filed.assessment.study.regions[0], series="")
    assert carrier(silent, (mr, ct)) is mr
    assert carrier(silent, (mr, ct), filed.assessment.claims) is ct
