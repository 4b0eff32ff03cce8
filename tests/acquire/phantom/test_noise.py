import numpy as np
import pytest

from vivomap.acquire.phantom.noise import blurred, rician, speckled


def test_a_blur_keeps_the_sum_and_widens_a_point() -> None:
    point = np.zeros((21, 21, 21))
    point[10, 10, 10] = 1
    wide = blurred(point, (1.0, 1.0, 1.0), 1.5)
    axis = np.arange(21) - 10
    assert wide.sum() == pytest.approx(1)
    assert (wide.sum(axis=(0, 1)) @ axis**2) ** 0.5 == pytest.approx(1.5, rel=0.01)


def test_noise_grows_with_the_root_of_the_uptake() -> None:
    rng = np.random.default_rng(0)
    cold, hot = (speckled(np.full((24, 24, 24), v), 0.03, 2.2, rng).std() for v in (2.2, 8.8))
    assert cold == pytest.approx(0.066, rel=0.05)
    assert hot == pytest.approx(2 * cold, rel=0.05)


def test_magnitude_noise_lifts_what_is_dark() -> None:
    rng = np.random.default_rng(0)
    assert rician(np.zeros((100, 100)), 10.0, rng).mean() == pytest.approx(10 * np.sqrt(np.pi / 2), rel=0.02)
