from pathlib import Path

import highdicom as hd
import numpy as np
import pytest
from pydicom import dcmread

from vivomap.acquire.phantom import outlines, serial_ct, story
from vivomap.acquire.phantom.outlines import Drawn
from vivomap.acquire.phantom.truth import Truth
from vivomap.core import Refusal

Written = tuple[Path, Truth]


def area(points: np.ndarray) -> float:
    x, y = points[:, 0], points[:, 1]
    return abs(float(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1)))) / 2


def test_contours_hold_the_volume_and_the_axes_of_the_truth(two_visit: Written) -> None:
    folder, truth = two_visit
    for visit in truth.visits:
        ds = dcmread(next((folder / visit.folder / "outlines").iterdir()))
        names = {roi.ROINumber: roi.ROIName for roi in ds.StructureSetROISequence}
        assert sorted(names.values()) == sorted(each.name for each in visit.lesions)
        for roi in ds.ROIContourSequence:
            lesion = visit.lesion(names[roi.ReferencedROINumber])
            planes = [np.array(c.ContourData, float).reshape(-1, 3) for c in roi.ContourSequence]
            volume = sum(map(area, planes)) * serial_ct.STEP / 1000
            assert volume == pytest.approx(lesion.number("volume").value, abs=lesion.number("volume").tolerance)
            wide = max(np.linalg.norm(p[:, None] - p[None], axis=-1).max() for p in planes)
            assert wide == pytest.approx(lesion.number("long_axis").value, abs=0.05)


def test_contours_name_slices_that_are_there(two_visit: Written) -> None:
    folder, truth = two_visit
    place = folder / truth.visits[0].folder
    there = {str(dcmread(p, stop_before_pixels=True).SOPInstanceUID) for p in (place / "series_3").iterdir()}
    ds = dcmread(next((place / "outlines").iterdir()))
    named = {
        str(c.ContourImageSequence[0].ReferencedSOPInstanceUID)
        for r in ds.ROIContourSequence
        for c in r.ContourSequence
    }
    assert named <= there


def test_a_segmentation_holds_the_same_volumes_and_the_tracking(two_visit_seg: Written) -> None:
    folder, truth = two_visit_seg
    trackings = []
    for visit in truth.visits:
        seg = hd.seg.segread(next((folder / visit.folder / "outlines").iterdir()))
        for number in seg.segment_numbers:
            described = seg.get_segment_description(number)
            lesion = visit.lesion(described.segment_label)
            volume = seg.get_volume(segment_numbers=[number], combine_segments=True)
            counted = np.count_nonzero(volume.array) * np.prod(volume.spacing) / 1000
            assert counted == pytest.approx(lesion.number("volume").value, abs=lesion.number("volume").tolerance)
            assert described.tracking_uid == lesion.tracking
        trackings.append({each.name: each.tracking for each in visit.lesions})
    assert trackings[0] == trackings[1]


@pytest.mark.parametrize("form", outlines.FORMS)
def test_what_has_vanished_is_drawn_empty(tmp_path: Path, form: str, small: Path) -> None:
    images = [dcmread(p) for p in sorted((small / "images").iterdir())]
    session = serial_ct.Session(("x",), serial_ct.Person("p", "n", "F", serial_ct.FIRST_DAY, 1.7), serial_ct.SCANNER,
                                serial_ct.datetime(2024, 3, 4), 70.0)  # fmt: skip
    ball = outlines.Solid((0, 0, 20), (8, 7, 6))
    drawn = [Drawn("lesion_1 lung", "lung", "2.25.11", (ball,)), Drawn("lesion_2 lung", "lung", "2.25.12")]
    ds = dcmread(outlines.write(form, tmp_path, session, images, drawn))
    if form == "rtstruct":
        assert [len(r.get("ContourSequence", ())) > 0 for r in ds.ROIContourSequence] == [True, False]
    else:
        frames = [f.SegmentIdentificationSequence[0].ReferencedSegmentNumber
                  for f in ds.PerFrameFunctionalGroupsSequence]  # fmt: skip
        assert len(ds.SegmentSequence) == 2
        assert set(frames) == {1}


def test_when_all_has_vanished_the_segments_are_still_there(tmp_path: Path, small: Path) -> None:
    images = [dcmread(p) for p in sorted((small / "images").iterdir())]
    session = serial_ct.Session(("y",), serial_ct.Person("p", "n", "F", serial_ct.FIRST_DAY, 1.7), serial_ct.SCANNER,
                                serial_ct.datetime(2024, 3, 4), 70.0)  # fmt: skip
    path = outlines.write("seg", tmp_path, session, images, [Drawn("lesion_1 lung", "lung", "2.25.11")])
    seg = hd.seg.segread(path)
    assert list(seg.segment_numbers) == [1]
    assert not seg.pixel_array.any()


def test_another_form_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="rtstruct or seg"):
        serial_ct.write(tmp_path, 0, story.TWO, serial_ct.Scan(regions="nifti"))
