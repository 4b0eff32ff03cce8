"""The doubt of a share by where its border runs."""

import numpy as np
import pytest

from vivomap.quantify.habitats.borders import BORDER, border_doubt


def test_two_halves_of_a_cube_have_the_doubt_of_one_plane():
    held = np.ones((10, 10, 10), bool)
    labels = (np.arange(1000) // 500).astype(int)
    found = border_doubt(labels, held, (2.0, 2.0, 2.0), 0.0)
    assert found == pytest.approx([np.sqrt(100 / 12) / 1000] * 2)
    blurred = border_doubt(labels, held, (2.0, 2.0, 2.0), 6.0)
    assert blurred[0] == pytest.approx(np.hypot(found[0], BORDER * 6 * 2 / 3 * 400 / 8000))


def test_the_outline_of_the_region_is_no_border():
    held = np.zeros((6, 6, 6), bool)
    held[2:4, 2:4, 2:4] = True
    assert border_doubt(np.zeros(8, int), held, (1.0, 1.0, 1.0), 5.0).tolist() == [0.0]
