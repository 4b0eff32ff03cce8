"""Convolution against plain sums, and turns by right angles."""

from functools import partial

import numpy as np
import pytest
from scipy import ndimage

from vivomap.maths.filters.convolving import BORDERS, PADS, along, over, passed, turned, turns

VALUES = np.random.default_rng(0).normal(size=(7, 8, 9))


def test_there_are_24_turns_of_a_volume_and_four_of_its_slices():
    made = {tuple(turn.of(VALUES).ravel()[:5]) for turn in turns(False)}
    assert len(made) == 24
    assert [turn.of(VALUES).shape[0] for turn in turns(True)] == [7] * 4


@pytest.mark.parametrize("flat", [True, False])
def test_a_turn_back_undoes_a_turn(flat):
    for turn in turns(flat):
        assert np.array_equal(turn.back(turn.of(VALUES)), VALUES)


@pytest.mark.parametrize("border", BORDERS)
def test_lines_and_the_grid_of_their_product_are_one_convolution(border):
    lines = [np.array([1.0, 2, -1]), np.array([0.5, 1, 2, 0, 1]), np.array([1.0, 0, -1])]
    grid = lines[2][:, None, None] * lines[1][:, None] * lines[0]
    wide = np.zeros((5, 5, 5))
    wide[1:4, :, 1:4] = grid
    (found,) = over(VALUES, [wide], border)
    assert along(VALUES, lines, border) == pytest.approx(found, abs=1e-10)


@pytest.mark.parametrize("border", PADS)
def test_a_flat_grid_runs_slice_by_slice(border):
    grid = np.random.default_rng(1).normal(size=(3, 5))
    wide = np.zeros((5, 5))
    wide[1:4] = grid
    (found,) = over(VALUES, [wide], border)
    assert found == pytest.approx(ndimage.convolve(VALUES, wide[None], mode=BORDERS[border]), abs=1e-10)


def test_a_pooled_filter_does_not_know_direction():
    line = np.array([1.0, -1, 0])
    deed = partial(along, lines=[line, line, line], border="mirror")
    cube = VALUES[:7, :7, :7]
    whole = turned(cube, deed, False, "max")
    for turn in turns(False):
        assert turn.back(turned(turn.of(cube), deed, False, "max")) == pytest.approx(whole)
    assert not np.allclose(deed(cube), whole)


def test_what_passes_everything_changes_nothing():
    assert passed(VALUES, np.ones_like, False) == pytest.approx(VALUES)
    assert passed(VALUES, np.ones_like, True) == pytest.approx(VALUES)
