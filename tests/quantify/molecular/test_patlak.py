"""Ki against its closed form, with and without noise, and what it says when the agent comes back."""

from dataclasses import replace

import numpy as np
import pytest

from vivomap.acquire.phantom.kinetics import TRAPPED, balanced, filmed, trapped, trapped_tissue
from vivomap.acquire.phantom.kinetics import blood as in_blood
from vivomap.core import Voxels
from vivomap.quantify.molecular.patlak import patlak_ki


def later(pet, minutes):
    return replace(pet, settings=(*pet.settings, ("straight_from_min", minutes)))


@pytest.mark.parametrize(("start", "off"), [(20.0, 0.007), (40.0, 0.002)])
def test_without_noise_two_tissues_on_a_real_blood_curve_are_nearly_straight(start, off):
    (pet,), (lesion, blood), truth = trapped(0, 0.0)
    assert patlak_ki(later(pet, start), blood, lesion).value == pytest.approx(truth["patlak_ki"], rel=off)


@pytest.mark.parametrize("rates", [(0.05, 0.1, 0.02), (0.1, 0.15, 0.08), (0.2, 0.3, 0.15)])
def test_slow_and_fast_trapping_are_found(rates):
    k1, k2, k3 = rates
    parts = {"lesion": trapped_tissue(*rates), "blood_pool": in_blood}
    (pet,), (lesion, blood), _ = filmed(parts, ("FDG", 6586.26), 0, 0.0)
    for start, off in ((20.0, 0.06), (40.0, 0.02)):
        found = patlak_ki(later(pet, start), blood, lesion)
        assert found.value == pytest.approx(k1 * k3 / (k2 + k3), rel=off)
        assert abs(found.value - k1 * k3 / (k2 + k3)) < 2 * found.uncertainty


def test_the_map_has_the_mean_of_the_number_and_the_scatter_that_it_says():
    (pet,), (lesion, blood), _ = trapped(3)
    found = patlak_ki(pet, blood, lesion)
    values, doubts = (frame[lesion.mask.array] for frame in found.detail.voxels.array)
    assert values.mean() == pytest.approx(found.value, rel=1e-5)
    assert values.std() == pytest.approx(doubts.mean(), rel=0.15)
    assert np.isnan(found.detail.voxels.array[0][~lesion.mask.array]).all()


def test_scaling_the_image_leaves_ki():
    (pet,), (lesion, blood), _ = trapped(2)
    scaled = replace(pet, voxels=Voxels.of(3 * pet.voxels.array))
    assert patlak_ki(scaled, blood, lesion).value == pytest.approx(patlak_ki(pet, blood, lesion).value)


def test_an_agent_that_comes_back_bends_the_plot():
    (pet,), (lesion, blood, _), _ = balanced(0, 0.5)
    assert "plot_bends" in [f.code for f in patlak_ki(later(pet, 10.0), blood, lesion).flags]
    (pet,), (lesion, blood), _ = trapped(0)
    assert "plot_bends" not in [f.code for f in patlak_ki(pet, blood, lesion).flags]


def test_without_its_frame_averaging_the_same_data_would_miss():
    (pet,), (lesion, blood), truth = trapped(0, 0.0)
    lengths = np.array([float(n) for n in pet.text("frame_duration_s").split()]) / 60
    curve, plasma = (pet.voxels.array[:, r.mask.array].mean(axis=1) for r in (lesion, blood))
    ends = np.cumsum(plasma * lengths)  # the integral at the end of a frame, taken for that of its middle
    part = np.array(pet.frames) >= 1200
    slope = np.polyfit((ends / plasma)[part], (curve / plasma)[part], 1)[0]
    ours = patlak_ki(pet, blood, lesion).value
    assert abs(slope / truth["patlak_ki"] - 1) > 2 * abs(ours / truth["patlak_ki"] - 1)
    assert TRAPPED == (0.10, 0.15, 0.08)


@pytest.mark.long
def test_of_a_thousand_intervals_as_many_hold_the_truth_as_the_card_says():
    held = 0
    for seed in range(1000):
        (pet,), (lesion, blood), truth = trapped(seed)
        found = patlak_ki(pet, blood, lesion)
        held += abs(found.value - truth["patlak_ki"]) <= 1.96 * found.uncertainty
    assert held >= 930
