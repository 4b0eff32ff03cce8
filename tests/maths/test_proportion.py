"""Wilson's interval: printed values, and how often it holds the truth."""

import numpy as np
import pytest
from scipy import stats

from vivomap.core import Refusal
from vivomap.maths.proportion import wilson


def test_the_interval_is_the_library_s():
    for some, of in ((0, 10), (3, 10), (12, 40), (40, 40)):
        low, high = stats.binomtest(some, of).proportion_ci(method="wilson")
        found = wilson(some, of)
        assert (found.low, found.high) == pytest.approx((low, high), abs=1e-12)
        assert found.share == some / of


def test_the_interval_holds_the_truth_about_as_often_as_it_says():
    rng = np.random.default_rng(0)
    held = [found.low <= 0.3 <= found.high for found in (wilson(int(k), 40) for k in rng.binomial(40, 0.3, 2000))]
    assert 0.93 < np.mean(held) < 0.97


def test_a_share_of_nobody_is_refused():
    with pytest.raises(Refusal) as refused:
        wilson(0, 0)
    assert refused.value.code == "too_few_cases"
