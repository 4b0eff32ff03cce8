"""Peaks and likeness against plain sums over all voxels and all pairs."""

import numpy as np
import pytest

from vivomap.maths.texture.around import PEAK_RADIUS_MM, alike, peaks

SIZE = (3.0, 1.0, 1.5)


def test_both_measures_of_likeness_are_those_of_all_pairs():
    rng = np.random.default_rng(0)
    values, inside = rng.normal(5, 2, (4, 7, 6)), rng.random((4, 7, 6)) < 0.6
    place, x = np.argwhere(inside) * SIZE, values[inside]
    apart = np.linalg.norm(place[:, None] - place[None], axis=-1)
    weight = np.divide(1.0, apart, out=np.zeros_like(apart), where=apart > 0)
    rest = x - x.mean()
    squares = (rest**2).sum()
    moran = x.size / weight.sum() * (weight * np.outer(rest, rest)).sum() / squares
    geary = (x.size - 1) / (2 * weight.sum()) * (weight * (x[:, None] - x) ** 2).sum() / squares
    assert alike(values, inside, SIZE) == pytest.approx((moran, geary))


def test_equal_values_are_alike():
    assert alike(np.full((3, 3, 3), 4.0), np.ones((3, 3, 3), bool), SIZE) == (1.0, 0.0)


def test_peaks_are_means_of_plain_balls():
    values = np.random.default_rng(1).normal(0, 1, (8, 20, 16))
    values[4, 9, 8] = 9.0
    inside = np.zeros(values.shape, bool)
    inside[2:6, 5:15, 4:12] = True
    grid = np.argwhere(np.ones(values.shape, bool)) * SIZE
    means = {}
    for place in np.argwhere(inside):
        near = np.linalg.norm(grid - place * SIZE, axis=1) <= PEAK_RADIUS_MM
        means[tuple(place)] = values.ravel()[near].mean()
    found = peaks(values, np.ones(values.shape, bool), inside, SIZE)
    assert found.local == pytest.approx(means[4, 9, 8])
    assert found.anywhere == pytest.approx(max(means.values()))


def test_a_ball_at_the_border_holds_what_is_there():
    values = np.arange(27.0).reshape(3, 3, 3)
    inside = np.zeros(values.shape, bool)
    inside[0, 0, 0] = True
    assert peaks(values, np.ones(values.shape, bool), inside, (50.0, 50.0, 50.0)).local == 0.0
