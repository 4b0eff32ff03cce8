"""The command that calls a cohort."""

import json
from datetime import date

import pytest
import typer

from vivomap.cli.heterogeneity import EXAMPLES, heterogeneity
from vivomap.cli.talk import Manner, behave
from vivomap.core import Assessment, Measurement, Provenance, Recommendation, Refusal, Study, dumps
from vivomap.store import open_project


def written(folder, patient: str, overlap: float | None) -> None:
    said = (("repeat", 0.95), ("repeat_sd", 0.01))
    number = Measurement("target_overlap", overlap or 0.0, "1", 0.02, "lesion", None, Provenance("m:f", "0", (), said))
    claims = (number,) if overlap is not None else ()
    made = Assessment("habitats", "0" * 64, Study(patient, None), claims, Recommendation((), None))
    (folder / patient).mkdir()
    (folder / patient / "assessment.json").write_text(dumps(made), encoding="utf-8")


def test_the_share_is_told_with_its_interval_and_who_was_left_out(tmp_path, capsys):
    for patient, overlap in (("A", 0.1), ("B", 0.94), ("C", 0.93), ("D", None)):
        written(tmp_path, patient, overlap)
    behave(Manner())
    assert heterogeneity([tmp_path]) == 4
    said = capsys.readouterr().out
    assert "another target in 1 of 3 patients: 33 %, 95 % interval 6 to 79 %" in said
    assert "left out D: it was not measured" in said


def test_as_json(tmp_path, capsys):
    written(tmp_path, "A", 0.1)
    behave(Manner(json=True))
    assert heterogeneity([tmp_path / "A" / "assessment.json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["patients"], said["differ"], said["cases"][0]["differs"]) == (1, 1, True)
    behave(Manner())


def test_a_file_that_is_no_assessment_is_refused(tmp_path):
    (tmp_path / "assessment.json").write_text("[]", encoding="utf-8")
    for path, code in ((tmp_path, "unreadable_file"), (tmp_path / "gone.json", "file_absent")):
        with pytest.raises(Refusal) as refused:
            heterogeneity([path])
        assert refused.value.code == code


def test_it_is_a_command_with_two_examples():
    app = typer.Typer()
    app.command("heterogeneity")(heterogeneity)
    assert len(EXAMPLES) == 2
    assert all(e.startswith("vivomap heterogeneity") for e in EXAMPLES)


def test_without_files_the_project_is_read(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("VIVOMAP_PROJECT", str(tmp_path / "project"))
    project = open_project(tmp_path / "project")
    said = (("repeat", 0.95), ("repeat_sd", 0.01))
    for patient, overlap in (("A", 0.1), ("B", 0.94)):
        provenance = Provenance("m:f", "0", (), said)
        number = Measurement("target_overlap", overlap, "1", 0.02, "lesion", None, provenance)
        study = Study(patient, date(2026, 5, 4))
        project.record(Assessment("habitats", "0" * 64, study, (number,), Recommendation((), None)), study)
    behave(Manner())
    assert heterogeneity() == 0
    assert "another target in 1 of 2 patients: 50 %" in capsys.readouterr().out
