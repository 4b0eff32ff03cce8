"""The residual of an aligned image widens every number by what it would be a little elsewhere."""

from dataclasses import replace

import numpy as np
import pytest

from vivomap.core import Estimate, Image, Missing, Refusal, Region, Study, Voxels, affine_of
from vivomap.quantify import cards, measure_one
from vivomap.quantify.place import estimated

AFFINE = affine_of(np.diag([2.0, 1.0, 1.0, 1.0])[[2, 1, 0, 3]])
Z, Y, X = np.indices((12, 24, 24))
RAMP = Image("ct", Voxels.of(5.0 * X), "[hnsf'U]", AFFINE)
MASK = np.zeros((12, 24, 24), bool)
MASK[3:9, 6:18, 6:18] = True
REGION = Region("lesion", Voxels.of(MASK), "lesion", affine=AFFINE)


def mean(image: Image, region: Region) -> Estimate:
    return Estimate(float(image.voxels.array[region.mask.array].mean()), 0.3)


def test_on_a_slope_the_doubt_is_slope_times_residual():
    found = estimated(mean, (replace(RAMP, residual_mm=0.7), REGION))
    assert found.value == mean(RAMP, REGION).value
    assert found.uncertainty == pytest.approx(np.hypot(0.3, 0.7 * 5.0), rel=1e-6)
    assert dict(found.settings)["residual_mm"] == pytest.approx(0.7)


def test_a_residual_wider_than_the_image_counts_in_full():
    """Along z there are twelve planes of 2 mm: the image is moved by what there is, and the change is scaled up."""
    along = replace(RAMP, voxels=Voxels.of(np.where(Z < 6, 0.0, 10.0)), residual_mm=0.0)
    far = replace(along, residual_mm=26.0)
    lower = Region("lower", Voxels.of(MASK & (Z < 6)), "lesion", affine=AFFINE)
    assert estimated(mean, (far, lower)).uncertainty == pytest.approx(
        np.hypot(0.3, 26 / 22 * 10 / np.sqrt(2)), rel=1e-6
    )


def test_on_a_plateau_nothing_is_lost():
    flat = replace(RAMP, voxels=Voxels.of(np.full(MASK.shape, 7.0)), residual_mm=2.0)
    assert estimated(mean, (flat, REGION)).uncertainty == pytest.approx(0.3)


def test_an_image_that_was_not_laid_on_another_is_measured_once():
    calls = []

    def counting(image: Image, region: Region) -> Estimate:
        calls.append(1)
        return mean(image, region)

    estimated(counting, (RAMP, REGION))
    assert len(calls) == 1


def test_the_residual_of_the_place_counts_where_it_is_known():
    by_place = np.where(X < 12, 0.2, 5.0)
    left = Region("left", Voxels.of(MASK & (X < 12)), "lesion", affine=AFFINE)
    laid = replace(RAMP, residual_mm=2.0, residual=Voxels.of(by_place))
    assert estimated(mean, (laid, left)).uncertainty == pytest.approx(np.hypot(0.3, 0.2 * 5.0), rel=1e-6)


def test_a_region_beyond_the_view_is_refused():
    cut = 5.0 * X
    cut[:, :, :8] = np.nan
    with pytest.raises(Refusal) as refused:
        estimated(mean, (replace(RAMP, voxels=Voxels.of(cut), residual_mm=0.5), REGION))
    assert refused.value.code == "outside_view"


def test_every_number_of_an_aligned_image_is_widened_through_measure():
    noise = np.random.default_rng(0).normal(0, 0.2, MASK.shape)
    suv = Image("suv", Voxels.of(3 + 0.2 * X + noise), "g/ml{SUVbw}", AFFINE)
    for name in ("suv_max", "suv_mean"):
        still, laid = (
            measure_one(cards()[name], Study("p", None, (image,), (REGION,)), "lesion")
            for image in (suv, replace(suv, residual_mm=1.5))
        )
        assert not isinstance(laid, Missing)
        assert laid.value == still.value
        assert laid.uncertainty > still.uncertainty
