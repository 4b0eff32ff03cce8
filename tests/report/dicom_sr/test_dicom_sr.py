"""The structured report: legal, complete, the same by readers of other makers, and the same again."""

import io
import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import highdicom
import numpy as np
import pydicom
import pytest

from vivomap.acquire import read
from vivomap.core import Assessment, Course, Measurement, Missing, Recommendation, Region, Study, Voxels
from vivomap.loop import assess
from vivomap.pathways.lung_response import PATHWAY as LUNG_RESPONSE
from vivomap.pathways.pet_response import PATHWAY as PET_RESPONSE
from vivomap.report import codes
from vivomap.report.dicom_identity import object_uid, tracking_uid
from vivomap.report.dicom_seg import grids
from vivomap.report.dicom_sr import SR, document
from vivomap.report.forms import Filed

TIMES = ("126073", "128740")  # order and offset of the time point, numbers too
READ = ("--inputDICOM", "object.dcm", "--outputMetadata", "{folder}/told.json")


def only(filed: Filed) -> bytes:
    (body,) = SR.write(filed).values()
    return body


def texts(filed: Filed, concept: str) -> list[str]:
    """Every text of a concept, anywhere in the report."""
    found: list[str] = []

    def walk(item: pydicom.Dataset) -> None:
        for child in item.get("ContentSequence") or ():
            if child.ValueType == "TEXT" and child.ConceptNameCodeSequence[0].get("CodeValue") == concept:
                found.append(child.TextValue)
            walk(child)

    walk(document(filed))
    return found


def test_it_is_a_legal_report_with_observer_procedure_and_evidence(filed: Filed, no_errors) -> None:
    body = only(filed)
    no_errors(body)
    ds = pydicom.dcmread(io.BytesIO(body))
    assert ds.SOPClassUID == "1.2.840.10008.5.1.4.1.1.88.34"
    assert ds.ContentTemplateSequence[0].TemplateIdentifier == "1500"
    assert ds.StudyInstanceUID == filed.assessment.study.uid[0]
    (study,) = ds.CurrentRequestedProcedureEvidenceSequence
    named = {i.ReferencedSOPInstanceUID for s in study.ReferencedSeriesSequence for i in s.ReferencedSOPSequence}
    assert named == {*filed.assessment.study.images[0].source, *(g.uid for g in grids(filed))}
    told = {i.ConceptNameCodeSequence[0].CodeMeaning: i for i in ds.ContentSequence}
    assert told["Device Observer Name"].TextValue == "vivomap"
    assert told["Device Observer Serial Number"].TextValue == filed.version
    assert told["Procedure reported"].ConceptCodeSequence[0].CodeMeaning == "CT unspecified body region"


def test_dcmqi_reads_each_number_with_its_unit_uncertainty_identity_and_segment(filed: Filed, read_by) -> None:
    folder = read_by("tid1500reader", only(filed), *READ)
    told = json.loads((folder / "told.json").read_text())["Measurements"]
    (grid,) = grids(filed)
    assert [g["ReferencedSegment"] for g in told] == [s.number for s in grid.segments]
    for group, segment in zip(told, grid.segments, strict=True):
        assert group["TrackingUniqueIdentifier"] == segment.tracking
        assert group["SourceSeriesForImageSegmentation"] == grid.image.text("series_uid")
        numbers = [i for i in group["measurementItems"] if i["quantity"]["CodeValue"] not in TIMES]
        mine = Course(filed.assessment.study, (), filed.assessment.claims).of(Measurement, None, segment.lesion)
        assert len(numbers) == len(mine) > 2
        for said, number in zip(numbers, mine, strict=True):
            assert said["quantity"]["CodeValue"] == codes.biomarker(number.name).name.value
            assert said["units"]["CodeValue"] == number.unit
            assert float(said["value"]) == pytest.approx(number.value, rel=1e-12)
            properties = {p["numProperty"]["CodeValue"]: p for p in said["measurementNumProperties"]}
            assert float(properties["STD_UNCERTAINTY"]["numPropertyValue"]) == pytest.approx(number.uncertainty)
            for side in ("371886008", "371885007"):
                assert float(properties[side]["numPropertyValue"]) == pytest.approx(1.96 * number.uncertainty)
                assert properties[side]["numPropertyUnits"]["CodeValue"] == number.unit
            assert said["measurementAlgorithmIdentification"]["AlgorithmName"] == number.provenance.maker


def test_highdicom_and_dsrdump_read_it(filed: Filed, read_by) -> None:
    body = only(filed)
    report = highdicom.sr.srread(io.BytesIO(body)).content
    (group, other) = report.get_volumetric_roi_measurement_groups()
    numbers = Course(filed.assessment.study, (), filed.assessment.claims).of(Measurement, None, "lesion_1 lung")
    assert group.tracking_uid == tracking_uid(filed, "lesion_1 lung") != other.tracking_uid
    found = [m.value for m in group.get_measurements() if m.name.value not in TIMES]  # it takes every NUM for one
    assert found == [n.value for n in numbers]
    said = (read_by("dsrdump", body, "object.dcm") / "said.txt").read_text()
    assert "Comprehensive 3D SR Document" in said
    assert 'NUM:(,,"Volume")' in said


def test_writing_it_again_gives_the_same_bytes_and_a_named_person_another_object(filed: Filed, no_errors) -> None:
    assert only(filed) == only(replace(filed))
    signed = replace(filed, by="Dr A\\B")
    no_errors(only(signed))
    assert document(signed).SOPInstanceUID != document(filed).SOPInstanceUID
    person = [i for i in document(signed).ContentSequence if i.ValueType == "PNAME"]
    assert str(person[0].PersonName) == "Dr A/B^"


def test_a_new_version_names_the_report_that_it_takes_the_place_of(filed: Filed, no_errors) -> None:
    newer = Assessment(**{**vars(filed.assessment), "edition": "ab" * 32})
    amended = replace(filed, assessment=newer, replaces=(filed,))
    no_errors(only(amended))
    (study,) = document(amended).PredecessorDocumentsSequence
    assert study.StudyInstanceUID == document(filed).StudyInstanceUID
    named = study.ReferencedSeriesSequence[0].ReferencedSOPSequence[0].ReferencedSOPInstanceUID
    assert named == document(filed).SOPInstanceUID == object_uid(filed.assessment, "sr")
    assert "PredecessorDocumentsSequence" not in document(filed)


def test_an_abstention_says_why_and_what_is_missing_has_its_code(filed: Filed, no_errors) -> None:
    lost = Missing("mean_adc", "lesion_1 lung", date(2024, 3, 4), "not_imaged", "no image in the role adc")
    whole = Missing("recist", "", date(2024, 3, 4), "not_evaluable", "a target was not imaged", "verdict")
    silent = Recommendation((), 28, (), "no verdict")
    made = replace(filed.assessment, claims=(*filed.assessment.claims, lost, whole), recommendation=silent)
    told = replace(filed, assessment=made)
    no_errors(only(told))
    assert texts(told, "ABSTAINED") == ["no verdict"]
    assert texts(told, "NOT_GIVEN") == [
        "mean ADC (lesion_1 lung): no image in the role adc",
        "verdict of RECIST 1.1: a target was not imaged",
    ]


def test_a_vanished_lesion_keeps_its_identity_and_its_zero(filed_visits, no_errors, read_by) -> None:
    first, second = filed_visits
    study = second.assessment.study
    empty = Voxels.of(np.zeros(study.regions[0].mask.array.shape, bool))
    gone = tuple(
        replace(r, mask=empty, lesion="") if "lung" in r.name else replace(r, lesion="") for r in study.regions
    )
    made = assess(LUNG_RESPONSE, replace(study, regions=gone), (first.assessment,))
    filed = Filed(made, (first.assessment,), None, second.recorded)
    body = only(filed)
    no_errors(body)
    told = json.loads((read_by("tid1500reader", body, *READ) / "told.json").read_text())["Measurements"]
    here = {g["TrackingIdentifier"]: g for g in told}
    assert here["lesion_1 lung"]["TrackingUniqueIdentifier"] == tracking_uid(first, "lesion_1 lung")
    assert "ReferencedSegment" not in here["lesion_1 lung"]
    volume = [i for i in here["lesion_1 lung"]["measurementItems"] if i["quantity"]["CodeValue"] == "118565006"]
    assert float(volume[0]["value"]) == 0
    assert any("searched" in t for t in texts(filed, "FLAG"))


def test_pet_and_mr_of_one_visit_make_one_report_on_evidence_of_both_studies(small_pet, small_dwi, no_errors) -> None:
    (pet,), (mr,) = read(small_pet), read(small_dwi)
    visit = replace(pet, images=(*pet.images, *mr.images), uid=(*pet.uid, *mr.uid))
    filed = Filed(assess(PET_RESPONSE, visit))
    body = only(filed)
    no_errors(body)
    ds = pydicom.dcmread(io.BytesIO(body))
    assert (ds.StudyInstanceUID, ds.StudyDate) == (pet.uid[0], "")
    assert ds.CurrentRequestedProcedureEvidenceSequence[0].StudyInstanceUID == pet.uid[0]
    assert ds.PertinentOtherEvidenceSequence[0].StudyInstanceUID == mr.uid[0]


@pytest.mark.parametrize("case", ["baseline", "two_visits", "four_visits", "pet", "table_only"])
def test_visits_without_dicom_objects_have_a_legal_report_too(case: str, request, no_errors, read_by) -> None:
    assessment, history = request.getfixturevalue(case)
    filed = Filed(assessment, history)
    body = only(filed)
    no_errors(body)
    told = json.loads((read_by("tid1500reader", body, *READ) / "told.json").read_text())
    numbers = [c for c in assessment.claims if isinstance(c, Measurement)]
    found = [i for g in told["Measurements"] for i in g["measurementItems"]]
    assert len([i for i in found if i["quantity"]["CodeValue"] not in TIMES]) == len(numbers)


def test_hostile_and_overlong_text_stays_inside_its_field(filed: Filed, no_errors) -> None:
    evil = "a\\b\x00^=\u202e" + "é" * 90
    study = filed.assessment.study
    regions = tuple(replace(r, name=evil, lesion=evil, finding=evil, site=evil) for r in study.regions[:1])
    made = replace(
        filed.assessment, study=replace(study, regions=regions), recommendation=Recommendation((), None, (), evil)
    )
    told = replace(filed, assessment=made, by=evil)
    no_errors(only(told))
    assert all("\x00" not in t and "\u202e" not in t for t in texts(told, "ABSTAINED"))


def test_the_change_stands_in_properties_and_in_words(filed: Filed) -> None:
    changes = filed.story.changes
    assert changes
    found: list[tuple[float, ...]] = []

    def number(item: Any, concept: str) -> float:
        (it,) = [i for i in item.ContentSequence if i.ConceptNameCodeSequence[0].get("CodeValue") == concept]
        return float(it.MeasuredValueSequence[0].FloatingPointValue)

    for container in document(filed).ContentSequence:
        for group in container.get("ContentSequence") or ():
            for item in group.get("ContentSequence") or ():
                if item.ValueType == "NUM" and "DIFFERENCE" in str(item):
                    wanted = ("DIFFERENCE", "NO_CHANGE_LOW", "NO_CHANGE_HIGH", "CHANCE_REAL", "REFERENCE_VALUE")
                    found.append(tuple(number(item, c) for c in wanted))
    assert sorted(found) == sorted((c.difference, c.low, c.high, c.chance_real, c.before.value) for c in changes)
    assert len(texts(filed, "CHANGE")) == len(changes)
    assert all("P (real change)" in t and "limits of no change" in t for t in texts(filed, "CHANGE"))


def test_a_report_without_any_date_is_refused() -> None:
    silent = Assessment("lung_response", "", Study("P", None, uid=("1.2",)), (), Recommendation((), None, (), "none"))
    with pytest.raises(Exception, match="date"):
        SR.write(Filed(silent))


def test_time_point_counts_days_since_the_first_visit(filed: Filed, filed_visits) -> None:
    apart = filed.assessment.study.day - filed_visits[0].assessment.study.day
    assert apart == timedelta(days=56)
    assert "56" in str(document(filed))
    regions: tuple[Region, ...] = filed.assessment.study.regions
    assert {r.lesion for r in regions} == {"lesion_1 lung", "lesion_2 node"}
