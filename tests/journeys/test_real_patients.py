"""The loop on real patients, as a user walks it on the command line."""

import csv
import json
from pathlib import Path

import nibabel
import numpy as np
import pytest

import vivomap

SPHERES = ("liver@1959-12-09=sphere:-53,-57,24,12", "liver@1960-04-13=sphere:-93,-58,2,12")
AFFIRMED = """
[site]
name = "North"

[[scanner]]
manufacturer = "{manufacturer}"
model = "{model}"
software = "{software}"
by = "Dr A"
on = 2026-01-02
reason = "the only MR of this make in the house since 1955"
"""


def spheres() -> list[str]:
    return [word for sphere in SPHERES for word in ("--region", sphere)]


def test_bqml_pet_gives_the_suv_of_the_reference_mask_and_says_that_uptake_was_early(run, data: Path) -> None:
    answer = run("quantify", data / "sts001_raw_pet_bqml", "--region", "GTV_Mass", "--json")
    numbers = {m["name"]: m for m in answer.data["measurements"]}
    assert answer.data["schema"] == "vivomap.quantify/1"
    assert numbers["suv_max"]["value"] == pytest.approx(7.91, abs=0.005)
    assert numbers["suv_max"]["unit"] == "g/ml{SUVbw}"
    for name in ("suv_max", "suv_mean", "mtv_41", "mtv_fixed", "tlg"):
        assert numbers[name]["uncertainty"] > 0
        assert "uptake_time_off" in {f["code"] for f in numbers[name]["flags"]}
        assert numbers[name]["provenance"]["source"]
    study = vivomap.read(data / "sts001_raw_pet_bqml")[0]
    mask = next(r for r in study.regions if r.name == "GTV_Mass").mask.array
    values = study.images[0].voxels.array[mask].astype(float)
    hot = values[values >= 0.41 * values.max()]
    voxel_ml = study.images[0].voxel_mm3 / 1000
    assert numbers["mtv_41"]["value"] == pytest.approx(hot.size * voxel_ml)
    assert numbers["tlg"]["value"] == pytest.approx(hot.sum() * voxel_ml)


@pytest.mark.parametrize(("name", "mask"), [("CT", "CT_mask"), ("MR_T1", "MR_T1_mask"), ("PET", "PET_mask")])
def test_contours_become_the_reference_masks(run, data: Path, tmp_path: Path, name: str, mask: str) -> None:
    folder = data / "sts_petctmr_dicom" / "STS_008"
    out = tmp_path / "mask.nii.gz"
    assert run("export-region", folder, "--region", f"GTV_Mass_{name}", "--out", out).code == 0
    ours, truth = nibabel.load(out), nibabel.load(folder / f"{mask}.nii.gz")
    places = [{tuple(p) for p in np.round(_places(image), 1)} for image in (ours, truth)]
    dice = 2 * len(places[0] & places[1]) / (len(places[0]) + len(places[1]))
    assert dice >= 0.99


def _places(image: nibabel.Nifti1Image) -> np.ndarray:
    """Voxels of a mask as places in space, mm."""
    inside = np.argwhere(np.asarray(image.dataobj) > 0.5)
    return inside @ image.affine[:3, :3].T + image.affine[:3, 3]


def assess_liver(run, data: Path, out: Path, *more: object) -> dict:
    folders = [data / "adc_two_visits_cmb_crc" / name for name in ("SCAN_001", "SCAN_002")]
    answer = run("assess", "lung_response", *folders, *spheres(), "--out", out, "--json", *more)
    assert answer.code in (0, 4), answer.err
    return answer.data


def test_adc_without_a_serial_number_is_not_comparable_and_says_why(run, data: Path, tmp_path: Path) -> None:
    said = assess_liver(run, data, tmp_path / "out")
    assert said["visits"] == ["1959-12-09", "1960-04-13"]
    refused = [m for m in said["missing"] if m["what"] == "change" and m["name"] == "mean_adc"]
    assert [m["code"] for m in refused] == ["not_comparable"]
    assert "serial" in refused[0]["reason"]
    assert not [c for c in said["changes"] if c["name"] == "mean_adc"]
    numbers = list(json.loads((tmp_path / "out" / "assessment.json").read_text())["claims"])
    adc = next(c for c in numbers if c["$"] == "Measurement" and c["name"] == "mean_adc")
    assert adc["uncertainty"] > 0
    assert 0.9e-3 < adc["value"] < 1.3e-3


def test_adc_of_an_affirmed_scanner_has_the_liver_limit(run, data: Path, tmp_path: Path) -> None:
    import pydicom

    ds = pydicom.dcmread(next((data / "adc_two_visits_cmb_crc" / "SCAN_001").glob("*.dcm")), stop_before_pixels=True)
    software = "\\".join(ds.SoftwareVersions) if not isinstance(ds.SoftwareVersions, str) else ds.SoftwareVersions
    site = tmp_path / "site.toml"
    site.write_text(
        AFFIRMED.format(
            manufacturer=ds.Manufacturer, model=ds.ManufacturerModelName, software=software.replace("\\", "\\\\")
        )
    )
    said = assess_liver(run, data, tmp_path / "out", "--site", site)
    change = next(c for c in said["changes"] if c["name"] == "mean_adc")
    spread = np.sqrt(np.log(1 + (27 / 2.77 / 100) ** 2))
    before = change["before"]["value"]
    assert "27" in change["limits"]
    assert change["low"] == pytest.approx(before * (np.exp(-2.77 * spread) - 1), rel=0.01)
    assert change["high"] == pytest.approx(before * (np.exp(2.77 * spread) - 1), rel=0.01)
    assert not change["real"]


@pytest.fixture
def progression(data: Path, tmp_path: Path) -> Path:
    """Both patients of the set with their dates in one visits.csv, as a user would write it."""
    folder = tmp_path / "scans"
    folder.mkdir()
    dates = {"01": ("1996-08-13", "1997-01-17"), "05": ("1993-05-26", "1993-07-20")}
    rows = []
    for patient, days in dates.items():
        for when, day in zip(("Pre", "Post"), days, strict=True):
            for kind, role, region in (("Scan_T1", "mr", ""), ("Mask", "mask", "tumour")):
                name = f"{patient}_{when}_{kind}.nii.gz"
                (folder / name).symlink_to(
                    (data / "brain_tumour_progression" / patient / f"{when}_{kind}.nii.gz").resolve()
                )
                rows.append((name, patient, day, role, region, "1"))
    with (folder / "visits.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("path", "patient", "date", "role", "region", "unit"), *rows])
    return folder


@pytest.mark.parametrize("patient", ["01", "05"])
def test_spacing_that_is_not_trusted_gives_relative_change_only_and_the_report_says_so(
    run, progression: Path, tmp_path: Path, patient: str
) -> None:
    out = tmp_path / "out"
    answer = run("assess", "lung_response", progression, "--patient", patient, "--out", out, "--json")
    assert answer.code == 4, answer.err
    said = answer.data
    assert {m["code"] for m in said["missing"] if m["name"] == "volume"} == {"spacing_not_trusted"}
    change = next(c for c in said["changes"] if c["name"] == "voxel_count")
    assert change["after"]["unit"] == "1"
    counted = [
        np.count_nonzero(np.asarray(nibabel.load(progression / f"{patient}_{w}_Mask.nii.gz").dataobj))
        for w in ("Pre", "Post")
    ]
    assert [change["before"]["value"], change["after"]["value"]] == counted
    page = (out / "report.html").read_text()
    assert "spacing" in page
    assert not [m for m in said["changes"] if m["after"]["unit"] in ("mm", "mL")]


def test_the_maps_of_a_site_are_met_and_functional_tumour_volume_comes_from_thresholds(run, data: Path) -> None:
    answer = run(
        "quantify", data / "dce_breast_nact", "--region", "Breast", "--biomarker", "functional_tumour_volume", "--json"
    )
    volume = answer.data["measurements"][0]
    settings = dict(map(tuple, volume["provenance"]["settings"]))
    assert volume["unit"] == "mL"
    assert 0 < volume["value"] < 39
    assert 70 in settings.values()
    assert "absent_slices" in {f["code"] for f in volume["flags"]}


def test_the_flair_of_two_visits_is_read_with_its_true_geometry(run, data: Path) -> None:
    answer = run("inspect", data / "ms_longitudinal_flair", "--json")
    images = [i for s in answer.data["studies"] for i in s["images"]]
    for name in ("study1_FLAIR", "study2_FLAIR"):
        image = next(i for i in images if name in i["description"] or any(name in u for u in i["sop_instance_uids"]))
        truth = nibabel.load(next((data / "ms_longitudinal_flair").rglob(f"{name}.nii.gz")))
        corner = np.asarray(image["affine"]) @ [0, 0, 0, 1]
        corners = {tuple(np.round((truth.affine @ [*k, 1])[:3] * [-1, -1, 1], 2)) for k in _corners(truth.shape)}
        assert tuple(np.round(corner[:3], 2)) in corners


def _corners(shape: tuple[int, ...]) -> list[tuple[int, int, int]]:
    return [(a, b, c) for a in (0, shape[0] - 1) for b in (0, shape[1] - 1) for c in (0, shape[2] - 1)]
