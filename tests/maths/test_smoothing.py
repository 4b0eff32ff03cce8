"""The compiled Gaussian against that of scipy."""

import numpy as np
import pytest
from scipy import ndimage

from vivomap.maths.smoothing import REACH, kernel, smooth


def test_it_is_the_gaussian_of_the_library():
    volumes = np.random.default_rng(0).normal(size=(2, 9, 14, 17)).astype(np.float32)
    expected = [ndimage.gaussian_filter(v, (1.2, 2.0, 0.8), mode="nearest", radius=(3, 5, 2)) for v in volumes]
    smooth(volumes, (1.2, 2.0, 0.8), np.empty_like(volumes))
    assert np.allclose(volumes, expected, atol=1e-5)


def test_weights_sum_to_one_and_reach_as_far_as_they_say():
    weights = kernel(2.0)
    assert weights.sum() == pytest.approx(1, abs=1e-6)
    assert len(weights) == 2 * int(np.ceil(REACH * 2)) + 1
    assert kernel(0).tolist() == [1]


def test_a_flat_volume_stays_flat_to_its_edge():
    volumes = np.full((1, 5, 6, 7), 3.0, np.float32)
    smooth(volumes, (2.0, 2.0, 2.0), np.empty_like(volumes))
    assert np.allclose(volumes, 3, atol=1e-5)
