"""The codes of functional imaging: each number of these families has a line, and only those."""

from vivomap.core import Biomarker, discover
from vivomap.core.functional import BIOMARKERS, OWN
from vivomap.report import codes


def test_every_line_is_of_a_card_that_is_there_and_every_own_concept_is_used() -> None:
    assert set(BIOMARKERS) <= set(discover("vivomap.quantify", Biomarker))
    used = {concept for coded in BIOMARKERS.values() for concept in coded if concept}
    assert set(OWN.values()) <= used


def test_the_lines_are_part_of_the_one_table() -> None:
    assert all(codes.biomarker(name) == coded for name, coded in BIOMARKERS.items())
    assert set(OWN) <= set(codes.OWN)
