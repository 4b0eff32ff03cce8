"""The loop over all visits: order, plan, reuse, interrupt and resume, treatments, sites."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from vivomap.acquire.phantom.faults import FAULTS
from vivomap.core import Change, Course, Treatment
from vivomap.store import open_project

LEDGER = "ledger.sqlite"
CALL = "import sys; from vivomap.cli import main; main(sys.argv[1:])"
SLOW = """
import sys, time, vivomap.loop as loop
measure = loop.measure
loop.measure = lambda course, pathway: (time.sleep(1.0), measure(course, pathway))[1]
"""  # a second for each visit, in which a person may interrupt
SITE = """
[[threshold]]
name = "{name}"
value = {value}
unit = "%"
source = "local: phantom study"
grade = "C"
by = "A. Physicist"
on = 2026-01-31
"""


def test_visits_in_any_order_of_the_arguments_give_the_same_assessments(run, small) -> None:
    first, second = small.visit(0), small.visit(1)
    said = [
        run("assess", "lung_response", *paths, "--project", f"p{k}", "--json").data
        for k, paths in enumerate([(first, second), (second, first), (small.folder,)])
    ]
    assert said[0]["assessments"] == said[1]["assessments"] == said[2]["assessments"]
    assert [s["visits"] for s in said] == [list(small.days)] * 3


def test_the_answer_is_told_with_the_verdict_the_option_and_where_the_report_is(run, small) -> None:
    answer = run("assess", "lung_response", small.folder)
    assert answer.code == 0
    assert "recist: PR" in answer.out
    assert "first option: " in answer.out
    assert "report report/report.html" in answer.out
    assert "Research use only" in answer.out
    rows = [line.split() for line in answer.out.splitlines() if line.startswith("lesion_1 lung  ")]
    assert {row[2] for row in rows} == {"volume", "long_axis", "short_axis"}
    assert all(row[-1] == "smaller" for row in rows)


def test_a_first_visit_is_told_with_its_numbers(run, small) -> None:
    answer = run("assess", "lung_response", small.visit(0))
    assert answer.code == 0
    assert "recist: baseline" in answer.out
    assert "± (k=1)" in answer.out


def test_the_dry_run_writes_nothing_and_the_real_run_follows_it(run, small, tmp_path: Path) -> None:
    asked = ("assess", "lung_response", small.folder, "--out", "out")
    for expected in ("assess", "reuse"):
        before = sorted(str(p) for p in tmp_path.rglob("*"))
        planned = run(*asked, "--dry-run", "--json")
        assert planned.code == 0
        assert sorted(str(p) for p in tmp_path.rglob("*")) == before
        steps = planned.data["steps"]
        assert planned.data["schema"] == "vivomap.plan/1"
        assert [s.split(":")[0] for s in steps[:2]] == [f"{expected} {day}" for day in small.days]
        assert [line.removeprefix("would ") for line in run(*asked, "--dry-run").out.splitlines()[2:]] == steps
        done = [line for line in run(*asked).err.splitlines() if line.startswith(("assess ", "reuse ", "write "))]
        assert done == steps
        assert all((tmp_path / step.removeprefix("write ")).is_file() for step in steps if step.startswith("write "))


def test_a_second_run_reuses_what_has_not_changed_and_the_ledger_stays_as_it_was(run, small, tmp_path: Path) -> None:
    asked = ("assess", "lung_response", small.folder, "--json")
    first = run(*asked)
    entries = run("replay", "--json").data
    ledger = (tmp_path / ".vivomap" / LEDGER).read_bytes()
    second = run(*asked)
    assert second.err.count("unchanged") == 2
    assert second.data == first.data
    assert run("replay", "--json").data == entries
    assert (tmp_path / ".vivomap" / LEDGER).read_bytes() == ledger
    forced = run(*asked, "--force-recompute")
    assert "reuse" not in forced.err
    assert forced.data == first.data


def test_a_visit_on_record_is_looked_back_on_without_being_named_again(run, small) -> None:
    both = run("assess", "lung_response", small.folder, "--project", "both", "--json").data
    run("assess", "lung_response", small.visit(0))
    later = run("assess", "lung_response", small.visit(1), "--json")
    assert f"look back on {small.days[0]}, which is on record" in later.err
    assert later.data["assessments"] == both["assessments"][1:]
    assert later.data["changes"] == both["changes"]
    assert small.days[0] in Path("report/history.json").read_text(encoding="utf-8")


def test_a_project_in_the_folder_that_is_read_is_not_taken_for_images(run, small, tmp_path: Path) -> None:
    shutil.copytree(small.folder, tmp_path / "scans")
    os.chdir(tmp_path / "scans")
    first, second = (run("assess", "lung_response", ".", "--json") for _ in range(2))
    assert first.code == second.code == 0
    assert first.data == second.data


def test_what_was_done_between_the_visits_stands_in_the_change_and_in_the_report(run, small, tmp_path: Path) -> None:
    run("assess", "lung_response", small.folder, "--treatments", small.folder / "treatments.csv", "--out", "out")
    last = open_project(tmp_path / ".vivomap", create=False).history(small.id)[-1]
    changes = Course(last.study, (), last.claims).of(Change)
    assert changes
    assert all([t.what for t in c.treatments] == ["carboplatin"] for c in changes)
    assert [t.what for t in Course(last.study, (), last.claims).of(Treatment)] == ["carboplatin"]
    assert "carboplatin" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


def test_a_line_of_a_table_that_cannot_be_used_is_said_and_the_rest_goes_on(run, small, tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    lines = (small.folder / "treatments.csv").read_text().splitlines()
    table.write_text("\n".join([*lines, f"{small.id},cisplatin,much,mg,2024-01-20,,letter"]) + "\n")
    answer = run("assess", "lung_response", small.folder, "--treatments", table, "--json")
    assert answer.code == 4
    assert "held, bad_line: " in answer.err
    assert all(len(c["treatments"]) == 1 for c in answer.data["changes"])


def test_a_visit_without_a_date_is_left_out_aloud(run, small, tmp_path: Path) -> None:
    FAULTS["jitter"].make(small.visit(0), tmp_path / "scans" / "good")
    FAULTS["impossible_date"].make(small.visit(1), tmp_path / "scans" / "undated")
    for path in (tmp_path / "scans" / "undated").rglob("RS*.dcm"):
        path.unlink()
    answer = run("assess", "lung_response", tmp_path / "scans", "--json")
    assert answer.code == 4
    assert "left out, no_date: a visit without a usable date (CT small)" in answer.err
    assert answer.data["visits"] == [small.days[0]]
    alone = run("assess", "lung_response", tmp_path / "scans" / "undated")
    assert alone.code == 3
    assert alone.err.strip().splitlines()[-5].startswith("no_date: ")


def test_a_lesion_that_was_looked_for_and_is_not_drawn_has_vanished(run, small, tmp_path: Path) -> None:
    """Only with `--searched` is absence told from silence."""
    FAULTS["jitter"].make(small.visit(0), tmp_path / "scans" / "a")
    FAULTS["jitter"].make(small.visit(1), tmp_path / "scans" / "b")
    for path in (tmp_path / "scans" / "b").rglob("RS*.dcm"):
        path.unlink()
    kinds = []
    for k, more in enumerate([(), ("--searched", "lesion", "--searched", "node")]):
        run("assess", "lung_response", tmp_path / "scans", "--project", f"p{k}", "--out", f"o{k}", *more)
        claims = json.loads((tmp_path / f"o{k}" / "assessment.json").read_text())["claims"]
        kinds.append({c["kind"] for c in claims if c["$"] == "Match"})
    assert kinds == [{"unsearched"}, {"vanished"}]


def test_a_site_file_makes_another_edition_and_an_unused_name_is_warned_of(run, small, tmp_path: Path) -> None:
    plain = run("assess", "lung_response", small.folder, "--project", "p0", "--json").data
    site = tmp_path / "north.toml"
    names = ("recist_response_percent", "recist_respons_percent")
    site.write_text("[site]\nname = 'North'\n" + "".join(SITE.format(name=name, value=45) for name in names))
    answer = run("assess", "lung_response", small.folder, "--project", "p1", "--site", site, "--json")
    assert "unknown_name: the site file names the threshold 'recist_respons_percent'" in answer.err
    assert "did you mean 'recist_response_percent'" in answer.err
    assert answer.err.count("unknown_name") == 1
    assert [v["category"] for data in (plain, answer.data) for v in data["verdicts"]] == ["PR", "SD"]


@pytest.mark.parametrize("text", ["not toml [", "[[threshold]]\nname = 'x'\n", "[colours]\nred = 1\n"])
def test_a_site_file_with_a_mistake_is_refused_whole(run, small, tmp_path: Path, text: str) -> None:
    (tmp_path / "bad.toml").write_text(text)
    answer = run("assess", "lung_response", small.folder, "--site", "bad.toml")
    lines = answer.err.strip().splitlines()
    assert answer.code == 2
    assert len(lines) == 5
    assert lines[0].startswith("bad_setting: ")
    assert "bad.toml" in lines[1]
    assert not (tmp_path / ".vivomap").exists()


def test_an_unknown_pathway_gets_a_suggestion(run, small) -> None:
    answer = run("assess", "lung_respons", small.folder)
    assert answer.code == 2
    assert "did you mean lung_response" in answer.err


def started(cwd: Path, *words: object, code: str = CALL) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, words)],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        bufsize=1,
    )


def heard(process: subprocess.Popen[str], word: str) -> str:
    """What the process says, up to the first line that begins so."""
    assert process.stderr
    said = ""
    while not said.splitlines()[-1:] or not said.splitlines()[-1].startswith(word):
        line = process.stderr.readline()
        assert line, said
        said += line
    return said


def test_one_interrupt_finishes_the_visit_at_hand_and_the_next_run_goes_on(small, tmp_path: Path) -> None:
    process = started(tmp_path, "assess", "lung_response", small.folder, "--json", code=SLOW + CALL)
    heard(process, f"assess {small.days[0]}")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert out == ""
    assert "stopping after this visit" in err
    resume = err.strip().splitlines()[-1].split("go on with: vivomap ")[1]
    assert resume == f"assess lung_response {small.folder} --json"
    kept = open_project(tmp_path / ".vivomap", create=False).history(small.id)
    assert [str(a.study.day) for a in kept] == [small.days[0]]
    assert not (tmp_path / "report").exists()
    again = started(tmp_path, *resume.split())
    out, err = again.communicate(timeout=60)
    assert again.returncode == 0, err
    assert f"reuse {small.days[0]}: unchanged" in err
    assert f"assess {small.days[1]}" in err
    assert json.loads(out)["visits"] == list(small.days)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_second_interrupt_or_a_termination_stops_now_and_the_record_is_sound(
    small, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    process = started(tmp_path, "assess", "lung_response", small.folder, "--json", code=SLOW + CALL)
    heard(process, f"assess {small.days[0]}")
    if number == signal.SIGINT:
        process.send_signal(signal.SIGINT)
        heard(process, "stopping")
    process.send_signal(number)
    began = time.monotonic()
    out, err = process.communicate(timeout=60)
    assert process.returncode == code, err
    assert out == ""
    assert "go on with: vivomap assess" in err
    assert time.monotonic() - began < 50
    project = open_project(tmp_path / ".vivomap", create=False)
    project.verify()
    assert len(project.history(small.id)) <= 1
    again = started(tmp_path, "assess", "lung_response", small.folder, "--json")
    out, err = again.communicate(timeout=60)
    assert again.returncode == 0, err
    assert json.loads(out)["visits"] == list(small.days)
