"""The lung: its shares in closed form."""

import numpy as np
import pytest
from scipy import stats

from vivomap.acquire.phantom.lung import Tissue, emphysema


def test_the_share_below_a_limit_is_that_of_normal_distributions():
    one = Tissue(destroyed=0.0, healthy=(-880.0, 40.0), noise=0.0)
    assert one.below(-950.0) == pytest.approx(stats.norm.cdf(-70 / 40))
    assert one.centile(0.15) == pytest.approx(-880 + 40 * stats.norm.ppf(0.15))


@pytest.mark.parametrize("noise", [1.0, 3.0])
def test_the_voxels_follow_it(noise):
    tissue = Tissue(offset=0.0)
    (ct,), (lung, *_), truth = emphysema(tissue, 5, noise)
    inside = ct.voxels.array[lung.mask.array]
    assert 100 * np.mean(inside < -950) == pytest.approx(truth["laa_950"], abs=0.8)
    assert np.percentile(inside, 15) + 1000 == pytest.approx(truth["perc15"], abs=1.5)
