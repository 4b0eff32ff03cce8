"""The key images: the slice of the long axis, else of the largest section, named by other makers' readers."""

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import highdicom
import numpy as np
import pydicom
import pytest

from vivomap.acquire import read, visits
from vivomap.core import Measurement, Refusal, Verdict, affine_of, identify
from vivomap.loop import assess
from vivomap.pathways.lung_response import PATHWAY as LUNG_RESPONSE
from vivomap.pathways.pet_response import PATHWAY as PET_RESPONSE
from vivomap.report.dicom_kos import KOS, key_images, targets
from vivomap.report.dicom_seg import SEG
from vivomap.report.dicom_sr import SR
from vivomap.report.forms import Filed

Check = Callable[[bytes], str]


def opened(body: bytes) -> pydicom.Dataset:
    return pydicom.dcmread(io.BytesIO(body))


def only(filed: Filed) -> bytes:
    (body,) = KOS.write(filed).values()
    return body


def named(ds: pydicom.Dataset) -> list[str]:
    """The objects that the content refers to, in its order."""
    items = (i for i in ds.ContentSequence if i.ValueType in ("IMAGE", "COMPOSITE"))
    return [i.ReferencedSOPSequence[0].ReferencedSOPInstanceUID for i in items]


def test_a_selection_names_the_slice_of_each_long_axis_with_report_and_segmentation(
    filed: Filed, no_errors: Check
) -> None:
    body = only(filed)
    no_errors(body)
    image = filed.assessment.study.images[0]
    axes = [c for c in filed.assessment.claims if isinstance(c, Measurement) and c.name == "long_axis"]
    slices = [image.source[int(dict(a.provenance.settings)["slice"])] for a in axes]
    (seg,) = SEG.write(filed).values()
    (sr,) = SR.write(filed).values()
    assert len(slices) == 2
    assert named(opened(body)) == [*slices, opened(seg).SOPInstanceUID, opened(sr).SOPInstanceUID]


def test_every_named_object_is_evidence_and_highdicom_finds_its_study_and_series(filed: Filed) -> None:
    document = highdicom.ko.KeyObjectSelectionDocument.from_dataset(opened(only(filed)))
    image = filed.assessment.study.images[0]
    for instance in named(document):
        study, series, _ = document.resolve_reference(instance)
        assert study == image.text("study_uid")
        assert (series == image.text("series_uid")) == (instance in image.source)


def test_dsrdump_shows_the_title_the_observer_and_the_references(filed: Filed, read_by: Callable[..., Path]) -> None:
    said = (read_by("dsrdump", only(filed), "+Pl", "object.dcm") / "said.txt").read_text()
    assert '"Of Interest"' in said
    assert said.count("<contains IMAGE:") == 3
    assert said.count("<contains COMPOSITE:") == 1
    assert 'Manufacturer")="vivomap"' in said
    assert "lesion_1 lung: CT, slice 14 of 24, long axis" in said


def test_where_a_verdict_rests_on_some_lesions_they_alone_are_key(filed: Filed) -> None:
    assert targets(filed) == {"lesion_1 lung", "lesion_2 node"}
    claims = []
    for claim in filed.assessment.claims:
        if isinstance(claim, Verdict):
            node = [c for c in filed.assessment.claims if isinstance(c, Measurement) and "node" in c.region]
            claim = replace(claim, because=tuple(identify(n) for n in node))
        claims.append(claim)
    one = replace(filed, assessment=replace(filed.assessment, claims=tuple(claims)))
    assert [k.segment.lesion for k in key_images(one)] == ["lesion_2 node"]


def test_without_a_long_axis_it_is_the_largest_section(suv_visit: Filed, no_errors: Check) -> None:
    body = only(suv_visit)
    no_errors(body)
    (key,) = key_images(suv_visit)
    (region,) = suv_visit.assessment.study.regions
    sections = region.mask.array.sum(axis=(1, 2))
    assert (key.why, sections[key.slice]) == ("largest section", sections.max())


def test_an_axis_of_another_outline_does_not_choose_the_slice(filed: Filed) -> None:
    study = filed.assessment.study
    moved = tuple(replace(r, mask=type(r.mask).of(np.roll(r.mask.array, 2, axis=0))) for r in study.regions)
    other = replace(filed, assessment=replace(filed.assessment, study=replace(study, regions=moved)))
    assert {k.why for k in key_images(other)} == {"largest section"}


def test_a_visit_of_two_studies_has_a_selection_in_each(small, adc_visit: Filed, no_errors: Check) -> None:
    (ct,) = read(small.visit(0))
    mr = adc_visit.assessment.study
    beside = affine_of(np.asarray(mr.images[0].affine) + 7.5 * np.eye(4, k=3))
    mr = replace(
        mr,
        images=tuple(replace(i, affine=beside) for i in mr.images),
        regions=tuple(replace(r, affine=beside) for r in mr.regions),
    )
    (visit,) = visits((ct, mr), 0)
    filed = Filed(assess(LUNG_RESPONSE, visit), recorded=datetime(2024, 1, 9, tzinfo=UTC))
    bodies = KOS.write(filed)
    assert list(bodies) == ["kos-1.dcm", "kos-2.dcm"]
    found = [opened(b) for b in bodies.values()]
    assert {d.StudyInstanceUID for d in found} == set(visit.uid)
    for body, ds in zip(bodies.values(), found, strict=True):
        no_errors(body)
        (evidence,) = ds.CurrentRequestedProcedureEvidenceSequence
        assert evidence.StudyInstanceUID == ds.StudyInstanceUID
        listed = [
            i.ReferencedSOPInstanceUID for s in evidence.ReferencedSeriesSequence for i in s.ReferencedSOPSequence
        ]
        assert sorted(listed) == sorted(named(ds))
    assert sum(i.ValueType == "COMPOSITE" for d in found for i in d.ContentSequence) == 1  # the report lies in one


def test_writing_it_again_gives_the_same_bytes_and_an_amended_one_says_so(filed: Filed) -> None:
    assert only(filed) == only(replace(filed))
    amended = replace(filed, replaces=(replace(filed, assessment=replace(filed.assessment, edition="0" * 64)),))
    (said,) = (
        i.TextValue for i in opened(only(amended)).ContentSequence if i.get("TextValue", "").startswith("lesion")
    )
    assert said.endswith("This takes the place of an earlier version.")


def test_without_an_outline_the_form_refuses(filed: Filed) -> None:
    with pytest.raises(Refusal) as refused:
        KOS.write(
            replace(filed, assessment=replace(filed.assessment, study=replace(filed.assessment.study, regions=())))
        )
    assert refused.value.code == "not_drawn"


def test_the_key_image_of_a_real_pet_shows_its_tumour(data: Path, no_errors: Check) -> None:
    filed = Filed(assess(PET_RESPONSE, read(data / "sts001_raw_pet_bqml")[0]))
    body = only(filed)
    no_errors(body)
    image = filed.assessment.study.images[0]
    tumour = next(r for r in filed.assessment.study.regions if r.lesion == "GTV_Mass").mask.array
    shown = image.source.index(named(opened(body))[0])
    assert tumour[shown].sum() == tumour.sum(axis=(1, 2)).max()
