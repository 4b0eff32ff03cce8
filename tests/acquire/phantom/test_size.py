"""The ellipsoid is the ellipsoid that it says it is."""

import numpy as np
import pytest

from vivomap.acquire.phantom.size import Ellipsoid, ellipsoid


def test_the_truth_is_the_closed_form():
    _, _, truth = ellipsoid(Ellipsoid((3.0, 4.0, 5.0)))
    assert truth["volume"] == pytest.approx(4 / 3 * np.pi * 60 / 1000)
    assert (truth["long_axis"], truth["short_axis"]) == (10, 8)


def test_moments_of_the_mask_are_those_of_the_solid():
    (ct,), (region,), _ = ellipsoid(Ellipsoid((12.0, 8.0, 16.0), (0.8, 0.8, 0.8), turn_deg=30.0))
    voxels = np.argwhere(region.mask.array)
    place = np.asarray(ct.affine)[:3, :3] @ voxels.T  # mm in LPS
    spread = np.linalg.eigvalsh(np.cov(place))
    assert np.sqrt(5 * spread) == pytest.approx([8, 12, 16], rel=0.01)
    long = np.linalg.eigh(np.cov(place))[1][:, -1]
    assert abs(long @ [np.cos(np.pi / 6), np.sin(np.pi / 6), 0]) == pytest.approx(1, abs=1e-3)


def test_the_same_seed_gives_the_same_image_and_another_does_not():
    first, again, other = (ellipsoid(seed=s)[0][0].voxels.digest for s in (1, 1, 2))
    assert first == again != other
