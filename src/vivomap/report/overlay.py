"""What is drawn over a slice: outlines with their letters, the earlier outline in dots, sides, scale bar, grey bar."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from vivomap.core import Region, same_grid
from vivomap.report.grey import Window
from vivomap.report.markup import tag, text
from vivomap.report.pictures import View
from vivomap.report.plane import Plane, outlines
from vivomap.report.story import Mark, Story

SIDE = 240  # units of the drawing; at its least width of 160 px its 17 units of type are 11 px
STEPS = 8  # of the grey bar
BARS_MM = (5, 10, 20, 30, 50, 100)
SHOWN = 0.6  # project: a neighbour is drawn where so much of its outline lies in the picture
RING = 12  # radius of a letter's ring
Line = NDArray[np.float64]


@dataclass(frozen=True)
class Frame:
    """The square of a laid slice that a picture shows, mm from the slice's upper left corner."""

    top: float
    left: float
    side: float

    def place(self, line: Line) -> Line:
        """Points (down, across) in mm as (x, y) of the drawing."""
        return np.asarray((line - (self.top, self.left))[:, ::-1] * (SIDE / self.side))


def overlay(view: View, story: Story, plane: Plane, frame: Frame, window: Window) -> list[Markup]:
    """Everything over the grey."""
    return [
        *_earlier(view, plane, frame),
        *_lesions(view, story, plane, frame),
        *_edges(view, plane, bool(window.bar)),
        *([] if scaleless(view) else _scale(frame)),
        *(_bar(window) if window.bar else []),
    ]


def scaleless(view: View) -> bool:
    """Whether lengths on this image cannot be trusted."""
    return any(flag.denies == "mm" for flag in view.image.refusals)


def laid_mask(region: Region, slice_: int, plane: Plane) -> NDArray[np.generic]:
    """A region's section (down, across) as it is seen."""
    return plane.lay(region.mask.array[slice_] > 0)


def earlier_mask(view: View, plane: Plane) -> NDArray[np.generic]:
    """The earlier region at this slice's voxels (down, across), nearest voxel; empty where both are not placed."""
    _, rows, columns = view.image.shape
    if view.earlier is None or view.to_earlier is None:
        return plane.lay(np.zeros((rows, columns), bool))
    y, x = np.mgrid[:rows, :columns]
    points = np.stack([np.full(y.size, view.slice_), y.ravel(), x.ravel(), np.ones(y.size)])
    theirs = np.asarray(view.to_earlier) @ np.asarray(view.image.affine) @ points
    index = np.rint(np.linalg.inv(np.asarray(view.earlier.affine)) @ theirs)[:3].astype(int)
    mask = view.earlier.mask.array
    within = np.all((index >= 0) & (index < np.array(mask.shape)[:, None]), axis=0)
    found = np.zeros(y.size, bool)
    found[within] = mask[tuple(index[:, within])]
    return plane.lay(found.reshape(rows, columns))


def _path(lines: list[Line], frame: Frame) -> str:
    placed = (frame.place(line) for line in lines)
    return "".join("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in line) + "z" for line in placed)


def _earlier(view: View, plane: Plane, frame: Frame) -> list[Markup]:
    mask = earlier_mask(view, plane)
    if not mask.any():
        return []
    path = _path(outlines(mask, plane), frame)
    return [tag("path", d=path, class_="halo"), tag("path", d=path, class_="before")]


def _lesions(view: View, story: Story, plane: Plane, frame: Frame) -> list[Markup]:
    """Every followed lesion that this slice cuts, with its own line and letter."""
    drawn: list[Markup] = []
    taken: list[tuple[float, float]] = []
    regions = [r for r in view.visit.study.regions if (r.lesion or r.name) in story.marks]
    for region in dict.fromkeys((view.region, *regions)):
        if not same_grid(region, view.image) or region.voxel_count == 0:
            continue
        lines = outlines(laid_mask(region, view.slice_, plane), plane)
        mark = story.marks.get(view.lesion if region == view.region else region.lesion or region.name)
        points = np.concatenate([frame.place(line) for line in lines]) if lines else np.full((1, 2), -1.0)
        if mark is None or np.mean(np.all((points > 0) & (points < SIDE), axis=1)) < SHOWN:
            continue
        path = _path(lines, frame)
        drawn += [tag("path", d=path, class_="halo")]
        drawn += [tag("path", d=path, class_=f"line s{mark.colour}", stroke_dasharray=mark.dash or "none")]
        drawn += _letter(mark, points, taken)
    return drawn


def _letter(mark: Mark, points: Line, taken: list[tuple[float, float]]) -> list[Markup]:
    """The letter in a ring beside the outline, with a leader; moved on where another letter stands."""
    right, left = float(points[:, 0].max()), float(points[:, 0].min())
    top, middle = float(points[:, 1].min()), float(points[:, 1].mean())
    beside = right + 2 * RING if right + 3.5 * RING < SIDE else left - 2 * RING
    x = min(max(beside, RING + 2), SIDE - RING - 2)
    y = min(max(top - RING / 2, 3 * RING), SIDE - 4 * RING)
    while any(abs(x - a) < 2 * RING and abs(y - b) < 2 * RING for a, b in taken) and y < SIDE - RING:
        y += 2 * RING
    taken.append((x, y))
    edge = right if x > right else left
    return [
        tag("line", x1=x, y1=y, x2=edge, y2=(top + middle) / 2, class_=f"lead s{mark.colour}"),
        tag("circle", cx=x, cy=y, r=RING, class_=f"ring s{mark.colour}"),
        text(x, y + 6, mark.letter, class_="in", text_anchor="middle"),
    ]


def _edges(view: View, plane: Plane, raised: bool) -> list[Markup]:
    """The patient's sides, where the image has them: an ultrasound picture has none."""
    if view.image.role == "us":
        return []
    left, right, top, bottom = plane.edges
    middle = SIDE / 2
    return [
        text(6, middle + 6, left, class_="edge"),
        text(SIDE - 6, middle + 6, right, class_="edge", text_anchor="end"),
        text(middle, 20, top, class_="edge", text_anchor="middle"),
        text(middle, SIDE - (40 if raised else 8), bottom, class_="edge", text_anchor="middle"),
    ]


def _scale(frame: Frame) -> list[Markup]:
    length = next((b for b in reversed(BARS_MM) if b <= frame.side / 4), BARS_MM[0])
    width = length * SIDE / frame.side
    right, y = SIDE - 8, SIDE - 8
    bar = f"M{right - width:.1f} {y - 4}v8m0 -4h{width:.1f}m0 -4v8"
    return [
        tag("path", d=bar, class_="bar under"),
        tag("path", d=bar, class_="bar"),
        text(right, y - 9, f"{length} mm", class_="said", text_anchor="end"),
    ]


def _bar(window: Window) -> list[Markup]:
    """What the grey means: steps from low to high, with their ends and unit."""
    low, high, unit = window.bar or ("", "", "")
    greys = [round(255 * i / (STEPS - 1)) for i in range(STEPS)]
    shades = [255 - g for g in greys] if window.inverted else greys
    wide = 56 / STEPS
    return [
        *(
            tag("rect", x=8 + i * wide, y=SIDE - 14, width=wide + 0.1, height=8, fill=f"rgb({g},{g},{g})")
            for i, g in enumerate(shades)
        ),
        tag("rect", x=8, y=SIDE - 14, width=56, height=8, class_="greys"),
        text(8, SIDE - 19, f"{low} to {high} {unit}", class_="said"),
    ]
