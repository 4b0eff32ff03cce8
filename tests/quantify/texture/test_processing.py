"""The steps from an image to grey levels, one by one."""

import numpy as np
import pytest

from vivomap.core import Refusal
from vivomap.quantify.texture.processing import FEWEST_VOXELS, Processing, prepare

SHAPE, SIZE = (6, 8, 10), (2.0, 1.0, 1.0)
PLAIN = Processing("plain", "1", width=10.0)


def block(values=None):
    mask = np.zeros(SHAPE, bool)
    mask[1:5, 1:7, 1:9] = True
    return (np.arange(480.0).reshape(SHAPE) if values is None else values), mask


def test_the_counts_of_a_published_configuration_are_met(lung):
    ct, mask = lung
    card = Processing("c", "1", (2.0, 2.0, 2.0), rounded=True, lowest=-1000.0, highest=400.0, width=25.0)
    found = prepare(ct.voxels.array, mask, ct.spacing_mm, card)
    assert int(mask.sum()) == 125256
    assert abs(int(found.mask.sum()) - 45985) <= 100
    assert abs(int(found.inside.sum()) - 45981) <= 700


def test_what_lies_outside_the_range_is_left_out_and_the_shape_keeps_it():
    values, mask = block()
    card = Processing("range", "1", lowest=150.0, highest=350.0, width=10.0)
    found = prepare(values, mask, SIZE, card)
    assert found.mask.sum() == mask.sum()
    inside = found.values[found.inside]
    assert (inside.min() >= 150, inside.max() <= 350, inside.size) == (
        True,
        True,
        ((values >= 150) & (values <= 350) & mask).sum(),
    )
    assert found.levels[found.inside].min() >= 1
    assert not found.levels[~found.inside].any()


def test_an_outlier_is_left_out():
    values, mask = block(np.random.default_rng(0).normal(0, 1, SHAPE))
    values[2, 2, 2] = 100.0
    found = prepare(values, mask, SIZE, Processing("sigma", "1", outliers=3.0, number=8))
    assert found.inside.sum() == mask.sum() - 1
    assert found.values[found.inside].max() < 100


def test_a_finer_grid_keeps_the_volume_but_for_the_eight_corners():
    values, mask = block()
    found = prepare(values, mask, SIZE, Processing("fine", "1", (1.0, 0.5, 0.5), width=10.0))
    assert found.mask.sum() == 8 * mask.sum() - 8  # of each corner less than one half is inside
    assert found.size_mm == (1.0, 0.5, 0.5)


def test_too_few_voxels_and_voxels_without_a_number_are_refused():
    values, mask = block()
    with pytest.raises(Refusal, match="too few") as refused:
        prepare(values, mask & (values < 170), SIZE, PLAIN)
    assert str(FEWEST_VOXELS) in refused.value.expected
    values[2, 2, 2] = np.nan
    with pytest.raises(Refusal, match="no number"):
        prepare(values, mask, SIZE, PLAIN)


def test_a_card_without_levels_or_with_unknown_merging_cannot_be_made():
    with pytest.raises(Refusal, match="width or a number"):
        Processing("none", "1")
    with pytest.raises(Refusal, match="merged"):
        Processing("odd", "1", width=1.0, merged="4D")


def test_the_card_stands_in_its_settings_with_its_version():
    said = dict(Processing("ct", "7", (2.0, 0.0, 2.0), width=25.0, lowest=-1000.0).settings)
    assert said["processing"] == "ct 7"
    assert (said["voxel_z_mm"], said["width"], said["lowest"], said["merged"]) == (2.0, 25.0, -1000.0, "3D_comb")
    assert "highest" not in said
