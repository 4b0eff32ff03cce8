"""Numbers of a table of pairs that can be told without one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vivomap.maths.texture.cooccurrence import cooccurrence

TABLES = st.integers(2, 6).flatmap(
    lambda n: st.lists(st.integers(0, 9), min_size=n * n, max_size=n * n).map(lambda v: np.reshape(v, (n, n)))
)


def test_levels_that_do_not_know_of_each_other_tell_nothing():
    side = np.array([1, 2, 5])
    found = cooccurrence(np.outer(side, side))
    bits = -sum(s / 8 * np.log2(s / 8) for s in side)
    assert found.correlation == pytest.approx(0, abs=1e-12)
    assert found.information_correlation_1 == pytest.approx(0, abs=1e-12)
    assert found.information_correlation_2 == pytest.approx(0, abs=1e-6)
    assert found.joint_entropy == pytest.approx(2 * bits)


def test_a_chessboard_has_only_unlike_neighbours():
    found = cooccurrence(np.array([[0, 5], [5, 0]]))
    assert (found.contrast, found.dissimilarity, found.correlation, found.joint_entropy) == (1, 1, -1, 1)
    assert found.inverse_difference == 0.5
    assert found.difference_entropy == 0


def test_one_level_is_fully_even():
    found = cooccurrence(np.array([[8]]))
    assert (found.joint_entropy, found.contrast, found.correlation) == (0, 0, 1)
    assert (found.angular_second_moment, found.inverse_difference_moment, found.information_correlation_1) == (1, 1, 0)


@given(TABLES)
def test_numbers_keep_their_bounds_and_their_laws(half):
    count = half + half.T
    if not count.any():
        return
    found = cooccurrence(count)
    assert 0 <= found.joint_entropy <= 2 * np.log2(len(count)) + 1e-9
    assert -1 - 1e-9 <= found.correlation <= 1 + 1e-9
    assert found.sum_average == pytest.approx(2 * found.joint_average)
    assert found.sum_variance == pytest.approx(found.cluster_tendency)
    assert found.contrast + found.cluster_tendency == pytest.approx(4 * found.joint_variance)
    assert found.difference_average == pytest.approx(found.dissimilarity)
