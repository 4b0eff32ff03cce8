import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from vivomap.acquire.regions.polygon import inside, nested

SHAPE = (40, 50)


def filled(outline: list[tuple[float, float]], shape: tuple[int, int] = SHAPE) -> np.ndarray:
    whole = np.zeros(shape, bool)
    window, pixels = inside(np.array(outline, float), shape)
    whole[window] = pixels
    return whole


def by_angle(outline: list[tuple[float, float]], y: float, x: float) -> bool:
    """The winding number by summed angles: another way to the same answer, for simple outlines."""
    points = np.array(outline) - (y, x)
    turned = np.roll(points, -1, axis=0)
    cross = points[:, 0] * turned[:, 1] - points[:, 1] * turned[:, 0]
    return bool(abs(np.arctan2(cross, (points * turned).sum(axis=1)).sum()) > np.pi)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.floats(2, 18), st.floats(0.01, 1)), min_size=3, max_size=12))
def test_a_pixel_is_inside_if_its_centre_is(arms: list[tuple[float, float]]) -> None:
    turns = np.cumsum([step for _, step in arms]) / sum(step for _, step in arms) * 2 * np.pi
    outline = [(20.137 + r * np.sin(a), 25.211 + r * np.cos(a)) for (r, _), a in zip(arms, turns, strict=True)]
    got = filled(outline)
    expected = np.array([[by_angle(outline, y, x) for x in range(SHAPE[1])] for y in range(SHAPE[0])])
    assert np.count_nonzero(got != expected) == 0


def test_a_rectangle_holds_its_lower_edges_and_not_its_upper_ones() -> None:
    square = filled([(2, 3), (2, 7), (6, 7), (6, 3)])
    assert square.sum() == 16
    assert square[2:6, 3:7].all()
    beside = filled([(2, 7), (2, 9), (6, 9), (6, 7)])
    assert not (square & beside).any()
    assert (square | beside).sum() == 24


def test_the_direction_of_drawing_does_not_matter() -> None:
    outline = [(3.2, 4.1), (30.4, 8.3), (22.2, 40.7), (10.1, 20.5)]
    assert np.array_equal(filled(outline), filled(outline[::-1]))


def test_a_keyhole_outline_leaves_its_hole() -> None:
    keyhole = [(5.0, 5.0), (5.0, 25.0), (25.0, 25.0), (25.0, 5.0), (5.0, 5.0)]
    keyhole += [(10.0, 10.0), (20.0, 10.0), (20.0, 20.0), (10.0, 20.0), (10.0, 10.0)]
    assert filled(keyhole).sum() == 20 * 20 - 10 * 10


def test_what_lies_beyond_the_image_is_cut_off() -> None:
    assert filled([(-10.5, -10.5), (-10.5, 100.5), (100.5, 100.5), (100.5, -10.5)]).all()
    assert not filled([(60.0, 60.0), (60.0, 70.0), (70.0, 65.0)]).any()
    half = filled([(-5.5, 9.5), (-5.5, 19.5), (9.5, 19.5), (9.5, 9.5)])
    assert half.sum() == 10 * 10


def test_outlines_are_nested_unless_they_cross_or_are_twins() -> None:
    outer, inner = filled([(1, 1), (1, 20), (20, 20), (20, 1)]), filled([(5, 5), (5, 9), (9, 9), (9, 5)])
    crossing, apart = filled([(10, 10), (10, 30), (30, 30), (30, 10)]), filled([(30, 30), (30, 35), (35, 30)])
    assert nested(outer, inner)
    assert nested(outer, apart)
    assert not nested(outer, crossing)
    assert not nested(outer, outer)
