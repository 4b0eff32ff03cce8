import numpy as np
import pytest

from vivomap.acquire.phantom.noise import blurred
from vivomap.acquire.phantom.solids import Solid, fill
from vivomap.maths.edge import share_at_surface, shares, width_between


def test_the_surface_of_a_large_ball_shows_half_of_its_contrast_and_a_small_one_less() -> None:
    assert share_at_surface(200, 1) == pytest.approx(0.5, abs=0.003)
    assert share_at_surface(5, 1) == pytest.approx(0.5 - 1 / (5 * np.sqrt(2 * np.pi)), abs=1e-6)


def test_a_ball_that_is_drawn_and_blurred_shows_these_shares() -> None:
    axis = np.arange(-12, 12.5, 0.5)
    drawn = np.zeros((49, 49, 49))
    fill(drawn, (axis, axis, axis), Solid((0, 0, 0), (5, 5, 5)), 1.0)
    seen = blurred(drawn, (0.5, 0.5, 0.5), 1.5)
    assert seen[24, 24] == pytest.approx(shares(np.abs(axis), 5.0, 1.5), abs=0.012)


def test_between_a_quarter_and_three_a_plane_edge_is_1_35_blurs_wide() -> None:
    assert width_between(100, 1) == pytest.approx(1.349, rel=0.01)
