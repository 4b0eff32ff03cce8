"""What `inspect` prints for a person."""

import json
import shutil
from pathlib import Path

from vivomap.acquire.phantom.faults import FAULTS
from vivomap.quantify import cards


def test_inspect_prints_a_table_and_what_can_be_measured(run, small) -> None:
    answer = run("inspect", small.folder)
    assert answer.code == 0
    lines = answer.out.splitlines()
    heads = [line for line in lines if line.startswith("role")]
    assert len(heads) == 2
    row = lines[lines.index(heads[0]) + 1]
    assert row.index("24×36×40") + len("24×36×40") == heads[0].index("shape (z,y,x)") + len("shape (z,y,x)")
    assert "HU" in row
    assert "  region lesion_1 lung on ct (CT small): " in answer.out
    able = next(line.split(": ")[1].split(", ") for line in lines if line.strip().startswith("measurable: "))
    assert {"ct_entropy", "density", "long_axis", "short_axis", "volume", "voxel_count"} <= set(able)
    assert all(set(cards()[name].needs) <= {"ct", "region"} for name in able)
    assert "not measurable, without tract: tract_disconnection, tract_lesion_load\n" in answer.out
    assert "not measurable, without suv: " in answer.out
    assert "1 file not an image" in answer.err


def test_the_box_of_a_spectrum_has_no_size_and_nobody_who_asks_for_all_is_told_so(run, data: Path, tmp_path) -> None:
    pair = data / "mrs/sdat/UnEdited/sub-01/ses-01/mrs"
    for kind in ("act", "ref"):
        for path in pair.glob(f"sub-01_ses-01_press*/*_{kind}.*"):
            shutil.copy(path, tmp_path)
    out = run("inspect", tmp_path).out
    able = next(line.split(": ")[1] for line in out.splitlines() if line.strip().startswith("measurable: "))
    assert "mrs_naa_cr" in able
    assert "volume" not in able
    assert "not measurable, without an outline: long_axis, mesh_volume, short_axis, sphericity, volume, voxel" in out
    every = run("quantify", tmp_path, "--region", "PRESS PAR 35", "--json").data
    assert {m["code"] for m in every["missing"]} == {"tissue_unknown", "off_protocol"}
    assert not {"volume", "long_axis"} & {m["name"] for m in every["measurements"]}
    asked = run("quantify", tmp_path, "--region", "PRESS PAR 35", "--biomarker", "volume", "--json")
    assert (asked.code, [m["code"] for m in asked.data["missing"]]) == (4, ["no_outline"])


def test_no_line_of_one_study_is_printed_twice(run, small_pet: Path) -> None:
    out = run("inspect", small_pet).out
    lines = [line for line in out.splitlines() if line]
    assert len(lines) == len(set(lines))


def test_what_cannot_be_measured_is_listed_once_for_studies_that_are_alike(run, small, tmp_path: Path) -> None:
    out = run("inspect", small.folder).out
    assert out.count("\n  not measurable, without suv: ") == 1
    assert out.count("  measurable and not: as of patient ") == 1
    FAULTS["uneven"].make(small.visit(0), tmp_path / "bad")
    assert "as of patient" not in run("inspect", small.visit(1), tmp_path / "bad").out


def test_verbose_names_the_files_that_are_no_images(run, small) -> None:
    assert f"held {small.folder / 'treatments.csv'}: not_an_image" in run("inspect", small.folder, "-v").out


def test_verbose_tells_where_each_image_lies(run, small) -> None:
    """The affine of the JSON gives the corners; the line for a person names them in mm."""
    image = json.loads(run("inspect", small.folder, "--json").out)["studies"][0]["images"][0]
    first = [row[3] for row in image["affine"][:3]]
    last = [row[3] + sum(s * (n - 1) for s, n in zip(row, image["shape"], strict=False)) for row in image["affine"][:3]]
    told = [f"{axis} {min(a, b):.0f} to {max(a, b):.0f}" for axis, a, b in zip("xyz", first, last, strict=True)]
    assert f"lies at {', '.join(told)} mm LPS" in run("inspect", small.folder, "-v").out


def test_a_refused_volume_is_said_with_what_it_costs(run, small, tmp_path: Path) -> None:
    FAULTS["uneven"].make(small.visit(0), tmp_path / "bad")
    out = run("inspect", tmp_path / "bad").out
    can = next(line for line in out.splitlines() if line.strip().startswith("measurable"))
    assert " density" not in can
    lost = next(line for line in out.splitlines() if "not measurable, refused (uneven_slices)" in line)
    assert "volume" in lost
    assert "density" in lost


def test_a_denied_suv_is_said_with_its_reason(run, small_pet: Path, tmp_path: Path) -> None:
    FAULTS["no_weight"].make(small_pet, tmp_path / "bad")
    out = run("inspect", tmp_path / "bad").out
    assert "no suv from activity: no_weight: " in out
    lost = next(line for line in out.splitlines() if "not measurable, no suv (no_weight)" in line)
    assert "suv_max" in lost
    assert all(name in out for name in cards())
