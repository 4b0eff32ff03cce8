"""The whole loop on digital patients whose truth is known: the numbers, the calls, the report and the record."""

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from vivomap.acquire.phantom import Truth, serial_ct, story
from vivomap.core import Assessment, Change, Course, Match, Measurement, Verdict
from vivomap.store import open_project

CALL = "import sys; from vivomap.cli import main; main(sys.argv[1:])"


@dataclass(frozen=True)
class Walk:
    """A digital patient that `vivomap demo` took through its pathway."""

    folder: Path
    out: str
    seconds: float
    truth: Truth
    history: tuple[Assessment, ...]

    def claims(self, k: int, kind: type, name: str | None = None, region: str | None = None) -> tuple[Any, ...]:
        return Course(self.history[k].study, (), self.history[k].claims).of(kind, name, region)


def walked(folder: Path, *words: str) -> Walk:
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", CALL, "demo", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    seconds = time.perf_counter() - began
    assert done.returncode in (0, 4), done.stderr
    truth = Truth.read(folder / "demo" / "patient")
    history = open_project(folder / "demo" / "project", create=False).history(truth.patient)
    print(f"demo {' '.join(words)}: {seconds:.1f} s")  # noqa: T201
    return Walk(folder / "demo", done.stdout, seconds, truth, history)


@pytest.fixture(scope="module")
def two_visit(tmp_path_factory: pytest.TempPathFactory) -> Walk:
    return walked(tmp_path_factory.mktemp("two"))


@pytest.fixture(scope="module")
def pet_ct_mr(tmp_path_factory: pytest.TempPathFactory) -> Walk:
    return walked(tmp_path_factory.mktemp("pet"), "pet_ct_mr")


def test_the_demo_ends_with_three_numbers_and_where_the_report_is(two_visit: Walk) -> None:
    *_, title, one, two, three, last = two_visit.out.splitlines()
    assert title == "The three numbers that matter:"
    assert all("→" in line and "%" in line and "P(real)" in line for line in (one, two, three))
    assert last == "The report is at demo/report.html"
    assert (two_visit.folder / "report.html").stat().st_size > 10_000


def test_sizes_are_the_truth_within_two_standard_uncertainties(two_visit: Walk) -> None:
    """Each long axis, short axis, volume and density of each lesion at each visit."""
    apart = {}
    for k, visit in enumerate(two_visit.truth.visits):
        for lesion in visit.lesions:
            for known in lesion.numbers:
                (found,) = two_visit.claims(k, Measurement, known.name, lesion.name)
                assert found.unit == known.unit
                apart[k, lesion.name, known.name] = abs(found.value - known.value) / found.uncertainty
    assert len(apart) == 24
    assert {key: off for key, off in apart.items() if off > 2} == {}


def test_the_criterion_calls_what_the_truth_calls(two_visit: Walk) -> None:
    for k, visit in enumerate(two_visit.truth.visits):
        (verdict,) = two_visit.claims(k, Verdict, "recist")
        assert verdict.category == visit.call("recist").category
        assert 0 <= verdict.chance_noise <= 1
    assert verdict.chance_noise < 0.05


def test_what_changed_reads_as_real_and_what_stayed_as_measurement_error(two_visit: Walk) -> None:
    real = {(c.region, c.name): c.real for c in two_visit.claims(1, Change) if c.name.endswith("axis")}
    assert {region for (region, _), r in real.items() if r} == {"lesion_1 lung", "lesion_2 liver"}
    assert {region for (region, _), r in real.items() if not r} == {"lesion_3 node"}
    for change in two_visit.claims(1, Change):
        assert (change.chance_real > 0.99) or not change.real


def test_every_claim_of_the_report_is_in_the_json_beside_it(two_visit: Walk) -> None:
    page = (two_visit.folder / "report.html").read_text(encoding="utf-8")
    data = json.loads((two_visit.folder / "assessment.json").read_text(encoding="utf-8"))
    assert "<script" not in page
    assert "research use only" in page.lower()
    names = {c["region"] for c in data["claims"] if c["$"] == "Measurement"}
    assert names == {lesion.name for lesion in two_visit.truth.visits[1].lesions}
    assert all(name in page for name in names)
    assert "carboplatin" in page


def test_the_demo_again_takes_the_patient_that_is_there_and_reuses_the_visits(two_visit: Walk) -> None:
    before = {p: p.stat().st_mtime_ns for p in (two_visit.folder / "patient").rglob("*")}
    done = subprocess.run(
        [sys.executable, "-c", CALL, "demo"],
        cwd=two_visit.folder.parent,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == two_visit.out
    assert "taking the digital patient two_visit" in done.stderr
    assert done.stderr.count("unchanged") == 2
    assert {p: p.stat().st_mtime_ns for p in (two_visit.folder / "patient").rglob("*")} == before


def test_the_demo_never_writes_over_something_else(run, tmp_path: Path) -> None:
    (tmp_path / "demo" / "patient").mkdir(parents=True)
    (tmp_path / "demo" / "patient" / "mine.txt").write_text("mine")
    answer = run("demo")
    assert answer.code == 3
    assert answer.err.strip().splitlines()[-5].startswith("folder_not_empty: ")
    assert [p.name for p in (tmp_path / "demo").iterdir()] == ["patient"]
    assert run("demo", "pet_ct", "--out", "x").err.splitlines()[-1].startswith("try: did you mean pet_ct_mr")
    assert run("demo", "--out", "x", "--dry-run").out.startswith(
        "would write the digital patient two_visit to x/patient"
    )
    assert not (tmp_path / "x").exists()


def test_the_hot_lesion_cools_as_it_was_made_to(pet_ct_mr: Walk) -> None:
    for k, visit in enumerate(pet_ct_mr.truth.visits):
        (verdict,) = pet_ct_mr.claims(k, Verdict, "percist")
        assert verdict.category == visit.call("percist").category
    assert pet_ct_mr.out.splitlines()[-1] == "The report is at demo/report.html"


def test_uptake_is_the_truth_within_its_uncertainty_and_what_voxels_take_from_it(pet_ct_mr: Walk) -> None:
    """A maximum of noisy voxels lies above the true one: the truth states by how much at most."""
    asked = {m.name for m in pet_ct_mr.claims(0, Measurement, None, "lesion_1 lung")}
    apart = {}
    for k, visit in enumerate(pet_ct_mr.truth.visits):
        for known in visit.lesion("lesion_1 lung").numbers:
            for found in pet_ct_mr.claims(k, Measurement, known.name, "lesion_1 lung"):
                apart[k, known.name] = abs(found.value - known.value) / (known.tolerance + 2 * found.uncertainty)
    assert {"sul_peak", "suv_max"} <= {name for _, name in apart} <= asked
    assert {key: off for key, off in apart.items() if off > 1} == {}


@pytest.mark.slow("reads and assesses five visits of a CT patient")
def test_a_serial_patient_is_followed_through_growth_loss_birth_and_split(tmp_path: Path, run) -> None:
    """The plot of five visits at once: matched, vanished, new and split lesions, and the label of each visit."""
    truth = serial_ct.write(tmp_path / "patient", 0, story.FIVE)
    answer = run("assess", "lung_response", tmp_path / "patient", "--json")
    assert answer.code == 4  # a vanished lesion has no density
    history = open_project(tmp_path / ".vivomap", create=False).history(truth.patient)
    assert [str(a.study.day) for a in history] == [str(v.day) for v in truth.visits]
    for assessment, visit in zip(history, truth.visits, strict=True):
        course = Course(assessment.study, (), assessment.claims)
        (verdict,) = course.of(Verdict, "recist")
        assert verdict.category == visit.call("recist").category, visit.call("recist").why
    kinds = [{m.kind for m in Course(a.study, (), a.claims).of(Match)} for a in history]
    assert kinds[0] == set()
    assert "vanished" in kinds[2]
    assert "split" in kinds[2]
    assert "new" in kinds[3]
