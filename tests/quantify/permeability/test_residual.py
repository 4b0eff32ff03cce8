"""The residual is the noise where the model holds, and more where it does not."""

import numpy as np
import pytest

from vivomap.quantify.permeability.residual import tofts_residual


def test_where_the_model_holds_it_is_the_noise(leaking, quiet):
    assert tofts_residual(*leaking.needs).value == pytest.approx(leaking.truth["tofts_residual"], rel=0.04)
    assert tofts_residual(*quiet.needs).value < 0.2 * tofts_residual(*leaking.needs).value


def test_where_plasma_runs_short_it_is_more(flowing):
    assert tofts_residual(*flowing.needs).value > 1.05 * flowing.truth["tofts_residual"]


def test_each_voxel_has_the_doubt_of_a_standard_deviation(leaking):
    values, doubts = tofts_residual(*leaking.needs).detail.voxels.array[:, leaking.region.mask.array]
    assert np.median(doubts / values) == pytest.approx(1 / np.sqrt(2 * 97), rel=1e-3)
    across = values.reshape(6, 10, 16)  # noise in concentration grows with concentration, which rises across
    assert (across - across.mean(axis=(0, 1))).std() == pytest.approx(np.median(doubts), rel=0.3)
