"""Agreement of two partitions, against the library and by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from vivomap.maths.agreement import adjusted_rand, dice, jaccards, shared

LABELS = st.lists(st.integers(0, 4), min_size=2, max_size=60)


@given(LABELS, st.randoms(use_true_random=False))
def test_the_adjusted_rand_index_is_that_of_the_library(one, chance):
    other = [chance.randrange(4) for _ in one]
    assert adjusted_rand(np.array(one), np.array(other)) == pytest.approx(adjusted_rand_score(one, other), abs=1e-12)


@given(LABELS, st.permutations(range(5)))
def test_names_of_parts_mean_nothing(one, names):
    own = np.array(one)
    renamed = np.array(names)[own]
    assert adjusted_rand(own, renamed) == 1.0
    there = sorted(set(one))
    assert [jaccards(own, renamed, 5)[k] for k in there] == [1.0] * len(there)


def test_a_part_that_nothing_stands_for_has_no_jaccard():
    one = np.array([0, 0, 1, 1, 2, 2])
    assert jaccards(one, np.array([0, 0, 0, 0, 1, 1]), 3) == (0.5, 0.0, 1.0)
    assert shared(one, one).tolist() == [[2, 0, 0], [0, 2, 0], [0, 0, 2]]


def test_dice_of_masks():
    one, other = np.array([True, True, False, False]), np.array([False, True, True, True])
    assert dice(one, other) == pytest.approx(0.4)
    assert dice(one, one) == 1.0
    assert dice(one & False, one & False) == 1.0
