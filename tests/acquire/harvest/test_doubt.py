"""The uncertainty that a report states, as one standard uncertainty."""

import math
from collections.abc import Callable
from typing import Any

import pytest
from pydicom.dataset import Dataset

from vivomap.acquire.harvest import Number, Sheet
from vivomap.core import Measurement

UPPER = ("371886008", "SCT", "+, range of upper measurement uncertainty")
LOWER = ("371885007", "SCT", "-, range of lower measurement uncertainty")
BOTH = ("371884006", "SCT", "+/-, range of measurement uncertainty")
SPREAD = ("386136009", "SCT", "Standard Deviation")
ERROR = ("SE", "99ACME", "Standard error of the mean")
OWN = ("STD_UNCERTAINTY", "99VIVOMAP", "Standard uncertainty (k = 1)")
MM, PERCENT = ("mm", "UCUM", "mm"), ("%", "UCUM", "Percent")


@pytest.fixture
def with_below(made: Any, read_back: Callable[..., Sheet]) -> Callable[..., Number]:
    """A long axis of 20 mm with items below it, read back."""

    def call(*below: tuple[tuple[str, ...], str, tuple[str, ...]]) -> Number:
        children: list[Dataset] = [
            made.num(made.code(*name), value, made.code(*unit), by="HAS PROPERTIES") for name, value, unit in below
        ]
        axis = made.num(made.deep(made.LONG), "20", made.code(*MM), *children)
        (found,) = read_back(made.report(made.group(axis))).numbers
        assert isinstance(found, Number)
        return found

    return call


@pytest.mark.parametrize(
    ("below", "due", "flag"),
    [
        ([(OWN, "0.4", MM), (UPPER, "9", MM)], 0.4, ""),
        ([(ERROR, "0.3", MM)], 0.3, ""),
        ([(BOTH, "0.6", MM)], 0.6 / math.sqrt(3), "coverage_unsaid"),
        ([(UPPER, "0.9", MM), (LOWER, "0.5", MM)], 0.7 / math.sqrt(3), "coverage_unsaid"),
        ([(BOTH, "5", PERCENT)], 1 / math.sqrt(3), "coverage_unsaid"),
        ([(SPREAD, "0.2", MM)], 0.2, "deviation_as_doubt"),
    ],
)
def test_what_is_stated_becomes_a_measurement(
    below: list[Any], due: float, flag: str, with_below: Callable[..., Number]
) -> None:
    found = with_below(*below)
    claim = found.claim()
    assert isinstance(claim, Measurement)
    assert claim.uncertainty == pytest.approx(due)
    assert [f.code for f in claim.flags] == ([flag] if flag else [])
    assert found.doubt.startswith("stated")


def test_nothing_stated_is_none_and_not_zero(with_below: Callable[..., Number]) -> None:
    found = with_below()
    assert (found.uncertainty, found.doubt) == (None, "not stated")


def test_a_range_of_a_population_is_no_uncertainty(with_below: Callable[..., Number]) -> None:
    found = with_below((("121414", "DCM", "Standard deviation of population"), "3", MM))
    assert found.uncertainty is None


def test_an_uncertainty_follows_its_number_into_our_unit(made: Any, read_back: Callable[..., Sheet]) -> None:
    below = made.num(made.code(*OWN), "40", made.code("mm3", "UCUM", "mm3"), by="HAS PROPERTIES")
    volume = made.num(made.deep(made.VOLUME), "4200", made.code("mm3", "UCUM", "mm3"), below)
    (found,) = read_back(made.report(made.group(volume))).numbers
    assert (found.value, found.unit, found.uncertainty) == (pytest.approx(4.2), "mL", pytest.approx(0.04))
