"""Grids that share their centre, and levels out of intensities."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vivomap.core import Refusal
from vivomap.maths.texture.grid import MOST_LEVELS, SPLINE_REACH, axes_of, axis_of, by_number, by_size, laid

ALL = slice(0, 1000)


@given(st.integers(2, 40), st.floats(0.3, 3.0))
def test_both_grids_have_one_centre(count, ratio):
    axis = axis_of(count, ratio, slice(0, count), SPLINE_REACH)
    ends = axis.old.start + axis.start + ratio * (np.array([0, axis.voxels - 1]) - 0)
    whole = int(np.ceil(count / ratio - 1e-9))
    left, right = whole - axis.voxels - axis.first, axis.first
    assert ends.mean() + ratio * (left - right) / 2 == pytest.approx((count - 1) / 2)


def test_the_published_size_of_the_grid_is_met():
    axes = axes_of(
        (60, 201, 204), (3.0, 0.9765625, 0.9765625), (2.0, 2.0, 2.0), (slice(0, 60), slice(0, 201), slice(0, 204))
    )
    assert [a.voxels for a in axes] == [90, 99, 100]


@pytest.mark.parametrize("order", [1, 3])
def test_a_slope_stays_a_slope(order):
    z, y, x = np.meshgrid(np.arange(20.0), np.arange(30.0), np.arange(25.0), indexing="ij")
    axes = axes_of((20, 30, 25), (1.0, 1.0, 1.0), (0.7, 1.5, 0.0), (slice(8, 12), slice(13, 17), slice(10, 14)))
    box = tuple(a.old for a in axes)
    found = laid((2 * z - y + 3 * x)[box], axes, order)
    place = [a.old.start + a.start + a.step * np.arange(a.voxels) for a in axes]
    want = 2 * place[0][:, None, None] - place[1][:, None] + 3 * place[2]
    assert found == pytest.approx(want, abs=0.05 if order == 3 else 1e-4)  # a spline bends at the end of its box


@pytest.mark.parametrize("order", [1, 3])
def test_a_part_of_the_image_is_laid_as_the_whole_would_be(order):
    values = np.random.default_rng(0).normal(0, 100, (40, 44, 48))
    near = (slice(15, 20), slice(18, 24), slice(20, 26))
    whole = tuple(slice(0, n) for n in values.shape)
    size, wanted = (3.0, 1.0, 1.0), (2.0, 1.6, 1.6)
    part, full = (axes_of(values.shape, size, wanted, b) for b in (near, whole))
    some = laid(values[tuple(a.old for a in part)], part, order)
    place = tuple(slice(p.first, p.first + p.voxels) for p in part)
    assert some == pytest.approx(laid(values, full, order)[place], abs=1e-3)


def test_a_grid_that_is_already_so_is_left_as_it_is():
    values = np.random.default_rng(0).normal(size=(5, 6, 7))
    axes = axes_of((5, 6, 7), (2.0, 1.0, 1.0), (2.0, 0.0, 1.0), (slice(1, 3), slice(0, 6), slice(2, 4)))
    found = laid(values[tuple(a.old for a in axes)], axes, 3)
    assert np.array_equal(found, values[tuple(slice(a.first, a.first + a.voxels) for a in axes)])


def test_levels_of_a_width_start_at_their_edge():
    found, highest = by_size(np.array([-1000.0, -975.1, -975.0, 399.0, 400.0]), 25.0, -1000.0)
    assert (found.tolist(), highest) == ([1, 1, 2, 56, 57], 57)
    assert by_size(np.array([-5.0, 3.0]), 1.0, 0.0)[0].tolist() == [1, 4]


def test_too_many_levels_are_refused():
    with pytest.raises(Refusal, match="grey levels"):
        by_size(np.array([0.0, MOST_LEVELS + 1.0]), 1.0, 0.0)


def test_a_number_of_levels_reaches_from_lowest_to_highest():
    found, highest = by_number(np.array([10.0, 12.4, 12.5, 19.9, 20.0]), 4)
    assert (found.tolist(), highest) == ([1, 1, 2, 4, 4], 4)
    assert by_number(np.full(3, 7.0), 32) == (pytest.approx([1, 1, 1]), 1)
