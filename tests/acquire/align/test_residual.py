"""The alignment tried again on images whose answer is known."""

import numpy as np
import pytest

from vivomap.acquire.align.deformable import warped as warp
from vivomap.acquire.align.pyramid import pyramid, volume
from vivomap.acquire.align.residual import nearby, tried_again
from vivomap.acquire.phantom.warp import Body, Motion, moved


def tried(noise: float) -> float:
    body = Body(shape=(28, 40, 40), noise=noise)
    levels = pyramid(*map(volume, moved(body, Motion(wave_mm=0.6))), True)
    error = tried_again(levels, np.eye(4), warp(levels, np.eye(4)))
    return float(np.sqrt(np.mean(np.sum(error[:, 8:-8, 10:-10, 10:-10] ** 2, axis=0))))


def test_more_noise_gives_a_larger_residual():
    assert tried(20.0) > 1.3 * tried(4.0)


def test_the_error_around_a_voxel_is_a_standard_uncertainty_along_one_direction():
    body = Body(shape=(28, 40, 40))
    level = pyramid(*map(volume, moved(body, Motion())), True)[-1]
    error = np.full((3, *level.fixed.shape), 0.5, np.float32)
    found = nearby(error, np.ones(level.fixed.shape, bool), level)
    assert found.mean() == pytest.approx(0.5 * level.steps[0], rel=1e-3)
