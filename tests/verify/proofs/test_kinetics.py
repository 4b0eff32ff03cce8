"""Closed forms hold, and fail where a correction is taken away."""

import numpy as np
import pytest

import vivomap.quantify.hyperpolarised as carbon
import vivomap.quantify.molecular.series as series
from vivomap.verify.proof import carried_out, deeds, of_proof
from vivomap.verify.trial import Trial

MINE = [p.name for p in deeds().values() if p.family in ("molecular", "hyperpolarised")]


def row(name):
    proof = deeds()[name]
    return of_proof(proof, carried_out(Trial(name, (name,), 0)), 1.0)


@pytest.mark.parametrize("name", MINE)
def test_every_closed_form_holds(name):
    assert row(name).ok, row(name).reason


def test_integrals_to_the_end_of_a_frame_instead_of_its_mean_are_seen(monkeypatch):
    monkeypatch.setattr(series, "running", lambda d: np.tril(np.ones((len(d), len(d)))) * d)
    assert [row(n).ok for n in ("patlak_closed_form", "logan_vt_closed_form")] == [False, False]


def test_pulses_that_use_nothing_up_are_seen(monkeypatch):
    real = carbon.pulses
    monkeypatch.setattr(carbon, "pulses", lambda f, n: real(f, n)._replace(left=np.ones(len(f))))
    assert not row("kpl_bias_at_snr_20").ok
