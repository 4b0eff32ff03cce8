import numpy as np
import pytest

from vivomap.acquire.phantom.noise import blurred
from vivomap.acquire.phantom.solids import Solid, fill
from vivomap.acquire.segment.levels import Levels, Window, away, checked, first_levels, hung_together, near_to, settled
from vivomap.core import Refusal

STEPS = ((0.0, 0.0, 1.0), (0.0, 1.0, 0.0), (1.0, 0.0, 0.0))
AXIS = np.arange(41) - 20.0
BALL = Solid((0, 0, 0), (8, 8, 8))


def window(blur: float = 1.5, noise: float = 1.0, slope: float = 0.0) -> Window:
    values = np.full((41, 41, 41), 100.0) + slope * AXIS
    fill(values, (AXIS, AXIS, AXIS), BALL, 300.0)
    values = blurred(values, (1.0, 1.0, 1.0), blur)
    return Window(values + np.random.default_rng(0).normal(0, noise, values.shape), noise, STEPS, (20, 20, 20))


def test_levels_blur_and_share_of_a_ball_are_found() -> None:
    seen = window()
    found = settled(seen, BALL.inside((AXIS, AXIS, AXIS)), first_levels(seen))
    assert found.inside == pytest.approx(300, abs=3)
    assert found.around == pytest.approx(100, abs=3)
    assert found.blur == pytest.approx(1.53, abs=0.15)  # of the scanner, and of the voxels themselves
    assert found.share == pytest.approx(0.5 - 0.4 * 1.53 / 8, abs=0.015)


def test_surroundings_that_differ_from_side_to_side_are_in_doubt() -> None:
    ball = BALL.inside((AXIS, AXIS, AXIS))
    flat, sloped = (settled(w, ball, first_levels(w)) for w in (window(), window(slope=3.0)))
    assert sloped.around_doubt > 3 * flat.around_doubt


def test_a_flat_window_is_refused() -> None:
    flat = Window(np.random.default_rng(0).normal(0, 1, (21, 21, 21)), 3.0, STEPS, (10, 10, 10))
    with pytest.raises(Refusal, match="not unlike"):
        first_levels(flat)
    with pytest.raises(Refusal, match="not unlike"):
        checked(Levels(1.0, 0.0, 0.1, 0.1), flat)


def test_what_hangs_together_is_what_the_click_or_its_neighbour_touches() -> None:
    mask = np.zeros((5, 5, 9), bool)
    mask[2, 2, 3:5] = mask[2, 2, 7] = True
    assert hung_together(mask, (2, 2, 2)).sum() == 2
    assert not hung_together(mask, (2, 2, 0)).any()


def test_distance_is_below_zero_inside_and_zero_half_way() -> None:
    mask = np.zeros((1, 1, 6), bool)
    mask[..., 3:] = True
    assert away(mask, (9.0, 9.0, 1.0))[0, 0].tolist() == [2.5, 1.5, 0.5, -0.5, -1.5, -2.5]
    assert np.isinf(away(np.zeros((2, 2, 2), bool), (1, 1, 1))).all()


def test_near_to_a_body_is_half_a_blur_and_a_step() -> None:
    body = np.zeros((1, 1, 9), bool)
    body[0, 0, 0] = True
    assert near_to(body, 2.0, window()).sum() == 3
