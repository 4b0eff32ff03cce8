"""Means with their doubt: noise, neighbours that agree, outlines and places."""

import numpy as np
import pytest
from scipy import ndimage

from vivomap.core import Refusal, affine_of
from vivomap.maths.sampling import Place, noise, peak_loss, region_mean, scatter
from vivomap.maths.solid import steps_of

UNIT = steps_of(affine_of(np.eye(4)))
BLOCK = np.ones((12, 14, 16), bool)


def test_the_doubt_of_the_mean_of_white_noise_is_sd_over_root_n():
    rng = np.random.default_rng(3)
    z = []
    for _ in range(60):
        mean = region_mean(rng.normal(5, 2, BLOCK.shape), BLOCK, Place(UNIT))
        z.append((mean.value - 5) / mean.uncertainty)
    assert 0.75 < np.std(z) < 1.2


def test_noise_that_neighbours_share_widens_the_doubt_as_it_should():
    rng = np.random.default_rng(4)
    ball = np.sum((np.indices((26, 26, 26)) - 12.5) ** 2, axis=0) <= 121
    z = []
    for _ in range(60):
        field = ndimage.gaussian_filter(rng.normal(0, 1, ball.shape), 1.2, mode="wrap")
        mean = region_mean(5 + field, ball, Place(UNIT))
        z.append((mean.value - 5) / mean.uncertainty)
    assert np.mean(np.abs(z) < 1.96) >= 0.85
    assert scatter(field, ball).independent < ball.sum() / 10


def test_a_slope_across_the_region_is_no_doubt_of_its_mean():
    slope = np.indices(BLOCK.shape)[2] * 3.0
    mean = region_mean(slope, BLOCK, Place(UNIT))
    assert mean.value == pytest.approx(22.5)
    assert mean.spread > 10
    assert mean.scatter.sd < 1e-9


def test_a_constant_has_no_doubt():
    mean = region_mean(np.full(BLOCK.shape, 7.5), BLOCK, Place(UNIT, 1.0, 1.0))
    assert mean.value == 7.5
    assert mean.uncertainty == pytest.approx(0, abs=1e-9)


def test_an_outline_in_doubt_widens_the_mean_of_a_hill_and_not_of_a_plateau():
    r = np.sqrt(np.sum((np.indices((25, 25, 25)) - 12.0) ** 2, axis=0))
    ball = r <= 9
    hill = 100 - 5 * r
    sure, unsure = (region_mean(hill, ball, Place(UNIT, edge)).uncertainty for edge in (0.0, 1.0))
    moved = hill[r <= 9.5].mean() - hill[r <= 8.5].mean()  # the outline one millimetre further out
    assert np.sqrt(unsure**2 - sure**2) == pytest.approx(abs(moved), rel=0.35)


def test_a_residual_of_place_counts_by_the_slope_it_crosses():
    slope = np.indices(BLOCK.shape)[2] * 3.0
    mean = region_mean(slope, BLOCK, Place(((1, 0, 0), (0, 1, 0), (0, 0, 2.0)), 0.0, 0.8))
    flat = region_mean(slope, BLOCK, Place(((1, 0, 0), (0, 1, 0), (0, 0, 2.0))))
    assert np.sqrt(mean.uncertainty**2 - flat.uncertainty**2) == pytest.approx(0.8 * 1.5)


def test_noise_is_seen_past_edges():
    rng = np.random.default_rng(5)
    step = np.where(np.indices((10, 40, 40))[2] > 20, 100.0, 0.0)
    assert noise(step + rng.normal(0, 2.0, step.shape), np.ones(step.shape, bool)) == pytest.approx(2.0, rel=0.05)
    assert noise(step, np.ones(step.shape, bool)) == 0
    assert noise(step, np.zeros(step.shape, bool)) == 0


def test_a_parabola_loses_on_average_what_its_curve_says():
    offsets = np.linspace(-0.5, 0.5, 1001)
    line = np.arange(-3, 4)
    lost, said = [], []
    for offset in offsets:
        values = (10 - 2 * (line - offset) ** 2)[None, None, :]
        at = int(values.argmax())
        lost.append(10 - values.max())
        said.append(peak_loss(values, (0, 0, at)))
    assert np.mean(said) == pytest.approx(np.mean(lost), rel=0.01)


def test_an_empty_mask_is_refused():
    with pytest.raises(Refusal):
        region_mean(np.zeros((3, 3, 3)), np.zeros((3, 3, 3), bool), Place(UNIT))


def test_a_value_that_is_no_number_has_no_mean():
    values = np.full(BLOCK.shape, 5.0)
    values[3, 3, 3] = np.inf
    with pytest.raises(Refusal) as refused:
        region_mean(values, BLOCK, Place(UNIT))
    assert refused.value.code == "nan_voxels"
