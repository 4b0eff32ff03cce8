"""Images that do not lie in the patient: ultrasound and planar nuclear medicine, still or moving.

An ultrasound picture has scales of its own: the calibrated regions of its header. Millimetres are given where every
two-dimensional tissue region in cm has one scale; otherwise they are refused, and never guessed. Colour is taken as
its brightness. Counts of a planar scan are as they are stored; its pixel spacing is that of the detector.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from pydicom.dataset import Dataset

from vivomap.acquire.dicom.days import day_of
from vivomap.acquire.dicom.pixels import Decoded, volume
from vivomap.acquire.dicom.plane import Plane
from vivomap.acquire.dicom.scaling import Scaling, scaling
from vivomap.acquire.dicom.settings import settings_of
from vivomap.acquire.dicom.tags import PICTURES
from vivomap.core import Flag, Image, Refusal, Settings, Voxels, affine_of

CENTIMETRES = 3  # physical unit of an ultrasound region (PS3.3, C.8.5.5.1.15)
TWO_DIMENSIONAL = 1  # its spatial format
SAME_SCALE = 1e-4  # relative
LASTING_MS = 10_000.0  # project: no two frames of a cine lie further apart


class Scale(NamedTuple):
    """Row and column spacing in mm, which element said so, and what must be said of it."""

    spacing: tuple[float, float]
    measure: str
    flags: tuple[Flag, ...] = ()
    refusals: tuple[Flag, ...] = ()


def image(planes: Sequence[Plane], decoded: Decoded) -> Image:
    """One file of ultrasound or planar nuclear medicine as one image: (1, y, x), or (frame, 1, y, x)."""
    first, modality = planes[0], planes[0].text("Modality")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ds = first.header.dataset()
        scale = regions(ds) if modality == "US" else _detector(first)
        times, unit, doubts = _times(ds, len(planes))
    scales, refused = _scales(planes)
    values = volume(planes, scales, decoded)
    values = values[:, None] if len(planes) > 1 else values
    day, undated = day_of(planes)
    captured = Flag("secondary_capture", "stored as a secondary capture: its values are taken as counts")
    few = Flag("too_few_slices", "a single plane: no volume", "volume")
    settings = {**dict(settings_of(first, ds)), "pixel_measure": scale.measure, **dict(_boxes(ds))}
    return Image(
        "us" if modality == "US" else "nm",
        Voxels.of(values),
        "1" if modality == "US" else "{counts}",
        affine_of(np.diag([1.0, *scale.spacing, 1.0])),
        times,
        unit,
        tuple(settings.items()),
        (first.uid,),
        day=day,
        flags=(
            *((captured,) if first.text("SOPClassUID") in PICTURES else ()),
            *_colour(first),
            *scale.flags,
            *doubts,
            *undated,
        ),
        refusals=(few, *scale.refusals, *refused),
    )


def _scales(planes: Sequence[Plane]) -> tuple[list[Scaling], tuple[Flag, ...]]:
    """Ultrasound and secondary captures as they are stored; counts by their slope, where they have one."""
    as_stored = [Scaling(1.0, 0.0, "stored values")] * len(planes)
    if planes[0].text("Modality") == "US" or planes[0].text("SOPClassUID") in PICTURES:
        return as_stored, ()
    try:
        return [scaling(p, "nm") for p in planes], ()
    except Refusal as refusal:
        return as_stored, (Flag(refusal.code, refusal.summary, "region"),)


def regions(ds: Dataset) -> Scale:
    """The scale of an ultrasound picture from its calibrated regions, else from its pixel spacing."""
    found: list[tuple[float, float]] = []
    turned = False
    for region in ds.get("SequenceOfUltrasoundRegions") or ():
        units = (region.get("PhysicalUnitsXDirection"), region.get("PhysicalUnitsYDirection"))
        steps = (float(region.get("PhysicalDeltaY") or 0), float(region.get("PhysicalDeltaX") or 0))
        if region.get("RegionSpatialFormat") == TWO_DIMENSIONAL and units == (CENTIMETRES, CENTIMETRES) and all(steps):
            found.append((abs(steps[0]) * 10, abs(steps[1]) * 10))
            turned = turned or min(steps) < 0
    flags = (Flag("negative_step", "a region counts against its axis: lengths are right, directions are not"),)
    if found and np.ptp(np.array(found), axis=0).max() <= SAME_SCALE * found[0][0]:
        return Scale(found[0], "SequenceOfUltrasoundRegions", flags if turned else ())
    if found:
        differ = Flag("scales_differ", f"{len(found)} regions of the picture have scales that differ", "mm")
        return Scale((1.0, 1.0), "none", (), (differ,))
    spacing = ds.get("PixelSpacing")
    if spacing and min(spacing) > 0:
        reason = "no calibrated region: the scale is the pixel spacing of the header"
        return Scale((float(spacing[0]), float(spacing[1])), "PixelSpacing", (Flag("scale_from_spacing", reason),))
    missing = Flag("no_calibration", "the header does not say how large a pixel is", "mm")
    return Scale((1.0, 1.0), "none", (), (missing,))


def _detector(plane: Plane) -> Scale:
    values = plane.numbers("PixelSpacing")
    if len(values) == 2 and min(values) > 0:
        return Scale((values[0], values[1]), "PixelSpacing")
    return Scale(
        (1.0, 1.0), "none", (), (Flag("no_calibration", "the header does not say how large a pixel is", "mm"),)
    )


def _boxes(ds: Dataset) -> Settings:
    """Where the calibrated regions of an ultrasound picture lie: columns and rows of their corners."""
    names = ("RegionLocationMinX0", "RegionLocationMinY0", "RegionLocationMaxX1", "RegionLocationMaxY1")
    boxes = [",".join(str(r.get(n)) for n in names) for r in ds.get("SequenceOfUltrasoundRegions") or ()]
    return tuple((f"region_{k}", box) for k, box in enumerate(boxes, 1))


def _times(ds: Dataset, count: int) -> tuple[tuple[float, ...], str, tuple[Flag, ...]]:
    """Milliseconds of each frame after the first."""
    if count == 1:
        return (), "", ()
    steps = [float(v) for v in ds.get("FrameTimeVector") or ()]
    each = float(ds.get("FrameTime") or 0)
    if len(steps) == count and all(0 <= s < LASTING_MS for s in steps):
        starts = np.concatenate([[0.0], np.cumsum(steps[1:])])
        return tuple(round(float(s), 3) for s in starts), "ms", ()
    if each > 0:
        return tuple(round(k * each, 3) for k in range(count)), "ms", ()
    unknown = Flag("frame_times_unknown", "the header does not say when each frame was taken")
    return tuple(float(k) for k in range(count)), "1", (unknown,)


def _colour(plane: Plane) -> tuple[Flag, ...]:
    if plane.text("PhotometricInterpretation").startswith("MONOCHROME"):
        return ()
    return (Flag("colour_as_grey", "the picture is in colour: its brightness is taken"),)
