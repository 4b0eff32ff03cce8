"""The mean signal of a region, free of what noise lifts it by."""

from dataclasses import replace

import numpy as np
import pytest

from vivomap.acquire.phantom.ivim import Perfused, perfused
from vivomap.core import Refusal, Voxels
from vivomap.quantify.diffusion.signal import Gate, b_values, region_number, signal_of, unlifted, with_doubt

GATE = Gate("a model", 4)


def test_noise_lifts_the_mean_no_longer():
    clean, noisy = (perfused(Perfused(snr=snr, low=0.2, high=0.2)) for snr in (0, 15))
    true = signal_of(clean[0][0], clean[1][0], GATE).mean
    found = signal_of(noisy[0][0], noisy[1][0], GATE)
    assert found.noise == pytest.approx(1000 / 15, rel=0.05)
    assert found.mean == pytest.approx(true, abs=5)
    lifted = noisy[0][0].voxels.array[:, noisy[1][0].mask.array].mean(axis=1)
    assert lifted[-1] > true[-1] + 5


def test_what_voxels_add_averages_to_nothing():
    (dwi,), (region,), _ = perfused()
    signal = signal_of(dwi, region, GATE)
    assert signal.parts[:, signal.mask].mean(axis=1) == pytest.approx(0, abs=1e-9)
    number = region_number(7.0, np.ones(len(signal.b)), signal, dwi, region)
    assert number.value == pytest.approx(7)
    assert number.uncertainty > 0


def test_a_magnitude_without_what_noise_lifts_it_by():
    assert unlifted(np.array([5.0, 3.0, 2.0]), 3.0) == pytest.approx([4.0, 0.0, 0.0])


def test_noise_above_a_third_of_the_last_signal_is_refused():
    (dwi,), (region,), _ = perfused(Perfused(snr=7))
    with pytest.raises(Refusal) as refused:
        signal_of(dwi, region, GATE)
    assert refused.value.code == "too_noisy"


def test_b_values_that_lie_badly_are_refused():
    (dwi,), _, _ = perfused()
    assert len(b_values(dwi, Gate("a model", 6, 200.0, 3, 2))) == 13
    for gate in (Gate("a model", 14), Gate("a model", 4, 20.0, 3, 2), Gate("a model", 4, 800.0, 3, 2)):
        with pytest.raises(Refusal) as refused:
            b_values(dwi, gate)
        assert refused.value.code == "few_b_values"
    single = replace(dwi, voxels=Voxels.of(dwi.voxels.array[0]), frames=())
    with pytest.raises(Refusal):
        b_values(single, GATE)


def test_a_map_has_its_doubt_as_second_frame():
    (dwi,), _, _ = perfused()
    chart = with_doubt(dwi, "x", (np.ones(dwi.shape), np.zeros(dwi.shape)), "1")
    assert (chart.role, chart.unit, chart.frames) == ("x", "1", (0.0, 1.0))
    assert chart.voxels.array.shape == (2, *dwi.shape)
