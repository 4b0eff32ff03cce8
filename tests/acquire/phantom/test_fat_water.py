"""The fatty liver: its signal by the formula, in phase and opposed."""

import numpy as np
import pytest

from vivomap.acquire.phantom.fat_water import PEAKS, Echoes, fatty


def test_echoes_without_fat_decay_alone():
    clean = Echoes(fat=(0.0, 0.0), snr=0.0, t2_star=15.0)
    (echo, phase), (region,), truth = fatty(clean)
    inside = echo.voxels.array[:, region.mask.array]
    assert inside == pytest.approx(1000 * np.exp(-np.array(clean.times)[:, None] / 15.0) * np.ones_like(inside))
    assert np.abs(phase.voxels.array).max() <= np.pi
    assert truth == {"fat_fraction": 0.0, "t2_star": 15.0}


def test_fat_makes_opposed_echoes_darker():
    opposed, in_phase = 1.15, 2.30  # ms at 3 T
    for fat, darker in ((0.0, 0.99), (30.0, 0.55)):
        (echo, _), (region,), _ = fatty(Echoes((opposed, in_phase), fat=(fat, fat), snr=0.0, t2_star=1e6, spread=0.0))
        first, second = echo.voxels.array[:, region.mask.array].mean(axis=1)
        assert first / second == pytest.approx(darker, abs=0.08)
    assert sum(a for _, a in PEAKS) == pytest.approx(1.0, abs=0.002)
