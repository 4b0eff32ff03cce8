"""The proofs of the habitats hold, and would not without what they prove."""

from dataclasses import replace

import pytest

from vivomap.maths.agreement import adjusted_rand
from vivomap.verify.proofs import habitats
from vivomap.verify.proofs.habitats import BAYES, SHARE, SHARP, SILENT, drawn


@pytest.mark.long  # the gate tries 80 mixtures for each; `verify` runs them too
@pytest.mark.parametrize("seed", range(3))
def test_each_proof_holds_at_its_first_seeds(seed):
    bayes, silent, share = (p.attempt(seed, 1.0) for p in (BAYES, SILENT, SHARE))
    assert abs(bayes.result - bayes.truth) <= BAYES.tolerance
    assert silent.result == SILENT.floor
    assert share.result == pytest.approx(30.0)


def test_the_share_of_a_small_cohort_is_the_planted_one(monkeypatch):
    monkeypatch.setattr(habitats, "CASES", 10)
    given = SHARE.attempt(0, 1.0)
    assert (given.truth, given.result) == (30.0, pytest.approx(30.0))
    assert given.uncertainty > 5


def test_the_best_labels_are_not_perfect_and_worsen_with_noise():
    found = [adjusted_rand(*drawn(replace(SHARP, noisier=n), 1, 1.0)[1:]) for n in (8.0, 4.0, 2.0)]
    assert found[0] < found[1] < found[2] <= 1.0
    assert 0.9 < found[1] < 0.99
