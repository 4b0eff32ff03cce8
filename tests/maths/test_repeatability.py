"""Repeatability, bias and linearity: closed forms, simulation, and the published numbers of real replicates."""

import csv
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from vivomap.core import Refusal
from vivomap.maths.repeatability import between, line, within, within_logs


def grouped(path, subject, value, keep=lambda row: True):
    found = {}
    with path.open() as lines:
        for row in csv.DictReader(lines):
            if keep(row):
                found.setdefault(subject(row), []).append(float(row[value]))
    return list(found.values())


@pytest.mark.parametrize(("method", "variance"), [("RV", 0.1072), ("IC", 0.1379)])
def test_cardiac_output_repeats_as_bland_and_altman_say(data, method, variance):
    """Within-subject variances as printed by Bland and Altman 1999 (from memory)."""
    file = data / "repeatability_cardiac" / "ejection_fraction_rv_ic.csv"
    found = within(grouped(file, lambda r: r["item"], "y", lambda r: r["meth"] == method))
    assert round(found.sd**2, 4) == variance
    assert (found.freedom, found.subjects) == (48, 12)


@pytest.mark.parametrize(("column", "sd"), [("Sub", 0.075), ("Vic", 0.183)])
def test_fat_on_ultrasound_repeats_as_computed_elsewhere(data, column, sd):
    file = data / "repeatability_ultrasound_fat" / "fat.csv"
    found = within(grouped(file, lambda r: (r["Id"], r["Obs"]), column))
    assert found.sd == pytest.approx(sd, abs=5e-4)


@given(st.lists(st.tuples(st.floats(1, 100), st.floats(1, 100)), min_size=1, max_size=20))
def test_two_numbers_each_are_half_the_mean_squared_difference(pairs):
    found = within(pairs)
    assert found.sd == pytest.approx(math.sqrt(sum((a - b) ** 2 for a, b in pairs) / len(pairs) / 2), abs=1e-9)
    assert found.freedom == len(pairs)


@given(st.lists(st.lists(st.floats(-50, 50), min_size=2, max_size=4), min_size=2, max_size=8), st.floats(-9, 9))
def test_what_is_added_to_a_subject_says_nothing_of_its_repeats(subjects, more):
    moved = [[v + more * k for v in s] for k, s in enumerate(subjects)]
    assert within(moved).sd == pytest.approx(within(subjects).sd, abs=1e-6)


def test_the_upper_limit_of_the_coefficient_covers_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(3)
    truth = 2.77 * 0.4
    ends = [within(rng.normal(0, 0.4, (12, 2)).tolist()).interval for _ in range(600)]
    held = sum(low <= truth <= high for low, high in ends)
    low, high = stats.binom.ppf((0.0005, 0.9995), 600, 0.95)
    assert low <= held <= high


def test_one_number_each_repeats_nothing():
    with pytest.raises(Refusal) as refused:
        within([[1.0], [2.0]])
    assert refused.value.code == "too_few_repeats"


def test_logarithms_need_positive_numbers():
    assert within_logs([[0.0, 1.0]]) is None
    found = within_logs([[1.0, math.e], [2.0, 2.0]])
    assert found is not None
    assert found.sd == pytest.approx(0.5)


def test_across_scanners_their_difference_is_in_it():
    rng = np.random.default_rng(5)
    subjects = []
    for _ in range(4000):
        true = rng.normal(50, 9)
        subjects.append({k: [true + rng.normal(0, 2) + rng.normal(0, 1) for _ in range(1)] for k in ("A", "B")})
    found = between(subjects)
    assert found is not None
    assert found.sd == pytest.approx(math.hypot(2, 1), rel=0.04)
    assert between([{"A": [1.0, 2.0]}]) is None


def test_the_line_is_that_of_scipy():
    rng = np.random.default_rng(7)
    x = np.repeat([5.0, 10.0, 20.0, 40.0], 5)
    y = 0.3 + 1.02 * x + rng.normal(0, 0.5, x.size)
    found, peer = line(x.tolist(), y.tolist()), stats.linregress(x, y)
    reach = stats.t.ppf(0.975, x.size - 2)
    assert found.slope == pytest.approx(
        (peer.slope, peer.slope - reach * peer.stderr, peer.slope + reach * peer.stderr)
    )
    ends = (peer.intercept - reach * peer.intercept_stderr, peer.intercept + reach * peer.intercept_stderr)
    assert found.intercept == pytest.approx((peer.intercept, *ends))
    interval = stats.ttest_1samp(y - x, 0).confidence_interval(0.95)
    assert found.bias == pytest.approx(((y - x).mean(), interval.low, interval.high))
    assert found.curved > 0.05


def test_a_bent_relation_is_told():
    x = np.linspace(1, 10, 20)
    assert line(x.tolist(), (x + 0.05 * x**2 + 0.01 * np.cos(9 * x)).tolist()).curved < 1e-6
    assert line([1, 2, 3, 4], [1, 2, 3, 4]).curved == 1.0
    assert line([1, 1, 2], [1, 1.1, 2]).curved is None


@pytest.mark.parametrize("truth", [[1.0, 2.0], [3.0, 3.0, 3.0]])
def test_a_line_needs_three_numbers_at_two_true_values(truth):
    with pytest.raises(Refusal):
        line(truth, truth)
