"""The area under the first minute of enhancement."""

from dataclasses import replace

import numpy as np
import pytest

from vivomap.acquire.phantom.permeability import Leak, enhancing
from vivomap.core import Refusal
from vivomap.quantify.permeability.area import iauc60, iauc90


def test_without_noise_the_area_is_that_of_the_curve(quiet):
    for area in (iauc60, iauc90):
        found = area(quiet.dce, quiet.t1, quiet.region)
        assert found.value == pytest.approx(quiet.truth[area.__name__], rel=0.01)
        assert "population_aif" not in [f.code for f in found.flags]


def test_it_starts_when_the_contrast_arrives(quiet):
    settings = dict(iauc60(quiet.dce, quiet.t1, quiet.region).settings)
    assert settings["arrival_s"] == pytest.approx(22.0, abs=0.5)


def test_a_series_that_ends_too_soon_is_refused(make):
    short = make(enhancing(Leak(frames=36)))
    with pytest.raises(Refusal) as refused:
        iauc90(short.dce, short.t1, short.region)
    assert refused.value.code == "series_too_short"
    assert iauc60(short.dce, short.t1, short.region).value == pytest.approx(short.truth["iauc60"], rel=0.03)


def test_an_unknown_relaxivity_is_a_tenth_of_doubt(leaking):
    settings = tuple(s for s in leaking.dce.settings if s[0] != "relaxivity")
    found = iauc60(replace(leaking.dce, settings=settings), leaking.t1, leaking.region)
    assert found.uncertainty == pytest.approx(0.1 * found.value, rel=0.05)


def test_each_voxel_scatters_by_its_own_doubt(make):
    even = make(enhancing(Leak(ktrans=(0.2, 0.2), noise=8e-4)))
    values, doubts = iauc60(even.dce, even.t1, even.region).detail.voxels.array[:, even.region.mask.array]
    assert 0.85 < values.std() / np.median(doubts) < 1.2
