"""From a click on a lesion to its region, with the chance of every voxel and how surely its edge is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from vivomap.acquire.regions import grid, names
from vivomap.acquire.segment.found import Segmented
from vivomap.acquire.segment.levels import Window
from vivomap.acquire.segment.network import by_network
from vivomap.acquire.segment.outline import outlined
from vivomap.core import Image, Refusal, Region, Voxels
from vivomap.maths.sampling import noise
from vivomap.maths.solid import steps_of

__all__ = ["Click", "Segmented", "by_network", "place_of", "segment"]

SMOOTH = 0.5  # of the smallest step: the sd of the smoothing before anything is looked at; project
REACH_MM = 25.0  # half the edge of the box that is looked at; project
Point = tuple[float, float, float]


@dataclass(frozen=True)
class Click:
    """A click at a point (x, y, z, mm LPS) inside of a lesion, clicks beside it, and how far it is looked, mm."""

    at: Point
    beside: tuple[Point, ...] = ()
    reach_mm: float = REACH_MM


def segment(image: Image, click: Click, name: str = "lesion") -> Segmented:
    """The region around a click on an image of one volume; its `edge_mm` is how surely its outline is known.

    Raises Refusal `outside_image`, `several_volumes`, `nan_voxels`, `no_edge`, or what the image denies of regions.
    """
    values = _volume(image)
    at = _voxel(click.at, image, "the click")
    half = [int(np.ceil(click.reach_mm / step)) for step in image.spacing_mm]
    box = tuple(slice(max(a - h, 0), a + h + 1) for a, h in zip(at, half, strict=True))
    inner = (at[0] - box[0].start, at[1] - box[1].start, at[2] - box[2].start)
    part = np.asarray(values[box], float)
    if not np.isfinite(part).all():
        raise Refusal("nan_voxels", "voxels around the click hold no number")
    found = outlined(_window(part, image, inner), _beside(click, image, values.shape)[box])
    mask, chances = np.zeros(values.shape, bool), np.zeros(values.shape, np.float32)
    mask[box], chances[box] = found.mask, found.chances
    said = "click:" + ",".join(f"{v:.2f}" for v in click.at)
    region = Region(
        name,
        Voxels.of(mask),
        names.finding_of(name),
        names.site_of(name),
        image.affine,
        source=(said,),
        edge_mm=found.edge_mm,
        flags=found.flags,
        series=image.text("series_uid"),
    )
    return Segmented(region, image.like("chance", chances, "1"))


def _window(part: np.ndarray, image: Image, click: tuple[int, int, int]) -> Window:
    """The values around a click, lightly smoothed, with the noise that is left."""
    sd = [SMOOTH * min(image.spacing_mm) / step for step in image.spacing_mm]
    smooth = ndimage.gaussian_filter(part, sd)
    lone = np.zeros((9, 9, 9))
    lone[4, 4, 4] = 1.0
    left = float(np.sqrt((ndimage.gaussian_filter(lone, sd) ** 2).sum()))
    least = 1e-6 * float(np.ptp(part)) or 1e-12
    return Window(smooth, max(noise(part, np.ones(part.shape, bool)) * left, least), steps_of(image.affine), click)


def _volume(image: Image) -> np.ndarray:
    """The voxels of one volume. Raises Refusal if there are several, or if the image denies a region."""
    image.trusted("region", "mm")
    if image.voxels.array.ndim != 3:
        raise Refusal(
            "several_volumes", "the image is a series of volumes, and one is clicked on", expected="one volume"
        )
    return image.voxels.array


def place_of(point: Point, image: Image) -> np.ndarray:
    """A point (x, y, z, mm LPS) as fractional voxels (z, y, x) of an image."""
    return np.asarray(grid.indices(np.array([point]), image.affine)[0])


def _voxel(point: Point, image: Image, what: str) -> tuple[int, int, int]:
    z, y, x = (int(v) for v in np.floor(place_of(point, image) + 0.5))
    if not all(0 <= v < n for v, n in zip((z, y, x), image.shape, strict=True)):
        raise Refusal("outside_image", f"{what} lies beyond the image", found=",".join(f"{v:g}" for v in point))
    return z, y, x


def _beside(click: Click, image: Image, shape: tuple[int, ...]) -> np.ndarray:
    """The voxels within two steps of the clicks beside the lesion."""
    marked = np.zeros(shape, bool)
    for point in click.beside:
        marked[_voxel(point, image, "a click beside the lesion")] = True
    return np.asarray(ndimage.binary_dilation(marked, np.ones((3, 3, 3), bool), 2)) if click.beside else marked
