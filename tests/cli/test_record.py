"""The record: projects, decisions, outcomes, replay, what is affected, what is made anew."""

import datetime
import shutil
import sqlite3
from pathlib import Path

import pytest

SITE = """
[site]
name = "North"

[[threshold]]
name = "recist_response_percent"
value = 45
unit = "%"
source = "local: phantom study"
grade = "C"
by = "A. Physicist"
on = 2026-01-31
"""


@pytest.fixture
def assessed(run, small) -> dict:
    """The small patient's two visits on record in this folder's project."""
    answer = run("assess", "lung_response", small.folder, "--treatments", small.folder / "treatments.csv", "--json")
    assert answer.code == 0, answer.err
    return answer.data


def test_a_project_is_made_once_and_its_plan_makes_nothing(run, tmp_path: Path) -> None:
    assert run("init", "--project", "trial", "--dry-run").out == "would make the project trial\n"
    assert not (tmp_path / "trial").exists()
    assert run("init", "--project", "trial", "--json").data["project"].endswith("trial")
    card = (tmp_path / "trial" / "project.toml").read_bytes()
    assert run("init", "--project", "trial").code == 0
    assert (tmp_path / "trial" / "project.toml").read_bytes() == card


@pytest.mark.parametrize("words", [("history",), ("replay",), ("explain", "abcdef"), ("affected", "--by", "version=1")])
def test_what_needs_a_record_says_that_there_is_none(run, tmp_path: Path, words: tuple[str, ...]) -> None:
    answer = run(*words)
    assert answer.code == 3
    assert answer.err.startswith("not_a_project: ")
    assert list(tmp_path.iterdir()) == []


def test_a_decision_is_kept_with_its_maker_reason_and_dissent(run, assessed) -> None:
    last = assessed["assessments"][-1]
    asked = ("decide", last[:8], "--choose", "continue", "--reason", "shrinking", "--day", "2024-03-06")
    assert run(*asked).err.startswith("bad_setting: a decision needs a name")
    assert run(*asked, "--by", "Dr A", "--dry-run").out.startswith("would record: Dr A chose continue on 2024-03-06")
    assert run("history", "--json").data["assessments"][-1]["decisions"] == []
    answer = run(*asked, "--by", "Dr A", "--dissent", "Dr B: wait", "--json")
    assert answer.data["schema"] == "vivomap.decide/1"
    (kept,) = run("history", "--json").data["assessments"][-1]["decisions"]
    assert kept == {
        "id": answer.data["id"],
        "assessment": last,
        "chosen": "continue",
        "by": "Dr A",
        "day": "2024-03-06",
        "reason": "shrinking",
        "dissent": "Dr B: wait",
    }
    assert "decided 2024-03-06 by Dr A: continue (shrinking)" in run("history").out
    assert "“continue” by Dr A" in run("explain", last[:8]).out


def test_the_decider_may_come_from_the_environment_and_the_day_is_today(run, assessed, monkeypatch) -> None:
    monkeypatch.setenv("VIVOMAP_BY", "Dr E")
    said = run("decide", assessed["assessments"][-1], "--choose", "wait", "--reason", "stable", "--json").data
    assert said["decision"]["by"] == "Dr E"
    assert said["decision"]["day"] == datetime.datetime.now(datetime.UTC).date().isoformat()


def test_an_outcome_is_kept_with_its_day(run, assessed) -> None:
    last = assessed["assessments"][-1]
    assert run("outcome", last[:8], "progression", "no", "--day", "2024-09-01").code == 0
    (kept,) = run("history", "--json").data["assessments"][-1]["outcomes"]
    assert (kept["name"], kept["happened"], kept["day"]) == ("progression", "no", "2024-09-01")
    assert run("outcome", last[:8], "progression", "no", "--day", "soon").err.startswith("bad_date: ")
    unknown = run("outcome", "0" * 8, "progression", "no")
    assert (unknown.code, unknown.err.split(":")[0]) == (2, "unknown_name")


def test_replay_gives_the_same_state_twice_and_from_a_copy(run, assessed, tmp_path: Path) -> None:
    first, second = run("replay", "--json").data, run("replay", "--json").data
    shutil.copytree(tmp_path / ".vivomap", tmp_path / "copy")
    third = run("replay", "--project", "copy", "--json").data
    assert first == second == third
    assert len(first["state"]) == 64
    assert first["assessment_entries"] == 2
    assert first["unfounded"] == 0
    assert f"state: {first['state']}" in run("replay").out
    run("outcome", assessed["assessments"][-1], "alive", "yes", "--day", "2025-01-01")
    assert run("replay", "--json").data["state"] != first["state"]


@pytest.mark.parametrize(
    "edit",
    [
        "update entries set body = replace(body, 'lesion_1', 'lesion_9') where seq = 2",
        "delete from entries where seq = 2",
        "update entries set recorded_at = '2001-01-01T00:00:00Z' where seq = 2",
    ],
)
def test_an_edited_row_of_the_ledger_is_found_and_named(run, assessed, tmp_path: Path, edit: str) -> None:
    with sqlite3.connect(tmp_path / ".vivomap" / "ledger.sqlite") as connection:
        for (trigger,) in connection.execute("select name from sqlite_master where type = 'trigger'").fetchall():
            connection.execute(f'drop trigger "{trigger}"')
        connection.execute(edit)
    connection.close()
    answer = run("replay")
    lines = answer.err.strip().splitlines()
    assert answer.code == 8
    assert len(lines) == 5
    assert lines[0].startswith("broken_chain: ")
    assert "row 2" in "\n".join(lines) or "row 3" in "\n".join(lines)  # the row, or the one that no longer follows


@pytest.mark.parametrize(
    ("by", "visits"),
    [
        ("version=0.1.0", 2),
        ("scanner=MODEL 64", 2),
        ("setting=role=ct", 2),
        ("dates=2024-03-01..2024-03-31", 1),
        ("dates=2024-01-08", 2),
    ],
)
def test_what_hangs_on_a_version_scanner_setting_or_days_is_listed(run, assessed, by: str, visits: int) -> None:
    last = assessed["assessments"][-1]
    key = run("decide", last, "--choose", "c", "--by", "Dr A", "--reason", "r", "--json").data["id"]
    said = run("affected", "--by", by, "--json").data
    assert said["schema"] == "vivomap.affected/1"
    assert said["assessments"] == assessed["assessments"][-visits:]
    assert {m["day"] for m in said["measurements"]} >= set(assessed["visits"][-1:] if visits == 1 else ["2024-01-08"])
    assert said["decisions"] == [key]
    assert len(said["reports"]) == 3
    text = run("affected", "--by", by).out
    assert f"decision {key[:12]}: Dr A chose c on " in text
    assert "report.html of assessment" in text
    assert text.splitlines()[-1].endswith(f"{visits} assessment{'s' * (visits > 1)}, 1 decision, 0 outcomes, 3 reports")


def test_what_does_not_match_is_not_affected(run, assessed) -> None:
    for by in ("version=9.9", "scanner=OTHER", "dates=2020-01-01..2020-12-31"):
        said = run("affected", "--by", by, "--json").data
        assert not said["measurements"]
        assert not said["assessments"]


@pytest.mark.parametrize("by", [("colour=red",), ("version=",), ("version=1", "version=2"), ("setting=role",)])
def test_a_question_that_is_not_understood_is_refused(run, assessed, by: tuple[str, ...]) -> None:
    answer = run("affected", *(word for each in by for word in ("--by", each)))
    assert answer.code == 2
    assert answer.err.startswith("bad_setting: ")


def test_a_new_threshold_is_shown_beside_the_old_result_and_both_are_kept(run, small, assessed, tmp_path: Path) -> None:
    same = run("recompute", "--by", "version=0.1.0", "--json").data
    assert [r["old"] for r in same["recomputed"]] == [r["new"] for r in same["recomputed"]] == assessed["assessments"]
    assert all(not r["differences"] for r in same["recomputed"])
    (tmp_path / ".vivomap" / "site.toml").write_text(SITE)
    plan = run("recompute", "--by", "version=0.1.0", "--dry-run").out.splitlines()
    assert [line.split()[2].rstrip(":") for line in plan] == [a[:12] for a in assessed["assessments"]]
    before = run("replay", "--json").data["state"]
    answer = run("recompute", "--by", "version=0.1.0", "--json")
    assert answer.data["schema"] == "vivomap.recompute/1"
    first, second = answer.data["recomputed"]
    assert first["old"] != first["new"]
    (verdict,) = (d for d in second["differences"] if d["name"] == "verdict of recist")
    assert (verdict["old"], verdict["new"]) == ("PR", "SD")
    assert "recist_response_percent 30.0 → 45.0" in verdict["why"]
    assert "2 assessments made anew, 2 with another result; the old ones are kept" in answer.err
    assert "3 report files rest on the old ones" in answer.err
    in_force = [a["id"] for a in run("history", "--json").data["assessments"]]
    assert in_force == [first["new"], second["new"]]
    assert run("explain", second["old"][:12]).code == 0
    assert run("replay", "--json").data["state"] != before
    table = small.folder / "treatments.csv"
    again = run("assess", "lung_response", small.folder, "--treatments", table, "--json")
    assert again.data["assessments"] == in_force


def test_recompute_prints_a_table_of_the_differences(run, assessed, tmp_path: Path) -> None:
    (tmp_path / "north.toml").write_text(SITE)
    out = run("recompute", "--by", "scanner=MODEL 64", "--site", "north.toml").out
    head, row = out.splitlines()[0], next(line for line in out.splitlines() if "verdict of recist" in line)
    assert head.split() == ["patient", "day", "claim", "lesion", "old", "new", "unit", "why"]
    assert "PR" in row
    assert "SD" in row
