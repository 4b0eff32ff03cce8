import csv
import json
import shutil
from datetime import date
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from vivomap.acquire.nifti import read_volumes, volumes_in
from vivomap.core import Held, Study, same_grid

HEADER = "path,patient,date,role,region,unit\n"


def volume(path: Path, values: np.ndarray | float = 7, spacing: float = 2.0) -> Path:
    array = np.full((6, 5, 4), values, np.int16) if np.isscalar(values) else np.asarray(values)
    path.parent.mkdir(parents=True, exist_ok=True)
    nib.save(nib.Nifti1Image(array, np.diag([spacing, spacing, spacing, 1])), path)
    return path


def read(root: Path) -> tuple[Study, ...]:
    studies, held = read_volumes(tuple(volumes_in(sorted(root.rglob("*")))), root)
    assert not held
    return studies


def codes(flags) -> list[str]:
    return [f.code for f in flags]


def test_a_table_makes_visits_of_files_in_any_order(tmp_path: Path) -> None:
    for name in ("z/late", "z/early", "z/mask"):
        volume(tmp_path / f"{name}.nii.gz", 1)
    lines = "z/late.nii.gz,P,2020-06-01,ct,,\nz/early.nii.gz,P,20200101,ct,,\nz/mask.nii.gz,P,2020-01-01,,GTV,\n"
    (tmp_path / "visits.csv").write_text(HEADER + lines)
    early, late = read(tmp_path)
    assert (early.patient, early.day, late.day) == ("P", date(2020, 1, 1), date(2020, 6, 1))
    assert (early.images[0].role, early.images[0].unit, early.images[0].day) == ("ct", "[hnsf'U]", early.day)
    assert early.images[0].source == ("z/early.nii.gz",)
    assert codes(early.images[0].flags) == ["unit_by_role"]
    assert [(r.name, r.voxel_count) for r in early.regions] == [("GTV", 120)]
    assert same_grid(early.regions[0], early.images[0])


def test_a_file_that_nothing_speaks_of_stands_alone_and_undated(tmp_path: Path) -> None:
    volume(tmp_path / "a.nii")
    volume(tmp_path / "P1" / "b.nii")
    volume(tmp_path / "P1" / "c.nii")
    studies = read(tmp_path)
    assert [(s.patient, s.day) for s in studies] == [("P1", None), ("P1", None), ("a", None)]
    assert all(codes(s.flags) == ["no_date"] for s in studies)
    assert all(s.images[0].role == "image" and "no_patient" in codes(s.images[0].flags) for s in studies)


def test_undated_files_of_a_named_patient_in_one_folder_are_one_visit(tmp_path: Path) -> None:
    for name, words in (("a", {"role": "mr"}), ("m", {"region": "lesion"})):
        volume(tmp_path / f"{name}.nii", 1)
        (tmp_path / f"{name}.json").write_text(json.dumps({"patient": "P"} | words))
    (study,) = read(tmp_path)
    assert (len(study.images), len(study.regions), study.day) == (1, 1, None)


def test_a_series_has_frames_and_their_number_must_fit(tmp_path: Path) -> None:
    volume(tmp_path / "a.nii", np.zeros((6, 5, 4, 2), np.int16))
    volume(tmp_path / "b.nii", np.zeros((6, 5, 4, 2), np.int16))
    (tmp_path / "b.json").write_text(json.dumps({"role": "dwi", "frames": [0, 800], "frame_unit": "s/mm2"}))
    counted, named = read(tmp_path)
    assert (counted.images[0].frames, counted.images[0].frame_unit) == ((0, 1), "")
    assert (named.images[0].frames, named.images[0].frame_unit) == ((0, 800), "s/mm2")
    (tmp_path / "b.json").write_text(json.dumps({"role": "dwi", "frames": [0, 50, 800]}))
    _, held = read_volumes([tmp_path / "b.nii"], tmp_path)
    assert [h.code for h in held] == ["bad_sidecar"]


def framed(tmp_path: Path, **words: object) -> tuple[Study, tuple[Held, ...]]:
    volume(tmp_path / "b.nii", np.zeros((6, 5, 4, 2), np.int16))
    (tmp_path / "b.json").write_text(json.dumps(words))
    studies, held = read_volumes([tmp_path / "b.nii"], tmp_path)
    return studies[0], held


def test_frames_are_in_the_unit_of_their_role_and_never_counted_for_b_values(tmp_path: Path) -> None:
    minutes = framed(tmp_path, role="dce", frames=[0, 2], frame_unit="min")[0].images[0]
    assert (minutes.frames, minutes.frame_unit) == ((0, 120), "s")
    assumed = framed(tmp_path, role="dwi", frames=[0, 800])[0].images[0]
    assert (assumed.frames, assumed.frame_unit) == ((0, 800), "s/mm2")
    assert "unit_by_role" in [f.code for f in assumed.flags]
    nameless = framed(tmp_path, role="dwi")[0].images[0]
    assert [(f.code, f.denies) for f in nameless.refusals] == [("axis_missing", "dwi")]
    timeless = framed(tmp_path, role="dce")[0].images[0]
    assert "frame_times_unknown" in [f.code for f in timeless.flags]
    study, held = framed(tmp_path, role="dwi", frames=[0, 2], frame_unit="s")
    assert (study.images, [h.code for h in held]) == ((), ["bad_sidecar"])


@pytest.mark.parametrize(
    ("role", "unit", "gets", "denied"),
    [
        ("adc", "mm2/s", "mm2/s", []),
        ("adc", "um2/ms", "mm2/s", []),
        ("adc", "", "1", ["adc"]),
        ("suv", "Bq/mL", "Bq/mL", ["suv"]),
        ("activity", "kBq/mL", "Bq/mL", []),
        ("mr", "", "1", []),
    ],
)
def test_a_unit_is_converted_at_the_door_or_the_role_denied(
    tmp_path: Path, role: str, unit: str, gets: str, denied: list[str]
) -> None:
    volume(tmp_path / "a.nii", 2)
    (tmp_path / "a.json").write_text(json.dumps({"role": role, "unit": unit}))
    (image,) = read(tmp_path)[0].images
    assert (image.unit, [f.denies for f in image.refusals]) == (gets, denied)
    factor = {"um2/ms": 1e-3, "kBq/mL": 1e3}.get(unit, 1)
    assert image.voxels.array[0, 0, 0] == pytest.approx(2 * factor)


def test_a_grid_without_spacing_is_found_by_rule(tmp_path: Path) -> None:
    volume(tmp_path / "lost.nii", spacing=1.0)
    volume(tmp_path / "named.nii", spacing=1.0)
    (tmp_path / "named.json").write_text(json.dumps({"Manufacturer": "GE"}))
    moved = nib.Nifti1Image(np.ones((4, 4, 4), np.int16), np.array([[1, 0, 0, -90.0], *np.eye(4)[1:]]))
    nib.save(moved, tmp_path / "placed.nii")
    denied = {s.images[0].source[0]: [f.denies for f in s.images[0].refusals] for s in read(tmp_path)}
    assert denied == {"lost.nii": ["mm"], "named.nii": [], "placed.nii": []}


def test_one_bad_file_does_not_stop_the_rest(tmp_path: Path) -> None:
    volume(tmp_path / "a.nii")
    (tmp_path / "b.nii").write_bytes(b"broken")
    volume(tmp_path / "c.nii")
    (tmp_path / "c.json").write_text("[]")
    studies, held = read_volumes(sorted(tmp_path.glob("*.nii")), tmp_path)
    assert len(studies) == 1
    assert [(Path(h.path).name, h.code) for h in held] == [("b.nii", "unreadable_file"), ("c.nii", "bad_sidecar")]


def test_what_looks_like_a_mask_is_listed_and_not_used(tmp_path: Path) -> None:
    values = np.zeros((6, 5, 4), np.int16)
    values[2, 2, 2] = 1
    volume(tmp_path / "a.nii", values)
    (study,) = read(tmp_path)
    assert study.regions == ()
    assert "possible_region" in codes(study.images[0].flags)


def test_two_visits_of_real_patients_whose_spacing_was_lost(data: Path, tmp_path: Path) -> None:
    source = data / "brain_tumour_progression"
    days = {"01": ("1996-08-13", "1997-01-17"), "05": ("1993-05-26", "1993-07-20")}  # of supplementary.csv
    lines = []
    for patient, (pre, post) in days.items():
        (tmp_path / patient).mkdir()
        for name, day in (("Pre", pre), ("Post", post)):
            for part, role, region in (("Scan_T1", "mr", ""), ("Mask", "", "tumour")):
                path = f"{patient}/{name}_{part}.nii.gz"
                (tmp_path / path).symlink_to(source / path)
                lines.append(f"{path},{patient},{day},{role},{region},")
    (tmp_path / "visits.csv").write_text(HEADER + "\n".join(lines))
    studies = read(tmp_path)
    counts = [(s.patient, s.regions[0].voxel_count) for s in studies]
    assert counts == [("01", 8246), ("01", 10009), ("05", 2982), ("05", 7398)]
    for study in studies:
        assert [(f.code, f.denies) for f in study.images[0].refusals] == [("spacing_not_trusted", "mm")]
        assert ("spacing_not_trusted", "mm") in [(f.code, f.denies) for f in study.regions[0].flags]
        assert same_grid(study.images[0], study.regions[0])


def test_a_mask_on_another_grid_keeps_it(data: Path, tmp_path: Path) -> None:
    source = data / "ms_longitudinal_flair" / "patient12"
    shutil.copytree(source, tmp_path / "p", ignore=shutil.ignore_patterns("*.txt"))
    lines = [f"p/study{i}_FLAIR.nii.gz,12,2000-01-0{i},mr,," for i in (1, 2)] + ["p/gt.nii.gz,12,2000-01-02,,change,"]
    (tmp_path / "visits.csv").write_text(HEADER + "\n".join(lines))
    first, second = read(tmp_path)
    assert (first.images[0].shape, second.images[0].shape) == ((48, 320, 320), (48, 320, 320))
    (change,) = second.regions
    assert codes(change.flags) == ["own_grid"]
    assert change.mask.array.shape == (60, 352, 334)
    reference = nib.load(source / "gt.nii.gz")
    assert change.voxel_count == np.count_nonzero(np.asarray(reference.dataobj))
    assert change.spacing_mm == pytest.approx((3.0, 0.71875, 0.71875), abs=1e-4)


def test_real_masks_lie_on_the_images_they_were_drawn_on(data: Path, tmp_path: Path) -> None:
    source, lines = data / "pyradiomics_nrrd", []
    for name in ("brain1", "breast1"):
        for part, role, region in (("image", "mr", ""), ("label", "", "lesion")):
            (tmp_path / f"{name}_{part}.nrrd").symlink_to(source / f"{name}_{part}.nrrd")
            lines.append(f"{name}_{part}.nrrd,{name},2001-01-01,{role},{region},")
    (tmp_path / "visits.csv").write_text(HEADER + "\n".join(lines))
    volumes = {}
    for study in read(tmp_path):
        assert same_grid(study.images[0], study.regions[0])
        volumes[study.patient] = study.regions[0].voxel_count * study.regions[0].voxel_mm3
    with (source / "baseline" / "baseline_shape.csv").open(newline="") as table:
        theirs = next(row for row in csv.DictReader(table) if row["featureName"] == "original_shape_VoxelVolume")
    assert volumes == pytest.approx({name: float(theirs[name]) for name in ("brain1", "breast1")}, rel=1e-6)
