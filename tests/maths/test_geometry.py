"""Outlines, hulls and chords against brute force and closed form."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from vivomap.core import Refusal, Voxels
from vivomap.maths.geometry import calipers, chord_across, convex_hull, cut, extremes, outlines, trim, widen

PLANES = arrays(bool, array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=12)).filter(lambda m: m.any())


@given(PLANES)
@settings(max_examples=60, deadline=None)
def test_calipers_find_the_longest_distance_between_any_two_points_of_the_outline(plane):
    every = np.concatenate(outlines(plane))
    brute = np.hypot(*(every[:, None] - every[None]).transpose(2, 0, 1)).max()
    chord = calipers(convex_hull(extremes(plane)))
    assert chord.length == pytest.approx(brute, abs=1e-9)
    assert np.hypot(*np.subtract(chord.start, chord.end)) == pytest.approx(chord.length)


@given(arrays(float, (9, 2), elements=st.floats(-50, 50).map(lambda v: round(v, 3))))
@settings(max_examples=60, deadline=None)
def test_a_hull_holds_every_point_and_turns_one_way(points):
    hull = convex_hull(points)
    if len(hull) < 3:
        return
    side = np.roll(hull, -1, axis=0) - hull
    apart = points[None] - hull[:, None]
    turns = side[:, None, 0] * apart[..., 1] - side[:, None, 1] * apart[..., 0]
    assert (turns >= -1e-6).all()
    assert set(map(tuple, hull)) <= set(map(tuple, points))


def test_a_row_of_seven_pixels_is_seven_long_and_one_wide():
    plane = np.zeros((5, 11), bool)
    plane[2, 2:9] = True
    chord = calipers(convex_hull(extremes(plane)))
    assert chord.length == 7
    assert chord_across(outlines(plane), (0.0, 7.0)).length == pytest.approx(1, abs=1e-5)


def test_the_chord_across_an_l_stays_inside_it():
    plane = np.zeros((20, 20), bool)
    plane[:, :4] = True
    plane[16:, :] = True
    across = chord_across(outlines(plane), (1.0, 0.0))  # along the rows: the foot is 20 wide, the leg 4
    assert across.length == pytest.approx(20, abs=0.01)
    upright = chord_across(outlines(plane[:12]), (1.0, 0.0))
    assert upright.length == pytest.approx(4, abs=0.01)


def test_a_hole_breaks_a_chord():
    ring = np.ones((9, 9), bool)
    ring[3:6, 3:6] = False
    middle = chord_across(outlines(ring[2:7]), (0.0, 1.0))
    assert middle.length == pytest.approx(5, abs=0.01)  # beside the hole, not through it


def test_the_hull_of_nothing_is_nothing_and_has_no_chord():
    assert convex_hull(np.empty((0, 2))).shape == (0, 2)
    with pytest.raises(Refusal, match="no chord"):
        calipers(np.array([[1.0, 1.0]]))


@given(arrays(bool, (4, 5, 6)))
@settings(max_examples=40, deadline=None)
def test_a_cut_holds_every_voxel_and_no_empty_border(mask):
    if not mask.any():
        with pytest.raises(Refusal) as refused:
            trim(mask)
        assert refused.value.code == "empty_region"
        return
    box, inside = cut(Voxels.of(mask))
    assert inside.sum() == mask.sum()
    assert np.array_equal(mask[box], inside)
    assert all(np.take(inside, end, axis).any() for axis in range(3) for end in (0, -1))


def test_a_margin_ends_at_the_edge_of_the_volume():
    assert widen((slice(1, 3), slice(4, 5), slice(0, 9)), (2, 1, 1), (10, 10, 9)) == (
        slice(0, 5),
        slice(3, 6),
        slice(0, 9),
    )
