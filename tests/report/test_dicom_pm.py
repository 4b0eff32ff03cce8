"""The maps as Parametric Map: the same values in the same place, by dcmqi, by highdicom and by our own door."""

import io
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import highdicom
import numpy as np
import pydicom
import pytest
import SimpleITK as sitk

from vivomap.acquire import read
from vivomap.acquire.phantom import letter
from vivomap.core import Assessment, Image, Measurement, Recommendation
from vivomap.loop import assess
from vivomap.pathways.pet_response import PATHWAY as PET_RESPONSE
from vivomap.quantify import cards, measure_one
from vivomap.report.dicom_pm import PM
from vivomap.report.forms import Filed
from vivomap.report.maps import charts

Check = Callable[[bytes], str]
Read = Callable[..., Path]
WORDS = ("--inputDICOM", "object.dcm", "--outputDirectory", "{folder}", "--outputType", "nrrd", "-n", "p")


def only(filed: Filed) -> bytes:
    (body,) = PM.write(filed).values()
    return body


def opened(body: bytes) -> pydicom.Dataset:
    return pydicom.dcmread(io.BytesIO(body))


def laid(values: np.ndarray, to_mm: np.ndarray, like: Image) -> np.ndarray:
    """Voxels that another program read, with its affine of (z, y, x, 1) to mm LPS, put on the grid that was written."""
    where = np.argwhere(np.ones(values.shape, bool))
    places = to_mm @ np.c_[where, np.ones(len(where))].T
    index = (np.linalg.inv(np.asarray(like.affine)) @ places)[:3].T
    whole = np.rint(index).astype(int)
    assert np.abs(index - whole).max() < 0.01
    found = np.full(like.shape, np.inf, np.float32)
    found[tuple(whole.T)] = values.ravel()
    return found


def by_dcmqi(read_by: Read, body: bytes, like: Image) -> np.ndarray:
    """What dcmqi reads, on the grid that was written."""
    image = sitk.ReadImage(str(read_by("paramap2itkimage", body, *WORDS) / "p-pmap.nrrd"))
    turn = (np.reshape(image.GetDirection(), (3, 3)) * image.GetSpacing())[:, ::-1]
    return laid(sitk.GetArrayFromImage(image), np.r_[np.c_[turn, image.GetOrigin()], [[0, 0, 0, 1]]], like)


def number(filed: Filed, name: str, region: str) -> Measurement:
    found = (c for c in filed.assessment.claims if isinstance(c, Measurement))
    return next(c for c in found if (c.name, c.region) == (name, region))


@pytest.mark.parametrize(
    ("visit", "unit", "quantity"),
    [("adc_visit", "mm2/s", "113041"), ("suv_visit", "g/ml{SUVbw}", "126401")],
)
def test_a_map_says_its_quantity_unit_and_origin(
    visit: str, unit: str, quantity: str, request: pytest.FixtureRequest, no_errors: Check
) -> None:
    filed = request.getfixturevalue(visit)
    body = only(filed)
    no_errors(body)
    ds = opened(body)
    (chart,) = charts(filed)
    groups = ds.PerFrameFunctionalGroupsSequence
    assert ds.NumberOfFrames == len(groups) == chart.image.shape[0]
    shared = ds.SharedFunctionalGroupsSequence[0]
    (mapping,) = (shared if "RealWorldValueMappingSequence" in shared else groups[0]).RealWorldValueMappingSequence
    assert mapping.MeasurementUnitsCodeSequence[0].CodeValue == unit
    assert mapping.QuantityDefinitionSequence[0].ConceptCodeSequence[0].CodeValue == quantity
    assert (mapping.RealWorldValueSlope, mapping.RealWorldValueIntercept) == (1, 0)
    named = [s.ReferencedSOPInstanceUID for g in groups for s in g.DerivationImageSequence[0].SourceImageSequence]
    assert sorted(named) == sorted(chart.image.source)
    (derived,) = groups[0].DerivationImageSequence
    assert derived.DerivationCodeSequence[0].CodeValue == {"113041": "129105", "126401": "113053"}[quantity]
    assert {"113041": "b = 50 400 800 s/mm2", "126401": "bqml"}[quantity] in derived.DerivationDescription


@pytest.mark.parametrize("visit", ["adc_visit", "suv_visit"])
def test_dcmqi_and_highdicom_read_equal_values_in_the_same_place(
    visit: str, request: pytest.FixtureRequest, read_by: Read
) -> None:
    filed = request.getfixturevalue(visit)
    body = only(filed)
    (chart,) = charts(filed)
    folder = read_by("paramap2itkimage", body, *WORDS)
    told = json.loads((folder / "p-meta.json").read_text())
    assert told["MeasurementUnitsCode"]["CodeValue"] == chart.image.unit
    assert told["QuantityValueCode"]["CodeValue"] == chart.kind.quantity.value
    assert np.array_equal(by_dcmqi(read_by, body, chart.image), chart.values)
    volume = highdicom.imread(io.BytesIO(body)).get_volume(dtype=np.float32)
    assert np.array_equal(laid(volume.array, volume.affine, chart.image), chart.values)


def test_the_mean_of_the_map_inside_the_region_is_the_number_that_was_measured(
    adc_visit: Filed, suv_visit: Filed
) -> None:
    for filed, name in ((adc_visit, "fitted_adc"), (suv_visit, "suv_mean")):
        stored = opened(only(filed)).pixel_array
        (region,) = (r for r in filed.assessment.study.regions if r.lesion)
        inside = stored[region.mask.array > 0]
        said = number(filed, name, region.lesion)
        assert np.mean(inside, dtype=float) == pytest.approx(said.value, rel=5e-7)


def test_our_own_door_reads_equal_values_and_takes_them_for_a_map_and_no_scan(
    adc_visit: Filed, small_dwi: Path, tmp_path: Path
) -> None:
    shutil.copytree(small_dwi, tmp_path / "visit")
    (tmp_path / "visit" / "pm.dcm").write_bytes(only(adc_visit))
    (chart,) = charts(adc_visit)
    (study,) = read(tmp_path / "visit")
    back = study.image("map")
    assert back is not None
    assert (back.unit, back.shape) == ("mm2/s", chart.image.shape)
    assert np.allclose(np.asarray(back.affine), np.asarray(chart.image.affine), atol=1e-3)
    assert np.array_equal(np.asarray(back.voxels.array, np.float32), chart.values, equal_nan=True)


def test_a_voxel_without_a_value_is_no_number(adc_visit: Filed, no_errors: Check, read_by: Read) -> None:
    carried = number(adc_visit, "fitted_adc", "lesion_1 lung")
    holed = carried.detail.voxels.array.copy()
    holed[3, 5:9, 7] = np.nan
    chart = carried.detail.like("adc", holed, "mm2/s")
    claims = tuple(replace(c, detail=chart) if c is carried else c for c in adc_visit.assessment.claims)
    filed = replace(adc_visit, assessment=replace(adc_visit.assessment, claims=claims))
    body = only(filed)
    no_errors(body)
    assert np.array_equal(np.isnan(opened(body).pixel_array), np.isnan(holed))
    assert np.array_equal(np.isnan(by_dcmqi(read_by, body, chart)), np.isnan(holed))


@pytest.mark.parametrize("pose", list(letter.POSES))
def test_left_stays_left_however_the_slices_are_stored(
    pose: str, lettered: Callable[[str], tuple[Filed, Path]], no_errors: Check, read_by: Read
) -> None:
    filed, _ = lettered(pose)
    body = only(filed)
    no_errors(body)
    image = sitk.ReadImage(str(read_by("paramap2itkimage", body, *WORDS) / "p-pmap.nrrd"))
    values = sitk.GetArrayFromImage(image)
    bright = np.argwhere(values > 1.3e-3)  # the letter is 1.4e-3, the brightest other mark 1.2e-3
    places = np.array([image.TransformIndexToPhysicalPoint([int(v) for v in i[::-1]]) for i in bright])
    assert letter.letter(places).all()
    drawn = next(r for r in filed.assessment.study.regions if r.name == "letter_L")
    assert len(places) == drawn.voxel_count
    assert places[:, 0].min() > 20


def test_writing_it_again_gives_the_same_bytes(adc_visit: Filed, suv_visit: Filed) -> None:
    for filed in (adc_visit, suv_visit):
        assert only(filed) == only(replace(filed))


def test_an_image_of_one_object_is_named_as_a_whole(adc_visit: Filed, no_errors: Check) -> None:
    carried = number(adc_visit, "fitted_adc", "lesion_1 lung")
    settings = tuple((k, v) for k, v in carried.detail.settings if k != "sop_class")
    one = replace(carried, detail=replace(carried.detail, source=("1.2.3.4",), settings=settings))
    body = only(replace(adc_visit, assessment=replace(adc_visit.assessment, claims=(one,))))
    no_errors(body)
    ds = opened(body)
    (named,) = ds.ReferencedSeriesSequence[0].ReferencedInstanceSequence
    assert (named.ReferencedSOPClassUID, named.ReferencedSOPInstanceUID) == ("1.2.840.10008.5.1.4.1.1.4.1", "1.2.3.4")


def test_a_single_slice_is_a_map_of_one_frame(adc_visit: Filed, no_errors: Check) -> None:
    carried = number(adc_visit, "fitted_adc", "lesion_1 lung")
    chart = replace(carried.detail.like("adc", carried.detail.voxels.array[5:6], "mm2/s"), source=("1.2.3.4",))
    one = replace(carried, detail=chart)
    body = only(replace(adc_visit, assessment=replace(adc_visit.assessment, claims=(one,))))
    no_errors(body)
    assert opened(body).NumberOfFrames == 1
    assert np.array_equal(opened(body).pixel_array.reshape(chart.shape), chart.voxels.array.astype(np.float32))


@pytest.mark.slow  # every voxel of a real PET, written and read by two programs
def test_the_suv_of_a_real_pet_is_read_by_dcmqi_as_the_values_that_were_measured(
    data: Path, no_errors: Check, read_by: Read
) -> None:
    filed = Filed(assess(PET_RESPONSE, read(data / "sts001_raw_pet_bqml")[0]))
    body = only(filed)
    no_errors(body)
    (chart,) = charts(filed)
    found = by_dcmqi(read_by, body, chart.image)
    assert np.array_equal(found, chart.values)
    inside = next(r for r in filed.assessment.study.regions if r.lesion == "GTV_Mass").mask.array > 0
    derived = opened(body).PerFrameFunctionalGroupsSequence[0].DerivationImageSequence[0]
    assert "warning uptake_time_off" in derived.DerivationDescription  # 45 minutes
    assert found[inside].max() == pytest.approx(number(filed, "suv_max", "GTV_Mass").value, rel=1e-6)
    assert np.mean(found[inside], dtype=float) == pytest.approx(number(filed, "suv_mean", "GTV_Mass").value, rel=1e-6)


@pytest.mark.slow  # reads and maps a real dynamic series
def test_the_enhancement_of_a_real_breast_is_two_maps(data: Path, no_errors: Check, read_by: Read) -> None:
    study = read(data / "dce_breast_nact")[0]
    region = next(r for r in study.regions if r.name == "Breast")
    made = [measure_one(cards()[n], study, region) for n in ("percent_enhancement", "signal_enhancement_ratio")]
    assert all(isinstance(m, Measurement) for m in made), made
    filed = Filed(Assessment("lung_response", "0" * 64, study, tuple(made), Recommendation((), None)))
    bodies = PM.write(filed)
    assert list(bodies) == ["pm-1.dcm", "pm-2.dcm"]
    for body, chart in zip(bodies.values(), charts(filed), strict=True):
        no_errors(body)
        assert np.array_equal(by_dcmqi(read_by, body, chart.image), chart.values, equal_nan=True)
