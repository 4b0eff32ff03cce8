"""What a region measures, a region as a mask, and where a number comes from."""

import json
import subprocess
import sys
from pathlib import Path

import nibabel
import numpy as np
import pydicom
import pytest

from vivomap.acquire.phantom.faults import FAULTS
from vivomap.core.errors import codes

CLAIM = {"id", "name", "value", "unit", "uncertainty", "region", "day", "provenance", "flags", "detail"}
MISSING = {"id", "name", "region", "day", "code", "reason", "what"}


def five_lines(answer, code: str, exit_code: int = 2) -> str:
    """The message of a refusal, proved to have the shape of rule U4."""
    lines = answer.err.strip().splitlines()[-5:]
    assert answer.code == exit_code, answer.err
    assert lines[0].startswith(f"{code}: ")
    assert lines[1].startswith("where: ")
    assert lines[3].startswith("computed: ")
    assert lines[4].startswith("try: ")
    assert lines[4].endswith(f"vivomap explain {code}")
    assert code in codes()
    return "\n".join(lines)


def test_inspect_leaves_with_4_when_a_file_is_held_that_was_meant_to_count(run, small, tmp_path: Path) -> None:
    assert run("inspect", small.folder).code == 0  # a table among the images is no loss
    FAULTS["corrupt"].make(small.visit(0), tmp_path / "bad")
    (next((tmp_path / "bad").rglob("*.dcm"))).with_name("cut.dcm").write_bytes(
        next(small.visit(0).rglob("*.dcm")).read_bytes()[:400]
    )
    answer = run("inspect", tmp_path / "bad", "--json")
    assert answer.code == 4
    held = {h["code"] for h in answer.data["held"]} - {"not_an_image"}
    assert held


def test_a_region_is_measured_at_every_visit_with_unit_error_and_provenance(run, small) -> None:
    answer = run("quantify", small.folder, "--region", "lesion_1 lung", "--json")
    assert answer.code == 0
    assert answer.data["schema"] == "vivomap.quantify/1"
    numbers = answer.data["measurements"]
    assert {m["day"] for m in numbers} == set(small.days)
    for m in numbers:
        assert set(m) == CLAIM
        assert m["region"] == "lesion_1 lung"
        assert m["uncertainty"] > 0
        assert m["provenance"]["source"]
        assert m["provenance"]["inputs"]
    for k, day in enumerate(small.days):
        volume = next(m for m in numbers if (m["name"], m["day"]) == ("volume", day))
        assert volume["value"] == pytest.approx(small.balls[k]["lesion_1 lung"].volume / 1000, rel=0.06)


def test_an_unambiguous_beginning_names_a_region(run, small) -> None:
    whole, begun = (run("quantify", small.folder, "--region", r, "--json").data for r in ("lesion_2 node", "lesion_2"))
    assert whole == begun


def test_a_beginning_of_two_names_is_refused_with_both(run, small) -> None:
    said = five_lines(run("quantify", small.folder, "--region", "lesion"), "ambiguous_name")
    assert "lesion_1 lung, lesion_2 node" in said
    assert small.days[0] in said


def test_a_name_that_no_visit_has_is_refused_with_those_that_are_there(run, small) -> None:
    assert "lesion_1 lung" in five_lines(run("quantify", small.folder, "--region", "heart"), "unknown_name")


def test_a_sphere_measures_at_every_visit_and_with_a_day_at_one(run, small) -> None:
    sphere = "sphere:-6,-4,3,6"
    both = run("quantify", small.folder, "--region", f"spot={sphere}", "--biomarker", "density", "--json")
    assert [m["day"] for m in both.data["measurements"]] == list(small.days)
    assert both.data["measurements"][0]["value"] == pytest.approx(40, abs=2)
    one = run(
        "quantify", small.folder, "--region", f"spot@{small.days[1]}={sphere}", "--biomarker", "density", "--json"
    )
    assert one.code == 0
    told = [(m["day"], m["value"], m["uncertainty"]) for data in (one.data, both.data) for m in data["measurements"]]
    assert told[0] == told[2]


def test_a_name_with_a_day_means_that_visit_alone(run, small) -> None:
    said = run(
        "quantify", small.folder, "--region", f"lesion_1@{small.days[0]}", "--biomarker", "volume", "--json"
    ).data
    assert [m["day"] for m in said["measurements"]] == [small.days[0]]
    assert not said["missing"]


def test_a_seed_grows_over_the_lesion_and_stops_at_its_border(run, small) -> None:
    asked = ("--region", "grown=seed:-6,-4,3,-405,200", "--biomarker", "volume", "--json")
    volume = run("quantify", small.visit(0), *asked).data["measurements"][0]
    assert volume["value"] == pytest.approx(small.balls[0]["lesion_1 lung"].volume / 1000, rel=0.08)
    answer = run("quantify", small.visit(0), "--region", "grown=seed:25,-20,20,-200,200", "--biomarker", "volume")
    five_lines(answer, "seed_outside_range", 3)


def test_several_biomarkers_are_measured_and_no_others(run, small) -> None:
    asked = ("--biomarker", "short_axis", "--biomarker", "density")
    said = run("quantify", small.visit(0), "--region", "lesion_1", *asked, "--json").data
    assert {m["name"] for m in said["measurements"]} == {"short_axis", "density"}


def test_an_unknown_biomarker_is_refused_with_names_that_come_near(run, small) -> None:
    said = five_lines(run("quantify", small.folder, "--region", "lesion_1", "--biomarker", "suvmax"), "unknown_name")
    assert "did you mean suv_max" in said


def test_a_number_that_was_named_and_cannot_be_had_is_missing_with_its_reason(run, small) -> None:
    answer = run("quantify", small.visit(0), "--region", "lesion_1", "--biomarker", "suv_max", "--json")
    assert answer.code == 4
    assert not answer.data["measurements"]
    (missing,) = answer.data["missing"]
    assert set(missing) == MISSING
    assert (missing["name"], missing["code"], missing["what"]) == ("suv_max", "not_imaged", "number")
    text = run("quantify", small.visit(0), "--region", "lesion_1", "--biomarker", "suv_max")
    assert text.out.startswith("missing suv_max of lesion_1 lung (2024-01-08): not_imaged: ")


def test_a_visit_without_the_region_is_missing_by_name_and_said(run, small, tmp_path: Path) -> None:
    folder = tmp_path / "scans"
    FAULTS["jitter"].make(small.visit(0), folder / "first")
    FAULTS["jitter"].make(small.visit(1), folder / "second")
    for path in (folder / "second").rglob("RS*.dcm"):
        path.unlink()
    answer = run("quantify", folder, "--region", "lesion_1", "--biomarker", "volume", "--json")
    assert answer.code == 4
    assert [m["day"] for m in answer.data["measurements"]] == [small.days[0]]
    assert [(m["day"], m["code"]) for m in answer.data["missing"]] == [(small.days[1], "not_drawn")]
    assert f"no region lesion_1 at {small.days[1]}" in answer.err


def test_an_uptake_keeps_its_unit_and_is_that_of_the_phantom(run, small_pet: Path) -> None:
    said = run("quantify", small_pet, "--region", "lesion_1", "--biomarker", "suv_max", "--json").data
    (found,) = said["measurements"]
    assert found["unit"] == "g/ml{SUVbw}"
    assert found["value"] == pytest.approx(8, rel=0.01)
    assert "SUVbw" in run("quantify", small_pet, "--region", "lesion_1", "--biomarker", "suv_max").out


def test_an_exported_mask_lies_on_the_grid_of_its_image_and_where_the_lesion_is(run, small, tmp_path: Path) -> None:
    answer = run("export-region", small.visit(0), "--region", "lesion_1", "--out", "mask.nii.gz", "--json")
    assert answer.code == 0
    assert answer.data["schema"] == "vivomap.export-region/1"
    mask = nibabel.load(tmp_path / "mask.nii.gz")
    inside = np.argwhere(np.asarray(mask.dataobj) > 0.5)
    assert len(inside) == answer.data["voxels"]
    assert sorted(mask.shape) == sorted(small.grid.shape)
    assert np.linalg.norm(mask.affine[:3, :3], axis=0) == pytest.approx(small.grid.spacing[::-1])
    places = (inside @ mask.affine[:3, :3].T + mask.affine[:3, 3]) * [-1, -1, 1]  # RAS to LPS
    ball = small.balls[0]["lesion_1 lung"]
    assert places.mean(axis=0) == pytest.approx(ball.centre, abs=0.3)
    z, y, x = small.grid.axes
    truth = ball.inside((z, y, x))
    steps = (places - small.grid.origin) / small.grid.spacing[::-1]
    assert np.abs(steps - np.rint(steps)).max() < 1e-3  # on the grid
    ours = np.zeros_like(truth)
    ours[tuple(np.rint(steps).astype(int).T[::-1])] = True
    assert 2 * (ours & truth).sum() / (ours.sum() + truth.sum()) > 0.99


def test_a_region_of_two_visits_is_not_exported_until_one_is_named(run, small, tmp_path: Path) -> None:
    said = five_lines(run("export-region", small.folder, "--region", "lesion_1", "--out", "m.nii"), "ambiguous_name")
    assert all(day in said for day in small.days)
    assert not (tmp_path / "m.nii").exists()
    chosen = ("--region", f"lesion_1@{small.days[1]}", "--out", "m.nii")
    assert run("export-region", small.folder, *chosen, "--dry-run").out.startswith("would write m.nii: ")
    assert not (tmp_path / "m.nii").exists()
    assert run("export-region", small.folder, *chosen).code == 0
    assert (tmp_path / "m.nii").exists()


def test_a_file_of_the_input_is_never_written_over(run, small, tmp_path: Path, untouched) -> None:
    folder = tmp_path / "scans"
    FAULTS["jitter"].make(small.visit(0), folder)
    nibabel.save(nibabel.Nifti1Image(np.zeros((3, 3, 3), np.uint8), np.eye(4)), folder / "mine.nii")
    same = untouched(folder)
    five_lines(run("export-region", folder, "--region", "lesion_1", "--out", folder / "mine.nii"), "cannot_write", 7)
    assert same()


def test_a_code_is_explained_by_its_page(run) -> None:
    answer = run("explain", "uneven_slices")
    assert answer.out.startswith("# uneven_slices\n")
    assert "## What to do" in answer.out
    assert run("explain", "uneven_slices", "--json").data["page"].strip() == answer.out.strip()
    said = five_lines(run("explain", "unevn_slices"), "unknown_name")
    assert "did you mean uneven_slices" in said


def test_a_number_is_followed_down_to_its_voxels_and_objects(run, small) -> None:
    assert run("assess", "lung_response", small.folder).code == 0
    numbers = run("history", "--json").data["assessments"][-1]["measurements"]
    volume = next(m for m in numbers if (m["name"], m["region"]) == ("volume", "lesion_1 lung"))
    told = run("explain", volume["id"][:12], "--json").data
    assert (told["schema"], told["id"], told["kind"]) == ("vivomap.explain/1", volume["id"], "claim")
    chain = "\n".join(told["chain"])
    assert "made by vivomap.quantify.size:volume" in chain
    assert f"{volume['provenance']['inputs'][0][:12]}  outline: lesion_1 lung" in chain
    outlines = next(small.visit(1).rglob("RS*.dcm"))
    assert pydicom.dcmread(outlines).SOPInstanceUID in chain
    assert volume["provenance"]["source"][0] in chain
    assert any(line.startswith("used by") and "change: volume of lesion_1 lung" in line for line in told["chain"])
    five_lines(run("explain", "0" * 12), "unknown_name")


def test_json_stands_alone_on_stdout_while_the_talk_goes_on(small, tmp_path: Path) -> None:
    words = ["assess", "lung_response", str(small.folder), "--json"]
    code = "import sys; from vivomap.cli import main; main(sys.argv[1:])"
    done = subprocess.run(
        [sys.executable, "-c", code, *words], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["schema"] == "vivomap.assess/1"
    assert f"assess {small.days[0]}" in done.stderr
    assert "\x1b" not in done.stdout + done.stderr
