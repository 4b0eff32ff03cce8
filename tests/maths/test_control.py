"""Control charts of single values, and the sum that sees a drift."""

import numpy as np
import pytest

from vivomap.maths.control import baseline, drifting, outside


def test_sigma_is_found_from_neighbours_so_that_a_trend_does_not_widen_it() -> None:
    x = np.random.default_rng(0).normal(5, 2, 4000) + np.linspace(0, 50, 4000)
    assert baseline(x).sigma == pytest.approx(2, rel=0.03)
    assert baseline(x).centre == pytest.approx(np.mean(x))


def test_a_floor_keeps_a_quiet_process_from_crying() -> None:
    control = baseline([1.0] * 8, floor=0.1)
    assert control.limits == pytest.approx((0.7, 1.3))
    assert outside([1.2, 1.4], control) == [False, True]


def test_three_in_a_thousand_lie_outside_by_chance() -> None:
    x = np.random.default_rng(1).normal(0, 1, 20000)
    share = np.mean(outside(x, baseline(x)))
    assert 0.001 < share < 0.006


def test_a_shift_of_one_sigma_is_seen_after_about_ten_values_and_no_shift_hardly_ever() -> None:
    rng = np.random.default_rng(2)
    control = baseline([0.0, 0.0], floor=1.0)
    waits = [drifting(rng.normal(1, 1, 200), control).index(True) + 1 for _ in range(400)]
    assert np.mean(waits) == pytest.approx(10.4, abs=0.8)  # methods B10
    calm = np.sum(drifting(rng.normal(0, 1, 40000), control))
    assert 40000 / 465 * 0.7 < calm < 40000 / 465 * 1.3


def test_without_scatter_nothing_drifts() -> None:
    assert drifting([1.0, 1.0], baseline([1.0, 1.0])) == [False, False]
