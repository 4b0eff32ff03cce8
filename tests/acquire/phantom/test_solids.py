import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vivomap.acquire.phantom.solids import Solid, fill

AXES = (np.arange(-40, 40.1, 2.5), np.arange(-40, 40.1, 1.0), np.arange(-40, 40.1, 1.0))
half = st.floats(6, 20)


def area(points: np.ndarray) -> float:
    x, y = points[:, 0], points[:, 1]
    return abs(float(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1)))) / 2


@given(half, half, half, st.floats(-90, 90), st.floats(-3, 3))
def test_shares_add_up_to_the_volume_on_paper(a: float, b: float, c: float, turn: float, off: float) -> None:
    solid = Solid((off, -off, off), (a, b, c), turn)
    _, share = solid.share(AXES)
    assert share.sum() * 2.5 == pytest.approx(solid.volume, rel=0.01)
    assert share.min() >= 0
    assert share.max() <= 1


@given(half, half, half, st.floats(-90, 90))
def test_voxel_centres_count_the_volume(a: float, b: float, c: float, turn: float) -> None:
    solid = Solid((0.3, 0.1, 0.7), (a, b, c), turn)
    assert solid.inside(AXES).sum() * 2.5 == pytest.approx(solid.volume, rel=0.06)


@given(half, half, st.floats(-90, 90))
def test_a_contour_has_the_axes_that_are_claimed(a: float, b: float, turn: float) -> None:
    points = Solid((5.0, -3.0, 0.0), (a, b, 9.0), turn).contour(0.0, 512)
    apart = np.linalg.norm(points[:, None, :2] - points[None, :, :2], axis=-1)
    assert apart.max() == pytest.approx(2 * max(a, b), rel=1e-3)
    assert area(points) == pytest.approx(math.pi * a * b, rel=1e-3)


def test_a_section_shrinks_as_a_circle_does() -> None:
    ball = Solid((0, 0, 0), (10, 10, 10))
    assert ball.shrink(6.0) == pytest.approx(0.8)
    assert ball.shrink(10.0) == 0
    assert len(ball.contour(11.0)) == 0


def test_a_turn_goes_from_x_towards_y() -> None:
    points = Solid((0, 0, 0), (20, 5, 5), 30).contour(0.0)
    tip = points[np.argmax(points[:, 0])]
    assert math.degrees(math.atan2(tip[1], tip[0])) == pytest.approx(30, abs=4)


def test_a_cylinder_is_the_same_at_every_height() -> None:
    rod = Solid((0.2, 0.1, 0.3), (5, 5, 10), straight=True)
    assert rod.shrink(9.9) == 1
    assert rod.volume == pytest.approx(math.pi * 25 * 20)
    _, share = rod.share(AXES)
    assert share.sum() * 2.5 == pytest.approx(rod.volume, rel=0.02)


def test_filling_mixes_the_edge_and_nothing_else() -> None:
    volume = np.full((33, 81, 81), -850.0)
    fill(volume, AXES, Solid((0, 0, 0), (8, 8, 8)), 40.0)
    assert volume[16, 40, 40] == 40
    assert volume[0, 0, 0] == -850
    assert ((volume > -840) & (volume < 30)).any()


def test_a_moved_solid_keeps_its_size() -> None:
    solid = Solid((1, 2, 3), (4, 5, 6), 10)
    assert solid.moved((1, 1, 1)).centre == (2, 3, 4)
    assert solid.moved((1, 1, 1)).volume == solid.volume
