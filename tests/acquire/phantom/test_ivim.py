"""The block flows as it says."""

import numpy as np
import pytest

from vivomap.acquire.phantom.ivim import Perfused, perfused


def test_the_mean_signal_is_that_of_the_mean_fraction_and_air_is_dark():
    block = Perfused(snr=0)
    (dwi,), (region,), truth = perfused(block)
    mean = dwi.voxels.array[:, region.mask.array].mean(axis=1)
    b = np.array(dwi.frames)
    f = truth["ivim_fraction"]
    blood, tissue = np.exp(-b * truth["ivim_pseudodiffusion"]), np.exp(-b * truth["ivim_diffusion"])
    assert mean == pytest.approx(block.s0 * (f * blood + (1 - f) * tissue))
    assert not dwi.voxels.array[:, ~region.mask.array].any()


def test_every_seed_has_its_own_noise():
    one, again, other = (perfused(seed=seed)[0][0].voxels.array for seed in (1, 1, 2))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)
