"""Outlines drawn by hand (RTSTRUCT) as regions on the grid of the image that they were drawn on.

A voxel is inside if its centre is inside the outline on its slice; outlines on one slice are combined by parity, so
that an inner one cuts a hole. Nothing is interpolated between slices.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from pydicom.dataset import Dataset

from vivomap.acquire.element import items, said
from vivomap.acquire.regions import grid, names
from vivomap.acquire.regions.contours import Contour, contours_of
from vivomap.acquire.regions.labels import label
from vivomap.acquire.regions.polygon import Pixels, inside, nested
from vivomap.core import Flag, Image, Refusal, Region, Voxels

FLAT = 0.1  # of the step between slices; project: an outline that rises more than this lies in no slice
FEWEST_SPARSE = 3  # project: two lone slices may be two small parts of a lesion
ONE_PLANE = 0.05  # of the step; project: outlines whose heights differ by less were drawn on one slice
CLOSED = {"CLOSED_PLANAR", "CLOSEDPLANAR_XOR"}


@dataclass
class Tally:
    """What happened to the outlines of one ROI, by code."""

    total: int = 0
    counts: dict[str, int] = field(default_factory=dict)

    def note(self, code: str) -> None:
        self.counts[code] = self.counts.get(code, 0) + 1

    def flags(self) -> tuple[Flag, ...]:
        denied = {"absent_slices": "volume"}
        return tuple(
            Flag(c, f"{n} of {self.total} outlines {SAYS[c]}", denied.get(c, ""))
            for c, n in sorted(self.counts.items())
        )


SAYS = {
    "absent_slices": "lie on slices that the image does not have; they were left out",
    "bad_contour": "have coordinates that are not numbers, or too few; they were left out",
    "open_contour": "are open lines or points; they were left out",
    "off_plane": "lie more than a tenth of a step beside a slice; steep ones, and those with one nearer, were left out",
    "tiny_contour": "hold no voxel centre",
    "contours_cross": "are the same as another on their slice, or cross it; a twin was left out, the rest is by parity",
    "outside_image": "reach beyond the border of their slice and were cut there",
}


def structures(ds: Dataset, images: Sequence[Image]) -> Iterator[Region | Refusal]:
    """Each ROI of a structure set as a region, or the reason why it is none."""
    observed = {said(o, "ReferencedROINumber"): o for o in items(ds, "RTROIObservationsSequence")}
    drawn = {said(c, "ReferencedROINumber"): c for c in items(ds, "ROIContourSequence")}
    series = _series(ds)
    for roi in items(ds, "StructureSetROISequence"):
        number = said(roi, "ROINumber")
        name = label(roi, "ROIName") or f"ROI {number}"
        try:
            contours = contours_of(drawn.get(number, Dataset()))
            image, chosen = _grid_of(contours, images, series, said(roi, "ReferencedFrameOfReferenceUID"))
            mask, flags = _rasterise(contours, image, name)
        except Refusal as refusal:
            refusal.where = refusal.where or name
            yield refusal
            continue
        finding = names.finding_of(name, said(observed.get(number, Dataset()), "RTROIInterpretedType"))
        flags = tuple(names.allowing(f, finding) for f in flags)
        yield Region(
            name,
            Voxels.of(mask),
            finding,
            names.site_of(name),
            image.affine,
            source=(said(ds, "SOPInstanceUID"),),
            flags=(*chosen, *flags),
            series=image.text("series_uid"),
        )


def _series(ds: Dataset) -> set[str]:
    """The Series Instance UIDs that the structure set says it was drawn on."""
    return {
        said(series, "SeriesInstanceUID")
        for frame in items(ds, "ReferencedFrameOfReferenceSequence")
        for study in items(frame, "RTReferencedStudySequence")
        for series in items(study, "RTReferencedSeriesSequence")
    }


def _grid_of(
    contours: Sequence[Contour], images: Sequence[Image], series: set[str], frame: str
) -> tuple[Image, tuple[Flag, ...]]:
    """The image that an ROI was drawn on: by its slices, else its series, else its frame of reference.

    Raises Refusal if there is no image, or none in the ROI's frame of reference.
    """
    if not images:
        raise Refusal("no_image", "outlines need the image that they were drawn on, and none is here")
    named = {c.slice_uid for c in contours if c.slice_uid}
    shared = [len(named.intersection(i.source)) for i in images]
    meant = [i for i, n in zip(images, shared, strict=True) if n and n == max(shared)]
    meant = meant or [i for i in images if i.text("series_uid") in series]
    if not meant:
        same = [i for i in images if frame and i.text("frame_of_reference") == frame]
        if not same:
            raise Refusal("wrong_frame", "no image lies in the frame of reference of this ROI")
        reason = "the image that the outlines name is not here; another of the same frame of reference was taken"
        return _best(contours, same), (Flag("grid_by_frame", reason),)
    chosen = _best(contours, meant)
    if frame and chosen.text("frame_of_reference") not in ("", frame):
        raise Refusal("wrong_frame", "the ROI and the image that it names lie in different frames of reference")
    return chosen, ()


def _best(contours: Sequence[Contour], images: Sequence[Image]) -> Image:
    """The image whose slices hold the most outlines; of equals the one with the finest voxels, then the first."""
    if len(images) == 1:
        return images[0]
    return max(images, key=lambda i: (_on_planes(contours, i), -i.voxel_mm3))


def _on_planes(contours: Sequence[Contour], image: Image) -> int:
    """How many outlines lie in slices that the image has."""
    heights = [grid.indices(c.points, image.affine)[:, 0] for c in contours if c.points is not None]
    return sum(int(_slice_of(h, image.shape[0])[1] == "") for h in heights)


def _slice_of(height: np.ndarray, slices: int) -> tuple[int, str]:
    """The slice in which an outline lies, from its fractional slice indices, and a code if it does not lie well."""
    level = float(np.median(height))
    if float(np.ptp(height)) > FLAT:
        return -1, "off_plane"
    nearest = int(np.floor(level + 0.5))
    if not 0 <= nearest < slices:
        return -1, "absent_slices"
    return nearest, "off_plane" if abs(level - nearest) > FLAT else ""


def _rasterise(contours: Sequence[Contour], image: Image, name: str) -> tuple[Pixels, tuple[Flag, ...]]:
    """The mask (z, y, x) of an ROI; empty if it has no outline. Raises Refusal if none of its outlines can be used."""
    tally, by_slice = Tally(len(contours)), dict[int, list[tuple[float, np.ndarray]]]()
    for contour in contours:
        if contour.points is None:
            tally.note("bad_contour")
        elif contour.kind not in CLOSED:
            tally.note("open_contour")
        else:
            place = grid.indices(contour.points, image.affine)
            level, code = _slice_of(place[:, 0], image.shape[0])
            if code:
                tally.note(code)
            if level >= 0:
                by_slice.setdefault(level, []).append((float(np.median(place[:, 0])), place[:, 1:]))
    mask = np.zeros(image.shape, bool)
    for level, drawn in by_slice.items():
        _fill(mask[level], _nearest(level, drawn), tally)
    if contours and not mask.any():
        code = max(tally.counts, key=lambda c: tally.counts[c], default="tiny_contour")
        said_of_all = "; ".join(flag.reason for flag in tally.flags())
        raise Refusal(code, f"no voxel can be marked: {said_of_all or SAYS[code]}", where=name)
    return mask, (*tally.flags(), *_gaps(sorted(by_slice)))


def _nearest(level: int, drawn: Sequence[tuple[float, np.ndarray]]) -> list[np.ndarray]:
    """The outlines of the one height that lies nearest to a slice: parity holds between those of one plane alone."""
    at = min((height for height, _ in drawn), key=lambda height: (abs(height - level), height))
    return [outline for height, outline in drawn if abs(height - at) < ONE_PLANE]


def _fill(plane: Pixels, outlines: Sequence[np.ndarray], tally: Tally) -> None:
    """Mark the pixels of the outlines of one slice by parity."""
    shape = (int(plane.shape[0]), int(plane.shape[1]))
    filled: list[Pixels] = []
    for outline in outlines:
        window, pixels = inside(outline, shape)
        if (outline.min(axis=0) < -0.5).any() or (outline.max(axis=0) > np.array(shape) - 0.5).any():
            tally.note("outside_image")
        if not pixels.any():
            tally.note("tiny_contour")
            continue
        whole = np.zeros(shape, bool)
        whole[window] = pixels
        if not all(nested(whole, other) for other in filled):
            tally.note("contours_cross")
            if any(np.array_equal(whole, other) for other in filled):
                continue
        filled.append(whole)
        plane ^= whole


def _gaps(levels: Sequence[int]) -> tuple[Flag, ...]:
    """A flag if slices between the first and the last outline have none.

    Where no two outlined slices adjoin, the outlines were drawn on every second slice or so: that is no volume.
    """
    empty = levels[-1] - levels[0] + 1 - len(levels) if levels else 0
    sparse = len(levels) >= FEWEST_SPARSE and all(b - a > 1 for a, b in pairwise(levels))
    reason = f"{empty} slices between the first and the last outline have none; nothing was interpolated"
    return (Flag("contour_gap", reason, "volume" if sparse else ""),) if empty else ()
