"""Statistics against those of numpy and scipy, and the histograms that can be told by hand."""

import numpy as np
import pytest
from scipy import stats

from vivomap.maths.texture.histogram import above, levels, spread


def test_the_statistics_are_those_of_numpy_and_scipy():
    values = np.random.default_rng(0).gamma(2.0, 10.0, 1001)
    found = spread(values)
    assert found.mean == pytest.approx(values.mean())
    assert found.variance == pytest.approx(values.var())
    assert found.skewness == pytest.approx(stats.skew(values))
    assert found.kurtosis == pytest.approx(stats.kurtosis(values))
    assert (found.p10, found.median, found.p90) == pytest.approx(np.percentile(values, [10, 50, 90]))
    assert found.interquartile_range == pytest.approx(stats.iqr(values))
    middle = values[(values >= found.p10) & (values <= found.p90)]
    assert found.robust_mean_absolute_deviation == pytest.approx(np.abs(middle - middle.mean()).mean())
    assert found.root_mean_square == pytest.approx(np.sqrt((values**2).mean()))


def test_equal_values_have_no_spread_and_ratios_to_nothing_are_none():
    found = spread(np.zeros(7))
    assert set(found) == {0.0}


def test_of_two_levels_as_frequent_the_one_nearer_the_mean_is_the_mode():
    assert levels(np.array([1, 1, 4, 4, 5]), 5).mode == 4


def test_the_histogram_of_levels_can_be_told_by_hand():
    found = levels(np.array([1, 1, 1, 1, 2, 2, 3, 3]), 3)
    assert (found.entropy, found.uniformity) == (1.5, 0.375)
    assert (found.minimum_gradient, found.minimum_gradient_level) == (-2, 1)
    assert (found.maximum_gradient, found.maximum_gradient_level) == (0, 3)


def test_an_even_volume_histogram_falls_evenly():
    found = above(np.arange(0.0, 101.0), 0.0, 1.0, 101)
    assert found.volume_at_10 == pytest.approx(91 / 101)
    assert found.volume_at_90 == pytest.approx(11 / 101)
    assert (found.intensity_at_10, found.intensity_at_90) == (91, 11)


def test_an_intensity_that_no_voxel_reaches_lies_beyond_the_last():
    assert above(np.full(5, 3.0), 3.0, 1.0, 1).intensity_at_10 == 4
