"""A slice as a picture: grey voxels as a small PNG, outlines as vectors over it, in the patient's proportions.

Outlines, letters, scale bar and sides are drawn in SVG, so they stay sharp in print; the PNG holds grey alone. A
picture shows a square of the patient around the lesion, of equal size at both visits.
"""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray
from PIL import Image as Picture

from vivomap.report.grey import Window, window_of
from vivomap.report.markup import tag, text
from vivomap.report.overlay import SIDE, Frame, earlier_mask, laid_mask, overlay, scaleless
from vivomap.report.pictures import Pair, View
from vivomap.report.plane import Plane, plane_of
from vivomap.report.story import Story
from vivomap.report.words import capital, day, name, number, short_day

PIXELS = 380  # project: finest PNG, enough for 60 mm of paper at 160 dots per inch
LEAST_MM, MOST_MM, ROOM = 120.0, 280.0, 3.5  # project: a picture shows 3.5 lesion widths, within these bounds,
LEAST_VOXELS = 40  # and so many voxels, so that coarse images keep what lies around


class Drawn(NamedTuple):
    """A picture, its day and image, and the sentence under it."""

    picture: Markup
    day: str
    what: str
    said: str
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Shared:
    """What the pictures of one lesion have in common: the side of the square, mm, and the highest value inside."""

    side: float
    peak: float


def draw_pair(pair: Pair, story: Story, ident: str) -> tuple[Drawn, ...]:
    """The pictures of a lesion, equal in size and grey; `ident` begins ids that are unique on the page."""
    shared = Shared(_side(pair.views), max((_peak(view) for view in pair.views), default=0.0))
    return tuple(_draw(view, story, shared, f"{ident}-{i}") for i, view in enumerate(pair.views))


def _side(views: tuple[View, ...]) -> float:
    wanted = 0.0
    for view in views:
        plane = plane_of(view.image.affine)
        rows = plane.lay(view.pixels()).shape
        whole = max(plane.extent_mm((rows[0], rows[1])))
        inside = np.argwhere(laid_mask(view.region, view.slice_, plane))
        spread = float(max(np.ptp(inside, axis=0) * (plane.down_mm, plane.across_mm))) if len(inside) else 0.0
        near = min(max(LEAST_MM, ROOM * spread, LEAST_VOXELS * plane.across_mm), whole)
        wanted = max(wanted, whole if whole <= MOST_MM else near)
    return wanted


def _peak(view: View) -> float:
    return float(np.max(view.pixels()[view.region.mask.array[view.slice_] > 0], initial=0))


def _draw(view: View, story: Story, shared: Shared, ident: str) -> Drawn:
    plane = plane_of(view.image.affine)
    window = window_of(view.image, view.pixels(), f"{view.region.site} {view.region.finding}", shared.peak)
    frame = _framed(view, plane, shared.side)
    grey = window.grey(np.asarray(plane.lay(view.pixels()), float))
    notes = _notes(view, story, window)
    said = f"{capital(plane.name)} slice {view.slice_ + 1} of {view.image.shape[0]}; {'; '.join(notes)}."
    when = view.image.day or view.visit.study.day
    what = view.image.text("series_description") or name(view.image.role).upper()
    title = f"Lesion {story.letter(view.lesion)} on {what}, {day(when)}"
    drawn = tag(
        "svg",
        tag("title", title, id=f"{ident}-t"),
        tag("desc", said, id=f"{ident}-d"),
        _grey(grey, plane, frame),
        *overlay(view, story, plane, frame, window),
        text(8, 20, short_day(when), class_="said when"),
        class_=f"slice{' inverted' if window.inverted else ''}",
        viewBox=f"0 0 {SIDE} {SIDE}",
        role="img",
        aria_labelledby=f"{ident}-t {ident}-d",
    )
    return Drawn(drawn, day(when), what, f"Slice {view.slice_ + 1} of {view.image.shape[0]}.", notes)


def _notes(view: View, story: Story, window: Window) -> tuple[str, ...]:
    """What must be known to read the picture, apart from its date, image and slice."""
    notes = [window.said]
    if view.frame is not None and view.image.frames:
        notes.append(f"frame at {number(view.image.frames[view.frame])} {view.image.frame_unit}")
    if view.empty:
        notes.append(f"{story.letter(view.lesion)} is not drawn on {day(view.visit.study.day)}")
    if view.earlier is not None:
        by = f"aligned, residual {view.residual_mm:.1f} mm" if view.residual_mm else "same frame of reference"
        notes.append(f"white dots: the earlier outline ({by})")
    if scaleless(view):
        notes.append("no scale: the spacing cannot be trusted")
    return tuple(notes)


def _framed(view: View, plane: Plane, side: float) -> Frame:
    """The square around the lesion, kept within the slice where the slice is large enough."""
    mask = earlier_mask(view, plane) if view.empty else laid_mask(view.region, view.slice_, plane)
    whole = plane.extent_mm((mask.shape[0], mask.shape[1]))
    centre = (np.argwhere(mask).mean(axis=0) + 0.5) * (plane.down_mm, plane.across_mm) if mask.any() else None
    corner = []
    for axis in (0, 1):
        middle = centre[axis] if centre is not None else whole[axis] / 2
        start = middle - side / 2
        corner.append((whole[axis] - side) / 2 if whole[axis] <= side else float(np.clip(start, 0, whole[axis] - side)))
    return Frame(corner[0], corner[1], side)


def _grey(grey: NDArray[np.uint8], plane: Plane, frame: Frame) -> Markup:
    """The part of the slice inside the frame as an embedded PNG, placed in mm."""
    height, width = plane.extent_mm((grey.shape[0], grey.shape[1]))
    top, left = max(frame.top, 0.0), max(frame.left, 0.0)
    bottom, right = min(frame.top + frame.side, height), min(frame.left + frame.side, width)
    step = max(frame.side / PIXELS, min(plane.down_mm, plane.across_mm) / 2)
    size = (max(1, round((right - left) / step)), max(1, round((bottom - top) / step)))
    box = (left / plane.across_mm, top / plane.down_mm, right / plane.across_mm, bottom / plane.down_mm)
    picture = Picture.fromarray(np.ascontiguousarray(grey)).resize(size, Picture.Resampling.BILINEAR, box=box)
    held = io.BytesIO()
    picture.save(held, "PNG", optimize=True)
    corners = frame.place(np.array([[top, left], [bottom, right]]))
    return tag(
        "image",
        href=f"data:image/png;base64,{base64.b64encode(held.getvalue()).decode()}",
        x=float(corners[0, 0]),
        y=float(corners[0, 1]),
        width=float(corners[1, 0] - corners[0, 0]),
        height=float(corners[1, 1] - corners[0, 1]),
        preserveAspectRatio="none",
    )
