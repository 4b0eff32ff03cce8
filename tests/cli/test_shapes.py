"""The JSON of `inspect`: the fields that the reference names, each volume its own entry, places as they are."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from vivomap.cli.shapes import sized, volume_mm3
from vivomap.core import Flag, Image, Region, Voxels, affine_of

FIELDS = {
    "images": {
        "role", "modality", "unit", "shape", "spacing_mm", "affine", "sop_instance_uids", "flags", "refusals", "day",
        "series_uid", "description", "frame",
    },
    "regions": {"name", "image", "voxels", "volume_mm3", "finding", "tracking", "flags"},
}  # fmt: skip


def test_inspect_prints_the_fields_of_its_schema_and_no_others(run, small) -> None:
    said = run("inspect", small.folder, "--json").data
    assert set(said) == {"schema", "studies", "held"}
    assert said["schema"] == "vivomap.inspect/1"
    assert [s["date"] for s in said["studies"]] == list(small.days)
    for study in said["studies"]:
        assert set(study) == {"patient", "date", "uids", "flags", "images", "regions", "deviations"}
        assert study["patient"] == small.id
        for part, fields in FIELDS.items():
            assert study[part]
            assert all(set(each) == fields for each in study[part])
    assert [set(h) for h in said["held"]] == [{"path", "code", "reason"}]


def test_an_image_lies_where_the_patient_lay_in_mm_lps(run, small) -> None:
    for k, study in enumerate(run("inspect", small.folder, "--json").data["studies"]):
        image, regions = study["images"][0], study["regions"]
        grid = small.grid
        assert (image["role"], image["modality"], image["unit"]) == ("ct", "CT", "[hnsf'U]")
        assert image["shape"] == list(grid.shape)
        assert image["spacing_mm"] == pytest.approx(grid.spacing)
        affine = np.array(image["affine"])
        assert affine @ [0, 0, 0, 1] == pytest.approx([*grid.origin, 1])
        last = [n - 1 for n in grid.shape]
        far = [o + n * s for o, n, s in zip(grid.origin, last[::-1], grid.spacing[::-1], strict=True)]
        assert affine @ [*last, 1] == pytest.approx([*far, 1])
        assert len(image["sop_instance_uids"]) == grid.shape[0]
        for region in regions:
            ball = small.balls[k][region["name"]]
            assert region["image"] == 0
            assert region["volume_mm3"] == pytest.approx(region["voxels"] * np.prod(grid.spacing))
            assert region["volume_mm3"] == pytest.approx(ball.volume, rel=0.06)


def test_each_b_value_is_an_entry_of_its_own_with_its_own_objects(run, small_dwi: Path) -> None:
    images = run("inspect", small_dwi, "--json").data["studies"][0]["images"]
    assert [i["frame"] for i in images] == [{"value": b, "unit": "s/mm2"} for b in (50.0, 400.0, 800.0)]
    assert {len(i["shape"]) for i in images} == {3}
    uids = [set(i["sop_instance_uids"]) for i in images]
    assert [len(u) for u in uids] == [24, 24, 24]
    assert len(set.union(*uids)) == 72


def test_any_nesting_and_naming_of_the_files_gives_the_same_answer(run, small, tmp_path: Path) -> None:
    mixed = tmp_path / "mixed"
    files = sorted(p for p in small.folder.rglob("*.dcm"))
    for k, path in enumerate(np.random.default_rng(3).permutation(np.array(files, object))):
        place = mixed / ("deep/er" if k % 3 else "flat") / f"{k:03d}"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(path.read_bytes())
    plain, other = (run("inspect", folder, "--json").data["studies"] for folder in (small.folder, mixed))
    assert plain == other


def test_a_volume_that_the_image_denies_is_null_and_no_number() -> None:
    grid = affine_of(np.eye(4))
    mask = Region("r", Voxels.of(np.ones((2, 2, 2), bool)), affine=grid)
    image = Image("ct", Voxels.of(np.ones((2, 2, 2))), "[hnsf'U]", grid)
    assert volume_mm3(mask, (image,)) == 8
    for denied in ("region", "volume", "mm"):
        told = Image("ct", image.voxels, image.unit, grid, refusals=(Flag("uneven_slices", "-", denied),))
        assert volume_mm3(mask, (told,)) is None


def test_a_person_sees_a_point_in_the_region_even_where_its_centre_lies_beside_it() -> None:
    """A horseshoe on slices of 3 mm that begin at z = 10: its centre is empty, the nearest voxel is its base."""
    mask = np.zeros((3, 7, 7), bool)
    mask[1, 1:6, 1:6] = True
    mask[1, 1:5, 2:5] = False
    grid = affine_of([[0, 0, 1, 0], [0, 1, 0, 0], [3, 0, 0, 10], [0, 0, 0, 1]])
    image = Image("ct", Voxels.of(np.zeros(mask.shape)), "[hnsf'U]", grid)
    drawn = Region("horseshoe", Voxels.of(mask), affine=grid)
    assert sized(drawn, (image,)) == "13 voxels, 39 mm3, around 3,5,13 mm LPS"
    empty = Region("gone", Voxels.of(np.zeros(mask.shape, bool)), affine=grid)
    assert sized(empty, (image,)) == "0 voxels, 0 mm3"
    untold = replace(image, refusals=(Flag("no_calibration", "no mm", "mm"),))
    assert sized(drawn, (untold,)) == "13 voxels, no volume"
