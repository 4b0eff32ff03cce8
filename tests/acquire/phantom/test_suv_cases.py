"""Every case of the published list, and our own, read back from its files: the true SUV, or the code of its refusal."""

from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset

import vivomap
from vivomap.acquire.phantom.suv_cases import CASES, EXPECTED, GOOD, MASK, TOLERANCE, TRUTH, SuvCase, made, write
from vivomap.acquire.suv import SuvFactor, factor
from vivomap.core import Refusal
from vivomap.core.errors import codes

SLICES = 6


def read(folder: Path) -> list[Dataset]:
    """The objects of a folder in order of place."""
    found = [dcmread(path) for path in folder.iterdir()]
    return sorted(found, key=lambda ds: float(ds.ImagePositionPatient[2]) if "ImagePositionPatient" in ds else 0.0)


def suv_of(objects: list[Dataset]) -> tuple[np.ndarray, list[SuvFactor]]:
    """SUV (z, y, x) by the rescale of each slice or frame and its factor."""
    if len(objects) == 1:
        frames = objects[0].PerFrameFunctionalGroupsSequence
        factors = [factor(objects[0], k) for k in range(SLICES)]
        slopes = [float(f.PixelValueTransformationSequence[0].RescaleSlope) for f in frames]
        return np.stack([objects[0].pixel_array[k] * slopes[k] * factors[k].value for k in range(SLICES)]), factors
    factors = [factor(ds) for ds in objects]
    planes = [ds.pixel_array * float(ds.RescaleSlope) * f.value for ds, f in zip(objects, factors, strict=True)]
    return np.stack(planes), factors


@pytest.mark.parametrize("case", GOOD, ids=lambda c: c.name)
def test_every_way_of_writing_a_suv_gives_the_true_one(case: SuvCase, tmp_path: Path) -> None:
    found, factors = suv_of(read(write(case, tmp_path)))
    inside = found[MASK]
    assert np.abs(np.array([inside.min(), np.median(inside), inside.max()]) - EXPECTED).max() < TOLERANCE
    assert np.abs(found - TRUTH).max() < TOLERANCE
    assert max(f.value for f in factors) == pytest.approx(min(f.value for f in factors), rel=1e-5)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_the_door_gives_the_true_suv_or_activity_with_the_reason(case: SuvCase, tmp_path: Path) -> None:
    (image,) = (i for study in vivomap.read(write(case, tmp_path)) for i in study.images)
    if case in GOOD:
        assert image.role == "suv"
        assert np.abs(image.voxels.array - TRUTH).max() < TOLERANCE
    else:
        assert image.role == "activity"
        assert case.expect in [flag.code for flag in image.refusals if flag.denies == "suv"]


@pytest.mark.parametrize("case", [c for c in CASES if c not in GOOD], ids=lambda c: c.name)
def test_every_fault_is_refused_by_its_code(case: SuvCase, tmp_path: Path) -> None:
    for k, ds in enumerate(read(write(case, tmp_path))):
        with pytest.raises(Refusal) as caught:
            factor(ds, k)
        assert caught.value.code == case.expect


def test_the_truth_in_the_mask_is_the_published_one() -> None:
    inside = TRUTH[MASK]
    assert (inside.min(), np.median(inside), inside.max()) == EXPECTED
    assert TRUTH.max() > inside.max()  # so that a mask forgotten is a mistake seen
    assert TRUTH.min() < inside.min()


def test_the_whole_list_is_there_once_and_every_code_has_a_page() -> None:
    names = [case.name for case in CASES]
    assert len(set(names)) == len(names)
    assert sum(name.startswith("DRO_") for name in names) == 58  # 43 objects and 15 faults, as published
    assert {case.expect for case in CASES} - {"value"} <= set(codes())


def test_cases_are_written_alike_every_time(tmp_path: Path) -> None:
    folders = [write(CASES[0], tmp_path / name) for name in ("one", "two")]
    one, two = (sorted((p.name, p.read_bytes()) for p in folder.iterdir()) for folder in folders)
    assert one == two
    assert len(one) == SLICES
    assert [name for name, _ in one] != [f"{k}.dcm" for k in range(SLICES)]


def test_an_edit_changes_the_header_and_nothing_else() -> None:
    plain, edited = made(CASES[0]), made(next(c for c in CASES if c.name == "DRO_error_2_1"))
    assert (plain[0].PatientWeight, edited[0].PatientWeight) == (70, 0)
    assert plain[3].PixelData == edited[3].PixelData
