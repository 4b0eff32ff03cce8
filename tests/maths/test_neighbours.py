"""Labels that lean towards their neighbours."""

import numpy as np
import pytest

from vivomap.maths.neighbours import leaned


def test_a_lone_doubtful_voxel_follows_its_neighbours_and_a_sure_one_does_not():
    mask = np.ones((5, 5, 5), bool)
    chances = np.tile([0.9, 0.1], (125, 1))
    chances[62] = [0.45, 0.55]
    assert leaned(chances, mask, 0.2)[62].argmax() == 0
    chances[62] = [0.02, 0.98]
    assert leaned(chances, mask, 0.2)[62].argmax() == 1


def test_without_a_pull_nothing_changes_and_chances_stay_chances():
    rng = np.random.default_rng(0)
    mask = rng.random((6, 7, 8)) > 0.4
    chances = rng.dirichlet((1, 1, 1), np.count_nonzero(mask))
    assert np.array_equal(leaned(chances, mask, 0.0), chances)
    assert leaned(chances, mask, 0.3).sum(axis=1) == pytest.approx(1.0)
