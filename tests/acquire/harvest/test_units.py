"""Units in words, in old strings and in UCUM, as units of ours."""

import pytest
from ucumvert import PintUcumRegistry

from vivomap.acquire.harvest.found import Concept
from vivomap.acquire.harvest.units import ALSO, FACTORS, OURS, SPELLED, into_ours, unit_of
from vivomap.core import UNITS, Refusal

STRANGERS = {  # as other makers write them
    ("mm2", "UCUM", "square millimeter"): ("mm2", 1, False),
    ("square millimeter", "99ACME", ""): ("mm2", 1, True),
    ("Square Millimetres", "99ACME", ""): ("mm2", 1, True),
    ("MM", "99ACME", "millimeters"): ("mm", 1, True),
    ("cm", "UCUM", "cm"): ("cm", 1, False),
    ("HU", "99ACME", "Hounsfield units"): ("[hnsf'U]", 1, True),
    ("[hnsf'U]", "UCUM", "Hounsfield Unit"): ("[hnsf'U]", 1, False),
    ("cc", "99ACME", "cc"): ("cm3", 1, True),
    ("ml", "UCUM", "Milliliter"): ("mL", 1, False),
    ("L", "UCUM", "liter"): ("mL", 1000, False),
    ("{SUVbw}g/ml", "UCUM", "SUVbw"): ("g/ml{SUVbw}", 1, False),
    ("X1", "99ACME", "Percent"): ("%", 1, True),
    ("cm/s", "UCUM", "cm/s"): ("m/s", 0.01, False),
    ("dGy.cm2", "UCUM", "dGy.cm2"): ("Gy.m2", 1e-5, False),
    ("mGycm", "99ACME", "mGycm"): ("mGy.cm", 1, True),
    ("bpm", "99ACME", "beats per minute"): ("/min", 1, True),
    ("{masses}", "UCUM", "masses"): ("1", 1, False),
    ("{0:10}", "UCUM", "range: 0:10"): ("1", 1, False),
    ("10-3.mm2/s", "UCUM", ""): ("um2/ms", 1, False),
}


@pytest.mark.parametrize(("code", "due"), STRANGERS.items(), ids=lambda v: str(v[0]))
def test_a_stranger_is_read_as_the_unit_that_it_means(code: tuple[str, str, str], due: tuple[str, float, bool]) -> None:
    assert unit_of(Concept(*code)) == due


@pytest.mark.parametrize("text", ["", "furlong", "g/ml", "mm/HU", "M", "S", "score"])
def test_what_cannot_be_told_is_refused(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        unit_of(Concept(text, "99ACME", ""))
    assert refused.value.code == "unknown_unit"


def test_every_word_leads_to_a_unit_of_ours() -> None:
    for meant in SPELLED.values():
        assert meant in UNITS or ALSO[meant][0] in UNITS, meant
    assert {u for u, _ in ALSO.values()} <= set(UNITS)
    assert set(OURS.values()) <= set(UNITS)


def test_the_factors_are_those_of_a_ucum_library() -> None:
    registry = PintUcumRegistry()
    known = {(k, u): f for k, (u, f) in ALSO.items() if not set("{[*") & set(k + u) and k != "BQML"}
    for (one, other), factor in {**known, **FACTORS}.items():
        said = one.replace("10-6.", "10*-6.").replace("10-3.", "10*-3.")
        assert registry.from_ucum(said).to(registry.from_ucum(other).units).magnitude == pytest.approx(factor), one


def test_a_biomarker_is_carried_in_its_own_unit_or_not_at_all() -> None:
    assert into_ours("volume", "mm3") == ("mL", 1e-3)
    assert into_ours("long_axis", "mm") == ("mm", 1)
    assert into_ours("long_axis", "s") is None
    assert into_ours("diameter", "cm") == ("cm", 1)
