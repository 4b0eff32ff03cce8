"""The consensus values of a real tumour on CT, configurations A to E of IBSI 1, and what is refused."""

from dataclasses import replace

import numpy as np
import pytest

from vivomap.acquire.phantom.texture import banded
from vivomap.core import Refusal, Region, Voxels
from vivomap.quantify.texture.cards import CT
from vivomap.quantify.texture.features import ALL, features
from vivomap.quantify.texture.processing import MERGED, Processing

from .conftest import published

IN_PLANE, IN_SPACE = MERGED[:4], MERGED[4:]
FINE = (2.0, 2.0, 2.0)
CONFIGURATIONS = {
    "a": (IN_PLANE, Processing("a", "1", lowest=-500.0, highest=400.0, width=25.0)),
    "b": (IN_PLANE, Processing("b", "1", (0.0, 2.0, 2.0), rounded=True, lowest=-500.0, highest=400.0, number=32)),
    "c": (IN_SPACE, CT),
    "d": (IN_SPACE, Processing("d", "1", FINE, rounded=True, outliers=3.0, number=32)),
    "e": (
        IN_SPACE,
        Processing("e", "1", FINE, 3, True, -1000.0, 400.0, 3.0, number=32, volume_number=1000),
    ),
}


@pytest.mark.slow  # Moran's I of 115,000 voxels
@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_every_consensus_value_of_the_lung_tumour_is_met(name, lung, tables):
    ct, mask = lung
    region = Region("lesion", Voxels.of(mask), affine=ct.affine)
    ways, card = CONFIGURATIONS[name]
    found, asked = {}, published(tables / f"ibsi_1_chest_config_{name}.csv")
    for merged in ways:
        way = replace(card, merged=merged)
        found |= features(ct, region, way, ("texture",) if found else ALL)
        missed = [r for r in asked if r.is_of(merged) and not r.is_met(found[r.code])]
        assert missed == []
    assert {r.merged for r in asked} - {""} == {m for r in ways for m in (r, r.rsplit("_", 1)[0])}


def test_more_than_one_volume_and_an_unknown_family_are_refused():
    (ct,), (region,), _ = banded()
    series = replace(ct, voxels=Voxels.of(np.stack([ct.voxels.array] * 2)), frames=(0.0, 1.0), frame_unit="s")
    with pytest.raises(Refusal, match="one volume"):
        features(series, region, CT)
    with pytest.raises(Refusal, match="family"):
        features(ct, region, CT, ("wavelets",))


def test_the_families_asked_for_are_given_and_no_others():
    (ct,), (region,), _ = banded()
    assert set(features(ct, region, CT, ("peaks",))) == {"VJGA", "0F91"}
