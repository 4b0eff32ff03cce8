"""Attenuation: another library's values between the rows of NIST, the edges, and a table that was changed."""

import pytest

from vivomap.core import Refusal
from vivomap.maths import attenuation
from vivomap.maths.attenuation import brightening, mass_attenuation, table

# cm2/g from xraylib 4.3 (its own fits, Kissel and others), at energies that are no rows of the table
PEER = {
    "water": {45: 0.2436438, 55: 0.2149698, 70: 0.1928810, 90: 0.1765824, 120: 0.1613800, 140: 0.1538529},
    "iodine": {45: 16.261347, 55: 9.562917, 70: 5.015607, 90: 2.565259, 120: 1.211433, 190: 0.408077},
    "gadolinium": {45: 5.075556, 55: 14.727039, 70: 7.884667, 90: 4.096377, 140: 1.307260},
    "calcium": {45: 1.336537, 55: 0.806465, 70: 0.471680, 90: 0.300076, 120: 0.205871},
}


@pytest.mark.parametrize("material", PEER)
def test_between_its_rows_the_table_agrees_with_another_library(material):
    for kev, value in PEER[material].items():
        assert mass_attenuation(material, kev) == pytest.approx(value, rel=2e-3)


def test_rows_are_given_back_and_an_edge_is_not_smoothed():
    assert mass_attenuation("water", 60.0) == pytest.approx(0.2059)
    assert mass_attenuation("iodine", 33.16) == pytest.approx(6.55, rel=0.01)
    assert mass_attenuation("iodine", 33.18) == pytest.approx(35.8, rel=0.01)
    assert mass_attenuation("gold", 80.72) == pytest.approx(8.904)


def test_one_mg_of_iodine_brightens_water_by_82_hu_at_40_kev():
    assert brightening("iodine", 40.0) == pytest.approx(22.10 / 0.2683)
    assert brightening("water", 111.0) == 1.0


def test_what_is_not_in_the_table_is_refused():
    for material, kev in (("water", 10.0), ("water", 201.0), ("unobtainium", 60.0)):
        with pytest.raises(Refusal):
            mass_attenuation(material, kev)


def test_a_table_that_was_changed_is_refused(monkeypatch):
    table.cache_clear()
    monkeypatch.setattr(attenuation, "TABLE_SHA256", "0" * 64)
    with pytest.raises(Refusal, match="checked"):
        table()
    table.cache_clear()
