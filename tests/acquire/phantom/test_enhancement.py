"""The shells enhance as they say."""

import numpy as np
import pytest

from vivomap.acquire.phantom.enhancement import Shells, three_shells


def test_each_shell_has_its_enhancement_and_ratio():
    shells = Shells(noise=0.0)
    (dce,), (region,), _ = three_shells(shells)
    s0, s1, s2 = dce.voxels.array[:, region.mask.array]
    assert sorted(set((100 * (s1 - s0) / s0).round(6))) == sorted(shells.pe)
    assert sorted(set(((s1 - s0) / (s2 - s0)).round(6))) == sorted(shells.ser)


def test_the_truth_weighs_shells_by_volume():
    _, _, truth = three_shells()
    assert truth["functional_tumour_volume"] == pytest.approx(4 / 3 * np.pi * 14**3 / 1000)
    r = np.array([8.0, 14.0, 20.0]) ** 3
    assert truth["percent_enhancement"] == pytest.approx((r[0] * 150 + (r[1] - r[0]) * 90 + (r[2] - r[1]) * 30) / r[2])


def test_tissue_around_does_not_enhance():
    (dce,), (region,), _ = three_shells(Shells(noise=0.0))
    s0, s1, _ = dce.voxels.array
    assert np.array_equal(s0[~region.mask.array], s1[~region.mask.array])
