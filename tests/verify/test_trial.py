"""One card on one phantom: what it gives, and what is said where something breaks."""

import pytest
from scipy import stats

from vivomap.core import Refusal
from vivomap.quantify import cards
from vivomap.verify.trial import NORMAL, Found, Trial, attempt, maker, phantom, scalable


def one(seed=0, named="own_phantoms:made", noise=1.0):
    (found,) = attempt(Trial(named, ("level",), seed, noise))
    return found


def test_a_card_is_measured_on_its_phantom(card):
    card()
    found = one()
    assert (found.truth, found.reason) == (100.0, "")
    assert found.value == pytest.approx(100, abs=1)
    assert found.held is (abs(found.value - 100) <= 1.96 * found.uncertainty)


def test_noise_is_scaled_where_the_phantom_takes_it(card):
    card()
    assert one(noise=3.0).uncertainty == pytest.approx(3 * one().uncertainty)
    assert scalable("own_phantoms:made")
    assert not scalable("own_phantoms:fixed")


@pytest.mark.parametrize(
    ("named", "reason"),
    [
        ("broken", "its phantom broke: ZeroDivisionError: a wheel came off"),
        ("refused", "its phantom broke: no such tissue"),
        ("silent", "its phantom does not say its truth"),
        ("nowhere", "its phantom broke: there is no truth"),
    ],
)
def test_whatever_breaks_is_the_reason_of_the_row(card, named, reason):
    card()
    found = one(named=f"own_phantoms:{named}")
    assert found.value is None
    assert found.reason.startswith(reason)
    assert not found.held


def test_a_card_of_few_degrees_of_freedom_has_the_interval_of_student(card):
    card(compute="few")
    assert one().times == pytest.approx(stats.t.ppf(0.975, 4))
    card()
    assert one().times == NORMAL == pytest.approx(1.96, abs=1e-3)


def test_a_number_that_is_missing_is_told_with_its_code():
    (found,) = attempt(Trial(cards()["volume"].truth, ("fitted_adc",)))
    assert found.reason == "its phantom does not say its truth"
    assert not Found("x", Trial("y", ("x",)), 1.0).held


@pytest.mark.parametrize("named", ["", "vivomap", "vivomap.nowhere:truth", "vivomap.core:nothing"])
def test_a_truth_that_is_not_there_is_refused(named):
    with pytest.raises(Refusal) as refused:
        maker(named)
    assert refused.value.code == "bad_setting"


def test_the_phantom_is_a_visit_with_its_truth():
    study, truth = phantom(cards()["volume"].truth)
    assert study.regions[0].name == "lesion"
    assert truth["volume"] > 0
