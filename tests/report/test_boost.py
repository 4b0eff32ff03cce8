"""The proposed boost as DICOM: the voxels of the map, in objects of its own."""

import io
from dataclasses import replace
from datetime import date

import highdicom
import numpy as np
import pydicom
import pytest

from vivomap.acquire.phantom.habitats import Ball, habitats
from vivomap.core import Image, Measurement, Option, Pathway, Refusal, Study, Voxels
from vivomap.loop import assess
from vivomap.quantify.habitats.resistant import VOLUME
from vivomap.report.boost import BOOST, boost, boosts
from vivomap.report.dicom_pm import PM
from vivomap.report.forms import Filed

NONE = Option("none", "P", "project")
PATHWAY = Pathway("habitats", "which part?", "", ("lesion",), (VOLUME,), NONE, 0)


def named(image: Image, series: int) -> Image:
    """The image as if its objects lay in an archive."""
    source = tuple(f"1.2.826.0.1.3680043.8.498.{series}.{k + 1}" for k in range(image.shape[0]))
    root = "1.2.826.0.1.3680043.8.498.9"
    uids = (("series_uid", f"{root}.{series}"), ("study_uid", f"{root}.100"), ("frame_of_reference", f"{root}.200"))
    return replace(image, source=source, settings=(*image.settings, *uids))


@pytest.fixture(scope="module")
def filed() -> Filed:
    images, (lesion, _), _ = habitats(Ball(radius_mm=16.0))
    suv, adc, ktrans = (named(i, k) for k, i in enumerate(images, 1))
    suv = replace(suv, settings=tuple((k, v) for k, v in suv.settings if k != "series_uid"))  # laid on the grid of MR
    study = Study("P-1", date(2026, 5, 4), (suv, adc, ktrans), (replace(lesion, lesion="lesion"),))
    return Filed(assess(PATHWAY, study))


def opened(body: bytes) -> pydicom.Dataset:
    return pydicom.dcmread(io.BytesIO(body))


def chart(filed: Filed) -> Image:
    (number,) = [c for c in filed.assessment.claims if isinstance(c, Measurement)]
    return number.detail


def test_the_segment_holds_the_likely_voxels_and_lies_on_mr(filed: Filed):
    files = BOOST.write(filed)
    assert sorted(files) == ["boost-rtstruct-1.dcm", "boost-seg-1.dcm"]
    seg = highdicom.seg.segread(io.BytesIO(files["boost-seg-1.dcm"]))
    likely = np.nan_to_num(chart(filed).voxels.array[0]) >= 0.7
    assert int(seg.pixel_array.sum()) == np.count_nonzero(likely)
    assert seg.SegmentSequence[0].SegmentLabel == "lesion boost"
    referred = {i.ReferencedSOPInstanceUID for s in seg.ReferencedSeriesSequence for i in s.ReferencedInstanceSequence}
    assert referred <= set(filed.assessment.study.images[1].source)


def test_the_contour_is_unapproved_and_has_the_volume_of_the_number(filed: Filed):
    struct = opened(BOOST.write(filed)["boost-rtstruct-1.dcm"])
    (number,) = [c for c in filed.assessment.claims if isinstance(c, Measurement)]
    assert struct.ApprovalStatus == "UNAPPROVED"
    (roi,) = struct.StructureSetROISequence
    assert float(roi.ROIVolume) == pytest.approx(number.value, rel=1e-6)
    assert len(struct.ROIContourSequence[0].ContourSequence) > 2


def test_the_chances_leave_as_a_parametric_map(filed: Filed):
    maps = [opened(body) for body in PM.write(filed).values()]
    (one,) = [m for m in maps if "RESISTANT" in m.ContentLabel]
    values = np.frombuffer(one.FloatPixelData, np.float32)
    assert np.nanmax(values) == pytest.approx(np.nanmax(chart(filed).voxels.array[0]))


def test_without_a_map_or_a_likely_voxel_there_is_no_boost(filed: Filed):
    bare = Filed(replace(filed.assessment, claims=()))
    with pytest.raises(Refusal) as refused:
        boosts(bare)
    assert refused.value.code == "not_drawn"
    unlikely = replace(chart(filed), voxels=Voxels.of(np.full((2, *chart(filed).shape), 0.6)))
    with pytest.raises(Refusal) as refused:
        boost(unlikely, "lesion")
    assert refused.value.code == "empty_region"


def test_the_same_record_gives_the_same_bytes(filed: Filed):
    assert BOOST.write(filed) == BOOST.write(filed)
