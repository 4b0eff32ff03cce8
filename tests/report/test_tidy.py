"""The table: its columns, its cells, and what a spreadsheet must not run."""

from __future__ import annotations

import csv
import importlib.util
import io
import os
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from vivomap.core import (
    Assessment,
    Change,
    Forecast,
    Match,
    Measurement,
    Missing,
    Prediction,
    Provenance,
    Refusal,
    Verdict,
    identify,
)
from vivomap.report import tidy
from vivomap.report.dicom_identity import tracking_uid
from vivomap.report.forms import Filed

Case = tuple[Assessment, tuple[Assessment, ...]]
CASES = ("baseline", "two_visits", "four_visits", "pet", "table_only", "undated")
MADE = Provenance("a:b", "0.1.0")


def read(path: Path) -> list[dict[str, str]]:
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> Case:
    found: Case = request.getfixturevalue(request.param)
    return found


def test_every_claim_of_every_visit_is_one_row(case: Case, tmp_path: Path) -> None:
    now, history = case
    found = read(tidy.write(now, tmp_path, history))
    claims = [(identify(v), identify(c)) for v in (*history, now) for c in v.claims]
    there = [(r["assessment"], r["claim"]) for r in found if r["kind"] not in ("option", "abstained")]
    assert there == claims


def test_a_number_keeps_all_its_digits(two_visits: Case, tmp_path: Path) -> None:
    now, history = two_visits
    found = {(r["kind"], r["claim"]): r for r in read(tidy.write(now, tmp_path, history))}
    for claim in now.claims:
        if isinstance(claim, Measurement):
            row = found["measurement", identify(claim)]
            assert (float(row["value"]), float(row["uncertainty"])) == (claim.value, claim.uncertainty)
            assert float(row["high"]) - float(row["value"]) == pytest.approx(1.96 * claim.uncertainty)
            assert (row["unit"], row["lesion"], row["day"]) == (claim.unit, claim.region, "2026-03-09")
        if isinstance(claim, Change):
            row = found["change", identify(claim)]
            ends = float(row["still_low"]), float(row["still_high"])
            assert (float(row["value"]), float(row["chance"]), *ends) == (
                claim.difference,
                claim.chance_real,
                claim.low,
                claim.high,
            )


def test_nothing_is_an_empty_cell_and_zero_is_a_zero(four_visits: Case, tmp_path: Path) -> None:
    now, history = four_visits
    found = read(tidy.write(now, tmp_path, history))
    gone = [r for r in found if (r["kind"], r["name"], r["lesion"]) == ("measurement", "long_axis", "lung_2")]
    assert gone[-1]["value"] == "0.0"
    lost = [r for r in found if r["kind"] == "missing number"]
    assert lost
    assert {r["value"] for r in lost} == {""}
    assert {r["reason"] for r in lost} == {"not_imaged", "too_few_voxels"}
    assert next(r for r in found if r["kind"] == "verdict")["text"] == "PR"
    assert [r["text"] for r in found if r["kind"] == "match" and r["lesion"] == "lung_2"][-1] == "vanished"
    assert [r["text"] for r in found if r["kind"] == "option"][-1] == "image again early, before acting"
    assert [r["text"] for r in found if r["kind"] == "abstained"]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_text_that_would_run_as_a_formula_is_led_by_an_apostrophe(
    table_only: Case, tmp_path: Path, text: str
) -> None:
    now = table_only[0]
    hostile = replace(now, study=replace(now.study, patient=text), claims=(Missing("a", "", None, "b", text),))
    row = read(tidy.write(hostile, tmp_path))[0]
    assert (row["patient"], row["text"]) == (f"'{text}", f"'{text}")


def test_separators_quotes_and_line_ends_stay_in_their_cell(table_only: Case, tmp_path: Path) -> None:
    now = table_only[0]
    text = 'a,"b";\nc\r\nd'
    row = read(tidy.write(replace(now, claims=(Missing("a", "", None, "b", text),)), tmp_path))[0]
    assert row["text"] == text


def test_a_negative_number_is_no_formula(two_visits: Case, tmp_path: Path) -> None:
    now, history = two_visits
    changes = [r for r in read(tidy.write(now, tmp_path, history)) if r["kind"] == "change"]
    assert all(r["value"].startswith("-") for r in changes)


def test_chances_and_fans_have_their_rows(two_visits: Case, tmp_path: Path) -> None:
    now, history = two_visits
    chance = Prediction("progression", "", 0.31, 0.22, 0.42, 90, date(2026, 3, 9), (), MADE)
    fan = Forecast("volume", "lung_1", "mL", (30.0, 60.0), (8.0, 7.0), (7, 6), (9, 8), (6, 5), (10, 9), (), (), MADE)
    found = read(tidy.write(replace(now, claims=(chance, fan)), tmp_path, history))
    row = next(r for r in found if r["kind"] == "prediction")
    assert [float(row[k]) for k in ("chance", "low", "high")] == [0.31, 0.22, 0.42]
    rows = [r for r in found if r["kind"] == "forecast"]
    assert [(float(r["value"]), r["text"][:10]) for r in rows] == [(8.0, "after 30 d"), (7.0, "after 60 d")]
    assert rows[0]["low"] == ""


def test_a_lesion_carries_its_tracking_uid_and_a_number_its_code(two_visits: Case, tmp_path: Path) -> None:
    now, history = two_visits
    found = read(tidy.write(now, tmp_path, history))
    numbers = [r for r in found if (r["kind"], r["name"], r["lesion"]) == ("measurement", "long_axis", "lung_1")]
    assert {r["tracking_uid"] for r in numbers} == {tracking_uid(Filed(now, history), "lung_1")}
    assert {(r["code"], r["scheme"], r["title"], r["finding"], r["site"]) for r in numbers} == {
        ("103339001", "SCT", "Long axis", "lesion", "lung")
    }


def test_a_claim_of_a_kind_without_a_row_is_not_lost_in_silence(two_visits: Case) -> None:
    now = two_visits[0]
    with pytest.raises(Refusal) as refused:
        tidy.rows(Filed(replace(now, claims=(now.recommendation.proposals[0],))))  # type: ignore[arg-type]
    assert refused.value.code == "unknown_name"


def test_nothing_of_another_patient_is_written(two_visits: Case, tmp_path: Path) -> None:
    now, (before,) = two_visits
    with pytest.raises(Refusal) as refused:
        tidy.write(now, tmp_path, (replace(before, study=replace(before.study, patient="P-2")),))
    assert refused.value.code == "two_patients"
    assert not list(tmp_path.iterdir())


def test_without_pyarrow_parquet_is_refused_with_its_code(two_visits: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(Refusal) as refused:
        tidy.COLUMNS.write(Filed(*two_visits))
    assert refused.value.code == "library_absent"


def test_with_pyarrow_the_same_rows_come_back(two_visits: Case) -> None:
    if importlib.util.find_spec("pyarrow") is None:
        absent = pytest.fail if os.environ.get("CI") else pytest.skip
        absent("pyarrow is not here: pip install pyarrow")
    parquet = importlib.import_module("pyarrow.parquet")
    filed = Filed(*two_visits)
    back = parquet.read_table(io.BytesIO(tidy.COLUMNS.write(filed)["tidy.parquet"])).to_pylist()
    assert [tidy.Row(**row) for row in back] == list(tidy.rows(filed))


def test_verdicts_keep_the_chance_that_noise_alone_gave_them(two_visits: Case) -> None:
    verdict = next(c for c in two_visits[0].claims if isinstance(c, Verdict))
    row = next(r for r in tidy.rows(Filed(*two_visits)) if r.claim == identify(verdict))
    assert row.chance == verdict.chance_noise
    assert any(isinstance(c, Match) for c in two_visits[0].claims)
