from dataclasses import replace

import numpy as np
import pytest

from vivomap.acquire.phantom.white_matter import CORTEX, SPACING, WHITE, head
from vivomap.acquire.propose.brain import brain
from vivomap.core import Refusal, Voxels


def test_the_brain_is_found_without_its_scalp() -> None:
    made = head(0)
    found = brain(made.first)
    z, y, x = (np.arange(n) * s - n * s / 2 for n, s in zip(made.first.shape, SPACING, strict=True))
    far = np.sqrt((z[:, None, None] / 62) ** 2 + (y[:, None] / 72) ** 2 + (x / 58) ** 2)
    assert found.mask[far < 0.85].mean() > 0.97
    assert found.mask[far > 1.08].mean() < 0.01
    assert found.depth[far < 0.3].min() > 20


def test_tissue_is_one_whatever_the_gain_and_the_field_is_taken_out() -> None:
    made = head(0)
    one, other = brain(made.first), brain(replace(made.first, voxels=Voxels.of(3 * made.first.voxels.array)))
    assert np.allclose(other.values, one.values, rtol=1e-3)
    white = one.values[one.mask & (one.depth > 25) & (one.values > 0.8) & (one.values < 1.1)]
    assert white.std() < 0.06
    assert np.median(white) == pytest.approx(1.0, abs=0.05)
    assert one.spread < (CORTEX - WHITE) / WHITE


def test_an_empty_image_has_no_brain() -> None:
    made = head(0).first
    for values in (np.zeros(made.shape), np.where(np.indices(made.shape)[0] < 4, 100.0, 0.0)):
        with pytest.raises(Refusal) as refused:
            brain(replace(made, voxels=Voxels.of(values)))
        assert refused.value.code == "organ_not_found"
