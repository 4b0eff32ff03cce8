"""T1 of a region, with a map and a doubt for each voxel."""

from dataclasses import replace

import numpy as np
import pytest

from vivomap.acquire.phantom.permeability import Leak, enhancing
from vivomap.core import Refusal, Voxels
from vivomap.quantify.permeability.t1 import mapped, t1


def test_tissue_and_blood_have_their_t1_and_air_has_none():
    (_, vfa), (region, artery), _ = enhancing()
    chart = mapped(vfa).at(0)
    assert t1(vfa, region).value == pytest.approx(1200, rel=0.005)
    assert t1(vfa, artery).value == pytest.approx(1600, rel=0.01)
    lit = region.mask.array | artery.mask.array
    assert np.isnan(chart.voxels.array[~lit]).all()


def test_the_doubt_of_each_voxel_is_how_far_voxels_scatter():
    (_, vfa), (region, _), _ = enhancing()
    values, doubts = mapped(vfa).voxels.array
    inside = region.mask.array
    stated = np.sqrt(np.mean(doubts[inside] ** 2))
    assert values[inside].std() == pytest.approx(stated, rel=0.1)
    assert dict(t1(vfa, region).settings)["voxel_u"] == pytest.approx(stated, rel=0.2)


def test_one_angle_or_no_repetition_time_is_refused():
    (_, vfa), (region, _), _ = enhancing(Leak(frames=12))
    one = replace(vfa, voxels=Voxels.of(vfa.voxels.array[:2]), frames=(5.0, 5.0))
    for image, code in ((one, "few_flip_angles"), (replace(vfa, settings=()), "setting_absent")):
        with pytest.raises(Refusal) as refused:
            t1(image, region)
        assert refused.value.code == code


def test_a_region_in_air_is_refused():
    (_, vfa), (region, _), _ = enhancing(Leak(frames=12))
    corner = np.zeros_like(region.mask.array)
    corner[:, -5:, -2:] = corner[:, :1, :] = True
    with pytest.raises(Refusal) as refused:
        t1(vfa, replace(region, mask=Voxels.of(corner & ~region.mask.array)))
    assert refused.value.code == "too_few_voxels"


def test_it_says_that_the_angles_are_nominal():
    (_, vfa), (region, _), _ = enhancing(Leak(frames=12))
    assert [f.code for f in t1(vfa, region).flags] == ["b1_uncorrected"]
