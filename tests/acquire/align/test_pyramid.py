"""Two images made ready, from coarse to fine."""

from dataclasses import replace

import numpy as np
import pytest

from vivomap.acquire.align.pyramid import STEP_MM, body, pyramid, shrunk, volume
from vivomap.acquire.phantom.warp import Body, Motion, moved
from vivomap.core import Flag, Refusal, Voxels

BODY = Body(shape=(32, 64, 64), steps=(2.0, 1.0, 1.0), noise=5.0)
FIXED, MOVING = moved(BODY, Motion(shift=(2.0, 0.0, 0.0)))


def test_the_finest_steps_are_about_two_millimetres_and_coarser_ones_twice():
    levels = pyramid(volume(FIXED), volume(MOVING), True)
    assert levels[-1].steps == pytest.approx((STEP_MM,) * 3)
    assert levels[-2].steps == pytest.approx((2 * STEP_MM,) * 3)


def test_shrinking_keeps_the_mean_and_the_place():
    whole = volume(FIXED)
    half = shrunk(whole, (2, 2, 2))
    assert half.values.mean() == pytest.approx(whole.values.mean(), rel=1e-4)
    centre = (np.array(whole.values.shape) - 1) / 2
    middle = (np.array(half.values.shape) - 1) / 2
    assert np.allclose(whole.ground @ [*centre, 1], half.ground @ [*middle, 1])


def test_the_body_is_found_without_its_air():
    level = pyramid(volume(FIXED), volume(MOVING), True)[-1]
    grid = replace(BODY, shape=level.fixed.shape, steps=level.steps)
    truth = ((grid.points() / grid.half) ** 2).sum(axis=-1) <= 1
    found = body(level)
    assert 2 * np.count_nonzero(found & truth) / (found.sum() + truth.sum()) > 0.9


def test_what_is_missing_stays_without_weight():
    array = FIXED.voxels.array.copy()
    array[:4] = np.nan
    level = pyramid(volume(replace(FIXED, voxels=Voxels.of(array))), volume(MOVING), True)[-1]
    assert not level.weight[:4].any()
    assert np.isfinite(level.fixed).all()


def test_an_image_without_trusted_millimetres_is_refused():
    doubtful = replace(FIXED, refusals=(Flag("spacing_not_trusted", "the spacing was lost", "mm"),))
    with pytest.raises(Refusal) as refused:
        volume(doubtful)
    assert refused.value.code == "spacing_not_trusted"
    with pytest.raises(Refusal) as refused:
        volume(replace(FIXED, voxels=Voxels.of(FIXED.voxels.array[:4])))
    assert refused.value.code == "too_few_slices"
