"""`vivomap qc`: a phantom goes on the chart, and what is made while out of control says so wherever it appears."""

import json
import zlib
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from vivomap.acquire.phantom.checks import write
from vivomap.cli.qc import qc
from vivomap.cli.talk import Manner, behave
from vivomap.core import Refusal, dumps
from vivomap.store import open_project


def _plain(body: bytes) -> bytes:
    """A file as text that can be searched: a compressed table is opened."""
    return zlib.decompress(body, 31) if body[:2] == b"\x1f\x8b" else body


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("VIVOMAP_PROJECT", raising=False)

    def run(*words: object, **manner: bool) -> str:
        behave(Manner(**manner))  # type: ignore[arg-type]
        done = CliRunner().invoke(qc, [str(w) for w in words], standalone_mode=False)
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        return f"{done.return_value} {done.stdout}"

    return run


@pytest.mark.slow  # it reads phantoms and a patient from DICOM, and writes every form
def test_phantoms_go_on_the_chart_and_a_bad_one_is_said(call: Callable[..., str], tmp_path: Path) -> None:
    good = write("ct", tmp_path, date(2026, 1, 5))
    bad = write("ct", tmp_path, date(2026, 1, 12), off=9.0)
    assert call("add", good).startswith("0 ")
    said = call("add", bad)
    assert said.startswith("8 ")
    assert "MODEL 64 S1, water: " in said
    assert "action limits -5 to 5" in said
    stands = json.loads(call("status", "--day", "2026-01-13", json=True).partition(" ")[2])
    assert {r["quantity"]: r["state"] for r in stands["lines"]}["water"] == "out of control"
    assert stands["ok"] is False
    table = call("status", "--day", "2026-01-06")
    assert "in control" in table
    assert "± (k=1)" in table
    drawn = json.loads(call("chart", "--out", "control.html", json=True).partition(" ")[2])
    assert [len(line["points"]) for line in drawn["lines"]] == [2] * 5
    page = (tmp_path / "control.html").read_text(encoding="utf-8")
    assert page.count("<svg") == 5
    assert "action limits" in page


def test_what_is_no_phantom_is_refused_and_nothing_is_kept(call: Callable[..., str], small_dwi: Path) -> None:
    for words in (("add", small_dwi), ("add", small_dwi, "--kind", "diffusion")):
        with pytest.raises(Refusal) as refused:
            call(*words)
        assert refused.value.code == "phantom_unclear"
    with pytest.raises(Refusal):
        call("add", small_dwi, "--kind", "magic")
    assert "no phantom" in call("status")


def test_the_plan_keeps_nothing(call: Callable[..., str], tmp_path: Path) -> None:
    call("add", write("uptake", tmp_path, date(2026, 1, 5)), dry_run=True)
    assert not (tmp_path / ".vivomap").exists()
    assert "would draw" in call("chart", dry_run=True)


@pytest.mark.slow  # it reads phantoms and a patient from DICOM, and writes every form
def test_an_assessment_made_while_out_of_control_carries_it_into_every_form(
    call: Callable[..., str], run: Callable[..., object], small: object, tmp_path: Path
) -> None:
    """The small patient was scanned on 2024-01-08 and 2024-03-04 by the scanner MAKER WORKS MODEL 64 S1."""
    call("add", write("ct", tmp_path, date(2024, 1, 2)))
    call("add", write("ct", tmp_path, date(2024, 3, 1), off=12.0))
    answer = run("assess", "lung_response", small.folder, "--out", "report")  # type: ignore[attr-defined]
    assert "out_of_control" in answer.err  # type: ignore[attr-defined]
    made = json.loads((tmp_path / "report" / "assessment.json").read_text(encoding="utf-8"))
    flagged = {
        c["name"]
        for c in made["claims"]
        if c["$"] == "Measurement" and any(f["code"] == "out_of_control" for f in c["flags"])
    }
    assert {"long_axis", "volume"} <= flagged
    assert "action limits" in (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
    project = open_project(tmp_path / ".vivomap", create=False)
    last, told = project.assessments()[-1].id, {}
    for form in ("sr", "sr-fhir", "fhir", "fhir-r5", "hl7", "csv", "bids", "omop", "text"):
        done = run("report", last, "--form", form, "--out", form)
        assert done.code == 0, done.err  # type: ignore[attr-defined]
        bodies = [p.read_bytes() for p in (tmp_path / form).rglob("*") if p.is_file()]
        told[form] = any(b"out_of_control" in b or b"action limits" in b for b in map(_plain, bodies))
    assert all(told.values()), told
    again = run("assess", "lung_response", small.folder, "--out", "again")  # type: ignore[attr-defined]
    assert "reuse 2024-03-04" in again.err  # type: ignore[attr-defined]
    assert (tmp_path / "again" / "assessment.json").read_bytes() == (
        tmp_path / "report" / "assessment.json"
    ).read_bytes()

    call("add", write("ct", tmp_path, date(2024, 3, 2)))  # a better check that was put down late
    anew = json.loads(run("recompute", "--by", "dates=2024-03-01..2024-03-31", "--json").out)  # type: ignore[attr-defined]
    (pair,) = [m for m in anew["recomputed"] if m["old"] == last]
    assert pair["new"] != last
    assert "out_of_control" not in dumps(project.assessment(pair["new"]))
