"""Numbers of a table of level against size, against plain sums over its cells."""

import numpy as np
import pytest

from vivomap.maths.texture.emphasis import emphasis, energy, of_list, of_table


def test_the_numbers_are_those_of_plain_sums():
    count = np.random.default_rng(0).integers(0, 5, (4, 7))
    found, total = emphasis(of_table(count, 200.0)), count.sum()
    cells = [(i + 1, j + 1, count[i, j] / total) for i in range(4) for j in range(7)]
    assert found.small == pytest.approx(sum(p / j**2 for _, j, p in cells))
    assert found.large_low == pytest.approx(sum(p * j**2 / i**2 for i, j, p in cells))
    assert found.small_high == pytest.approx(sum(p * i**2 / j**2 for i, j, p in cells))
    assert found.level_non_uniformity == pytest.approx((count.sum(axis=1) ** 2).sum() / total)
    assert found.size_non_uniformity_normalised == pytest.approx((count.sum(axis=0) ** 2).sum() / total**2)
    assert found.percentage == total / 200
    mean = sum(p * j for _, j, p in cells)
    assert found.size_variance == pytest.approx(sum(p * (j - mean) ** 2 for _, j, p in cells))
    assert found.entropy == pytest.approx(-sum(p * np.log2(p) for *_, p in cells if p))


def test_a_list_and_its_table_are_one():
    level, size = np.array([1, 1, 3, 3, 3]), np.array([2, 2, 1, 5, 5])
    count = np.zeros((3, 5), int)
    np.add.at(count, (level - 1, size - 1), 1)
    listed, tabled = of_list(level, size, 15), of_table(count, 15)
    assert emphasis(listed) == pytest.approx(emphasis(tabled))
    assert energy(listed) == pytest.approx(energy(tabled)) == pytest.approx((4 + 1 + 4) / 25)


def test_one_zone_is_without_variance_and_entropy():
    found = emphasis(of_list(np.array([2]), np.array([10]), 10))
    assert (found.level_variance, found.size_variance, found.entropy, found.percentage) == (0, 0, 0, 0.1)
    assert (found.large, found.low_level) == (100, 0.25)
