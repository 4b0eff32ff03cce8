"""Two caps of a ball, and how far they overlap."""

import numpy as np
import pytest

from vivomap.acquire.phantom.habitats import cap
from vivomap.acquire.phantom.two_targets import HEIGHT, Pair, cohort, directions, overlap, two_targets


def test_a_cap_is_a_quarter_and_the_angle_is_the_angle():
    assert cap(HEIGHT) == pytest.approx(0.25, abs=1e-9)
    for angle in (0.0, 60.0, 100.0):
        one, other = directions(angle)
        assert np.degrees(np.arccos(np.clip(one @ other, -1, 1))) == pytest.approx(angle, abs=1e-5)
        assert np.linalg.norm(one) == pytest.approx(1.0)


def test_the_overlap_falls_with_the_angle():
    assert overlap(0.0) == 1.0
    assert 1 > overlap(60.0) > overlap(180.0) == 0.0


def test_every_image_lies_on_one_grid_and_the_region_is_the_ball():
    images, (region,), truth = two_targets(Pair(radius_mm=12.0))
    assert {i.role for i in images} == {"ct", "suv", "adc", "ktrans"}
    assert region.voxel_count * region.voxel_mm3 == pytest.approx(4 / 3 * np.pi * 12**3, rel=0.03)
    assert truth == {"target_overlap": overlap(60.0)}


def test_a_cohort_has_the_planted_share():
    told = [differs for differs, _ in cohort(10, 0.3, seed=4)]
    assert sum(told) == 3
