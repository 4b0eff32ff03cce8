"""The two axes of shapes whose axes are known."""

import numpy as np
import pytest

from vivomap.core import Refusal, Voxels
from vivomap.maths.axes import axes


def disc(radius: float, size: int = 41) -> np.ndarray:
    y, x = np.indices((size, size)) - size // 2
    return x**2 + y**2 <= radius**2


def test_the_slice_with_the_longest_chord_is_chosen():
    mask = np.stack([disc(6), disc(12), disc(9)])
    found = axes(Voxels.of(mask), 1.0, 1.0)
    assert found.slice == 1
    assert found.long.length == pytest.approx(24, abs=1)
    assert found.short.length == pytest.approx(24, abs=1)


def test_pixels_that_are_not_square_are_respected():
    mask = np.zeros((1, 30, 30), bool)
    mask[0, 5:25, 10:14] = True  # 20 rows of 2 mm, 4 columns of 0.5 mm
    found = axes(Voxels.of(mask), 2.0, 0.5)
    assert found.long.length == pytest.approx(np.hypot(40, 2), abs=2.1)  # corners lie half a pixel in
    assert found.short.length == pytest.approx(2, abs=0.2)


def test_a_speck_is_no_part_and_a_second_part_does_not_lengthen_the_axis():
    mask = np.zeros((3, 60, 60), bool)
    mask[1, 10:20, 10:20] = True
    mask[1, 50, 50] = True
    assert axes(Voxels.of(mask), 1.0, 1.0).parts == 1
    mask[1, 40:48, 40:48] = True
    two = axes(Voxels.of(mask), 1.0, 1.0)
    assert two.parts == 2
    assert two.long.length < 15


def test_a_cavity_does_not_shorten_the_short_axis():
    solid = disc(12)
    hollow = solid & ~disc(6)
    whole, ring = (axes(Voxels.of(m[None]), 1.0, 1.0) for m in (solid, hollow))
    assert ring.short.length == whole.short.length


def test_the_ends_lie_where_the_shape_lies_in_the_whole_slice():
    mask = np.zeros((2, 50, 50), bool)
    mask[1, 30, 20:41] = True
    found = axes(Voxels.of(mask), 2.0, 3.0)
    assert sorted((found.long.start, found.long.end)) == [(60.0, 58.5), (60.0, 121.5)]


def test_an_empty_mask_is_refused():
    with pytest.raises(Refusal):
        axes(Voxels.of(np.zeros((2, 3, 4), bool)), 1.0, 1.0)
