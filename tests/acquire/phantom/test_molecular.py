"""The phantom of agents: each region holds what it was given, and the truth follows from that."""

import numpy as np
import pytest

from vivomap.acquire.phantom.molecular import amyloid, glioma, neuroendocrine, prostate, prostate_by_spleen


@pytest.mark.parametrize("made", [amyloid, prostate, prostate_by_spleen, neuroendocrine])
@pytest.mark.parametrize("seed", [0, 3])
def test_regions_lie_one_voxel_within_even_uptake(made, seed):
    (suv,), regions, _ = made(seed, 0.0)
    for region in regions:
        assert np.ptp(suv.voxels.array[region.mask.array]) == 0


def test_the_ratio_is_the_ratio_that_was_given():
    (suv,), (cortex, cerebellum, _), truth = amyloid(4, 0.0)
    above, below = (suv.voxels.array[r.mask.array].mean() for r in (cortex, cerebellum))
    assert above / below == pytest.approx(truth["suvr"])


def test_the_hill_of_the_glioma_is_as_high_as_said():
    (suv,), (lesion, background), truth = glioma(0, 0.0)
    top = suv.voxels.array[lesion.mask.array].max() / suv.voxels.array[background.mask.array].mean()
    assert 0.96 * truth["tbr_max"] < top <= truth["tbr_max"]


def test_a_lesion_of_psma_1007_lies_below_the_liver():
    (suv,), regions, _ = prostate_by_spleen(0, 0.0)
    mean = {r.name: suv.voxels.array[r.mask.array].mean() for r in regions}
    assert mean["spleen"] < mean["lesion"] < mean["liver"] < mean["parotid"]
