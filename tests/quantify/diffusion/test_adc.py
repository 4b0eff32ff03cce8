"""ADC against a block of known diffusion, and on a real liver."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vivomap.acquire.phantom.diffusion import Block, decaying
from vivomap.core import Image, Refusal, Region, Voxels, affine_of
from vivomap.quantify.diffusion import adc_p10, fitted_adc, mean_adc


@pytest.mark.parametrize("snr", [0, 100, 30])
@pytest.mark.parametrize("seed", range(3))
def test_the_fit_finds_the_mean_of_the_block(snr, seed):
    (dwi,), (region,), truth = decaying(Block(snr=snr), seed)
    found = fitted_adc(dwi, region)
    assert abs(found.value - truth["fitted_adc"]) < 2.5 * found.uncertainty + 1e-9
    assert found.uncertainty < 0.01 * found.value
    assert mean_adc(found.detail, region).value == pytest.approx(found.value)


@pytest.mark.parametrize("seed", range(3))
def test_the_tenth_centile_is_found_within_what_noise_takes_off_it(seed):
    (dwi,), (region,), truth = decaying(Block(snr=40), seed)
    found = adc_p10(fitted_adc(dwi, region).detail, region)
    assert abs(found.value - truth["adc_p10"]) < 2 * found.uncertainty
    assert found.uncertainty < 0.05 * found.value


@given(st.floats(0.01, 100))
@settings(max_examples=15, deadline=None)
def test_scaling_the_signal_leaves_the_adc(factor):
    (dwi,), (region,), _ = decaying()
    scaled = replace(dwi, voxels=Voxels.of(dwi.voxels.array * factor))
    assert fitted_adc(scaled, region).value == pytest.approx(fitted_adc(dwi, region).value, rel=1e-5)


def test_the_map_lies_on_the_grid_of_the_images_and_says_how_it_was_made():
    (dwi,), (region,), _ = decaying()
    adc = fitted_adc(dwi, region).detail
    assert (adc.role, adc.unit, adc.affine, adc.shape) == ("adc", "mm2/s", dwi.affine, dwi.shape)
    assert adc.text("b_values") == "0 100 400 800"
    own, other = mean_adc(adc, region), mean_adc(replace(adc, settings=()), region)
    assert [f.flags[0].code for f in (own, other)] == ["adc_of_fit", "adc_of_scanner"]
    assert [dict(f.settings)["map"] for f in (own, other)] == ["fitted", "scanner"]


def test_voxels_without_an_adc_are_left_out_and_never_counted_as_zero():
    adc = np.full((3, 8, 8), 1.1e-3)
    adc[:, :3] = 0
    image = Image("adc", Voxels.of(adc), "mm2/s", affine_of(np.eye(4)))
    region = Region("lesion", Voxels.of(np.ones(adc.shape, bool)))
    found = mean_adc(image, region)
    assert found.value == pytest.approx(1.1e-3)
    assert [f.code for f in found.flags] == ["adc_of_scanner", "left_out"]
    assert dict(found.settings)["voxels"] == 120


def test_too_few_voxels_or_b_values_are_refused():
    (dwi,), (region,), _ = decaying()
    with pytest.raises(Refusal) as refused:
        fitted_adc(
            dwi,
            replace(region, mask=Voxels.of(region.mask.array & (np.arange(26) == 5) & (np.arange(20)[:, None] < 4))),
        )
    assert refused.value.code == "too_few_voxels"
    one = replace(dwi, voxels=Voxels.of(dwi.voxels.array[:2]), frames=(800.0, 800.0))
    for series in (one, dwi.at(0)):
        with pytest.raises(Refusal) as refused:
            fitted_adc(series, region)
        assert refused.value.code == "few_b_values"


def test_a_resampled_map_is_in_wider_doubt():
    (dwi,), (region,), _ = decaying()
    adc = fitted_adc(dwi, region).detail
    assert mean_adc(replace(adc, residual_mm=3.0), region).uncertainty > 2 * mean_adc(adc, region).uncertainty


def test_a_real_liver_has_the_mean_that_an_eye_found(data: Path):
    pydicom = pytest.importorskip("pydicom")
    planes = [pydicom.dcmread(f) for f in sorted((data / "adc_two_visits_cmb_crc" / "SCAN_002").rglob("*.dcm"))]
    planes.sort(key=lambda p: float(p.ImagePositionPatient[2]))
    origin = np.array(planes[0].ImagePositionPatient, float)
    step = (np.array(planes[-1].ImagePositionPatient, float) - origin) / (len(planes) - 1)
    across, down = np.array(planes[0].ImageOrientationPatient, float).reshape(2, 3)
    row, column = (float(v) for v in planes[0].PixelSpacing)
    affine = np.eye(4)
    affine[:3] = np.column_stack((step, down * row, across * column, origin))
    adc = np.stack([p.pixel_array for p in planes]) * 1e-6
    place = np.tensordot(affine[:3, :3], np.indices(adc.shape), 1) + origin[:, None, None, None]
    ball = np.sum((place - np.array([-53.0, -57.0, 24.0])[:, None, None, None]) ** 2, axis=0) <= 144
    grid = affine_of(affine)
    found = mean_adc(Image("adc", Voxels.of(adc), "mm2/s", grid), Region("liver", Voxels.of(ball), affine=grid))
    assert found.value == pytest.approx(1167e-6, rel=0.01)
    assert dict(found.settings)["sd"] == pytest.approx(368e-6, rel=0.02)
    assert 368e-6 / np.sqrt(476) < found.uncertainty < 0.1 * found.value
