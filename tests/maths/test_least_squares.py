"""Many curves fitted at once: the same as scipy one by one, and held by their bounds."""

import numpy as np
import pytest
from scipy import optimize

from vivomap.maths.least_squares import fit

T = np.linspace(0, 4, 25)
LOW, HIGH = np.array([0.0, 0.0]), np.array([np.inf, 10.0])


def decay(p, _who):
    shape = np.exp(-p[:, 1:] * T)
    return p[:, :1] * shape, np.stack((shape, -p[:, :1] * T * shape), axis=2)


def curves(n=40, noise=0.02, seed=0):
    rng = np.random.default_rng(seed)
    truth = np.column_stack((rng.uniform(0.5, 2, n), rng.uniform(0.2, 2, n)))
    return truth, decay(truth, None)[0] + rng.normal(0, noise, (n, len(T)))


def test_noise_free_curves_give_their_parameters():
    truth, seen = curves(noise=0)
    assert fit(decay, seen, np.full(truth.shape, 0.7), LOW, HIGH).values == pytest.approx(truth, rel=1e-5)


def test_it_finds_what_scipy_finds_with_the_same_covariance():
    _, seen = curves()
    found = fit(decay, seen, np.full((len(seen), 2), 0.7), LOW, HIGH)
    variance = found.squares / (len(T) - 2)
    for k, curve in enumerate(seen):
        values, covariance = optimize.curve_fit(lambda t, a, b: a * np.exp(-b * t), T, curve, (0.7, 0.7))
        assert found.values[k] == pytest.approx(values, rel=1e-4)
        assert found.inverse[k] * variance[k] == pytest.approx(covariance, rel=1e-3)


def test_the_stated_doubt_is_how_far_the_values_scatter():
    truth = np.tile([1.0, 0.8], (2000, 1))
    seen = decay(truth, None)[0] + np.random.default_rng(1).normal(0, 0.02, (2000, len(T)))
    found = fit(decay, seen, truth, LOW, HIGH)
    stated = np.sqrt(found.inverse[:, 1, 1] * found.squares / (len(T) - 2))
    assert found.values[:, 1].std() == pytest.approx(np.median(stated), rel=0.05)


def test_a_parameter_pushed_against_its_bound_stays_there_and_the_other_is_still_fitted():
    seen = np.full((1, len(T)), 1.3) + 0.05 * T
    found = fit(decay, seen, np.array([[0.5, 0.5]]), LOW, HIGH)
    assert found.values[0] == pytest.approx([1.4, 0.0], rel=1e-4)
    assert found.inverse[0, 1, 1] == 0
