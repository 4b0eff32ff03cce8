from collections.abc import Callable

import pytest

from vivomap.acquire.dicom.plane import Plane
from vivomap.acquire.dicom.scaling import scaling
from vivomap.core import Refusal

Make = Callable[..., Plane]
CT = "1.2.840.10008.5.1.4.1.1.2"


def test_an_absent_slope_of_a_classic_mr_is_one(plane: Make) -> None:
    assert scaling(plane(), "mr") == (1.0, 0.0, "stored values", "")


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({}, "slope_missing"),
        ({"RescaleSlope": "1"}, "slope_missing"),
        ({"RescaleSlope": "0", "RescaleIntercept": "0"}, "slope_invalid"),
        ({"RescaleSlope": "NaN", "RescaleIntercept": "0"}, "slope_invalid"),
        ({"RescaleSlope": "1,5", "RescaleIntercept": "0"}, "slope_invalid"),
        ({"RescaleSlope": "1", "RescaleIntercept": "inf"}, "slope_invalid"),
        ({"RescaleSlope": "1\\2", "RescaleIntercept": "0"}, "slope_invalid"),
        ({"ModalityLUTSequence": "SQ"}, "modality_table"),
    ],
)
def test_a_slope_that_is_none_gives_no_number(facts: dict[str, str], code: str, plane: Make) -> None:
    with pytest.raises(Refusal) as refused:
        scaling(plane(SOPClassUID=CT, Modality="CT", **facts), "ct")
    assert refused.value.code == code


def test_philips_signal_is_freed_from_the_display_scale(plane: Make) -> None:
    """Stored 100 with RS 2.5, RI 10 and SS 0.004: (100 · 2.5 + 10) / (2.5 · 0.004) = 26000."""
    facts = {"RescaleSlope": "2.5", "RescaleIntercept": "10", "PhilipsScaleSlope": "0.004"}
    found = scaling(plane(**facts), "dwi")
    assert 100 * found.slope + found.intercept == pytest.approx(26000)
    assert found.rule.startswith("Philips")


@pytest.mark.parametrize("role", ["adc", "map"])
def test_a_philips_map_keeps_its_rescaled_unit(role: str, plane: Make) -> None:
    facts = {"RescaleSlope": "2.5", "RescaleIntercept": "10", "PhilipsScaleSlope": "0.004"}
    assert scaling(plane(**facts), role)[:2] == (2.5, 10.0)


def test_a_philips_phase_image_keeps_its_rescaled_unit(plane: Make) -> None:
    facts = {"RescaleSlope": "2", "RescaleIntercept": "0", "PhilipsScaleSlope": "0.004", "ImageType": "ORIGINAL\\P"}
    assert scaling(plane(**facts), "mr").slope == 2


def test_a_real_world_mapping_with_a_unit_goes_first(plane: Make) -> None:
    facts = {"RealWorldUnit": "mm2/s", "RealWorldSlope": "1e-06", "RealWorldIntercept": "0.0", "RescaleSlope": "4"}
    assert scaling(plane(**facts), "adc") == (1e-6, 0.0, "real-world mapping", "mm2/s")
