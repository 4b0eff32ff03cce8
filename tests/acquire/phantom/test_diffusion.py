"""The block decays as it says."""

import numpy as np
import pytest

from vivomap.acquire.phantom.diffusion import Block, decaying


def test_signals_fall_by_the_law_and_air_is_dark():
    (dwi,), (region,), truth = decaying(Block(snr=0))
    signals, inside = dwi.voxels.array, region.mask.array
    adc = np.log(signals[0][inside] / signals[3][inside]) / 800
    assert adc.mean() == pytest.approx(truth["mean_adc"])
    assert np.percentile(adc, 10) == pytest.approx(truth["adc_p10"], rel=0.01)
    assert not signals[:, ~inside].any()


def test_the_textbook_signal_is_there():
    (dwi,), (region,), _ = decaying(Block(b=(0.0, 800.0), low=1e-3, high=1e-3, snr=0))
    assert dwi.voxels.array[1][region.mask.array] == pytest.approx(449.33, abs=0.005)


def test_noise_has_the_size_of_rice():
    (dwi,), (region,), _ = decaying(Block(snr=20, shape=(20, 20, 20)))
    outside = dwi.voxels.array[0][~region.mask.array]
    assert outside.mean() == pytest.approx(50 * np.sqrt(np.pi / 2), rel=0.02)
