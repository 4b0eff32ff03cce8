"""The hottest voxel, the hottest sphere and the volume above a threshold."""

import numpy as np
import pytest

from vivomap.core import Refusal, affine_of
from vivomap.maths.geometry import trim
from vivomap.maths.peak import Threshold, above, deepest_sphere, highest, sphere_peak
from vivomap.maths.sampling import Place
from vivomap.maths.solid import sphere_weights, steps_of

UNIT = steps_of(affine_of(np.eye(4)))


def test_the_highest_of_many_noisy_voxels_is_too_high_by_what_its_doubt_says():
    rng = np.random.default_rng(6)
    mask = np.ones((8, 8, 8), bool)
    z = []
    for _ in range(40):
        top = highest(10 + rng.normal(0, 0.5, mask.shape), mask, 0.5)
        z.append((top.value - 10) / top.uncertainty)
    assert 0.4 < np.mean(z) < 1.5  # drawn up, within its doubt
    assert np.mean(np.abs(z) < 1.96) >= 0.95


def test_the_sphere_finds_the_place_with_the_highest_mean_by_brute_force():
    rng = np.random.default_rng(7)
    image = rng.uniform(0, 10, (12, 13, 14))
    mask = np.zeros(image.shape, bool)
    mask[3:9, 4:9, 4:10] = True
    weights = sphere_weights(2.4, UNIT)
    half = weights.shape[0] // 2
    means = {}
    for z, y, x in np.argwhere(mask):
        around = image[z - half : z + half + 1, y - half : y + half + 1, x - half : x + half + 1]
        means[z, y, x] = (around * weights).sum() / weights.sum()
    top, tried = sphere_peak(image, trim(mask), weights, 0.0)
    assert top.at == max(means, key=means.get)
    assert top.value == pytest.approx(max(means.values()))
    assert tried == mask.sum()


def test_centres_too_near_the_edge_are_left_out_and_none_at_all_is_refused():
    image, mask = np.zeros((12, 12, 12)), np.zeros((12, 12, 12), bool)
    mask[0:5, 6, 6] = True
    weights = sphere_weights(2.4, UNIT)
    _, tried = sphere_peak(image, trim(mask), weights, 0.0)
    assert tried == 3
    with pytest.raises(Refusal) as refused:
        sphere_peak(image, trim(mask & (np.indices(mask.shape)[0] == 0)), weights, 0.0)
    assert refused.value.code == "peak_outside"
    with pytest.raises(Refusal):
        sphere_peak(image[:3, :3, :3], trim(np.ones((3, 3, 3), bool)), weights, 0.0)


def test_a_threshold_counts_voxels_and_its_doubt_counts_those_between_its_sides():
    values = np.tile(np.arange(10.0), (10, 10, 1))
    mask = np.ones(values.shape, bool)
    found = above(values, mask, Threshold(6.0, 0.0, 0.0), Place(UNIT))
    assert found.mm3 == 400
    moved = above(values, mask, Threshold(6.0, 1.5, 0.0), Place(UNIT))
    assert moved.uncertainty_mm3**2 - found.uncertainty_mm3**2 == pytest.approx(150**2)  # 5, 6 and 7: 300 voxels, half


def test_an_outline_counts_only_where_the_hot_part_reaches_it():
    values = np.zeros((20, 20, 20))
    values[8:12, 8:12, 8:12] = 5
    mask = np.ones(values.shape, bool)
    inside = [above(values, mask, Threshold(4.0, 0.0, 0.0), Place(UNIT, e)).uncertainty_mm3 for e in (0.0, 1.0)]
    assert inside[0] == inside[1]
    tight = [above(values, values > 0, Threshold(4.0, 0.0, 0.0), Place(UNIT, e)).uncertainty_mm3 for e in (0.0, 1.0)]
    assert np.sqrt(tight[1] ** 2 - tight[0] ** 2) == pytest.approx(2 / 3 * 96)


def test_nothing_above_the_threshold_is_a_volume_of_zero_in_doubt_of_one_voxel():
    found = above(np.zeros((4, 4, 4)), np.ones((4, 4, 4), bool), Threshold(4.0, 0.1, 0.1), Place(UNIT))
    assert found.mm3 == 0
    assert found.uncertainty_mm3 == pytest.approx(1 / np.sqrt(3))


def test_the_deepest_sphere_lies_in_the_thick_part_and_a_thin_region_stays_whole():
    mask = np.zeros((30, 30, 80), bool)
    mask[:, :, :40] = True
    mask[10:14, 10:14, 40:] = True
    sphere = deepest_sphere(mask, 10.0, UNIT)
    assert sphere.sum() == pytest.approx(4 / 3 * np.pi * 1000, rel=0.02)
    assert not (sphere & ~mask).any()
    thin = np.ones((4, 30, 30), bool)
    assert deepest_sphere(thin, 10.0, UNIT) is thin
