"""The row of a biomarker: right, biased, overconfident, vague, and in noise."""

import pytest

from vivomap.quantify import cards
from vivomap.verify.numbers import family, prove, subject, unproven
from vivomap.verify.trial import Trial, attempt, scalable


def row(card, n=12, noise=1.0):
    scales = scalable(card.truth)
    levels = (1.0, noise) if scales and noise != 1.0 else (1.0,)
    trials = [Trial(card.truth, ("level",), seed, level) for seed in range(n) for level in levels]
    return prove(subject(card), [f for t in trials for f in attempt(t)], noise, scales)


def test_an_honest_card_is_proven(card):
    found = row(card(), 60)
    assert (found.ok, found.verdict, found.reason) == (True, "ok", "")
    assert found.coverage.n == 60
    assert found.tolerance == pytest.approx(2 * found.uncertainty)
    assert found.source.startswith("phantom own_phantoms:made; test")


@pytest.mark.parametrize(
    ("phantom", "compute", "reason"),
    [
        ("biased", "level", "further from the truth"),
        ("made", "overconfident", "the 95 % interval held in"),
        ("made", "vague", "above 15% of the truth"),
        ("broken", "level", "nothing found in 12 of 12: its phantom broke"),
    ],
)
def test_what_is_wrong_is_said(card, phantom, compute, reason):
    found = row(card(phantom, compute))
    assert not found.ok
    assert reason in found.reason


def test_intervals_that_always_hold_need_a_reason(card, monkeypatch):
    monkeypatch.setattr("vivomap.verify.numbers.WIDEST", 1.0)
    assert "held in 130 of 130" in row(card(compute="vague"), 130).reason
    assert row(card(compute="vague", coverage="conservative"), 130).ok


def test_intervals_widen_with_noise(card):
    found = row(card(), noise=3.0)
    assert (found.ok, found.widened) == (True, pytest.approx(3.0))
    still = row(card("fixed"), noise=3.0)
    assert (still.ok, still.widened, still.reason) == (True, None, "noise not scalable")


def test_an_interval_that_narrows_in_noise_is_wrong(card, monkeypatch):
    monkeypatch.setattr("vivomap.verify.numbers.WIDEST", 1e9)
    found = row(card(compute="narrowing"), noise=3.0)
    assert "the interval narrows as noise grows" in found.reason
    excused = row(card(compute="narrowing", coverage="conservative: made of more than noise"), noise=3.0)
    assert (excused.ok, excused.widened) == (True, pytest.approx(1 / 3, rel=0.1))


def test_a_card_without_a_phantom_is_unproven(card):
    found = unproven(card(""))
    assert (found.verdict, found.ok, found.reason) == ("unproven", False, "the card names no phantom")


def test_a_family_is_the_file_or_folder_of_the_card(card):
    assert family(cards()["volume"]) == "size"
    assert family(cards()["mean_adc"]) == "diffusion"
    assert family(card()) not in ("size", "diffusion")
