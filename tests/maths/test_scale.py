"""Scales set right: exact points and lines, and that their doubts are how far the answers stray."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vivomap.maths.scale import Known, back, line, two_points


@given(st.floats(0.5, 2), st.floats(-100, 100), st.floats(-900, 900))
def test_any_straight_scale_is_undone(gain, offset, true):
    low, high = Known(-1000 * gain + offset, -1000.0), Known(45 * gain + offset, 45.0)
    assert two_points(true * gain + offset, 0.0, low, high)[0] == pytest.approx(true, abs=1e-6)


def test_the_doubt_of_two_points_is_how_far_they_stray():
    rng = np.random.default_rng(3)
    low, high = Known(-995.0, -1000.0, 3.0, 0.5), Known(48.0, 45.0, 4.0, 5.0)
    value, doubt = two_points(150.0, 2.0, low, high)
    strayed = []
    for _ in range(4000):
        a, b, c, d, e = rng.normal(0, 1, 5)
        one = Known(low.read + 3 * a, low.true + 0.5 * b)
        two = Known(high.read + 4 * c, high.true + 5 * d)
        strayed.append(two_points(150.0 + 2 * e, 0.0, one, two)[0])
    assert np.mean(strayed) == pytest.approx(value, abs=0.4)
    assert np.std(strayed) == pytest.approx(doubt, rel=0.05)


def test_the_doubt_of_a_line_read_backwards_is_how_far_it_strays():
    rng = np.random.default_rng(4)
    true, sd = np.array((0.0, 50.0, 100.0, 200.0)), np.full(4, 3.0)
    strayed = [
        back(line(true, 5 + 1.3 * true + rng.normal(0, 3, 4), sd), 161.0 + rng.normal(0, 2), 2.0)[0]
        for _ in range(1500)
    ]
    value, doubt = back(line(true, 5 + 1.3 * true, sd), 161.0, 2.0)
    assert value == pytest.approx(120.0)
    assert np.std(strayed) == pytest.approx(doubt, rel=0.08)


def test_scatter_beyond_the_stated_doubts_widens_the_line():
    true, bent = np.array((0.0, 50.0, 100.0, 200.0)), np.array((0.0, 40.0, 0.0, -40.0))
    calm, rough = (line(true, 1.3 * true + k * bent, np.full(4, 0.1)) for k in (0, 1))
    assert rough.covariance[1, 1] > 1000 * calm.covariance[1, 1]
    assert rough.apart > 20


def test_doubts_of_zero_count_as_equal():
    found = line(np.array((0.0, 1.0, 2.0)), np.array((1.0, 3.0, 5.0)), np.zeros(3))
    assert (found.intercept, found.slope, found.apart) == pytest.approx((1.0, 2.0, 0.0))


@pytest.mark.parametrize(("times", "widened"), [(1.0, False), (2.5, True)])
def test_only_scatter_that_chance_does_not_leave_widens_a_line(times, widened):
    true, beside = np.array((0.0, 1.0, 2.0, 3.0)), np.array((1.0, -1.0, -1.0, 1.0)) / 2**0.5
    calm, rough = (line(true, true + k * beside, np.ones(4)) for k in (0.0, times))
    scatter = 2 * times**2 / 2  # squares of the residuals, which are orthogonal to every line, over the freedom
    assert rough.covariance == pytest.approx((scatter if widened else 1.0) * calm.covariance)
