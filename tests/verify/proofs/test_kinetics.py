"""Closed forms hold, and fail where a correction is taken away."""

import numpy as np
import pytest

import vivomap.quantify.hyperpolarised as carbon
import vivomap.quantify.molecular.series as series
from vivomap.verify.proof import deeds
from vivomap.verify.proofs.kinetics import BIAS, KI, VT

MINE = [p for p in deeds().values() if p.family in ("molecular", "hyperpolarised")]


@pytest.mark.parametrize("proof", MINE, ids=lambda p: p.name)
def test_every_closed_form_holds(proof, judged):
    row = judged(proof)
    assert row.ok, row.reason


def test_integrals_to_the_end_of_a_frame_instead_of_its_mean_are_seen(monkeypatch, judged):
    monkeypatch.setattr(series, "running", lambda d: np.tril(np.ones((len(d), len(d)))) * d)
    assert [judged(p).ok for p in (KI, VT)] == [False, False]


def test_pulses_that_use_nothing_up_are_seen(monkeypatch, judged):
    real = carbon.pulses
    monkeypatch.setattr(carbon, "pulses", lambda f, n: real(f, n)._replace(left=np.ones(len(f))))
    assert not judged(BIAS).ok
