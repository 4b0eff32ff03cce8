"""What goes aboard for a tier: its forms, its raw images without the patient where they leave, and what cannot go."""

import os
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pydicom
import pytest

from vivomap.acquire import read
from vivomap.acquire.deidentify import make_key
from vivomap.cli.shipping import aboard, wanted
from vivomap.core import Assessment, Recommendation, Refusal, identify
from vivomap.report import forms as room
from vivomap.report.forms import Filed, Form
from vivomap.store import Project, open_project
from vivomap.store.tiers import RAW, Tier

WHEN = datetime(2026, 3, 5, 8, 0, tzinfo=UTC)


@pytest.fixture
def told(small) -> Filed:
    """The second visit of the small patient, without a number."""
    study = max(read(small.folder), key=lambda s: str(s.day))
    return Filed(Assessment("lung_response", "e" * 64, study, (), Recommendation((), None)), recorded=WHEN)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return open_project(tmp_path / "project")


@pytest.fixture
def inside(tmp_path: Path) -> Tier:
    return Tier("record", str(tmp_path / "x"), ("csv",), 10, "A", date(2026, 1, 31), raw=True, inside=True)


@pytest.fixture
def outside(inside: Tier, tmp_path: Path) -> Tier:
    make_key(tmp_path / "trial.key")
    return replace(inside, inside=False, use="research", deidentify=True, key=str(tmp_path / "trial.key"))


def test_inside_the_hospital_raw_images_go_as_they_are(project: Project, inside: Tier, told: Filed, small) -> None:
    with aboard(project, inside, told, small.folder, "A") as shipment:
        raw = {name: content for (form, name), content in shipment.objects.items() if form == RAW}
        for name, content in raw.items():
            assert isinstance(content.body, Path)
            assert small.folder in content.body.parents
            assert pydicom.dcmread(content.body).SOPInstanceUID in name
    assert (shipment.assessment, shipment.day) == (identify(told.assessment), "2024-03-04")
    assert shipment.recorded == WHEN.date()
    assert len(raw) == len([p for p in small.visit(1).rglob("*") if p.is_file()])
    assert wanted(inside) == ("raw",)


def test_what_leaves_has_no_patient_and_is_gone_from_the_project_afterwards(
    project: Project, outside: Tier, told: Filed, small
) -> None:
    with aboard(project, outside, told, small.folder, "A") as shipment:
        paths = [c.body for (form, _), c in shipment.objects.items() if form == RAW]
        assert paths
        for path in paths:
            assert pydicom.dcmread(str(path)).PatientIdentityRemoved == "YES"
    assert shipment.refused == ()
    assert not [p for p in project.path.iterdir() if p.name.startswith(".tiers")]
    assert wanted(outside) == ("raw de-identified",)


def test_what_de_identification_holds_back_does_not_go_and_is_told(
    project: Project, outside: Tier, told: Filed, small, tmp_path: Path
) -> None:
    (first, *_) = sorted((small.visit(1) / "ct").rglob("*.dcm"))
    screen = pydicom.dcmread(first)
    screen.SOPClassUID, screen.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.7", "1.2.3.4.5"
    screen.file_meta.MediaStorageSOPClassUID = screen.SOPClassUID
    folder = tmp_path / "screens"
    folder.mkdir()
    screen.save_as(folder / "screen.dcm")
    with aboard(project, outside, told, folder, "A") as shipment:
        assert not [name for form, name in shipment.objects if form == RAW]
    assert shipment.refused == ((RAW, "not_approved"),)


def test_a_key_that_others_can_read_lets_nothing_leave(project: Project, outside: Tier, told: Filed, small) -> None:
    os.chmod(outside.key, 0o644)
    with pytest.raises(Refusal) as refused, aboard(project, outside, told, small.folder, "A"):
        pytest.fail("it went aboard")
    assert refused.value.code == "key_open"


def test_raw_images_that_are_not_at_hand_are_told(project: Project, inside: Tier, told: Filed, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for folder in (None, tmp_path / "empty"):
        with aboard(project, inside, told, folder, "A") as shipment:
            assert [name for _, name in shipment.objects] == ["tidy.csv"]
        assert shipment.refused == ((RAW, "no_raw"),)


def test_a_form_that_refuses_is_told_and_the_others_go(project: Project, inside: Tier, told: Filed) -> None:
    bare = replace(told, assessment=replace(told.assessment, study=replace(told.assessment.study, regions=())))
    with aboard(project, replace(inside, forms=("seg", "csv"), raw=False), bare, None, "A") as shipment:
        assert [name for _, name in shipment.objects] == ["tidy.csv"]
    assert shipment.refused == (("seg", "not_drawn"),)
    assert wanted(replace(inside, raw=False)) == ()


def test_two_forms_that_call_their_files_alike_are_both_there(
    project: Project, inside: Tier, told: Filed, monkeypatch: pytest.MonkeyPatch
) -> None:
    twin = Form("twin", "csv", lambda filed: {"tidy.csv": b"another"}, "x")
    known = {**room.forms(), "twin": twin}
    monkeypatch.setattr(room, "forms", lambda: known)
    with aboard(project, replace(inside, forms=("csv", "twin"), raw=False), told, None, "A") as shipment:
        assert list(shipment.objects) == [("csv", "tidy.csv"), ("twin", "twin/tidy.csv")]


def test_an_assessment_without_a_time_of_record_is_refused(project: Project, inside: Tier, told: Filed) -> None:
    with pytest.raises(Refusal) as refused, aboard(project, inside, replace(told, recorded=None), None, "A"):
        pytest.fail("it went aboard")
    assert refused.value.code == "no_date"
