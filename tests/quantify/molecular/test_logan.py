"""VT and DVR against their closed forms, with a blood curve and with a reference alone."""

from dataclasses import replace

import numpy as np
import pytest

from vivomap.acquire.phantom.kinetics import balanced, balanced_tissue, filmed
from vivomap.acquire.phantom.kinetics import blood as in_blood
from vivomap.core import Refusal, Voxels
from vivomap.quantify.molecular.logan import logan_dvr, logan_vt


def test_without_noise_one_tissue_is_a_straight_line():
    (pet,), (lesion, blood, reference), truth = balanced(0, 0.0)
    assert logan_vt(pet, blood, lesion).value == pytest.approx(truth["logan_vt"], rel=1e-3)
    assert logan_dvr(pet, reference, lesion).value == pytest.approx(truth["logan_dvr"], rel=1e-3)


@pytest.mark.parametrize("ratio", [1.0, 1.3, 2.0])
def test_ratios_from_healthy_to_full_are_found(ratio):
    parts = {
        "lesion": balanced_tissue(0.25, 0.25 / (ratio * 0.3 / 0.149)),
        "whole_cerebellum": balanced_tissue(0.30, 0.149),
    }
    (pet,), (lesion, reference), _ = filmed(parts, ("PiB", 1221.8), 0, 0.0)
    assert logan_dvr(pet, reference, lesion).value == pytest.approx(ratio, rel=0.01)


def test_a_rate_that_is_not_known_is_left_out_and_said():
    (pet,), (lesion, _, reference), truth = balanced(0, 0.0)
    bare = replace(pet, settings=(*pet.settings, ("reference_k2", 0.0)))
    found = logan_dvr(bare, reference, lesion)
    assert [f.code for f in found.flags] == ["constant_assumed", "constant_assumed"]
    assert found.value == pytest.approx(truth["logan_dvr"], rel=0.1)


def test_another_reference_is_refused():
    (pet,), (lesion, blood, _), _ = balanced()
    with pytest.raises(Refusal) as refused:
        logan_dvr(pet, blood, lesion)
    assert refused.value.code == "wrong_reference"


def test_tissue_that_is_dark_is_refused():
    (pet,), (lesion, blood, reference), _ = balanced()
    dark = np.array(pet.voxels.array)
    dark[-1][lesion.mask.array] = -1
    for number, other in ((logan_vt, blood), (logan_dvr, reference)):
        with pytest.raises(Refusal) as refused:
            number(replace(pet, voxels=Voxels.of(dark)), other, lesion)
        assert refused.value.code == "no_uptake"


def test_more_noise_is_more_doubt():
    doubts = [logan_vt(*_first(balanced(1, noise))).uncertainty for noise in (1.0, 3.0)]
    assert doubts[1] == pytest.approx(3 * doubts[0], rel=0.2)


def _first(made):
    (pet,), (lesion, blood, _), _ = made
    return pet, blood, lesion


@pytest.mark.long
def test_of_a_thousand_intervals_93_to_97_percent_hold_the_truth():
    held = {"logan_vt": 0, "logan_dvr": 0}
    for seed in range(1000):
        (pet,), (lesion, blood, reference), truth = balanced(seed)
        for name, found in (
            ("logan_vt", logan_vt(pet, blood, lesion)),
            ("logan_dvr", logan_dvr(pet, reference, lesion)),
        ):
            held[name] += abs(found.value - truth[name]) <= 1.96 * found.uncertainty
    assert all(930 <= n <= 970 for n in held.values())


def test_blood_is_what_the_phantom_made_it():
    assert in_blood(np.array([0.0]))[0] == pytest.approx(0, abs=1e-9)


def test_a_known_rate_of_the_reference_makes_the_plot_straight_from_the_start():
    (pet,), (lesion, _, reference), truth = balanced(0, 0.0)
    early = replace(pet, settings=(*pet.settings, ("straight_from_min", 5.0)))
    with_rate, without = (
        logan_dvr(replace(early, settings=(*early.settings, ("reference_k2", k))), reference, lesion).value
        for k in (0.149, 0.0)
    )
    assert with_rate == pytest.approx(truth["logan_dvr"], rel=5e-3)
    assert abs(without / truth["logan_dvr"] - 1) > 0.015
