"""The one table of codes: each number has its line, with the unit of its card, and nothing else has one."""

from vivomap.core import Biomarker, discover
from vivomap.core.coding import BIOMARKERS, LINES, OWN
from vivomap.core.units import UNITS
from vivomap.report import codes


def test_every_card_has_a_line_with_its_unit_and_every_line_a_card() -> None:
    assert {name: line.unit for name, line in LINES.items()} == {
        name: card.unit for name, card in discover("vivomap.quantify", Biomarker).items()
    }
    assert {line.unit for line in LINES.values()} <= set(UNITS)


def test_every_concept_of_our_own_is_used() -> None:
    used = {concept for coded in BIOMARKERS.values() for concept in coded if concept}
    assert set(OWN.values()) <= used


def test_who_writes_reports_takes_the_same_lines() -> None:
    assert all(codes.biomarker(name) == coded for name, coded in BIOMARKERS.items())
    assert set(OWN) <= set(codes.OWN)


def test_short_names_are_short_and_differ() -> None:
    short = [line.short or name for name, line in LINES.items()]
    assert all(len(line.short) <= 12 for line in LINES.values())
    assert len(set(short)) == len(short)
