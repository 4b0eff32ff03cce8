"""The belly: areas of ellipses, and regions that do not overlap."""

import numpy as np
import pytest

from vivomap.acquire.phantom.abdomen import Belly, cavity, muscle, skin


def test_areas_are_those_of_ellipses_and_voxels_count_to_them():
    fine = Belly(noise=0.0, offset=0.0, pixel=0.75)
    for made, low, high, name in ((muscle, -29, 150, "muscle_area"), (cavity, -150, -50, "vat_area")):
        (ct,), (region,), truth = made(fine)
        inside = ct.voxels.array[region.mask.array]
        area = np.count_nonzero((inside >= low) & (inside <= high)) * 0.75**2 / 100
        assert area == pytest.approx(truth[name], rel=0.003)


def test_the_three_regions_lie_side_by_side_on_one_slice():
    masks = [f()[1][0].mask.array for f in (muscle, cavity, skin)]
    assert np.sum(masks, axis=0).max() == 1
    assert [np.flatnonzero(m.any(axis=(1, 2))).tolist() for m in masks] == [[1]] * 3
