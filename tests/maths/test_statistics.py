"""Repeatability and posterior: every value that the methods reference has computed, and the laws behind them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vivomap.maths import statistics as s

TABLE = [  # wCV %, RC by the linear rule %, lower and upper log limit %: methods B1
    (5, 13.9, -12.9, 14.8),
    (7, 19.4, -17.6, 21.4),
    (8, 22.2, -19.8, 24.8),
    (10, 27.7, -24.1, 31.8),
    (12, 33.2, -28.2, 39.3),
    (15, 41.6, -33.8, 51.2),
    (20, 55.4, -42.2, 73.1),
]
TEN = 0.10
SEEN = math.log(7 / 10)
VARIANCE = 2 * s.log_variance(TEN)


@pytest.mark.parametrize(("wcv", "linear", "low", "high"), TABLE)
def test_log_limits_are_those_of_the_table(wcv, linear, low, high):
    found = s.log_limits(wcv / 100)
    assert found[0] * 100 == pytest.approx(low, abs=0.1)
    assert found[1] * 100 == pytest.approx(high, abs=0.1)
    assert s.REPEAT * wcv == pytest.approx(linear, abs=0.1)


def test_the_printed_factor_is_that_of_the_normal_law():
    assert abs(s.REPEAT - 1.959964 * math.sqrt(2)) < 0.002
    assert s.normal_cdf(s.COVERAGE) == pytest.approx(0.975, abs=2e-4)


def test_ten_to_seven_at_ten_percent_is_a_fall():
    flat = s.posterior(SEEN, VARIANCE)
    assert SEEN / math.sqrt(VARIANCE) == pytest.approx(-2.53, abs=0.005)
    assert s.chance_below(flat, 0) == pytest.approx(0.994, abs=5e-4)
    assert s.chance_below(flat, math.log(0.9)) == pytest.approx(0.963, abs=5e-4)


def test_a_prior_shrinks_ten_to_seven():
    (part,) = s.posterior(SEEN, VARIANCE, (s.Part(1, 0, 0.3),))
    assert part.mean / SEEN == pytest.approx(0.819, abs=5e-4)
    assert math.exp(part.mean) == pytest.approx(0.747, abs=5e-4)
    assert s.chance_below((part,), math.log(0.9)) == pytest.approx(0.928, abs=5e-4)


def test_a_mixture_agrees_with_numerical_integration():
    prior = (s.Part(0.6, 0, 0.05), s.Part(0.25, -0.5, 0.3), s.Part(0.15, 0.3, 0.2))
    belief = s.posterior(SEEN, VARIANCE, prior)
    step = 1e-4
    grid = [i * step for i in range(-30000, 30000)]

    def density(x, parts):
        return sum(p.weight / p.sd * math.exp(-0.5 * ((x - p.mean) / p.sd) ** 2) for p in parts)

    joint = [density(x, prior) * math.exp(-0.5 * (SEEN - x) ** 2 / VARIANCE) for x in grid]
    below = math.fsum(w for x, w in zip(grid, joint, strict=True) if x < -0.1) / math.fsum(joint)
    assert s.chance_below(belief, -0.1) == pytest.approx(below, abs=2e-4)
    assert math.fsum(p.weight for p in belief) == pytest.approx(1)


def test_a_wide_prior_says_nothing():
    flat, wide = s.posterior(SEEN, VARIANCE), s.posterior(SEEN, VARIANCE, (s.Part(1, 0, 1e4),))
    assert s.chance_below(wide, -0.2) == pytest.approx(s.chance_below(flat, -0.2), abs=1e-6)


def test_a_far_outlier_does_not_break_the_weights():
    belief = s.posterior(60.0, 1e-4, (s.Part(0.5, 0, 0.1), s.Part(0.5, 0, 0.2)))
    assert belief[1].weight == pytest.approx(1)


def test_interval_of_one_normal_part_is_the_usual_one():
    low, high = s.interval((s.Part(1, 2.0, 3.0),), 0.95)
    assert (low, high) == pytest.approx((2 - 1.959964 * 3, 2 + 1.959964 * 3), abs=1e-5)
    assert s.quantile((s.Part(1, 2.0, 0.0),), 0.5) == 2.0


def test_student_law_doubts_more_than_the_normal_one_and_meets_it_in_the_end():
    few, many = (s.student_below(SEEN, VARIANCE, 0, n) for n in (10, 1e7))
    assert few < s.chance_below(s.posterior(SEEN, VARIANCE), 0)
    assert many == pytest.approx(0.9943, abs=1e-4)
    assert s.student_cdf(2.228139, 10) == pytest.approx(0.975, abs=1e-6)  # the printed table of Student's t


def test_a_coefficient_from_few_subjects_has_a_wide_interval():
    low, high = s.coefficient_interval(27.7, 10)  # chi-square with 10 degrees: 3.24697 and 20.4832
    assert high == pytest.approx(27.7 * math.sqrt(10 / 3.24697), rel=1e-5)
    assert low == pytest.approx(27.7 * math.sqrt(10 / 20.4832), rel=1e-5)


def test_within_subject_spread_of_two_replicates():
    assert s.within_sd([10, 20, 30], [12, 18, 30]) == pytest.approx(math.sqrt((4 + 4 + 0) / 6))
    ratio = math.exp(0.2)
    assert s.within_cv([10, 20], [10 * ratio, 20 / ratio]) == pytest.approx(math.sqrt(math.expm1(0.02)))


def test_without_any_error_the_side_alone_counts():
    assert s.chance_below((s.Part(1, -1, 0),), 0) == 1
    assert s.chance_below((s.Part(1, 1, 0),), 0) == 0
    assert s.chance_below((s.Part(1, 0, 0),), 0) == 0.5


@given(st.floats(0.001, 0.9))
def test_log_limits_are_inverse_to_each_other(wcv):
    low, high = s.log_limits(wcv)
    assert (1 + low) * (1 + high) == pytest.approx(1)


@given(st.floats(0.001, 0.5), st.floats(0.01, 100))
def test_scale_moves_no_coefficient_of_variation(spread, factor):
    first, second = [1.0, 2.0, 5.0], [1 + spread, 2 - spread, 5 + spread]
    scaled = [[factor * v for v in values] for values in (first, second)]
    assert s.within_cv(*scaled) == pytest.approx(s.within_cv(first, second), rel=1e-6)
