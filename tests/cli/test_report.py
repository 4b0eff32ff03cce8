"""A report again from the record: the same bytes, in any form, named as handed out, with its predecessor."""

import io
import json
from pathlib import Path

import pydicom
import pytest
import typer

from vivomap.cli import report as command
from vivomap.cli.talk import Manner, behave
from vivomap.core import Refusal
from vivomap.report.dicom_identity import object_uid
from vivomap.store import Project, open_project


@pytest.fixture
def kept(run, small, tmp_path: Path) -> tuple[Project, str]:
    """The project that holds the two visits of the small patient, and the id of the second assessment."""
    answer = run("assess", "lung_response", small.folder, "--json")
    assert answer.code == 0, answer.err
    return open_project(tmp_path / ".vivomap", create=False), answer.data["assessments"][-1]


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]):
    """Calls the command alone, as `vivomap report WORDS…` does."""
    app = typer.Typer()
    app.command()(command.report)

    def go(*words: object, json_: bool = False, dry_run: bool = False) -> str:
        behave(Manner(json=json_, dry_run=dry_run))
        app([str(w) for w in words], standalone_mode=False)
        return capsys.readouterr().out

    return go


def test_every_form_is_written_from_the_record_and_html_as_it_was(kept, call, tmp_path: Path) -> None:
    project, whole = kept
    out = call(whole[:10], "--form", "html", "--form", "json", "--form", "sr", "--form", "seg", "--out", "again")
    names = ["report.html", "assessment.json", "history.json", "sr.dcm", "seg-1.dcm"]
    assert out.splitlines() == [str(Path("again") / name) for name in names]
    for name in names[:3]:
        assert (tmp_path / "again" / name).read_bytes() == (tmp_path / "report" / name).read_bytes()
    first = {name: (tmp_path / "again" / name).read_bytes() for name in names}
    call(whole[:10], "--form", "sr", "--form", "seg", "--out", "again")
    assert {name: (tmp_path / "again" / name).read_bytes() for name in names} == first
    project.verify()


def test_nothing_is_computed(kept, call, monkeypatch) -> None:
    import vivomap.loop

    monkeypatch.setattr(vivomap.loop, "measure", lambda *_: pytest.fail("computed"))
    _, whole = kept
    assert call(whole, "--form", "sr")


def test_the_record_says_what_was_handed_out(kept, call, tmp_path: Path) -> None:
    project, whole = kept
    said = json.loads(call(whole, "--form", "sr", json_=True))
    assert said["schema"] == "vivomap.report/1"
    assert said["files"] == [{"form": "sr", "path": str(Path("report") / "sr.dcm")}]
    assert "sr" in {e.noun.form for e in command_entries(project, whole)}


def command_entries(project: Project, whole: str) -> tuple:
    from vivomap.store import shelf

    return shelf.naming(project.path, "about", whole, "report")


def test_the_report_carries_the_time_of_the_record_and_the_person_who_answers(kept, call, tmp_path: Path) -> None:
    project, whole = kept
    call(whole, "--form", "sr", "--by", "Dr A")
    ds = pydicom.dcmread(tmp_path / "report" / "sr.dcm")
    recorded = command.filed(project, whole).recorded
    assert recorded is not None
    assert str(ds.ContentDate) == f"{recorded:%Y%m%d}"
    assert "Dr A^" in str(ds)


def test_a_new_version_names_the_one_that_it_takes_the_place_of(kept, call, run, tmp_path: Path) -> None:
    project, whole = kept
    (tmp_path / "site.toml").write_text(
        '[site]\nname = "North"\n\n[[threshold]]\nname = "recist_response_percent"\nvalue = 90\nunit = "%"\n'
        'source = "local"\ngrade = "C"\nby = "A"\non = 2026-01-31\n'
    )
    made = run("recompute", "--by", "dates=2024-03-01..2024-03-31", "--site", "site.toml", "--json").data["recomputed"]
    new = made[-1]["new"]
    assert new != whole
    call(new, "--form", "sr", "--out", "new")
    ds = pydicom.dcmread(io.BytesIO((tmp_path / "new" / "sr.dcm").read_bytes()))
    (study,) = ds.PredecessorDocumentsSequence
    named = study.ReferencedSeriesSequence[0].ReferencedSOPSequence[0].ReferencedSOPInstanceUID
    assert named == object_uid(project.assessment(whole), "sr")


def test_a_plan_writes_nothing_and_an_unknown_form_names_those_that_are_there(kept, call, tmp_path: Path) -> None:
    _, whole = kept
    assert call(whole, "--form", "sr", "--out", "x", dry_run=True) == f"would write sr of {whole[:12]} to x\n"
    with pytest.raises(Refusal) as refused:
        call(whole, "--form", "papyrus", "--out", "x")
    assert refused.value.code == "unknown_name"
    with pytest.raises(Refusal):
        call("abcdef", "--form", "sr", "--out", "x")
    assert not (tmp_path / "x").exists()


def test_the_examples_are_commands() -> None:
    assert len(command.EXAMPLES) == 2
    assert all(example.startswith("vivomap report ") for example in command.EXAMPLES)


MINE = "title: Ours\npathway: lung_response\n---\nOUR HOSPITAL {day}, {status}\n{research}\n"


def test_a_report_is_filled_from_a_template_of_ones_own(kept, call, run, tmp_path: Path) -> None:
    project, whole = kept
    (tmp_path / "mine.txt").write_text(MINE)
    call(whole, "--form", "text", "--template", "mine.txt", "--out", "own")
    assert (tmp_path / "own" / "report.txt").read_text().startswith("OUR HOSPITAL 4 March 2024, DRAFT")
    (project.path / "templates").mkdir()
    (project.path / "templates" / "lung_response.txt").write_text(MINE.replace("OUR HOSPITAL", "THE PROJECT"))
    assert run("decide", whole, "--choose", "wait", "--by", "Dr A", "--reason", "small").code == 0
    call(whole, "--form", "text", "--form", "mrrt", "--form", "hl7", "--out", "project")
    assert "^99VIVOMAP|0|THE PROJECT 4 March 2024" in (tmp_path / "project" / "oru.hl7").read_text()
    text = (tmp_path / "project" / "report.txt").read_text()
    assert text.startswith("THE PROJECT 4 March 2024, Decision: wait, by Dr A on ")
    assert "THE PROJECT" in (tmp_path / "project" / "report-mrrt.html").read_text()


def test_a_faulty_template_is_refused_before_anything_is_written(kept, call, tmp_path: Path) -> None:
    _, whole = kept
    (tmp_path / "mine.txt").write_text(MINE.replace("{day}", "{dya}"))
    for dry_run in (False, True):
        with pytest.raises(Refusal) as refused:
            call(whole, "--form", "text", "--template", "mine.txt", "--out", "own", dry_run=dry_run)
        assert refused.value.where == "mine.txt, line 4"
    with pytest.raises(Refusal) as refused:
        call(whole, "--form", "sr", "--template", "mine.txt", "--out", "own")
    assert refused.value.code == "bad_setting"
    assert not (tmp_path / "own").exists()
