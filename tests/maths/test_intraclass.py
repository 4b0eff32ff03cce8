"""ICC(2,1) against a published table, known variance components, and what cannot be told."""

import numpy as np
import pytest

from vivomap.core import Refusal
from vivomap.maths.intraclass import agreement

SHROUT_AND_FLEISS = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]


def test_the_published_example_is_met():
    found = agreement(SHROUT_AND_FLEISS)
    assert found.value == pytest.approx(0.29, abs=0.005)
    assert (found.low, found.high) == pytest.approx((0.019, 0.761), abs=0.0005)
    assert (found.subjects, found.scans) == (6, 4)


def test_unit_and_origin_do_not_matter_but_a_shift_of_one_scan_does():
    table = np.random.default_rng(0).normal(0, 1, (20, 1)) + np.random.default_rng(1).normal(0, 0.2, (20, 2))
    assert agreement(7 * table + 100).value == pytest.approx(agreement(table).value)
    assert agreement(table + np.array([0, 2])).value < agreement(table).value - 0.3


def test_the_interval_holds_the_known_correlation():
    rng, held, true = np.random.default_rng(3), 0, 1 / (1 + 0.01 + 0.09)
    for _ in range(300):
        table = rng.normal(0, 1, (30, 1)) + rng.normal(0, 0.1, (1, 2)) + rng.normal(0, 0.3, (30, 2))
        found = agreement(table)
        held += found.low <= true <= found.high
    assert 274 <= held <= 295  # 99 % of binomial counts at 95 %


def test_scans_that_are_equal_agree_wholly():
    assert agreement([[1, 1], [2, 2], [5, 5]])[:3] == (1, 1, 1)


@pytest.mark.parametrize("table", [[[1, 2], [2, 3]], [[1], [2], [3]]])
def test_too_few_scans_are_refused(table):
    with pytest.raises(Refusal, match="too few"):
        agreement(table)


def test_subjects_that_are_alike_are_refused():
    with pytest.raises(Refusal, match="one number"):
        agreement([[2, 2], [2, 2], [2, 2]])
