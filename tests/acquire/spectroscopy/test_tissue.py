"""What a voxel holds, from regions on the anatomical image of its frame."""

import numpy as np
import pytest

from vivomap.acquire.spectroscopy.tissue import filled, share
from vivomap.core import Image, Region, Study, Voxels, affine_of

FINE = affine_of(np.diag([2.0, 2.0, 2.0, 1.0])[[2, 1, 0, 3]])
GRID = (40, 40, 40)
FRAME = (("frame_of_reference", "1.2.3"),)


def voxel(size: float = 20.0, **settings: float) -> Image:
    rows = np.diag([size, size, size, 1.0])[[2, 1, 0, 3]]
    rows[:3, 3] = 39.0  # the middle of the grid
    said = (*FRAME, *settings.items())
    return Image("mrs", Voxels.of(np.zeros((64, 1, 1, 1), complex)), "1", affine_of(rows), (0.0,) * 64, "s", said)


def half(name: str, low: int, high: int) -> Region:
    mask = np.zeros(GRID, bool)
    mask[:, :, low:high] = True
    return Region(name, Voxels.of(mask), name, "", FINE)


def study(image: Image, *regions: Region) -> Study:
    anatomy = Image("mr", Voxels.of(np.zeros(GRID)), "1", FINE, settings=FRAME)
    return Study("p", None, (image, anatomy), regions)


KINDS = (half("grey_matter", 0, 20), half("white_matter", 20, 23), half("csf", 23, 40))


def test_the_shares_are_those_of_the_box() -> None:
    said = dict(filled(study(voxel(), *KINDS)).images[0].settings)
    assert said["grey_fraction"] == pytest.approx(0.5, abs=0.03)
    assert said["white_fraction"] == pytest.approx(0.3, abs=0.05)
    assert said["fluid_fraction"] == pytest.approx(0.2, abs=0.05)
    assert sum(said[k] for k in ("grey_fraction", "white_fraction", "fluid_fraction")) == pytest.approx(1.0)


def test_a_voxel_outside_of_the_region_holds_none_of_it() -> None:
    assert share(voxel(), half("grey_matter", 0, 2)) == 0.0


@pytest.mark.parametrize("regions", [KINDS[:2], (KINDS[0], KINDS[1], half("csf", 30, 40))])
def test_where_a_kind_is_absent_or_the_box_is_not_filled_nothing_is_said(regions: tuple[Region, ...]) -> None:
    image = voxel()
    assert filled(study(image, *regions)).images[0] is image


def test_what_was_said_is_kept() -> None:
    image = voxel(grey_fraction=0.9)
    assert filled(study(image, *KINDS)).images[0] is image
