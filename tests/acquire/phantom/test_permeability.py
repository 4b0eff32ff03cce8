"""The leaking tissue is what it says: closed forms, the two equations, and the regions."""

import numpy as np
import pytest

from vivomap.acquire.phantom.permeability import Leak, barrier, blood, echo, enhancing, exchanging, followed


def test_an_exponential_plasma_gives_the_closed_form_of_tofts():
    fine = np.arange(0, 301, 0.25)
    leak = Leak(ve=0.3, vp=0.0)
    curve = followed(fine, 5 * np.exp(-0.1 * fine / 60), 0.2, leak)
    assert [curve[np.searchsorted(fine, t)] for t in (60, 180, 300)] == pytest.approx(
        [0.6907, 1.0685, 1.0074], abs=1e-4
    )


def test_and_that_of_the_exchange_model():
    fine = np.arange(0, 301, 0.25)
    leak = Leak(ve=0.3, vp=0.05, flow=0.6)
    curve = followed(fine, 5 * np.exp(-0.1 * fine / 60), 0.2, leak)
    assert [curve[np.searchsorted(fine, t)] for t in (60, 180, 300)] == pytest.approx(
        [0.7208, 1.1414, 1.1394], abs=1e-3
    )


def test_the_blood_is_parkers_and_none_before_it_arrives():
    assert blood(60 * np.array([0, 0.08283, 0.16567])) == pytest.approx([0.08038, 1.80888, 6.03076], abs=2e-4)
    assert (blood(np.array([-10.0, -0.1])) == 0).all()


def test_the_echo_is_the_steady_state():
    assert echo(np.array(1.0), 0.005, 20.0) == pytest.approx(
        np.sin(np.deg2rad(20)) * (1 - np.exp(-0.005)) / (1 - np.cos(np.deg2rad(20)) * np.exp(-0.005))
    )


def test_nothing_enhances_before_the_arrival_and_air_never():
    (dce, vfa), (tissue, artery), truth = enhancing(Leak(noise=0.0))
    series = dce.voxels.array
    assert np.ptp(series[:7], axis=0).max() == 0
    assert (series[:, ~(tissue.mask.array | artery.mask.array)] == 0).all()
    assert (vfa.frames, vfa.frame_unit, artery.finding) == ((2.0, 5.0, 8.0, 12.0, 18.0), "deg", "artery")
    assert truth["kep"] == pytest.approx(truth["ktrans"] / truth["ve"])
    assert 0 < truth["iauc60"] < truth["iauc90"]


def test_the_other_phantoms_flow_slowly_or_keep_what_they_take_up():
    assert exchanging()[2]["plasma_flow"] == 0.4
    assert barrier()[2]["patlak_ktrans"] == pytest.approx(0.015)
