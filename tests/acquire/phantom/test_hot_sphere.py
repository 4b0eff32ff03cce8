import math

import numpy as np
import pytest

from vivomap.acquire.phantom.hot_sphere import PEAK_RADIUS, HotSphere


def test_the_peak_follows_the_closed_form_of_the_methods() -> None:
    _, share = HotSphere(6.0, 1.0, 0.0, 3.0).profile()
    assert share[0] == pytest.approx(0.7385, abs=1e-4)  # methods A3: R 6 mm, s 3 mm


def test_the_peak_sphere_holds_one_millilitre() -> None:
    assert 4 / 3 * math.pi * PEAK_RADIUS**3 == pytest.approx(1000)


def test_a_wide_core_is_flat() -> None:
    sphere = HotSphere(16.0, 10.0, 0.5, 2.55)
    assert sphere.peak == pytest.approx(10.0, rel=1e-3)


def test_the_blur_moves_uptake_and_loses_none() -> None:
    r, share = HotSphere(12.0, 1.0, 0.0, 2.5).profile()
    assert np.trapezoid(4 * math.pi * r**2 * share, r) == pytest.approx(4 / 3 * math.pi * 12**3, rel=1e-4)


def test_half_the_uptake_is_reached_near_the_edge() -> None:
    sphere = HotSphere(16.0, 10.0, 0.0, 2.0)
    assert sphere.radius_at(5.0) == pytest.approx(16.0, abs=0.4)
    assert sphere.volume_over(5.0) == pytest.approx(4 / 3 * math.pi * 16.0**3 / 1000, rel=0.07)


def test_a_blur_in_the_computer_agrees_with_the_closed_form() -> None:
    axis = np.arange(-30, 30.5, 1.0)
    z, y, x = np.meshgrid(axis, axis, axis, indexing="ij")
    fine = np.clip(12.0 - np.sqrt(x * x + y * y + z * z) + 0.5, 0, 1)
    kernel = np.exp(-(np.arange(-10, 11) ** 2) / (2 * 2.5**2))
    for way in range(3):
        fine = np.apply_along_axis(np.convolve, way, fine, kernel / kernel.sum(), "same")
    r, share = HotSphere(12.0, 1.0, 0.0, 2.5).profile()
    line = np.interp(np.abs(axis), r, share)
    assert np.abs(fine[30, 30] - line).max() < 0.01
