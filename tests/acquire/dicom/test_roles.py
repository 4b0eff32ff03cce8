from collections.abc import Callable

import numpy as np
import pytest

from vivomap.acquire.dicom.plane import Plane
from vivomap.acquire.dicom.roles import adc, role_of
from vivomap.acquire.dicom.tags import DOSE

Make = Callable[..., Plane]


@pytest.mark.parametrize(
    ("facts", "axis", "span", "role"),
    [
        ({"Modality": "CT", "ImageType": "ORIGINAL\\PRIMARY\\AXIAL"}, "", 0, "ct"),
        ({"Modality": "CT", "ImageType": "DERIVED\\SECONDARY\\REFORMATTED"}, "", 0, "ct"),
        ({"Modality": "CT", "ImageType": "ORIGINAL\\PRIMARY\\LOCALIZER"}, "", 0, "scout"),
        ({"Modality": "CT", "ImageType": "DERIVED\\PRIMARY\\PERFUSION\\RCBF", "RescaleType": "US"}, "", 0, "map"),
        ({"Modality": "CT", "ImageType": "DERIVED\\PRIMARY", "RescaleType": "HU_MOD"}, "", 0, "map"),
        ({"Modality": "PT"}, "", 0, "activity"),
        ({"Modality": "NM"}, "", 0, "nm"),
        ({"SOPClassUID": DOSE, "Modality": "RTDOSE", "DoseUnits": "GY"}, "", 0, "dose"),
        ({"SOPClassUID": DOSE, "Modality": "RTDOSE", "DoseUnits": "RELATIVE"}, "", 0, "map"),
        ({"ImageType": "DERIVED\\SECONDARY\\ADC"}, "", 0, "adc"),
        ({"ImageType": "DERIVED\\PRIMARY", "SeriesDescription": "ep2d_ADC"}, "", 0, "adc"),
        ({"ImageType": "ORIGINAL\\PRIMARY", "SeriesDescription": "cadcam"}, "", 0, "mr"),
        ({"ImageType": "DERIVED\\PRIMARY", "SeriesDescription": "eADC"}, "", 0, "mr"),
        ({"ImageType": "DERIVED\\PRIMARY\\DCE\\SER"}, "", 0, "map"),
        ({"ImageType": "DERIVED\\PRIMARY\\AXIAL"}, "", 0, "mr"),
        ({}, "b", 0, "dwi"),
        ({"DiffusionBValue": "800"}, "", 0, "dwi"),
        ({"DiffusionBValue": "0"}, "", 0, "mr"),
        ({}, "echo", 0, "echo"),
        ({}, "trigger", 929, "cine"),
        ({"EchoTime": "3", "RepetitionTime": "8"}, "trigger", 60000, "dce"),
        ({"EchoTime": "4.2", "RepetitionTime": "8.2"}, "content", 0, "dce"),
        ({"EchoTime": "40", "RepetitionTime": "2000"}, "temporal", 0, "mr"),
        ({}, "instance", 0, "mr"),
        ({"EchoTime": "30", "RepetitionTime": "1500", "ScanningSequence": "EP\\GR"}, "temporal", 0, "mr"),
        ({"EchoTime": "30", "ScanningSequence": "EP\\GR", "SeriesDescription": "ep2d_perf"}, "temporal", 0, "dsc"),
        ({"EchoTime": "30", "ScanningSequence": "EP\\GR", "SeriesDescription": "fMRI motor"}, "temporal", 0, "mr"),
        ({"EchoTime": "30", "ScanningSequence": "GR", "SeriesDescription": "t2star bolus"}, "temporal", 0, "mr"),
        ({"EchoTime": "3", "RepetitionTime": "900", "SeriesDescription": "perf"}, "temporal", 0, "mr"),
        ({"ASLContext": "LABEL"}, "temporal", 0, "asl"),
        ({"PhilipsLabel": "CONTROL"}, "instance", 0, "asl"),
        ({"ImageType": "ORIGINAL\\PRIMARY\\ASL"}, "acquired", 0, "asl"),
        ({"ImageType": "ORIGINAL\\PRIMARY\\PERFUSION", "SeriesDescription": "3D pCASL"}, "", 0, "mr"),
        ({"ImageType": "ORIGINAL\\PRIMARY\\M", "SeriesDescription": "basal cells"}, "temporal", 0, "mr"),
    ],
)
def test_roles_follow_the_declared_rules(facts: dict[str, str], axis: str, span: float, role: str, plane: Make) -> None:
    assert role_of(plane(**facts), axis, span, "").name == role


def test_a_named_agent_makes_a_contrast_series_without_a_flag(plane: Make) -> None:
    told = role_of(plane(EchoTime="4"), "temporal", 0, "GADOBUTROL")
    assert (told.name, told.flags) == ("dce", ())
    late = role_of(plane(EchoTime="40"), "temporal", 0, "GADOBUTROL")
    assert (late.name, late.flags) == ("dsc", ())
    ruled = role_of(plane(EchoTime="4", RepetitionTime="8"), "temporal", 0, "")
    assert [f.code for f in ruled.flags] == ["role_by_rule"]


@pytest.mark.parametrize(
    ("median", "facts", "role", "factor", "codes"),
    [
        (1100, {}, "adc", 1e-6, ["unit_by_rule"]),
        (1.1, {}, "map", 1, []),
        (0.0011, {}, "map", 1, []),
        (20000, {}, "map", 1, []),
        (0.0011, {"RealWorldUnit": "mm2/s"}, "adc", 1, []),
        (0.0011, {"RescaleType": "mm2/s"}, "adc", 1, []),
        (20000, {"RescaleType": "10-6 mm2/s"}, "adc", 1e-6, []),
        (1.1, {"RescaleType": "10-3 mm2/s"}, "adc", 1e-3, []),
        (1.1, {"RealWorldUnit": "um2/ms"}, "adc", 1e-3, []),
        (2200, {"RealWorldUnit": "um2/s"}, "adc", 1e-6, []),
        (1100, {"RescaleType": "mm2/s"}, "map", 1, []),
        (0.0011, {"RescaleType": "10-6 mm2/s"}, "map", 1, []),
    ],
)
def test_the_unit_of_an_adc_map_is_said_or_told_by_its_values(
    median: float, facts: dict[str, str], role: str, factor: float, codes: list[str], plane: Make
) -> None:
    values = np.array([0, median * 0.5, median, median * 2], np.float32)
    found, told = adc(values, plane(**facts))
    assert (told.name, [f.code for f in told.flags]) == (role, codes)
    assert np.allclose(found, values * factor)
    assert [(f.code, f.denies) for f in told.refusals] == ([("no_unit", "adc")] if role == "map" else [])


def test_a_role_by_its_own_words_alone_is_flagged(plane: Make) -> None:
    bolus = role_of(plane(EchoTime="30", ScanningSequence="EP", SeriesDescription="DSC perfusion"), "temporal", 0, "")
    facts = {"ImageType": "ORIGINAL\\PRIMARY\\PERFUSION", "SeriesDescription": "pCASL source"}
    labelled = role_of(plane(**facts), "temporal", 0, "")
    assert (bolus.name, labelled.name) == ("dsc", "asl")
    assert [f.code for r in (bolus, labelled) for f in r.flags] == ["role_by_rule", "role_by_rule"]


def test_one_image_of_a_labelled_scan_denies_flow_with_its_reason(plane: Make) -> None:
    told = role_of(plane(ImageType="ORIGINAL\\PRIMARY\\PERFUSION", SeriesDescription="pCASL"), "", 0, "")
    assert [(f.code, f.denies) for f in told.refusals] == [("asl_difference", "asl")]
