"""Every unit of the table, proved by a UCUM library."""

import pint
import pytest
from ucumvert import PintUcumRegistry

from vivomap.core import Refusal, known_unit
from vivomap.core.units import UNITS

ARBITRARY = {"[hnsf'U]"}  # Hounsfield units are arbitrary in UCUM: the library knows the code and gives it no dimension


@pytest.fixture(scope="module")
def registry() -> pint.UnitRegistry:
    return PintUcumRegistry()


@pytest.mark.parametrize("unit", sorted(UNITS))
def test_a_ucum_library_knows_the_unit(unit: str, registry: PintUcumRegistry) -> None:
    from ucumvert import get_ucum_parser

    assert get_ucum_parser().parse(unit) is not None
    if unit not in ARBITRARY and "{" not in unit:
        assert registry.from_ucum(unit).units is not None


def test_dimensions_are_what_they_say(registry: PintUcumRegistry) -> None:
    same = {
        ("mL", "cm3"): 1,
        ("mm2/s", "um2/ms"): 1000,
        ("kBq/mL", "Bq/mL"): 1000,
        ("g", "kg"): 0.001,
        ("/min", "/s"): 1 / 60,
    }
    for (one, other), factor in same.items():
        assert registry.from_ucum(one).to(registry.from_ucum(other).units).magnitude == pytest.approx(factor)


def test_an_unknown_unit_is_refused() -> None:
    for wrong in ("ml", "HU", "mm^2/s", ""):
        with pytest.raises(Refusal) as refused:
            known_unit(wrong)
        assert refused.value.code == "unknown_unit"
