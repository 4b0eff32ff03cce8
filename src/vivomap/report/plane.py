"""How a slice is laid on the page: patient's right on the left of an axial picture, head up in the other planes.

A slice's rows and columns are turned and flipped until they run as a radiologist reads them, by the affine; lengths
are in mm, so a picture has the patient's proportions whatever the pixel spacing. LPS: left, posterior and superior
are positive.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from skimage.measure import approximate_polygon, find_contours

from vivomap.core import Affine

Array = NDArray[np.float64]
WORDS = (("R", "L"), ("A", "P"), ("I", "S"))  # by LPS axis: its negative and its positive end
READ = {2: ("axial", 0, 1, 1), 1: ("coronal", 0, 2, -1), 0: ("sagittal", 1, 2, -1)}  # normal: name, right, down, sign
SECOND = 0.5  # project: an oblique edge gets its second letter from this direction cosine on


@dataclass(frozen=True)
class Plane:
    """The page's view of an image's slices: whether rows and columns change places, and which of them run back."""

    name: str
    swapped: bool
    back_across: bool
    back_down: bool
    across_mm: float
    down_mm: float
    edges: tuple[str, str, str, str]  # letters at the left, right, top and bottom

    def lay(self, slice_: NDArray[np.generic]) -> NDArray[np.generic]:
        """A slice (y, x) as it is seen, (down, across)."""
        seen = slice_.T if self.swapped else slice_
        return seen[:: -1 if self.back_down else 1, :: -1 if self.back_across else 1]

    def extent_mm(self, shape: tuple[int, int]) -> tuple[float, float]:
        """Height and width in mm of a laid slice of this shape (down, across)."""
        return shape[0] * self.down_mm, shape[1] * self.across_mm


def plane_of(affine: Affine) -> Plane:
    """How the slices of a grid are read."""
    steps = np.asarray(affine, float)[:3, :3]
    lengths = np.linalg.norm(steps, axis=0)
    down, across = steps[:, 1] / lengths[1], steps[:, 2] / lengths[2]
    normal = int(np.argmax(np.abs(np.cross(down, across))))
    name, right_axis, down_axis, sign = READ[normal]
    swapped = abs(across[right_axis]) < abs(down[right_axis])
    if swapped:
        down, across = across, down
    back_across, back_down = across[right_axis] < 0, down[down_axis] * sign < 0
    across, down = (-across if back_across else across), (-down if back_down else down)
    edges = (_letter(-across), _letter(across), _letter(-down), _letter(down))
    mm = (lengths[1], lengths[2]) if swapped else (lengths[2], lengths[1])
    return Plane(name, bool(swapped), bool(back_across), bool(back_down), float(mm[0]), float(mm[1]), edges)


def outlines(mask: NDArray[np.generic], plane: Plane) -> list[Array]:
    """The outlines of a laid mask (down, across) as closed lines of (down, across) in mm from the upper left corner."""
    padded = np.pad(np.asarray(mask, float), 1)
    size = np.array([plane.down_mm, plane.across_mm])
    lines = [approximate_polygon(line, 0.2) for line in find_contours(padded, 0.5)]
    return [(line - 0.5) * size for line in lines]


def _letter(direction: Array) -> str:
    """The patient's side that a direction points to; two letters where it lies between."""
    order = np.argsort(-np.abs(direction))
    kept = [axis for rank, axis in enumerate(order) if rank == 0 or abs(direction[axis]) >= SECOND]
    return "".join(WORDS[axis][int(direction[axis] > 0)] for axis in kept[:2])
