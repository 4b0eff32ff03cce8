"""What PET pixels are."""

import pytest
from pydicom.dataset import Dataset

from vivomap.acquire.suv.pet_units import pixels_of
from vivomap.core import Refusal


def classic(**attributes: object) -> Dataset:
    ds = Dataset()
    ds.Units, ds.DecayCorrection, ds.CorrectedImage = "BQML", "START", ["ATTN", "DECY", "SCAT"]
    for keyword, value in attributes.items():
        setattr(ds, keyword, value)
    return ds


def enhanced(unit: str, slope: float = 2.0, shared: bool = False) -> Dataset:
    ds, group, step, mapping, coded = (Dataset() for _ in range(5))
    coded.CodeValue = unit
    mapping.MeasurementUnitsCodeSequence = [coded]
    mapping.RealWorldValueSlope, mapping.RealWorldValueIntercept = slope, 0.0
    step.RescaleSlope, step.RescaleIntercept, step.RescaleType = 2, 0, "US"
    group.PixelValueTransformationSequence, group.RealWorldValueMappingSequence = [step], [mapping]
    ds.DecayCorrected, ds.AttenuationCorrected = "YES", "YES"
    if shared:
        ds.SharedFunctionalGroupsSequence = [group]
    else:
        ds.PerFrameFunctionalGroupsSequence = [group]
    return ds


def code_of(ds: Dataset) -> str:
    with pytest.raises(Refusal) as caught:
        pixels_of(ds, 0)
    return caught.value.code


def test_a_classic_object_says_it_in_two_words() -> None:
    found = pixels_of(classic(Units="GML", SUVType="IBW"))
    assert (found.units, found.suv_type, found.decay, found.flags) == ("GML", "IBW", "START", ())


@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize(
    ("unit", "means"),
    [("Bq/ml", ("BQML", "")), ("g/ml{SUVbw}", ("GML", "BW")), ("cm2/ml{SUVbsa}", ("CM2ML", "BSA"))],
)
def test_an_enhanced_object_says_it_in_ucum(unit: str, means: tuple[str, str], shared: bool) -> None:
    found = pixels_of(enhanced(unit, shared=shared), 0)
    assert (found.units, found.suv_type) == means


def test_a_mapping_that_is_not_the_rescale_is_not_followed() -> None:
    assert code_of(enhanced("Bq/ml", slope=2.1)) == "unknown_pet_units"
    assert code_of(enhanced("{counts}")) == "unknown_pet_units"


def test_what_is_not_corrected_is_refused() -> None:
    assert code_of(classic(DecayCorrection="NONE")) == "decay_none"
    assert code_of(classic(DecayCorrection="LATER")) == "decay_unknown"
    assert code_of(classic(CorrectedImage=["DECY", "SCAT"])) == "not_corrected"
    assert code_of(classic(CorrectedImage=["ATTN", "SCAT"])) == "not_corrected"
    ds = enhanced("Bq/ml")
    ds.AttenuationCorrected = "NO"
    assert code_of(ds) == "not_corrected"


def test_a_header_without_a_list_of_corrections_is_flagged() -> None:
    assert [f.code for f in pixels_of(classic(CorrectedImage=None)).flags] == ["corrections_unknown"]
