"""IVIM against a block of known perfusion."""

from dataclasses import replace

import numpy as np
import pytest

from vivomap.acquire.phantom.ivim import Perfused, perfused
from vivomap.core import Refusal, Voxels
from vivomap.quantify.diffusion.ivim import ivim_diffusion, ivim_fraction, ivim_pseudodiffusion, maps

EACH = (ivim_diffusion, ivim_fraction, ivim_pseudodiffusion)


@pytest.mark.parametrize("snr", [0, 100, 30, 15])
def test_the_numbers_of_the_block_are_found(snr):
    (dwi,), (region,), truth = perfused(Perfused(snr=snr), 1)
    for compute in EACH:
        found = compute(dwi, region)
        true = truth[compute.__name__]
        assert abs(found.value - true) < 2.5 * found.uncertainty + 1e-4 * true
        assert found.uncertainty < 0.06 * true


def test_scaling_the_signal_leaves_them():
    (dwi,), (region,), _ = perfused()
    louder = replace(dwi, voxels=Voxels.of(dwi.voxels.array * 37))
    for compute in EACH:
        assert compute(louder, region).value == pytest.approx(compute(dwi, region).value, rel=1e-4)


@pytest.mark.long  # 1,000 phantoms
@pytest.mark.timeout(1800)
def test_the_interval_holds_the_truth_as_often_as_it_says():
    held = dict.fromkeys(EACH, 0)
    for seed in range(1000):
        (dwi,), (region,), truth = perfused(seed=seed)
        for compute in EACH:
            found = compute(dwi, region)
            held[compute] += abs(found.value - truth[compute.__name__]) <= 1.96 * found.uncertainty
    assert all(930 <= n <= 970 for n in held.values()), held


def test_the_maps_carry_their_doubt_and_hold_the_truth_as_often_as_it_says():
    (dwi,), (region,), truth = perfused(Perfused(low=0.2, high=0.2), 2)
    inside = region.mask.array
    for chart, true in zip(maps(dwi), (truth["ivim_diffusion"], 0.2), strict=True):
        value, doubt = chart.voxels.array[:, inside]
        assert chart.text("second_frame") == "standard uncertainty"
        assert 0.9 < np.mean(np.abs(value - true) < 1.96 * doubt) <= 1
        assert np.isnan(chart.voxels.array[:, ~inside]).mean() > 0.99
        assert value.mean() == pytest.approx(true, rel=0.03)


def test_too_few_or_badly_placed_b_values_are_refused():
    few, high = (0.0, 50.0, 200.0, 400.0, 800.0), (0.0, 200.0, 300.0, 400.0, 600.0, 800.0)
    for b in (few, high):
        (dwi,), (region,), _ = perfused(Perfused(b=b))
        with pytest.raises(Refusal) as refused:
            ivim_fraction(dwi, region)
        assert refused.value.code == "few_b_values"


def test_a_signal_that_noise_hides_is_refused():
    (dwi,), (region,), _ = perfused(Perfused(snr=7))
    with pytest.raises(Refusal) as refused:
        ivim_diffusion(dwi, region)
    assert refused.value.code == "too_noisy"


def test_tissue_without_flow_has_a_fraction_of_nothing_and_no_pseudodiffusion():
    (dwi,), (region,), _ = perfused(Perfused(low=0.0, high=0.0))
    assert ivim_fraction(dwi, region).value < 0.01
    with pytest.raises(Refusal) as refused:
        ivim_pseudodiffusion(dwi, region)
    assert refused.value.code == "not_told"


def test_a_small_region_is_refused():
    (dwi,), (region,), _ = perfused()
    few = np.zeros_like(region.mask.array)
    few[2, 6, 6:12] = True
    with pytest.raises(Refusal) as refused:
        ivim_diffusion(dwi, replace(region, mask=Voxels.of(few)))
    assert refused.value.code == "too_few_voxels"
