"""Blur in mm: its width, what lies outside a mask, and the volume that a blurred value speaks for."""

import numpy as np
import pytest

from vivomap.maths.blur import blurred, blurred_within, resolved_mm3, sharper


def test_a_point_is_as_wide_as_asked_along_every_axis():
    point = np.zeros((41, 61, 61))
    point[20, 30, 30] = 1.0
    seen = blurred(point, (3.0, 2.0, 1.0), 12.0)
    assert seen.sum() == pytest.approx(1.0, rel=1e-3)
    for axis, step in enumerate((3.0, 2.0, 1.0)):
        line = seen.sum(axis=tuple(a for a in range(3) if a != axis))
        at = (np.arange(line.size) - line.size // 2) * step
        assert 2.3548 * np.sqrt((line * at**2).sum()) == pytest.approx(12.0, rel=0.02)


def test_what_lies_outside_a_mask_has_no_part_in_it():
    mask = np.zeros((9, 9, 9), bool)
    mask[2:7, 2:7, 2:7] = True
    values = np.where(mask, 5.0, 1000.0)
    assert blurred_within(values, mask, (2.0, 2.0, 2.0), 6.0)[mask] == pytest.approx(5.0)
    assert np.array_equal(blurred_within(values, mask, (2.0, 2.0, 2.0), 0.0)[mask], values[mask])


def test_blurs_add_in_squares():
    assert sharper(5.0, 3.0) == pytest.approx(4.0)
    assert sharper(3.0, 5.0) == 0.0


def test_noise_that_is_blurred_scatters_as_the_resolved_volume_says():
    rng = np.random.default_rng(0)
    seen = blurred(rng.standard_normal((40, 60, 60)), (2.0, 2.0, 2.0), 7.0)
    assert 8.0 / resolved_mm3(7.0, 8.0) == pytest.approx(seen[8:-8, 8:-8, 8:-8].var(), rel=0.1)
    assert resolved_mm3(0.0, 8.0) == 8.0
