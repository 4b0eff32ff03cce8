"""Structure sets (RTSTRUCT) of other makers, without their images: the volume inside the outlines of each ROI, mL.

    V = h sum A_k            A_k mm2: area on plane k, an outline inside another cuts a hole; h mm: step of the planes
    u = h sqrt(A_first^2 + A_last^2) / sqrt(12)     where the ROI ends is known to a step (JCGM 100:2008, 4.3.7)

With their images, `vivomap quantify` counts the voxels instead. The hand that drew is not in the doubt.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from vivomap.acquire.element import items, said
from vivomap.acquire.harvest.complaints import Book
from vivomap.acquire.harvest.found import About, Concept, Number
from vivomap.acquire.harvest.origin import Origin
from vivomap.acquire.regions.contours import Contour, contours_of
from vivomap.acquire.regions.labels import label
from vivomap.acquire.regions.names import finding_of, site_of
from vivomap.core import Flag, Missing, Refusal

VOLUME = Concept("118565006", "SCT", "Volume")
CLOSED = ("CLOSED_PLANAR", "CLOSEDPLANAR_XOR")
LEVEL = 0.01  # mm: outlines whose heights differ by less lie on one plane
WHOLE = 0.02  # of a step: as uneven as the planes may be
FLAT = 0.1  # mm: an outline that rises more than this lies in no plane
ENDS = "of the two ends, between planes"
Points = NDArray[np.float64]


def numbers(ds: Dataset, origin: Origin, book: Book) -> Iterator[Number | Missing]:
    """The volume of every ROI, or why it has none."""
    observed = {said(o, "ReferencedROINumber"): o for o in items(ds, "RTROIObservationsSequence")}
    drawn = {said(c, "ReferencedROINumber"): c for c in items(ds, "ROIContourSequence")}
    for roi in items(ds, "StructureSetROISequence"):
        number = said(roi, "ROINumber")
        name = label(roi, "ROIName") or f"ROI {number}"
        if number not in observed:
            book.note("rt_no_observation", f"ROI {number}")
        kind = said(observed.get(number, Dataset()), "RTROIInterpretedType")
        about = About(name, "", finding_of(name, kind), site_of(name))
        try:
            yield _volume(contours_of(drawn.get(number, Dataset())), about, (origin, f"ROI {number}"), book)
        except Refusal as refusal:
            yield Missing("volume", name, origin.day, refusal.code, refusal.summary)


def _volume(contours: Sequence[Contour], about: About, place: tuple[Origin, str], book: Book) -> Number:
    """The volume inside outlines. Raises Refusal where they hold none."""
    origin, where = place
    closed = [c for c in contours if c.kind in CLOSED]
    if len(closed) < len(contours):
        book.note("rt_open", where)
    points = [c.points for c in closed if c.points is not None]
    if len(points) < len(closed):
        book.note("rt_bad_points", where)
    if not points:
        raise Refusal("not_drawn", "the ROI has no closed outline")
    areas, step, crossing = _stack(points)
    gaps = max(areas) + 1 - len(areas)
    volume = step * sum(areas.values()) / 1000
    low, high = min(areas), max(areas)
    doubt = step * math.hypot(areas[low], areas[high]) / math.sqrt(12) / 1000
    flags = (Flag("contours_cross", "outlines on one plane cross; their areas were added"),) if crossing else ()
    if gaps:
        flags = (*flags, Flag("contour_gap", f"{gaps} planes between the outlines are empty; nothing was put there"))
    return Number(
        name="volume",
        value=volume,
        unit="mL",
        uncertainty=doubt,
        doubt=ENDS,
        code=VOLUME,
        qualifiers=(),
        about=about,
        day=origin.day,
        path=where,
        written=f"{len(points)} outlines, {step:.6g} mm apart",
        provenance=origin.provenance(where, (("outlines", float(len(points))), ("step_mm", step))),
        flags=flags,
    )


def _stack(points: Sequence[Points]) -> tuple[dict[int, float], float, bool]:
    """The area (mm2) by plane, the step of the planes (mm), and whether outlines on one plane cross."""
    normal = _normal(max(points, key=len))
    along = np.linalg.svd(np.atleast_2d(normal))[2][1:]
    heights = np.array([float((p @ normal).mean()) for p in points])
    if any(float(np.ptp(p @ normal)) > FLAT for p in points):
        raise Refusal("off_plane", "the outlines do not lie in parallel planes")
    levels = np.unique(np.round(heights / LEVEL))
    if len(levels) < 2:
        raise Refusal("too_few_slices", "outlines on one plane alone hold no volume")
    step = float(np.diff(levels).min()) * LEVEL
    apart = np.diff(levels) * LEVEL / step
    if (np.abs(apart - np.rint(apart)) > WHOLE).any():
        raise Refusal("uneven_slices", "the distances between the outlines are no multiples of one step")
    index = np.rint((heights - heights.min()) / step).astype(int)
    planes: dict[int, list[Points]] = {}
    for k, p in zip(index, points, strict=True):
        planes.setdefault(int(k), []).append(p @ along.T)
    found = {k: _area(outlines) for k, outlines in planes.items()}
    return {k: area for k, (area, _) in found.items()}, step, any(c for _, c in found.values())


def _normal(points: Points) -> Points:
    """The direction across an outline."""
    centred = points - points.mean(axis=0)
    normal = np.cross(centred, np.roll(centred, -1, axis=0)).sum(axis=0)
    length = float(np.linalg.norm(normal))
    if length == 0:
        raise Refusal("tiny_contour", "an outline has no area")
    return np.asarray(normal / length)


def _area(outlines: Sequence[Points]) -> tuple[float, bool]:
    """The area (mm2) of outlines on one plane by parity, and whether some cross."""
    total, crossing = 0.0, False
    for k, one in enumerate(outlines):
        inside = [_within(one, other) for j, other in enumerate(outlines) if j != k]
        crossing = crossing or any(0 < share < 1 for share in inside)
        total += _shoelace(one) * (-1 if sum(share > 0.5 for share in inside) % 2 else 1)
    return total, crossing


def _shoelace(points: Points) -> float:
    x, y = points.T
    return float(abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2)


def _within(one: Points, other: Points) -> float:
    """The share of the corners of one outline that lie inside another."""
    (x0, y0), (x1, y1) = other.T, np.roll(other, -1, axis=0).T
    x, y = one[:, :1], one[:, 1:]
    over = (y0 > y) != (y1 > y)
    rise = np.where(y1 == y0, 1.0, y1 - y0)
    return float((((over & (x < x0 + (y - y0) * (x1 - x0) / rise)).sum(axis=1) % 2) == 1).mean())
