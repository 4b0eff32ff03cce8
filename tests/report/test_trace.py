"""Outlines of a mask: every voxel and its whole area comes back, whatever holes, islands and corners there are."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from vivomap.acquire.regions.polygon import inside, nested
from vivomap.report.trace import polygons, rings

PLANES = arrays.arrays(bool, st.tuples(st.integers(1, 12), st.integers(1, 12)))


def filled(outlines: tuple[np.ndarray, ...], shape: tuple[int, ...]) -> np.ndarray:
    """The pixels of outlines by the parity of our own reader."""
    plane = np.zeros(shape, bool)
    for outline in outlines:
        window, pixels = inside(outline, (shape[0], shape[1]))
        plane[window] ^= pixels
    return plane


def area(outline: np.ndarray) -> float:
    """By the shoelace formula."""
    y, x = outline.T
    return float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y) / 2)


@given(PLANES)
def test_reading_the_outlines_gives_the_mask_again(plane: np.ndarray) -> None:
    assert np.array_equal(filled(polygons(plane), plane.shape), plane)
    assert np.array_equal(filled(rings(plane), plane.shape), plane)


@given(PLANES)
def test_the_outlines_enclose_the_area_of_the_pixels_exactly(plane: np.ndarray) -> None:
    assert sum(area(p) for p in polygons(plane)) == plane.sum()
    assert sum(area(p) for p in rings(plane)) == plane.sum()


@given(PLANES)
def test_outlines_of_one_slice_lie_apart_or_one_in_a_hole_of_the_other(plane: np.ndarray) -> None:
    found = [filled((p,), plane.shape) for p in polygons(plane)]
    assert all(nested(a, b) for k, a in enumerate(found) for b in found[:k])


def test_a_pixel_is_a_square_around_its_centre() -> None:
    plane = np.zeros((5, 5), bool)
    plane[2, 3] = True
    (outline,) = polygons(plane)
    assert sorted(map(tuple, outline)) == [(1.5, 2.5), (1.5, 3.5), (2.5, 2.5), (2.5, 3.5)]


def test_a_ring_with_an_island_is_a_keyhole_and_a_polygon() -> None:
    plane = np.ones((9, 9), bool)
    plane[2:7, 2:7] = False
    plane[4, 4] = True
    ring, island = polygons(plane)
    assert (area(ring), area(island)) == (81 - 25, 1)
    assert len(ring) == 4 + 4 + 2  # two squares and a bridge, whose way back goes on straight from the hole's side
    assert [area(r) for r in rings(plane)] == [81, -25, 1]


def test_holes_hang_on_each_other_and_on_the_edge() -> None:
    plane = np.ones((7, 30), bool)
    plane[3, 2:28:2] = False
    (outline,) = polygons(plane)
    assert area(outline) == plane.sum()
    assert np.array_equal(filled((outline,), plane.shape), plane)


def test_nothing_has_no_outline() -> None:
    assert polygons(np.zeros((4, 4), bool)) == ()


@pytest.mark.parametrize("connected", [(0, 0), (0, 1)])
def test_pixels_that_meet_at_a_corner_are_two_parts(connected: tuple[int, int]) -> None:
    plane = np.eye(2, dtype=bool)[list(connected)]
    assert len(polygons(plane)) == 1 + (connected == (0, 1))
