"""How voxels stand out, against plain double sums."""

import numpy as np
import pytest

from vivomap.maths.texture.tones import COARSEST, tones


def test_the_numbers_are_those_of_plain_double_sums():
    n, s = np.array([3, 0, 5, 2]), np.array([1.5, 0.0, 4.0, 6.0])
    count = n.sum()
    cells = [(i + 1, n[i] / count, s[i]) for i in range(4) if n[i]]
    found = tones(n, s)
    both = [(a, b) for a in cells for b in cells]
    assert found.coarseness == pytest.approx(1 / sum(p * t for _, p, t in cells))
    spread = sum(a[1] * b[1] * (a[0] - b[0]) ** 2 for a, b in both) / (3 * 2)
    assert found.contrast == pytest.approx(spread * s.sum() / count)
    uneven = sum(abs(a[0] * a[1] - b[0] * b[1]) for a, b in both)
    assert found.busyness == pytest.approx(sum(p * t for _, p, t in cells) / uneven)
    complexity = sum(abs(a[0] - b[0]) * (a[1] * a[2] + b[1] * b[2]) / (a[1] + b[1]) for a, b in both)
    assert found.complexity == pytest.approx(complexity / count)
    strength = sum((a[1] + b[1]) * (a[0] - b[0]) ** 2 for a, b in both) / s.sum()
    assert found.strength == pytest.approx(strength)


def test_an_even_region_is_as_coarse_as_can_be():
    assert tones(np.array([0, 8]), np.zeros(2)) == (COARSEST, 0, 0, 0, 0)
