"""What noise and the outline do to the doubt of a feature."""

from dataclasses import replace

import numpy as np
import pytest

from vivomap.acquire.phantom.texture import banded
from vivomap.quantify.texture.cards import CT
from vivomap.quantify.texture.doubt import NOISE_SHARE, known
from vivomap.quantify.texture.features import features


def test_the_values_are_those_of_the_features():
    (ct,), (region,), _ = banded(seed=3)
    found = known(ct, region, CT)
    assert found.values == pytest.approx(features(ct, region, CT, ("histogram", "texture")))
    assert set(found.doubts) == set(found.values)


def test_without_noise_and_with_a_sure_outline_there_is_no_doubt():
    (ct,), (region,), _ = banded(noise=0.0)
    assert set(known(ct, region, CT).doubts.values()) == {0.0}


def test_more_noise_is_more_doubt():
    one, two = (known(*(p[0] for p in banded(noise=n)[:2]), CT).doubts["ACUI"] for n in (1.0, 2.0))
    assert two > 2 * one > 0


def test_an_unsure_outline_and_a_resampled_image_are_doubt():
    (ct,), (region,), _ = banded(noise=0.0)
    unsure = known(ct, replace(region, edge_mm=2.0), CT)
    moved = known(replace(ct, residual_mm=2.0), region, CT)
    assert unsure.doubts["QCDE"] > 0
    assert moved.doubts == unsure.doubts
    assert dict(unsure.settings)["edge_mm"] == 2.0


def test_noise_that_fills_a_level_is_said():
    (quiet,), (region,), _ = banded()
    (loud,), _, _ = banded(noise=3.0)
    assert known(quiet, region, CT).flags == ()
    assert [f.code for f in known(loud, region, CT).flags] == ["noise_in_texture"]
    assert NOISE_SHARE == 0.4


def test_the_same_image_has_the_same_doubt():
    (ct,), (region,), _ = banded(seed=5)
    first = known(ct, region, CT)
    known.cache_clear()
    assert known(ct, region, CT) == first
    assert np.isfinite(list(first.doubts.values())).all()


@pytest.mark.parametrize("noise", [2.0, 3.0])
def test_where_noise_fills_half_a_level_the_doubt_still_reaches_the_texture_without_it(noise):
    (ct,), (region,), truth = banded(seed=1, noise=noise)
    found = known(ct, region, CT)
    codes = {"entropy": "TLU2", "joint_entropy": "TU9B", "homogeneity": "WF0Z", "coarseness": "QCDE"}
    for name, code in codes.items():
        assert abs(found.values[code] - truth[f"ct_{name}"]) <= 2 * found.doubts[code]
