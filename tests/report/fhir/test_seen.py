"""Studies, lesions, scanners."""

from __future__ import annotations

from dataclasses import replace

from vivomap.core import Assessment, Match, Study
from vivomap.report.fhir import seen
from vivomap.report.forms import Filed

Case = tuple[Assessment, tuple[Assessment, ...]]


def with_series(study: Study) -> Study:
    (image,) = study.images
    told = dict(image.settings) | {"study_uid": study.uid[0], "series_uid": "1.2.3.4"}
    return replace(study, images=(replace(image, settings=tuple(told.items())),))


def test_a_study_is_named_by_its_uid_with_its_series_and_scanner(two_visits: Case) -> None:
    study = with_series(two_visits[0].study)
    (made,) = seen.imaging(study)
    assert made["identifier"] == [{"system": "urn:dicom:uid", "value": f"urn:oid:{study.uid[0]}"}]
    (series,) = made["series"]
    assert (series["uid"], series["modality"]["code"], series["started"]) == ("1.2.3.4", "CT", "2026-03-09")
    (scanner,) = seen.scanners(study)
    assert series["performer"][0]["actor"]["reference"].startswith("urn:uuid:")
    assert (scanner["manufacturer"], scanner["serialNumber"]) == ("Acme", "17")


def test_merged_studies_are_told_apart(two_visits: Case) -> None:
    study = with_series(two_visits[0].study)
    both = replace(study, uid=(*study.uid, "1.9"))
    one, two = seen.imaging(both)
    assert "series" in one
    assert "series" not in two
    assert one["id"] != two["id"]


def test_images_without_a_uid_name_no_study(pet: Case) -> None:
    assert seen.imaging(pet[0].study) == ()


def test_a_scanner_without_a_name_is_no_device(two_visits: Case) -> None:
    study = two_visits[0].study
    bare = replace(study, images=(replace(study.images[0], settings=(("modality", "CT"),)),))
    assert seen.scanners(bare) == ()


def test_a_lesion_keeps_its_id_and_its_tracking_uid_where_a_rule_says_it_is_the_same(two_visits: Case) -> None:
    now, (before,) = two_visits
    drawn = tuple(replace(r, tracking="1.2.840.9.7") if r.name == "lung_1" else r for r in before.study.regions)
    before = replace(before, study=replace(before.study, regions=drawn))
    first, later = seen.lesion(Filed(before), "lung_1"), seen.lesion(Filed(now, (before,)), "lung_1")
    assert first == later
    assert [i["value"] for i in later["identifier"]] == ["lung_1", "urn:oid:1.2.840.9.7"]
    assert later["location"]["coding"][0]["code"] == "39607008"
    other = replace(before, study=replace(before.study, patient="P-2"))
    assert seen.lesion(Filed(other), "lung_1")["id"] != first["id"]


def test_a_lesion_of_unsure_identity_is_another_body_structure(two_visits: Case) -> None:
    now, history = two_visits
    unsure = [replace(c, kind="uncertain") if isinstance(c, Match) and "lung_1" in c.after else c for c in now.claims]
    doubtful = seen.lesion(Filed(replace(now, claims=tuple(unsure)), history), "lung_1")
    assert doubtful["id"] != seen.lesion(Filed(now, history), "lung_1")["id"]


def test_a_number_of_the_patient_has_no_body_site(two_visits: Case) -> None:
    assert seen.at(Filed(*two_visits), "") == {}
