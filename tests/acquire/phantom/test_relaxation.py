"""The block fades as it says."""

import numpy as np
import pytest

from vivomap.acquire.phantom.relaxation import Train, fading


def test_each_echo_is_the_exponential_of_its_time():
    (echo,), (region,), truth = fading(Train(snr=0, t2=(80.0, 80.0)))
    first, second = echo.voxels.array[:2, region.mask.array]
    assert np.log(first / second) == pytest.approx(15 / 80)
    assert (echo.frame_unit, truth) == ("ms", {"t2": 80.0})


def test_air_is_dark_and_noise_is_that_of_a_magnitude():
    (echo,), (region,), _ = fading()
    air = echo.voxels.array[:, ~region.mask.array]
    assert air.mean() == pytest.approx(1000 / 80 * np.sqrt(np.pi / 2), rel=0.03)
