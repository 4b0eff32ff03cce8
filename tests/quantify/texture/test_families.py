"""Every consensus value of the IBSI digital phantom, by every way of merging tables."""

import pytest

from vivomap.quantify.texture.families import CODES
from vivomap.quantify.texture.features import read
from vivomap.quantify.texture.processing import MERGED, Processing, prepare

from .conftest import published


def test_no_code_stands_for_two_features():
    codes = [c for family in CODES.values() for c in family.split()]
    assert len(codes) == len(set(codes)) == 169


@pytest.mark.parametrize("merged", MERGED)
def test_every_consensus_value_of_the_digital_phantom_is_met(merged, digital, tables):
    card = Processing("digital", "1", lowest=1.0, width=1.0, merged=merged)
    found = read(prepare(*digital, card), card)
    asked = [r for r in published(tables / "ibsi_1_dig_phantom.csv") if r.is_of(merged)]
    assert len(asked) == 169
    assert [r for r in asked if not r.is_met(found[r.code])] == []


def test_every_published_value_of_the_phantom_is_asked_for(tables):
    assert len(published(tables / "ibsi_1_dig_phantom.csv")) == 482
