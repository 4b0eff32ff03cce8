"""Where a stack of planes lies in the patient: its order, its step, and what is wrong with it.

Planes are ordered by the projection of their position on the normal of their orientation (rule N1); the step is the
line from the first to the last position, divided by their number less one; SliceThickness is never used (rule N2). A
plane that lies off its place on that line by more than EVEN_MM makes the stack uneven; a line that leans from the
normal makes it tilted. Positions are in mm, LPS.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vivomap.acquire.dicom.plane import Plane
from vivomap.core import Affine, Flag, affine_of

EVEN_MM = 0.05  # project: positions are often written to a tenth of a millimetre
EVEN_SHARE = 0.01  # project: or a hundredth of the step, where that is more
SAME_MM = 0.005  # project: two positions nearer than this are one
LEAN = 0.0017  # project: a tenth of a degree
AXES = 1e-3  # project: how far direction cosines may be from unit length and right angles
FEWEST = 3  # slices that make a volume

Vector = NDArray[np.float64]


class Laid(NamedTuple):
    """Planes in order, the affine of (z, y, x) to mm, and refusals."""

    planes: tuple[Plane, ...]
    affine: Affine
    refusals: tuple[Flag, ...]


def normal_of(orientation: Sequence[float]) -> Vector:
    """The unit normal of six direction cosines: row × column."""
    return np.cross(orientation[:3], orientation[3:6])


def heights(planes: Sequence[Plane]) -> Vector:
    """How far along the normal of the first plane each position lies, in mm; not a number where it has none."""
    axes = planes[0].numbers("ImageOrientationPatient")
    if len(axes) != 6:
        return np.full(len(planes), np.nan)
    places = [p.numbers("ImagePositionPatient") for p in planes]
    return np.array([p if len(p) == 3 else (np.nan,) * 3 for p in places]) @ normal_of(axes)


def lay(planes: Sequence[Plane]) -> Laid:
    """Put planes of one orientation in order and in place. The order of the input changes nothing."""
    by_name = sorted(planes, key=lambda p: (p.uid, p.frame))
    height = heights(by_name)
    if np.isnan(height).any():
        return _unplaced(by_name)
    order = np.argsort(height, kind="stable")
    ordered = tuple(by_name[i] for i in order)
    places = np.array([p.numbers("ImagePositionPatient") for p in ordered])
    axes = ordered[0].numbers("ImageOrientationPatient")
    step, faults = _step(ordered, places, height[order], normal_of(axes))
    refusals = [*faults, *_few(len(ordered)), *_crooked(axes)]
    spacing, unknown = _spacing(ordered[0])
    rows = np.eye(4)
    rows[:3, 0] = step
    rows[:3, 1] = np.array(axes[3:]) * spacing[0]
    rows[:3, 2] = np.array(axes[:3]) * spacing[1]
    rows[:3, 3] = places[0]
    return Laid(ordered, affine_of(rows), (*refusals, *unknown))


def _unplaced(planes: Sequence[Plane]) -> Laid:
    spacing, unknown = _spacing(planes[0])
    lost = Flag("no_position", "the planes do not say where in the patient they lie", "volume")
    refusals = (lost, *_few(len(planes)), *unknown)
    ordered = tuple(sorted(planes, key=lambda p: (p.number("InstanceNumber") or 0, p.frame, p.uid)))
    return Laid(ordered, affine_of(np.diag([1.0, spacing[0], spacing[1], 1.0])), refusals)


def _step(planes: Sequence[Plane], places: Vector, height: Vector, normal: Vector) -> tuple[Vector, list[Flag]]:
    """The vector from plane to plane in mm, and refusals for what is uneven, missing, doubled or tilted."""
    if len(planes) == 1:
        return normal, []
    gaps = np.diff(height)
    if gaps.min() < SAME_MM:
        k = int(gaps.argmin())
        return normal, [
            Flag("duplicate_position", f"{planes[k].name} and {planes[k + 1].name} lie in the same place", "region")
        ]
    step = (places[-1] - places[0]) / (len(planes) - 1)
    expected = places[0] + np.arange(len(planes))[:, None] * step
    room = max(EVEN_MM, EVEN_SHARE * float(np.linalg.norm(step)))
    if np.linalg.norm(places - expected, axis=1).max() > room:
        usual = float(np.median(gaps[gaps < 1.5 * gaps.min()]))
        return usual * normal, [_uneven(planes, gaps, usual)]
    return step, _tilt(step, normal, len(planes))


def _uneven(planes: Sequence[Plane], gaps: Vector, usual: float) -> Flag:
    times = gaps / usual
    whole = np.abs(times - np.round(times)) * usual <= 2 * max(EVEN_MM, EVEN_SHARE * usual)
    k = int(gaps.argmax())
    if gaps[k] < 1.5 * usual:
        k = int(np.abs(gaps - usual).argmax())
    between = f"between {planes[k].name} and {planes[k + 1].name} lie {gaps[k]:.2f} mm, elsewhere {usual:.2f} mm"
    if whole.all() and times.max() > 1.5:
        return Flag("missing_slice", f"slices are missing: {between}", "region")
    return Flag("uneven_slices", f"the slices are not evenly spaced: {between}", "region")


def _tilt(step: Vector, normal: Vector, count: int) -> list[Flag]:
    along = float(step @ normal)
    aside = float(np.linalg.norm(step - along * normal))
    if aside <= LEAN * along or aside * (count - 1) <= EVEN_MM:
        return []
    degrees = float(np.degrees(np.arctan2(aside, along)))
    return [Flag("tilted_slices", f"the stack leans by {degrees:.1f} degrees from the normal of its slices", "volume")]


def _few(count: int) -> list[Flag]:
    if count >= FEWEST:
        return []
    return [Flag("too_few_slices", f"{count} of the {FEWEST} slices that a volume needs", "volume")]


def _crooked(axes: Sequence[float]) -> list[Flag]:
    row, column = np.array(axes[:3]), np.array(axes[3:])
    off = max(abs(np.linalg.norm(row) - 1), abs(np.linalg.norm(column) - 1), abs(row @ column))
    if off <= AXES:
        return []
    return [Flag("bad_orientation", "the direction cosines are not of unit length at a right angle", "region")]


def _spacing(plane: Plane) -> tuple[tuple[float, float], tuple[Flag, ...]]:
    values = plane.numbers("PixelSpacing")
    if len(values) == 2 and min(values) > 0:
        return (values[0], values[1]), ()
    return (1.0, 1.0), (Flag("no_calibration", "the header does not say how large a pixel is", "mm"),)
