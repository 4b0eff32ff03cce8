"""A deed that is no biomarker is judged by its own uncertainty, or by a bound."""

import numpy as np
import pytest

from vivomap.core import Refusal
from vivomap.verify import Plan, names, proof, verify
from vivomap.verify.proof import Given, Proof, deeds, of_proof
from vivomap.verify.runs import LEAST, carry_out

MEAN = 4.0


def honest(seed: int, noise: float) -> Given:
    return Given(MEAN, MEAN + float(np.random.default_rng(seed).normal(0, 0.1 * noise)), 0.1 * noise)


def overconfident(seed: int, noise: float) -> Given:
    return honest(seed, noise)._replace(uncertainty=0.02)


def refusing(seed: int, noise: float) -> Given:
    raise Refusal("bad_setting", "there is nothing to align")


def slipping(seed: int, noise: float) -> Given:
    return Given(0.5, 0.4 if seed else 0.7)


def card(attempt, **bounds):
    return Proof("deed", "deeds", "mm", "project", attempt, **bounds)


@pytest.fixture
def row(monkeypatch):
    def made(shown, seeds=40, noise=1.0):
        monkeypatch.setattr(proof, "deeds", lambda: {"deed": shown})
        levels = (1.0,) if noise == 1.0 else (1.0, noise)
        done = carry_out({"deed": ("deed",)}, {"deed": levels}, Plan(seeds, None), None, proof.carried_out)
        return of_proof(shown, [f for some in done for f in some], noise)

    return made


def test_a_deed_with_an_uncertainty_is_judged_as_a_number_is(row):
    assert row(card(honest)).ok
    assert row(card(honest)).coverage.n == 40
    assert row(card(honest), noise=3.0).widened == pytest.approx(3.0)
    assert "95 % interval held in" in row(card(overconfident)).reason


@pytest.mark.parametrize(
    ("bounds", "ok", "shown"),
    [
        ({"ceiling": 0.6}, False, 0.7),
        ({"ceiling": 0.8}, True, 0.7),
        ({"floor": 0.5}, False, 0.4),
        ({"floor": 0.3}, True, 0.7),
        ({"tolerance": 0.15}, False, 0.7),
        ({"tolerance": 0.25}, True, 0.7),
    ],
)
def test_a_bound_holds_at_every_seed_and_the_worst_is_shown(row, bounds, ok, shown):
    found = row(card(slipping, **bounds), seeds=LEAST)
    assert found.ok is ok
    assert found.result == shown
    assert bool(found.reason) is (not ok or "tolerance" not in bounds)


def test_a_deed_that_breaks_is_no_proof(row):
    for bounds in ({}, {"floor": 1.0}):
        found = row(card(refusing, **bounds), seeds=3)
        assert not found.ok
        assert "nothing to align" in found.reason


def test_every_proof_can_be_asked_for_and_says_its_source():
    for name, shown in deeds().items():
        assert name in names()
        assert shown.source


@pytest.mark.long  # a minute and more; each deed has its own test in tests/verify/proofs
@pytest.mark.timeout(0)
@pytest.mark.parametrize("name", sorted(deeds()))
def test_every_proof_holds(name):
    (row,) = [r for r in verify(name, Plan(3, None)).rows if r.biomarker == name]
    assert row.ok, row.reason
