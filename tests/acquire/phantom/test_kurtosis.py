"""The block is hindered as it says."""

import numpy as np
import pytest

from vivomap.acquire.phantom.kurtosis import Hindered, hindered


def test_the_logarithm_bends_by_the_law():
    block = Hindered(snr=0)
    (dwi,), (region,), truth = hindered(block)
    fall = np.array(block.b) * truth["kurtosis_diffusion"]
    signals = dwi.voxels.array[:, region.mask.array]
    assert (
        pytest.approx(np.broadcast_to(-fall + fall**2 * truth["apparent_kurtosis"] / 6, signals.T.shape), abs=1e-9)
        == np.log(signals / signals[0]).T
    )
    assert (signals[0].min(), signals[0].max()) == (pytest.approx(810), pytest.approx(1190))
    assert not dwi.voxels.array[:, ~region.mask.array].any()
