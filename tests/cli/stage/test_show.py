"""`vivomap demo pacs`, the whole way: sent by DCMTK, assessed by itself, back in the PACS and in the record."""

import json
import shutil
from pathlib import Path

import pytest
from pydicom import dcmread

from vivomap.acquire.pacs import address
from vivomap.cli.posting import lane
from vivomap.store import open_project

from ...acquire.receive.conftest import needs
from ...orthanc import program

__all__ = ["needs"]


@pytest.mark.slow  # a PACS, a receiver, a watch, two visits sent twice
def test_two_visits_sent_by_dcmtk_come_back_as_sr_seg_and_pdf_and_reach_the_record_once(
    run, needs, tmp_path: Path
) -> None:
    """The journey of issue B in one command."""
    program()
    for name, package in (("storescu", "dcmtk"), ("dciodvfy", "dicom3tools")):
        needs(name, package)
    said = run("demo", "pacs", "--out", "show")
    assert said.code == 0, said.err
    assert "Sent a second time: nothing changed" in said.out
    assert "dciodvfy on 6 objects that the PACS gives back: 0 errors" in said.out
    back = [dcmread(path) for path in sorted((tmp_path / "show" / "from-pacs").glob("*.dcm"))]
    assert sorted(str(ds.Modality) for ds in back) == ["DOC", "DOC", "SEG", "SEG", "SR", "SR"]
    project = open_project(tmp_path / "show" / "project")
    visits = [entry.noun.study for entry in project.assessments()]
    assert {str(ds.StudyInstanceUID) for ds in back} == {uid for study in visits for uid in study.uid}
    record = tmp_path / "show" / "record"
    assert len(list(record.glob("*.hl7"))) == len(visits) == 2
    bundles = [json.loads(path.read_text()) for path in sorted(record.glob("*.json"))]
    assert {bundle["id"] for bundle in bundles} == {entry.id for entry in project.assessments()}
    assert run("queue", "list", "--all", "--json", "--project", project.path).out.count('"state": "sent"') == 10
    patient = visits[0].patient
    for log in ("receive.log", "watch.log"):
        assert patient not in (tmp_path / "show" / log).read_text()
    again = run("demo", "pacs", "--out", "show")
    assert "folder_not_empty" in again.err


def test_the_plan_of_the_show_starts_nothing(run, tmp_path: Path) -> None:
    said = run("demo", "pacs", "--out", "show", "--dry-run")
    assert said.code == 0
    assert "second time" in said.out
    assert not (tmp_path / "show").exists()


def test_without_dcmtk_it_says_what_to_install(run, monkeypatch: pytest.MonkeyPatch) -> None:
    program()
    real = shutil.which
    monkeypatch.setattr("shutil.which", lambda name, **how: None if name == "storescu" else real(name, **how))
    said = run("demo", "pacs", "--out", "show")
    assert said.code != 0
    assert "apt-get install dcmtk" in said.err


def test_the_rules_of_the_show_name_lanes_that_are_there() -> None:
    assert [lane(text) for text in ("mllp://127.0.0.1:1", "fhir+http://127.0.0.1:1/x", "dicom://A@127.0.0.1:1")] == [
        "mllp",
        "fhir",
        "pacs",
    ]
    assert address("dicom://ORTHANC@127.0.0.1:4242").title == "ORTHANC"
