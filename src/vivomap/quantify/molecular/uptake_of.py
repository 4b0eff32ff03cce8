"""The mean uptake of a region with its noise and its outline, and the ratio of two of them.

    ratio = a / b        u² / ratio² = u_a² / a² + u_b² / b²

The calibration of the scanner is in both and cancels.
"""

from __future__ import annotations

import numpy as np

from vivomap.core import Image, Refusal, Region
from vivomap.maths.geometry import cut
from vivomap.maths.sampling import Mean, Place, region_mean
from vivomap.maths.solid import steps_of

FEWEST_VOXELS = 20  # project: of a reference


def mean_of(suv: Image, region: Region) -> Mean:
    """The mean of a region. Raises Refusal if the region is empty, or holds a voxel without a number."""
    box, mask = cut(region.mask)
    place = Place(steps_of(region.affine), region.edge_mm, suv.residual_mm)
    return region_mean(np.asarray(suv.voxels.array[box], float), mask, place)


def reference_of(suv: Image, region: Region) -> Mean:
    """The mean of a reference region. Raises Refusal if it is too small, or takes up nothing."""
    found, what = mean_of(suv, region), region.finding or region.name
    if found.voxels < FEWEST_VOXELS:
        summary = f"the reference {what} is too small"
        raise Refusal("too_few_voxels", summary, found=f"{found.voxels} voxels", expected=f"{FEWEST_VOXELS} or more")
    if found.value <= 0:
        raise Refusal("no_uptake", f"the reference {what} takes up no tracer, so that nothing can be divided by it")
    return found


def ratio(above: tuple[float, float], below: tuple[float, float]) -> tuple[float, float]:
    """A ratio with its standard uncertainty, from two numbers with theirs."""
    value = above[0] / below[0]
    return value, float(np.hypot(above[1], value * below[1]) / below[0])
