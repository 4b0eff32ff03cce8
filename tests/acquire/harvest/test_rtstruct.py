"""Structure sets without their images: volumes inside outlines, against closed forms and against counted voxels."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian

from vivomap.acquire import read
from vivomap.acquire.harvest import Sheet
from vivomap.acquire.harvest.read import sheet
from vivomap.core import Measurement

Outline = Sequence[tuple[float, float, float]]


def circle(z: float, radius: float, corners: int = 360) -> Outline:
    turns = np.linspace(0, 2 * math.pi, corners, endpoint=False)
    return [(radius * math.cos(t), radius * math.sin(t), z) for t in turns]


def square(z: float, half: float) -> Outline:
    return [(-half, -half, z), (half, -half, z), (half, half, z), (-half, half, z)]


@pytest.fixture
def structure(made: Any, tmp_path: Path) -> Callable[..., Sheet]:
    """One ROI of given outlines, harvested."""

    def call(*outlines: Outline, kind: str = "CLOSED_PLANAR", observed: bool = True) -> Sheet:
        ds = made.header("1.2.840.10008.5.1.4.1.1.481.3", "RTSTRUCT")
        roi, drawn, seen = Dataset(), Dataset(), Dataset()
        roi.ROINumber, roi.ROIName = 1, "GTV"
        drawn.ReferencedROINumber, drawn.ContourSequence = 1, []
        for outline in outlines:
            one = Dataset()
            one.ContourGeometricType = kind
            one.NumberOfContourPoints = len(outline)
            one.ContourData = [f"{v:.6g}" for point in outline for v in point]
            drawn.ContourSequence.append(one)
        seen.ObservationNumber, seen.ReferencedROINumber, seen.RTROIInterpretedType = 1, 1, "GTV"
        ds.StructureSetROISequence, ds.ROIContourSequence = [roi], [drawn]
        ds.RTROIObservationsSequence = [seen] if observed else []
        ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        return sheet(made.saved(ds, tmp_path / "rs.dcm"))

    return call


def test_a_box_has_its_volume(structure: Callable[..., Sheet]) -> None:
    found = structure(*(square(z, 10.0) for z in range(0, 30, 3)))
    (volume,) = found.numbers
    assert (volume.value, volume.unit) == (pytest.approx(20 * 20 * 30 / 1000), "mL")
    assert volume.uncertainty == pytest.approx(3 * 400 * math.sqrt(2) / math.sqrt(12) / 1000)
    assert isinstance(volume.claim(), Measurement)
    assert not found.complaints


def test_a_ball_lies_within_the_stated_doubt(structure: Callable[..., Sheet]) -> None:
    radius, step = 15.0, 2.0
    heights = np.arange(-14.2, 15, step)
    (volume,) = structure(*(circle(z, math.sqrt(radius**2 - z**2)) for z in heights)).numbers
    assert volume.uncertainty is not None
    assert abs(volume.value - 4 / 3 * math.pi * radius**3 / 1000) < 2 * volume.uncertainty


def test_an_outline_inside_another_cuts_a_hole(structure: Callable[..., Sheet]) -> None:
    rings = [o for z in range(0, 10, 2) for o in (square(z, 10.0), square(z, 5.0))]
    (volume,) = structure(*rings).numbers
    assert volume.value == pytest.approx((400 - 100) * 10 / 1000)
    assert not volume.flags


def test_crossing_outlines_and_empty_planes_are_flagged(structure: Callable[..., Sheet]) -> None:
    shifted = [(x + 10, y + 3, z) for x, y, z in square(0, 10.0)]
    (volume,) = structure(square(0, 10.0), shifted, square(2, 10.0), square(6, 10.0)).numbers
    assert [f.code for f in volume.flags] == ["contours_cross", "contour_gap"]


@pytest.mark.parametrize(
    ("outlines", "code"),
    [
        ([square(0, 5.0)], "too_few_slices"),
        ([square(0, 5.0), square(2, 5.0), square(5, 5.0)], "uneven_slices"),
        ([[(0, 0, 0), (9, 0, 3), (9, 9, 9)], square(2, 5.0)], "off_plane"),
        ([[(0, 0, 0), (1, 0, 0), (2, 0, 0)], [(0, 0, 2), (1, 0, 2), (2, 0, 2)]], "tiny_contour"),
    ],
)
def test_outlines_that_hold_no_volume_are_missing_with_their_reason(
    outlines: Sequence[Outline], code: str, structure: Callable[..., Sheet]
) -> None:
    assert [m.code for m in structure(*outlines).missing] == [code]


def test_departures_draw_complaints(structure: Callable[..., Sheet]) -> None:
    found = structure(square(0, 5.0), square(2, 5.0), observed=False)
    assert [c.code for c in found.complaints] == ["rt_no_observation"]
    opened = structure(square(0, 5.0), square(2, 5.0), kind="OPEN_PLANAR")
    assert [c.code for c in opened.complaints] == ["rt_open"]
    assert [m.code for m in opened.missing] == ["not_drawn"]
    broken = structure(square(0, 5.0), square(2, 5.0), [(0, 0, 4), (1, 1, 4)])
    assert [c.code for c in broken.complaints] == ["rt_bad_points"]
    assert len(broken.numbers) == 1


def test_outlines_hold_what_the_voxels_inside_them_hold(small: Any) -> None:
    study = next(s for s in read(small.visit(0)))
    counted = {r.name: r.voxel_count * r.voxel_mm3 / 1000 for r in study.regions}
    (file,) = (p for p in (small.visit(0) / "outlines").iterdir() if p.suffix == ".dcm")
    found = {n.about.label: n for n in sheet(file).numbers}
    assert set(found) == set(counted)
    for name, volume in counted.items():
        assert found[name].uncertainty is not None
        assert abs(found[name].value - volume) < max(2 * (found[name].uncertainty or 0), 0.1 * volume), name


def test_the_published_lesion_has_its_published_volume(data: Path) -> None:
    published, tolerance = 358.0, 5.0  # mL, IBSI 1 configuration A: morph_volume
    (found,) = sheet(data / "ibsi1_ct_lung_NONCOMMERCIAL/dicom/mask/DCM_RS_00060.dcm").numbers
    assert found.value == pytest.approx(published, abs=tolerance)
