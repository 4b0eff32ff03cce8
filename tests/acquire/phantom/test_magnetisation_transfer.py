"""The pair has the ratio that it says."""

import numpy as np
import pytest

from vivomap.acquire.phantom.magnetisation_transfer import Pair, saturated


def test_the_pulse_takes_its_share_of_the_signal():
    (off, on), (region,), truth = saturated(Pair(snr=0))
    inside = region.mask.array
    ratio = 100 * (1 - on.voxels.array[inside] / off.voxels.array[inside])
    assert ratio.mean() == pytest.approx(truth["mtr"])
    assert (ratio.min() > 30, ratio.max() < 50) == (True, True)
    assert np.all(off.voxels.array[~inside] == 0)
