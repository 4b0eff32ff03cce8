"""The card of a biomarker, and its limits."""

import pytest

from vivomap.core import Biomarker, Estimate, Refusal, describe, limits


def compute() -> Estimate:
    return Estimate(1, 0)


def test_limits_go_from_the_site_to_the_rest_and_from_one_scanner_to_another() -> None:
    card = limits("adc", "%", "a paper", {"any": 40}, subjects=20, liver=27, any=30)
    assert card.coefficient("Liver", comparable=True) == 27
    assert card.coefficient("spleen", comparable=True) == 30
    assert card.coefficient("liver", comparable=False) == 40
    assert limits("adc", "%", "a paper", liver=27).coefficient("brain", comparable=True) is None
    assert limits("adc", "%", "a paper", liver=27).coefficient("liver", comparable=False) is None


def test_a_biomarker_needs_its_source() -> None:
    with pytest.raises(Refusal):
        Biomarker("adc", "mm2/s", ("region",), compute, "")


def test_a_function_is_named_by_its_place() -> None:
    assert describe(compute).endswith("test_biomarker:compute")
