"""The bundle is soaked as it says."""

import numpy as np
import pytest

from vivomap.acquire.phantom.free_water import FREE, Soaked, soaked


def test_more_water_falls_faster_and_the_mean_share_is_the_truth():
    mixed = Soaked(snr=0)
    (dwi,), (region,), truth = soaked(mixed)
    signals, b = dwi.voxels.array[:, region.mask.array] / mixed.s0, np.array(dwi.frames)
    assert len(b) == mixed.unweighted + 2 * mixed.directions
    assert signals[:4] == pytest.approx(1)
    wet, dry = soaked(Soaked(snr=0, share=(1.0, 1.0 + 1e-9))), soaked(Soaked(snr=0, share=(0.0, 1e-9)))
    inside = region.mask.array
    only = wet[0][0].voxels.array[:, inside] / mixed.s0
    assert pytest.approx(np.broadcast_to(np.exp(-b * FREE), only.T.shape), abs=1e-6) == only.T
    none = dry[0][0].voxels.array[:, inside] / mixed.s0
    share = (signals[10] - none[10]) / (only[10] - none[10])
    assert share.mean() == pytest.approx(truth["free_water_fraction"], abs=2e-3)
