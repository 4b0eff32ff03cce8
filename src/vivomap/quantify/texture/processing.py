"""From an image and a drawn region to the grey levels that texture is read from: one named card, in a fixed order.

Interpolate image and mask to the card's voxel size (grids share their centre; a voxel whose interpolated mask is one
half or more is inside) → round → leave out intensities outside the range → leave out those more than k standard
deviations from the mean → discretise into levels of a fixed width (from a fixed edge) or a fixed number of levels.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import NamedTuple

import numpy as np

from vivomap.core import Refusal, Settings
from vivomap.core.image import Array
from vivomap.maths.geometry import Box, trim, widen
from vivomap.maths.texture.around import PEAK_RADIUS_MM
from vivomap.maths.texture.grid import Axis, Size, axes_of, by_number, by_size, laid
from vivomap.quantify.texture.filters import Filter

FEWEST_VOXELS = 64  # methods A0: project, after interpolation
HALF = 0.5 - 1e-6  # a mask of one half is inside, whatever the last bit of a float says
APART = ("name", "version", "size_mm", "filters")  # fields that are not settings by their own name
MERGED = ("2D_avg", "2D_comb", "2_5D_avg", "2_5D_comb", "3D_avg", "3D_comb")  # the words of the IBSI reference tables


@dataclass(frozen=True)
class Processing:
    """How an image becomes grey levels; its name and version stand in every number made with it.

    `size_mm` is (z, y, x), 0 keeps the image's own; `order` 1 is linear and 3 a cubic B-spline. `lowest` and `highest`
    bound the intensities (None for no bound); `outliers` is k, 0 for none. `width` makes levels of a fixed width from
    `lowest`, or from the region's lowest intensity; `number` a fixed number of levels. `merged` tells how tables of
    slices and directions become one number. `volume_width` and `volume_number` do for the volume histogram what
    `width` and `number` do for texture; without either its intensities are whole numbers. `filters` are run on the
    interpolated image; what re-segmentation leaves is told by the intensities before them.
    """

    name: str
    version: str
    size_mm: Size = (0.0, 0.0, 0.0)
    order: int = 1
    rounded: bool = False
    lowest: float | None = None
    highest: float | None = None
    outliers: float = 0.0
    width: float = 0.0
    number: int = 0
    merged: str = "3D_comb"
    volume_width: float = 0.0
    volume_number: int = 0
    filters: tuple[Filter, ...] = ()

    def __post_init__(self) -> None:
        if (self.width > 0) is (self.number > 0):
            raise Refusal("bad_setting", f"{self.name}: levels have either a width or a number")
        if self.merged not in MERGED or self.order not in (1, 3):
            found, expected = f"{self.merged}, order {self.order}", f"one of {', '.join(MERGED)}; order 1 or 3"
            raise Refusal("bad_setting", f"{self.name}: tables cannot be merged so", found=found, expected=expected)

    @property
    def settings(self) -> Settings:
        """The card as settings of a number; what is not bounded is not said."""
        z, y, x = self.size_mm
        size: Settings = (("voxel_z_mm", z), ("voxel_y_mm", y), ("voxel_x_mm", x))
        rest = ((f.name, getattr(self, f.name)) for f in fields(self) if f.name not in APART)
        said = tuple((k, v if isinstance(v, str) else float(v)) for k, v in rest if v is not None)
        run: Settings = (("filters", "; ".join(f.name for f in self.filters)),) if self.filters else ()
        return (("processing", f"{self.name} {self.version}"), *size, *said, *run)


class Prepared(NamedTuple):
    """What features are read from, all (z, y, x): values, shape, what is inside, levels and the highest; voxel size.

    `mask` is the interpolated region and `inside` what re-segmentation leaves of it; `levels` are 0 outside.
    """

    values: Array
    mask: Array
    inside: Array
    levels: Array
    highest: int
    size_mm: Size

    @property
    def tight(self) -> Prepared:
        """The same without what lies around the region."""
        box = trim(self.mask).box
        fields = (self.values, self.mask, self.inside, self.levels)
        values, mask, inside, levels = (np.ascontiguousarray(field[box]) for field in fields)
        return Prepared(values, mask, inside, levels, self.highest, self.size_mm)


class Plan(NamedTuple):
    """Where the card's grid lies around a region: its axes, the box of the old grid that it needs, its voxel size."""

    axes: tuple[Axis, Axis, Axis]
    box: Box
    size_mm: Size


def plan(mask: Array, size: Size, card: Processing, reach_mm: float = PEAK_RADIUS_MM) -> Plan:
    """The grid around a mask (z, y, x) of voxels of `size` mm, as far as `reach_mm` from it.

    Raises Refusal if the mask is empty.
    """
    reach = min(reach_mm, max(n * s for n, s in zip(mask.shape, size, strict=True)))
    margin = [int(np.ceil((reach + 2 * t) / s)) for s, t in zip(size, card.size_mm, strict=True)]
    near = widen(trim(mask).box, (margin[0], margin[1], margin[2]), mask.shape)
    axes = axes_of(mask.shape, size, card.size_mm, near)
    z, y, x = (t or s for s, t in zip(size, card.size_mm, strict=True))
    return Plan(axes, (axes[0].old, axes[1].old, axes[2].old), (z, y, x))


def interpolated(values: Array, mask: Array, where: Plan, card: Processing) -> tuple[Array, Array]:
    """Values and mask of the plan's box on its grid; a mask of numbers is the share of each voxel that is inside."""
    moved = laid(values, where.axes, card.order)
    return np.rint(moved) if card.rounded else moved, within(mask, where)


def within(mask: Array, where: Plan) -> Array:
    """The voxels of the plan's grid of which the interpolated mask covers one half or more."""
    inside: Array = laid(mask.astype(np.float32), where.axes, 1) >= HALF
    return inside


def prepare(values: Array, mask: Array, size: Size, card: Processing) -> Prepared:
    """The grey levels of a whole image and mask (z, y, x) with voxels of `size` mm.

    Raises Refusal if the mask is empty, too few voxels are left, or one of them holds no number.
    """
    where = plan(mask, size, card)
    return levelled(*interpolated(values[where.box], mask[where.box], where, card), where.size_mm, card)


def levelled(values: Array, mask: Array, size: Size, card: Processing) -> Prepared:
    """Re-segment and discretise. Raises Refusal if too few voxels are left, or one of them holds no number."""
    inside = mask.copy()
    if not np.isfinite(values[inside]).all():
        raise Refusal("nan_voxels", "voxels of the region hold no number, so that they have no texture")
    if card.lowest is not None:
        inside &= values >= card.lowest
    if card.highest is not None:
        inside &= values <= card.highest
    if card.outliers and inside.any():
        left = values[inside].astype(float)
        inside &= np.abs(values - left.mean()) <= card.outliers * left.std()
    count = int(np.count_nonzero(inside))
    if count < FEWEST_VOXELS:
        summary = "the region has too few voxels for texture after interpolation and re-segmentation"
        raise Refusal("too_few_voxels", summary, found=f"{count} voxels", expected=f"{FEWEST_VOXELS} or more")
    left = values[inside]
    first = float(left.min()) if card.lowest is None else card.lowest
    found, highest = by_size(left, card.width, first) if card.width else by_number(left, card.number)
    levels = np.zeros(inside.shape, np.uint16)
    levels[inside] = found
    return Prepared(values, mask, inside, levels, highest, size)
