"""Mean uptake without partial volume."""

from dataclasses import replace

import numpy as np
import pytest

from vivomap.core import Refusal, Voxels
from vivomap.quantify.habitats.corrected import suv_mean_corrected


def test_the_truth_is_found_where_the_plain_mean_is_too_low(ball):
    (suv, *_), (lesion, _), truth = ball
    found = suv_mean_corrected(suv, lesion)
    assert dict(found.settings)["seen"] < 0.95 * truth["suv_mean_corrected"]
    assert abs(found.value - truth["suv_mean_corrected"]) < 2 * found.uncertainty
    assert found.detail.role == "suv_corrected"


def test_a_wider_blur_is_in_more_doubt_and_no_blur_corrects_nothing(ball):
    (suv, *_), (lesion, _), _ = ball
    wide, sharp = (replace(suv, settings=(("psf_mm", w), ("calibration_percent", 0.0))) for w in (8.0, 0.0))
    assert suv_mean_corrected(wide, lesion).uncertainty > suv_mean_corrected(suv, lesion).uncertainty
    assert suv_mean_corrected(sharp, lesion).value == pytest.approx(suv.voxels.array[lesion.mask.array].mean())


def test_a_region_that_fills_the_image_is_refused(ball):
    (suv, *_), (lesion, _), _ = ball
    with pytest.raises(Refusal) as refused:
        suv_mean_corrected(suv, replace(lesion, mask=Voxels.of(np.ones_like(lesion.mask.array))))
    assert refused.value.code == "outside_image"
