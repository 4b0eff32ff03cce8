"""What one scanner does to many features, shrunk to what it does to all."""

import numpy as np
import pytest

from vivomap.maths.combat.bayes import FEWEST_FEATURES, shrunk


def test_shrinking_draws_each_feature_towards_the_middle_of_all() -> None:
    rng = np.random.default_rng(0)
    z = rng.normal(1.0, 1.0, (20, 50)) + rng.normal(0, 0.1, 50)
    add, times = shrunk(z)
    plain = z.mean(axis=0)
    assert add.std() < plain.std()
    assert add.mean() == pytest.approx(plain.mean(), abs=0.01)
    assert times.std() < z.std(axis=0, ddof=1).std()


def test_with_many_subjects_nothing_is_shrunk() -> None:
    z = np.random.default_rng(1).normal(0, 1, (20000, 10)) * np.linspace(0.5, 2, 10) + np.linspace(-1, 1, 10)
    add, times = shrunk(z)
    assert np.abs(add - z.mean(axis=0)).max() < 1e-3
    assert np.abs(times - z.std(axis=0, ddof=1)).max() < 1e-2


def test_of_too_few_features_each_stands_for_itself() -> None:
    z = np.random.default_rng(2).normal(0.5, 2, (30, FEWEST_FEATURES - 1))
    add, times = shrunk(z)
    assert np.array_equal(add, z.mean(axis=0))
    assert np.array_equal(times, np.sqrt(z.var(axis=0, ddof=1)))
