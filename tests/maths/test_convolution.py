"""The exact integral of a straight-line inflow through an exponential."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vivomap.maths.convolution import carried, delayed, response, weights


@given(st.floats(1e-9, 5.0), st.floats(0.1, 20.0))
@settings(max_examples=40, deadline=None)
def test_a_straight_rise_has_the_integral_of_its_closed_form(rate, slope):
    times = np.array([0.0, 0.7, 1.0, 3.5, 4.0, 9.0])
    found = carried(times, slope * times, np.array([rate])).integral[0]
    x = rate * times
    exact = slope * times**2 * np.where(x < 1e-3, 0.5 - x / 6, (x - 1 + np.exp(-x)) / np.maximum(x, 1e-9) ** 2)
    assert found == pytest.approx(exact, rel=1e-6, abs=1e-12)


def test_an_exponential_inflow_gives_the_closed_form_of_tofts_in_the_limit_of_fine_steps():
    times = np.linspace(0, 5, 5001)  # minutes
    found = 0.2 * carried(times, 5 * np.exp(-0.1 * times), np.array([0.2 / 0.3])).integral[0]
    at = [found[np.searchsorted(times, t)] for t in (1.0, 3.0, 5.0)]
    assert at == pytest.approx([0.6907, 1.0685, 1.0074], abs=1e-4)


def test_the_slope_is_what_a_small_change_of_the_rate_does():
    times = np.cumsum(np.r_[0.0, np.random.default_rng(0).uniform(0.5, 4, 30)])
    inflow = np.random.default_rng(1).normal(size=31)
    for rate in (1e-4, 0.012, 0.3):
        more, less = (carried(times, inflow, np.array([rate * (1 + d)])).integral[0] for d in (1e-5, -1e-5))
        slope = carried(times, inflow, np.array([rate])).slope[0]
        assert (more - less) / (2e-5 * rate) == pytest.approx(slope, rel=1e-4, abs=1e-6)


def test_series_and_closed_form_meet():
    below, above = (weights(x, np.exp(-x)) for x in (0.05 - 1e-12, 0.05 + 1e-12))
    assert below == pytest.approx(above, rel=1e-8)


def test_the_compiled_walk_is_the_plain_one():
    times, inflow = np.linspace(0, 60, 31), np.random.default_rng(2).uniform(size=31)
    found, plain = carried(times, inflow, np.array([0.04])).integral[0], [0.0]
    for i, h in enumerate(np.diff(times), 1):
        a, b, _, _ = weights.py_func(0.04 * h, np.exp(-0.04 * h))
        plain.append(np.exp(-0.04 * h) * plain[-1] + h * (a * inflow[i - 1] + b * inflow[i]))
    assert found == pytest.approx(plain, rel=1e-12)


def test_the_response_carries_any_inflow():
    times, inflow = np.linspace(0, 60, 31), np.random.default_rng(2).uniform(size=31)
    assert response(times, 0.04) @ inflow == pytest.approx(carried(times, inflow, np.array([0.04])).integral[0])


def test_a_delayed_inflow_arrives_later_and_keeps_its_peak():
    times = np.arange(0, 60, 3.0)
    bolus = np.exp(-((times - 20) ** 2) / 50)
    late = delayed(times, bolus, 4.0)
    assert late == pytest.approx(np.exp(-((times - 24) ** 2) / 50), abs=0.02)
    assert delayed(times, bolus, 0.0) == pytest.approx(bolus)
    assert (delayed(times, np.ones(20), 7.0)[:3] == 0).all()
