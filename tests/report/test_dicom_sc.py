"""The maps as colour pictures: legal, in the patient's orientation, the same again, without a name in them."""

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest

from vivomap.acquire import read
from vivomap.acquire.phantom import letter
from vivomap.core import Flag, Refusal
from vivomap.loop import assess
from vivomap.pathways.pet_response import PATHWAY as PET_RESPONSE
from vivomap.report.anatomy import anatomy
from vivomap.report.canvas import GAP, HEAD, WORDS
from vivomap.report.colour import coloured
from vivomap.report.dicom_sc import SC, shown_slices
from vivomap.report.forms import Filed
from vivomap.report.maps import charts

Check = Callable[[bytes], str]
WAYS = {"R": (-1, 0, 0), "L": (1, 0, 0), "A": (0, -1, 0), "P": (0, 1, 0), "F": (0, 0, -1), "H": (0, 0, 1)}
LETTER = coloured(np.linspace(1.3e-3, 1.5e-3, 18), 0, 3e-3).astype(int)  # the letter is 1.4e-3, the rest below 1.25e-3


def only(filed: Filed) -> bytes:
    (body,) = SC.write(filed).values()
    return body


def opened(body: bytes) -> pydicom.Dataset:
    return pydicom.dcmread(io.BytesIO(body))


@pytest.mark.parametrize("visit", ["adc_visit", "suv_visit"])
def test_a_capture_is_legal_and_says_what_it_is(visit: str, request: pytest.FixtureRequest, no_errors: Check) -> None:
    filed = request.getfixturevalue(visit)
    body = only(filed)
    no_errors(body)
    ds = opened(body)
    (chart,) = charts(filed)
    assert (ds.PhotometricInterpretation, ds.SamplesPerPixel, ds.BurnedInAnnotation) == ("RGB", 3, "NO")
    assert WORDS in ds.SeriesDescription
    assert ds.NumberOfFrames == len(shown_slices(chart.regions(filed), chart.image)) == len(ds.SliceLocationVector)
    assert (ds.PatientID, ds.PatientName, ds.StudyInstanceUID) == ("VM-SMALL", "", chart.image.text("study_uid"))
    assert ds.PatientOrientation == ["L", "P"]


def test_frames_are_the_slices_of_the_lesions_and_two_around_or_all(adc_visit: Filed) -> None:
    (chart,) = charts(adc_visit)
    assert shown_slices(chart.regions(adc_visit), chart.image) == tuple(range(6, 16))
    assert shown_slices((), chart.image) == tuple(range(24))


@pytest.mark.parametrize("pose", list(letter.POSES))
def test_left_stays_left_however_the_slices_are_stored(
    pose: str, lettered: Callable[[str], tuple[Filed, Path]], no_errors: Check
) -> None:
    filed, _ = lettered(pose)
    body = only(filed)
    no_errors(body)
    ds = opened(body)
    (chart,) = charts(filed)
    drawn = next(r for r in filed.assessment.study.regions if r.name == "letter_L").mask.array > 0
    affine = np.asarray(chart.image.affine)
    frames = ds.pixel_array
    right, down = (np.array(WAYS[way[0]]) for way in ds.PatientOrientation)
    cut = [(f, k) for f, k in enumerate(shown_slices(chart.regions(filed), chart.image)) if drawn[k].any()]
    assert len(cut) > 3
    for frame, k in cut[::2]:
        inside = np.argwhere(drawn[k])
        places = (affine @ np.c_[np.full(len(inside), k), inside, np.ones(len(inside))].T)[:3].mean(axis=1)
        middle = (affine @ (k, (drawn.shape[1] - 1) / 2, (drawn.shape[2] - 1) / 2, 1))[:3]
        across, along = _bright(frames[frame], float(ds.PixelSpacing[0]))
        assert across == pytest.approx((places - middle) @ right, abs=3)
        assert along == pytest.approx((places - middle) @ down, abs=3)
    if ds.PatientOrientation[0] == "L":
        assert across > 20  # the letter lies 24 to 60 mm left of the middle, on the right of the picture


def _bright(picture: np.ndarray, pixel_mm: float) -> tuple[float, float]:
    """Where the letter is in the right panel: mm from its middle, to the right and down."""
    width = (picture.shape[1] - 150 - GAP) // 2
    panel = picture[HEAD:-26, width + GAP : 2 * width + GAP].astype(int)
    apart = np.abs(panel[:, :, None] - LETTER).sum(axis=-1).min(axis=-1)
    rows, columns = np.nonzero(apart < 8)
    height = panel.shape[0]
    return (columns.mean() + 0.5 - width / 2) * pixel_mm, (rows.mean() + 0.5 - height / 2) * pixel_mm


def test_a_length_on_the_picture_is_true_and_absent_where_none_can_be_trusted(suv_visit: Filed) -> None:
    (chart,) = charts(suv_visit)
    ds = opened(only(suv_visit))
    _, row, column = chart.image.spacing_mm
    _, rows, columns = chart.image.shape
    assert float(ds.PixelSpacing[0]) == pytest.approx(max(rows * row, columns * column) / 256)
    untrusted = replace(chart.image, refusals=(Flag("spacing_not_trusted", "no trusted spacing", "mm"),))
    study = replace(suv_visit.assessment.study, images=(untrusted,))
    assert "PixelSpacing" not in opened(only(replace(suv_visit, assessment=replace(suv_visit.assessment, study=study))))


def test_writing_it_again_gives_the_same_bytes(adc_visit: Filed, suv_visit: Filed) -> None:
    for filed in (adc_visit, suv_visit):
        assert only(filed) == only(replace(filed))


def test_without_a_map_the_form_refuses(filed: Filed) -> None:
    with pytest.raises(Refusal) as refused:
        SC.write(filed)
    assert refused.value.code == "not_drawn"


def test_the_ct_of_a_real_pet_ct_lies_under_its_map(data: Path, no_errors: Check) -> None:
    study = next(s for s in read(data / "sts_petctmr_dicom" / "STS_008") if s.patient == "STS_008")
    filed = Filed(assess(PET_RESPONSE, study))
    body = only(filed)
    no_errors(body)
    (chart,) = charts(filed)
    assert anatomy(chart, filed).role == "ct"
    ds = opened(body)
    (region,) = chart.regions(filed)
    middle = ds.pixel_array[ds.NumberOfFrames // 2]
    left = middle[HEAD:-26, : (middle.shape[1] - 150 - GAP) // 2].astype(int)
    grey = np.ptp(left, axis=-1) == 0
    assert 0.5 < grey.mean() < 1  # grey anatomy around a lesion in colour
    assert np.unique(left[grey]).size > 50
    assert region.name == "GTV_Mass_PET"


def test_a_real_pet_is_shown_around_its_tumour(data: Path, no_errors: Check) -> None:
    filed = Filed(assess(PET_RESPONSE, read(data / "sts001_raw_pet_bqml")[0]))
    body = only(filed)
    no_errors(body)
    ds = opened(body)
    tumour = next(r for r in filed.assessment.study.regions if r.lesion == "GTV_Mass").mask.array
    cut = np.flatnonzero(tumour.any(axis=(1, 2)))
    assert ds.NumberOfFrames == min(cut[-1] + 2, 63) - max(cut[0] - 2, 0) + 1
