"""Blood volume, flow and transit in absolute units, against exponential residues seen through a noisy artery."""

from dataclasses import replace

import numpy as np
import pytest

from vivomap.acquire.phantom.perfusion import BRIGHTER, NONE, Brain, flowing, perfused
from vivomap.core import Refusal

QUIET = Brain(te=0.01, snr=0, leak=NONE)


@pytest.mark.parametrize("name", ["cbv", "cbf", "mtt"])
@pytest.mark.parametrize("how", ["", "_automatic"])
@pytest.mark.parametrize("seed", range(3))
def test_the_truth_is_held(name, how, seed, ask):
    phantom = flowing(seed)
    found = ask(name + how, phantom)
    assert abs(found.value - phantom[2][name]) < 2 * found.uncertainty
    assert ("artery_automatic" in [f.code for f in found.flags]) is bool(how)


@pytest.mark.parametrize("mtt", [3.0, 5.0, 9.0])
def test_transit_times_are_told_apart_where_the_plain_flow_is_far_too_low(mtt, ask):
    phantom = perfused(replace(QUIET, mtt=(5.0, 4.0, mtt)))
    volume, flow, transit = (ask(n, phantom) for n in ("cbv", "cbf", "mtt"))
    truth = phantom[2]
    assert transit.value == pytest.approx(mtt, rel=0.15)
    assert abs(transit.value - mtt) < 2 * transit.uncertainty
    assert volume.value == pytest.approx(truth["cbv"], rel=0.1)
    assert abs(flow.value - truth["cbf"]) < 2 * flow.uncertainty
    assert dict(flow.settings)["plain_flow"] < 0.85 * truth["cbf"]


@pytest.mark.parametrize("later", [0.5, 1.0, 3.0])
def test_a_later_arrival_of_the_bolus_changes_the_flow_little(later, ask):
    here, there = (ask("cbf", perfused(replace(QUIET, arrival=30.0 + d))).value for d in (0.0, later))
    assert there == pytest.approx(here, rel=0.15)


def test_volume_is_flow_times_transit(ask):
    phantom = flowing()
    volume, flow, transit = (ask(n, phantom).value for n in ("cbv", "cbf", "mtt"))
    assert volume == pytest.approx(flow * transit / 60 * 1.04)


def test_leakage_is_corrected_before_the_flow_is_read(ask):
    tight, leaking = (perfused(replace(QUIET, te=0.012, leak=k)) for k in (NONE, replace(BRIGHTER, ktrans=0.005 / 60)))
    assert ask("cbv", leaking).value == pytest.approx(ask("cbv", tight).value, rel=0.06)
    assert ask("cbf", leaking).value == pytest.approx(ask("cbf", tight).value, rel=0.06)


def test_a_region_without_blood_is_refused(with_series, ask):
    phantom = flowing()
    (dsc,), (lesion, *_), _ = phantom
    array = np.array(dsc.voxels.array)
    array[:, lesion.mask.array] = 1000 + np.random.default_rng(0).normal(0, 5, array[:, lesion.mask.array].shape)
    with pytest.raises(Refusal) as refused:
        ask("cbf", with_series(phantom, array=array))
    assert refused.value.code == "bolus_absent"
