"""Every code has a name of its own and a unit."""

from vivomap.quantify.texture.families import CODES
from vivomap.quantify.texture.names import NAMES, unit_of


def test_every_code_has_its_own_name():
    codes = [code for codes in CODES.values() for code in codes.split()]
    assert list(NAMES) == codes
    assert len(set(NAMES.values())) == len(codes) == 169
    assert NAMES["TU9B"] == "cooccurrence joint entropy"
    assert NAMES["QCFX"] == "shape sphericity"


def test_lengths_intensities_and_their_squares_have_units_and_levels_have_none():
    asked = ("RNU0", "C0JK", "2PR5", "L0JK", "KLMA", "99N0", "QCFX", "Q4LE", "ECT3", "KE2A", "VJGA", "GBPN_10", "TU9B")
    found = ["mm3", "mm2", "/mm", "mm", "mm", "HU.mm3", "1", "HU", "(HU)2", "1", "HU", "HU", "1"]
    assert [unit_of(code, "HU") for code in asked] == found
    assert unit_of("BC2M_10", "HU") == unit_of("X6K6", "HU") == "1"
