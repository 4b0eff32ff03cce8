"""What a row says, and how many intervals must hold."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from vivomap.verify.row import Coverage, Evidence, Row


def test_of_a_thousand_intervals_931_to_967_must_hold():
    assert Coverage(1000, 950).limits == (931, 967)
    assert [Coverage(1000, held).ok for held in (930, 931, 967, 968)] == [False, True, True, False]


def test_a_reason_lifts_the_upper_limit_and_never_the_lower():
    assert Coverage(1000, 1000, "conservative").ok
    assert not Coverage(1000, 900, "conservative").ok


@given(st.integers(1, 2000))
def test_honest_intervals_fail_in_a_hundredth_of_cases_at_most(n):
    low, high = Coverage(n, n).limits
    inside = stats.binom.cdf(high, n, 0.95) - stats.binom.cdf(low - 1, n, 0.95)
    assert inside >= 0.99
    assert stats.binom.cdf(low - 1, n, 0.95) <= 0.005


@pytest.mark.parametrize(
    ("truth", "ok", "verdict"), [(1.0, True, "ok"), (1.0, False, "not ok"), (None, False, "unproven")]
)
def test_the_verdict_is_a_word(truth, ok, verdict):
    assert Row("size", "volume", truth, 1.0, ok=ok).verdict == verdict


def test_a_row_is_plain_json_with_the_agreed_names():
    data = json.loads(json.dumps(Row("size", "volume", 1.0, 1.1, "mL", 0.1, 0.2, Coverage(20, 19), "s", True).data()))
    asked = {"family", "biomarker", "truth", "result", "uncertainty", "tolerance", "unit", "coverage", "source", "ok"}
    assert asked <= set(data)
    assert (data["coverage"]["n"], data["coverage"]["held"]) == (20, 19)


def test_one_wrong_row_spoils_the_evidence():
    good, bad = Row("a", "b", 1.0, 1.0, ok=True), Row("a", "c", 1.0, 2.0)
    assert Evidence((good,)).ok
    assert not Evidence((good, bad)).ok
