"""The lesioned bundle is what its truth says."""

import numpy as np
import pytest

from vivomap.acquire.phantom.tensor import anisotropies, place_of
from vivomap.acquire.phantom.tract import LESIONED, SPREAD, lesioned, truth_of


def test_the_truth_is_that_of_the_map():
    place, truth = place_of(LESIONED), truth_of(LESIONED)
    fa = anisotropies(LESIONED, place)
    inner = place.bundle & (place.along >= 0.05) & (place.along <= 0.95)
    assert fa[inner].mean() == pytest.approx(truth["tract_fa"], abs=1e-3)
    assert 100 * place.lesion.sum() / place.bundle.sum() == pytest.approx(truth["tract_lesion_load"], abs=0.3)
    assert truth["tract_z"] == pytest.approx((truth["tract_fa"] - 0.5) / SPREAD)


def test_controls_are_healthy_and_spread_as_they_say():
    (_, controls), (bundle, lesion), _ = lesioned(seed=2)
    means = controls.voxels.array[:, bundle.mask.array].mean(axis=1)
    assert len(means) == len(controls.frames) == 60
    assert means.mean() == pytest.approx(0.5, abs=4 * SPREAD / np.sqrt(60))
    assert means.std(ddof=1) == pytest.approx(SPREAD, rel=0.35)
    assert (lesion.mask.array & ~bundle.mask.array).sum() == 0
