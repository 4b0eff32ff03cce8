"""Features against reference tissue."""

from dataclasses import replace

import numpy as np
import pytest

from vivomap.core import Refusal, Region, Voxels
from vivomap.quantify.habitats.features import Maps, features


def test_features_are_distances_from_the_reference_in_its_own_spread(ball, found):
    assert found.names == ("suv", "adc", "ktrans")
    assert found.z.shape == (np.count_nonzero(found.held), 3)
    hot, dense = found.z[:, 0], found.z[:, 1]
    assert hot.min() > 0
    assert dense.min() < 0 < dense.max()
    assert dict(found.settings)["psf_mm"] == 5.0


def test_the_reference_itself_lies_at_zero_with_a_spread_of_one(ball):
    images, (_, reference), _ = ball
    own = features(Maps(*images), reference, reference)
    for z in own.z.T[1:]:  # PET is freed of spill in the region alone
        assert np.median(z) == pytest.approx(0, abs=1e-9)
        assert 1.4826 * np.median(np.abs(z)) == pytest.approx(1)


def test_a_feature_moves_by_its_repeatability_as_a_share_of_its_value(ball, found):
    (_, adc, _), (lesion, reference), _ = ball
    z, moves = found.z[:, 1], found.moves[:, 1]
    values = moves / 0.054  # methods A15: wCV of ADC; in spreads of the reference
    assert np.ptp(values - z) == pytest.approx(0, abs=1e-6)
    middle, mean = np.median(adc.voxels.array[reference.mask.array]), adc.voxels.array[lesion.mask.array].mean()
    assert (values - z)[0] / values.mean() == pytest.approx(middle / mean, rel=0.02)


def test_the_scale_of_a_map_leaves_z(ball, found):
    (suv, adc, ktrans), (lesion, reference), _ = ball
    moved = replace(adc, voxels=Voxels.of(adc.voxels.array * 1000))
    again = features(Maps(suv, moved, ktrans), lesion, reference)
    assert again.z[:, 1] == pytest.approx(found.z[:, 1], abs=1e-6)


def test_plain_mr_takes_part_only_where_no_map_of_a_quantity_is_there(ball):
    (suv, adc, ktrans), (lesion, reference), _ = ball
    plain = replace(adc, role="mr", unit="1")
    assert features(Maps(suv, mr=plain), lesion, reference).names == ("suv", "mr")
    assert Maps(suv, adc, ktrans, mr=plain).used == (suv, adc, ktrans)
    assert Maps(suv, adc, rcbv=ktrans).used == (suv, adc, ktrans)
    with pytest.raises(Refusal, match="PET alone"):
        features(Maps(suv), lesion, reference)


def test_voxels_without_a_value_are_left_out_and_said(ball):
    (suv, adc, ktrans), (lesion, reference), _ = ball
    holes = adc.voxels.array.copy()
    holes[:, : holes.shape[1] // 2] = np.nan
    found = features(Maps(suv, replace(adc, voxels=Voxels.of(holes)), ktrans), lesion, reference)
    assert [f.code for f in found.flags] == ["left_out"]
    assert 0.4 < len(found.z) / lesion.voxel_count < 0.6


def test_a_small_region_and_a_flat_reference_are_refused(ball):
    (suv, adc, ktrans), (lesion, reference), _ = ball
    few = np.zeros_like(lesion.mask.array)
    few[tuple(np.argwhere(lesion.mask.array)[:20].T)] = True
    with pytest.raises(Refusal) as refused:
        features(Maps(suv, adc, ktrans), replace(lesion, mask=Voxels.of(few)), reference)
    assert refused.value.code == "too_few_voxels"
    flat = replace(adc, voxels=Voxels.of(np.where(reference.mask.array, 0.0, adc.voxels.array)))
    with pytest.raises(Refusal) as refused:
        features(Maps(suv, flat, ktrans), lesion, reference)
    assert refused.value.code == "reference_flat"


def test_the_calm_voxels_are_far_from_the_borders(ball, found):
    (_, _, _), (lesion, _), _ = ball
    assert isinstance(lesion, Region)
    assert 0.45 < found.calm.mean() <= 0.52
    deep = np.abs(found.z[:, 1] - np.median(found.z[:, 1]))
    assert found.z[found.calm].std(axis=0)[1] >= 0.9 * deep[~found.calm].std()
