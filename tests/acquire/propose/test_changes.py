from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import SimpleITK as sitk
from scipy import ndimage

from vivomap.acquire.phantom.white_matter import head
from vivomap.acquire.propose import Candidate, changed
from vivomap.core import Image, Refusal, Voxels, affine_of


def hit(found: Candidate, lesions: tuple) -> bool:  # type: ignore[type-arg]
    return any(np.linalg.norm(np.subtract(found.at, s.centre)) < max(s.half) + 3 for s in lesions)


def test_new_and_grown_lesions_are_told_apart_and_the_others_left_alone() -> None:
    made = head(1)
    found = changed(made.first, made.second)
    assert all(hit(c, (*made.new, *made.grown)) for c in found)
    assert {c.kind for c in found if hit(c, made.new)} == {"new"}
    assert {c.kind for c in found if hit(c, made.grown)} == {"grown"}
    assert len([s for s in (*made.new, *made.grown) if any(hit(c, (s,)) for c in found)]) == 4


def test_the_other_way_round_they_have_shrunk() -> None:
    made = head(1)
    assert {c.kind for c in changed(made.second, made.first)} == {"shrunk"}


def test_doubt_about_the_place_makes_a_shifted_edge_no_change() -> None:
    """Two voxels are 2.6 mm: without a residual every fold of the cortex has changed, with one of 3 mm none has."""
    made = head(3)
    moved = replace(made.second, voxels=Voxels.of(ndimage.shift(made.second.voxels.array, (0, 2.0, 0), order=1)))
    everywhere = Voxels.of(np.full(moved.shape, 3.0))
    assert len(changed(made.second, moved)) > 20
    assert not changed(replace(made.second, residual_mm=3.0), moved)
    assert not changed(replace(made.second, residual=everywhere), moved)


def test_visits_on_other_grids_are_refused() -> None:
    made = head(0)
    with pytest.raises(Refusal) as refused:
        changed(replace(made.first, voxels=Voxels.of(made.first.voxels.array[:-1])), made.second)
    assert refused.value.code == "other_grid"


def laid(path: Path, transform: Path, onto: Any) -> Image:
    """A FLAIR image in the space of the mask, by the transform that came with it."""
    moving = sitk.ReadImage(str(path), sitk.sitkFloat32)
    moved = sitk.Resample(moving, onto, sitk.ReadTransform(str(transform)), sitk.sitkBSpline, 0.0)
    rows = np.zeros((4, 4))
    rows[2, 0], rows[1, 1], rows[0, 2] = onto.GetSpacing()[::-1]
    rows[3, 3] = 1.0
    values = np.maximum(sitk.GetArrayFromImage(moved), 0)
    return Image("mr", Voxels.of(values), "1", affine_of(rows))


@pytest.mark.slow  # seven million voxels, twice
def test_of_a_real_patient_the_changed_lesions_are_found(data: Path) -> None:
    """The expert's mask holds 46 pieces, most of some 20 mm3 in one slice; 8 are as large as a ball of 5 mm."""
    folder = data / "ms_longitudinal_flair" / "patient12"
    drawn = sitk.ReadImage(str(folder / "gt.nii.gz"))
    first, second = (
        laid(folder / f"study{k}_FLAIR.nii.gz", folder / f"study{k}_FLAIR_to_common_space.txt", drawn) for k in (1, 2)
    )
    pieces, count = ndimage.label(sitk.GetArrayFromImage(drawn) > 0, np.ones((3, 3, 3)))
    sizes = np.bincount(pieces.ravel()) * first.voxel_mm3
    large = {k for k in range(1, count + 1) if sizes[k] >= np.pi / 6 * 5**3}
    proposed = changed(first, second)
    hits = [set(np.unique(pieces[c.region.mask.array])) - {0} for c in proposed]
    found = set().union(*hits)
    assert len(large) == 8
    assert len(found & large) >= 6, "measured: 7 of 8"
    assert len(found) >= 9, f"measured: 10 of {count}"
    assert sum(not h for h in hits) <= 12, "measured: 9"
    assert sum(not h for h in hits[:8]) <= 1, "of the surest eight one is no lesion of the mask"
