"""A visit as BIDS derivatives: the validator of BIDS finds no error, and the numbers and masks are those on record."""

import gzip
import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from vivomap.core import Assessment, Flag, Image, Measurement, Region, Voxels, affine_of, identify
from vivomap.report.bids import OWN, write
from vivomap.report.forms import Filed, put
from vivomap.report.naming import tracked

Case = tuple[Assessment, tuple[Assessment, ...]]
TABLE = "_desc-vivomap_measurements.tsv"


def rows(body: bytes) -> list[dict[str, str]]:
    head, *lines = body.decode().splitlines()
    return [dict(zip(head.split("\t"), line.split("\t"), strict=True)) for line in lines]


def table(files: dict[str, bytes]) -> list[dict[str, str]]:
    return rows(next(body for name, body in files.items() if name.endswith(TABLE)))


@pytest.fixture(scope="session")
def mixed(two_visits: Case) -> Filed:
    """A visit with CT, MR and PET: overlapping outlines on each grid, an ADC map, an SUV image, a site's own map."""
    now, history = two_visits
    grid = np.diag([3.0, 2.0, 2.0, 1.0])
    images, regions = [*now.study.images], [*now.study.regions]
    for k, (modality, role, unit) in enumerate((("MR", "adc", "mm2/s"), ("PT", "suv", "g/ml{SUVbw}"))):
        place = affine_of(grid + np.array([[0, 0, 0, k]] * 3 + [[0] * 4]))
        array = np.random.default_rng(k).random((5, 8, 9)).astype(np.float32)
        said = (("modality", modality), ("series_uid", f"1.2.{k}"), ("manufacturer", "Acme"))
        images.append(Image(role, Voxels.of(array), unit, place, settings=said, day=now.study.day))
        mask = np.zeros((5, 8, 9), bool)
        mask[1:3, 2:5, 2:6] = True
        regions += [Region(f"a{k}", Voxels.of(mask), affine=place, lesion="lung_1")]
        regions += [Region(f"b{k}", Voxels.of(np.roll(mask, 1, 0)), affine=place, lesion="=evil\tname")]
    images.append(images[-2].like("map", np.ones((5, 8, 9)), "%"))
    return Filed(replace(now, study=replace(now.study, images=tuple(images), regions=tuple(regions))), history)


@pytest.fixture
def validator() -> str:
    """The validator of BIDS; without it the test skips, and in CI fails."""
    name, how = "bids-validator-deno", "pip install bids-validator-deno"
    found = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    if found is None:
        if os.environ.get("CI"):
            pytest.fail(f"in CI {name} must be there: {how}")
        pytest.skip(f"no {name}: {how}")
    return found


def validated(validator: str, folder: Path, *words: str) -> list[tuple[str, str, str]]:
    """Severity, code and place of each issue of a data set, and of those below it where asked."""
    line = [validator, str(folder), "--format", "json", *words]
    said = json.loads(subprocess.run(line, capture_output=True, text=True, timeout=120, check=False).stdout)
    parts = [said, *said.get("derivativesSummary", {}).values()]
    assert len(parts) == 1 + ("-r" in words)
    return [(i["severity"], i["code"], i.get("location", "")) for part in parts for i in part["issues"]["issues"]]


def test_the_validator_of_bids_finds_no_error(mixed: Filed, validator: str, tmp_path: Path) -> None:
    put(mixed, ("bids",), tmp_path)
    found = {issue[:2] for issue in validated(validator, tmp_path / "bids")}
    assert found <= {("warning", "TOO_FEW_AUTHORS"), ("warning", "SIDECAR_KEY_RECOMMENDED")}


def test_the_validator_of_bids_would_find_a_file_out_of_place(mixed: Filed, validator: str, tmp_path: Path) -> None:
    put(mixed, ("bids",), tmp_path)
    (tmp_path / "bids" / ".bidsignore").unlink()
    assert ("error", "NOT_INCLUDED") in {issue[:2] for issue in validated(validator, tmp_path / "bids")}


def test_below_a_raw_data_set_the_derivatives_are_as_valid(mixed: Filed, validator: str, tmp_path: Path) -> None:
    raw, (_, description) = tmp_path / "raw", put(mixed, ("bids",), tmp_path)[0]
    shutil.copytree(description.parent, raw / "derivatives" / "vivomap")
    subject = next(p.name for p in description.parent.iterdir() if p.name.startswith("sub-"))
    image = raw / subject / "ses-1" / "anat" / f"{subject}_ses-1_T1w.nii.gz"
    image.parent.mkdir(parents=True)
    nib.save(nib.Nifti1Image(np.ones((4, 4, 4), np.float32), np.eye(4)), image)
    (raw / "README.md").write_text("Raw images of one patient, of which the derivatives were made.")
    said = {"Name": "raw", "BIDSVersion": "1.10.0", "DatasetType": "raw"}
    (raw / "dataset_description.json").write_text(json.dumps(said))
    assert not [issue for issue in validated(validator, raw) if issue[0] == "error"]
    errors = [issue[1:] for issue in validated(validator, raw, "-r") if issue[0] == "error"]
    assert {code for code, _ in errors} <= {"NOT_INCLUDED"}  # it does not read the .bidsignore of what lies below
    assert all(set(Path(place).parts) & set(OWN) or "_measurements." in place for _, place in errors)


def test_the_table_holds_every_number_with_its_doubt_and_its_lesion(two_visits: Case) -> None:
    filed = Filed(*two_visits)
    told = {row["claim"]: row for row in table(write(filed)) if row["value"] != "n/a"}
    numbers = [c for c in filed.assessment.claims if isinstance(c, Measurement)]
    assert len(told) == len(numbers)
    for m in numbers:
        row = told[identify(m)]
        assert (float(row["value"]), row["unit"], float(row["uncertainty"])) == (m.value, m.unit, m.uncertainty)
        assert (row["name"], row["lesion"]) == (m.name, m.region)
        assert row["tracking_uid"] == tracked(filed, m.region).uid


def test_what_is_missing_is_told_with_its_reason_and_no_value(two_visits: Case) -> None:
    (lost,) = [row for row in table(write(Filed(*two_visits))) if row["missing"] != "n/a"]
    assert (lost["name"], lost["value"], lost["unit"], lost["uncertainty"]) == ("mean_adc", "n/a", "n/a", "n/a")
    assert lost["missing"].startswith("not_imaged: ")


def test_a_label_image_holds_each_region_where_it_was_drawn(mixed: Filed, tmp_path: Path) -> None:
    files = write(mixed)
    seen = 0
    for name, body in files.items():
        if not name.endswith("_dseg.nii.gz"):
            continue
        (tmp_path / "x.nii.gz").write_bytes(body)
        image = nib.load(tmp_path / "x.nii.gz")
        labels = np.asarray(image.dataobj).transpose(2, 1, 0)
        for row in rows(files[name.replace(".nii.gz", ".tsv")]):
            region = next(r for r in mixed.assessment.study.regions if r.name == row["region"])
            assert (labels == int(row["index"])).tolist() == region.mask.array.tolist()
            z, y, x = (int(v) for v in np.argwhere(region.mask.array)[0])
            left, posterior, superior, _ = np.asarray(region.affine) @ (z, y, x, 1)
            assert np.allclose((image.affine @ (x, y, z, 1))[:3], (-left, -posterior, superior))
            seen += 1
    assert seen == sum(r.voxel_count > 0 for r in mixed.assessment.study.regions)


def test_each_modality_lies_in_its_folder_and_overlaps_in_two_images(mixed: Filed) -> None:
    names = [name.split("/", 3)[3] for name in write(mixed) if name.endswith(".nii.gz")]
    folders = [name.split("/")[0] for name in names]
    assert folders.count("anat") == folders.count("petseg") == 2
    assert {"ct", "dwi", "pet", "map"} <= set(folders)


def test_maps_keep_their_voxels_and_say_their_unit(mixed: Filed, tmp_path: Path) -> None:
    files = write(mixed)
    (name,) = [n for n in files if n.endswith("_ADC.nii.gz")]
    (tmp_path / "adc.nii.gz").write_bytes(files[name])
    adc = mixed.assessment.study.image("adc")
    assert adc is not None
    assert np.array_equal(np.asarray(nib.load(tmp_path / "adc.nii.gz").dataobj).transpose(2, 1, 0), adc.voxels.array)
    said = json.loads(files[name.replace(".nii.gz", ".json")])
    assert (said["Units"], said["VoxelsSHA256"], said["SeriesInstanceUID"]) == ("mm2/s", adc.voxels.digest, "1.2.0")


def test_a_hostile_patient_id_names_no_other_folder(two_visits: Case, tmp_path: Path) -> None:
    now, _ = two_visits
    hostile = replace(now, study=replace(now.study, patient="../../x\n=cmd|' /C calc'!A0"))
    made = put(Filed(hostile), ("bids",), tmp_path / "out")
    assert all((tmp_path / "out") in path.resolve().parents for _, path in made)
    assert not [path for _, path in made if ".." in path.parts]


def test_a_text_cannot_break_a_row_nor_run_in_a_spreadsheet(mixed: Filed) -> None:
    body = next(b for n, b in write(mixed).items() if n.endswith("_dseg.tsv") and b"evil" in b)
    assert b"\t'=evil name\t" in body


def test_the_same_visit_gives_the_same_bytes(mixed: Filed) -> None:
    first, second = write(mixed), write(mixed)
    assert first == second
    whole = next(b for n, b in first.items() if n.endswith(".nii.gz"))
    assert gzip.decompress(whole)[344:347] == b"n+1"


def test_an_undated_visit_and_one_of_a_table_alone_have_their_tables(undated: Case, table_only: Case) -> None:
    assert any("/ses-undated/" in name for name in write(Filed(*undated)))
    files = write(Filed(*table_only))
    assert [row["value"] for row in table(files)] == ["0.93", "n/a"]
    assert not [name for name in files if name.endswith(".nii.gz")]


def test_the_data_set_names_its_maker_and_what_it_replaces(two_visits: Case, baseline: Case) -> None:
    now, history = two_visits
    files = write(Filed(now, history, None, None, (Filed(baseline[0]),)))
    made = json.loads(files["bids/dataset_description.json"])
    assert (made["DatasetType"], made["GeneratedBy"][0]["Name"]) == ("derivative", "vivomap")
    told = json.loads(next(b for n, b in files.items() if n.endswith("_measurements.json")))
    assert (told["Assessment"], told["Replaces"]) == (identify(now), [identify(baseline[0])])
    assert set(rows(next(b for n, b in files.items() if n.endswith(TABLE)))[0]) <= set(told)


def test_warnings_travel_with_a_number(two_visits: Case) -> None:
    now, history = two_visits
    late = Flag("uptake_time_off", "late")
    claims = tuple(replace(c, flags=(late,)) if isinstance(c, Measurement) else c for c in now.claims)
    told = table(write(Filed(replace(now, claims=claims), history)))
    assert {row["warnings"] for row in told if row["value"] != "n/a"} == {"uptake_time_off: late"}
