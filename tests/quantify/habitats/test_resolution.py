"""PET and MR at one resolution."""

from dataclasses import replace

import numpy as np
import pytest

from vivomap.core import Refusal, Voxels
from vivomap.quantify.habitats.resolution import blur_of, matched, near_enough, spot_of, uptake, values_of


def test_the_blur_is_what_the_image_says_or_a_usual_one_with_a_warning(ball):
    (suv, *_), _, _ = ball
    assert blur_of(suv) == (5.0, ())
    bare = replace(suv, settings=())
    width, (flag,) = blur_of(bare)
    assert (width, flag.code) == (6.0, "blur_assumed")


def test_uptake_has_no_rim_of_spill(ball):
    (suv, *_), (lesion, _), _ = ball
    spot = spot_of(lesion, 5.0)
    raw, corrected = values_of(suv)[spot.box], uptake(suv, spot, 5.0)
    assert corrected[spot.mask].mean() > raw[spot.mask].mean()
    assert np.array_equal(uptake(suv, spot, 0.0), raw)
    assert corrected[~spot.mask].mean() < raw[~spot.mask].mean()


def test_mr_becomes_as_coarse_as_pet_inside_the_region_alone(ball):
    (_, adc, _), (lesion, _), _ = ball
    spot = spot_of(lesion, 5.0)
    smooth = matched(adc, spot.mask, spot.box, 5.0)
    assert np.isnan(smooth[~spot.mask]).all()
    rough = np.diff(np.where(spot.mask, adc.voxels.array[spot.box], np.nan), axis=2)
    assert np.nanstd(np.diff(smooth, axis=2)) < 0.6 * np.nanstd(rough)
    assert smooth[spot.mask].mean() == pytest.approx(adc.voxels.array[lesion.mask.array].mean(), rel=0.02)


def test_mr_that_is_blurred_already_is_blurred_by_the_rest_alone(ball):
    (_, adc, _), (lesion, _), _ = ball
    spot = spot_of(lesion, 5.0)
    own = replace(adc, settings=(("psf_mm", 3.0),))
    rest = matched(replace(adc, settings=()), spot.mask, spot.box, 4.0)
    assert np.allclose(matched(own, spot.mask, spot.box, 5.0), rest, equal_nan=True)
    assert not np.allclose(matched(adc, spot.mask, spot.box, 5.0), rest, equal_nan=True)


def test_a_map_with_its_doubt_is_read_and_a_series_is_not(ball):
    (_, adc, _), _, _ = ball
    double = replace(adc, voxels=Voxels.of(np.stack([adc.voxels.array] * 2)), frames=(0.0, 1.0))
    doubt = replace(double, settings=(("second_frame", "standard uncertainty"),))
    assert np.array_equal(values_of(doubt), adc.voxels.array)
    with pytest.raises(Refusal) as refused:
        values_of(double)
    assert refused.value.code == "several_volumes"


def test_images_that_lie_unsurely_and_voxels_without_a_number_are_refused(ball):
    (suv, adc, _), (lesion, _), _ = ball
    near_enough((replace(adc, residual_mm=2.0),))
    with pytest.raises(Refusal) as refused:
        near_enough((suv, replace(adc, residual_mm=2.1)))
    assert refused.value.code == "fusion_unsure"
    broken = replace(suv, voxels=Voxels.of(np.where(lesion.mask.array, np.nan, suv.voxels.array)))
    with pytest.raises(Refusal) as refused:
        uptake(broken, spot_of(lesion, 5.0), 5.0)
    assert refused.value.code == "nan_voxels"
