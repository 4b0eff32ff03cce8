"""Materials from energies: the published pair, covariance, and energies that do not tell materials apart."""

import numpy as np
import pytest

from vivomap.core import Refusal
from vivomap.maths.decomposition import joint_noise, split

PAIR = np.array(((45.0, 1000.0), (20.0, 1000.0)))


def test_the_worked_example_gives_five_mg_per_ml():
    found = split(PAIR, np.eye(2))
    assert found.weights @ (1235.0, 1110.0) == pytest.approx((5.0, 1.01))
    assert found.condition == pytest.approx(80, abs=0.5)


def test_noise_comes_out_as_the_covariance_says():
    rng = np.random.default_rng(1)
    noise = np.array(((144.0, 30.0, 0.0), (30.0, 100.0, 20.0), (0.0, 20.0, 225.0)))
    matrix = np.array(((45.0, 1000.0), (30.0, 1000.0), (20.0, 1000.0)))
    found = split(matrix, noise)
    seen = matrix @ (5.0, 1.02) + rng.multivariate_normal(np.zeros(3), noise, 40_000)
    amounts = seen @ found.weights.T
    assert amounts.mean(axis=0) == pytest.approx((5.0, 1.02), rel=0.01)
    assert np.cov(amounts.T) == pytest.approx(found.covariance, rel=0.05)


def test_weights_follow_the_noise_and_beat_equal_ones():
    matrix = np.array(((45.0, 1000.0), (30.0, 1000.0), (20.0, 1000.0)))
    noise = np.diag((4.0, 400.0, 9.0))
    best, plain = split(matrix, noise), split(matrix, np.eye(3))
    assert best.covariance[0, 0] < 0.95 * (plain.weights @ noise @ plain.weights.T)[0, 0]


def test_without_noise_the_covariance_is_zero():
    assert not split(PAIR, np.zeros((2, 2))).covariance.any()


def test_energies_that_are_alike_or_too_few_are_refused():
    for matrix, code in (
        (np.array(((20.5, 1000.0), (20.0, 1000.0))), "ill_conditioned"),
        (np.array(((45.0, 14.0, 1000.0), (20.0, 12.0, 1000.0))), "few_energies"),
    ):
        with pytest.raises(Refusal) as refused:
            split(matrix, np.eye(2))
        assert refused.value.code == code


def test_the_noise_of_a_series_is_found_beside_edges():
    rng = np.random.default_rng(2)
    true = np.array(((100.0, 40.0), (40.0, 64.0)))
    series = rng.multivariate_normal((0.0, 0.0), true, (5, 60, 60)).transpose(3, 0, 1, 2).copy()
    series[:, :, :, 30:] += 300.0
    found = joint_noise(series, np.ones((5, 60, 60), bool))
    assert found == pytest.approx(true, rel=0.1)
    assert not joint_noise(series, np.zeros((5, 60, 60), bool)).any()


def test_noise_that_is_cut_off_at_three_deviations_is_not_told_as_less():
    series = np.random.default_rng(3).normal(0, 10.0, (2, 20, 200, 200))
    assert np.diag(joint_noise(series, np.ones((20, 200, 200), bool))) == pytest.approx((100, 100), rel=0.012)
