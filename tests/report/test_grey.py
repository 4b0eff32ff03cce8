"""Which grey a voxel gets."""

from __future__ import annotations

import numpy as np
import pytest

from vivomap.core import Image, Voxels, affine_of
from vivomap.report.grey import window_of


def image(role: str, unit: str, top: float = 100.0) -> Image:
    return Image(role, Voxels.of(np.linspace(0, top, 64).reshape(1, 8, 8)), unit, affine_of(np.eye(4)))


@pytest.mark.parametrize(
    ("site", "low", "high"),
    [
        ("lung", -1350, 150),
        ("left upper lobe, pulmonary", -1350, 150),
        ("liver", -160, 240),
        ("brain", 0, 80),
        ("", -160, 240),
    ],
)
def test_ct_is_windowed_by_the_body_part(site: str, low: float, high: float) -> None:
    found = window_of(image("ct", "[hnsf'U]"), np.zeros((2, 2)), site, 0)
    assert (found.low, found.high, found.inverted, found.bar) == (low, high, False, None)
    assert "HU" in found.said


def test_uptake_is_inverted_from_zero_to_above_the_lesion() -> None:
    found = window_of(image("suv", "g/ml{SUVbw}"), np.full((2, 2), 80.0), "", 7.9)
    assert (found.low, found.high, found.bar) == (0, 10, ("0", "10", "SUVbw"))
    assert list(found.grey(np.array([0.0, 5.0, 10.0, 80.0]))) == [255, 128, 0, 0]


def test_diffusion_has_a_bar_in_its_unit() -> None:
    found = window_of(image("adc", "mm2/s"), np.zeros((2, 2)), "", 0)
    assert found.bar == ("0", "3", "10⁻³ mm²/s")
    assert list(found.grey(np.array([0.0, 3e-3]))) == [0, 255]


def test_a_flat_slice_does_not_divide_by_zero() -> None:
    found = window_of(image("mr", "1"), np.full((4, 4), 7.0), "", 7)
    assert list(found.grey(np.array([7.0]))) == [0]


def test_activity_without_uptake_reaches_its_own_top() -> None:
    found = window_of(image("activity", "{counts}"), np.array([[0.0, 250.0]]), "", 250)
    assert found.high == 250
