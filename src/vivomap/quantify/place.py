"""How a number moves when images that were laid on others lie a little elsewhere: the residual's share of its doubt.

Each image with a residual r (mm, along any direction) is moved by h, one voxel or the residual, whichever is more,
there and back along each axis; the number is taken anew each time:

    u² = u_still² + Σ over images and axes of (r/h)² · mean over both sides of (moved - still)²

where u_still is what the compute states of images that lie exactly. A number on a plateau loses nothing, one on an edge
much. The mean square holds the slope as well as the bend, and a bend is taken as if it grew evenly: that is too wide
where r < h, never too narrow.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from vivomap.core import Estimate, Image, Measurement, Refusal, Region, Voxels
from vivomap.core.image import Array

Thing = Image | Region | Measurement | None
MISPLACED = "residual_mm"  # the setting under which the residual is told


def estimated(compute: Callable[..., Estimate], things: tuple[Thing, ...]) -> Estimate:
    """What a compute gives, its uncertainty widened by the residuals of the images that it was given.

    Raises Refusal `outside_view` where an image that was laid on another did not see the region.
    """
    region = next((t for t in things if isinstance(t, Region)), None)
    laid = {k: _residual(t, region) for k, t in enumerate(things) if isinstance(t, Image) and t.residual_mm}
    if not laid:
        return compute(*things)
    for k in laid:
        _in_view(things[k], region)
    still = tuple(_exact(t) for t in things)
    first = compute(*still)
    more = sum(_shifted(compute, still, k, r, first.value) for k, r in laid.items())
    settings = (*first.settings, (MISPLACED, max(laid.values())))
    return first._replace(uncertainty=float(np.sqrt(first.uncertainty**2 + more)), settings=settings)


def _exact(thing: Thing) -> Thing:
    """The same, as if it lay exactly where it was laid."""
    return replace(thing, residual_mm=0.0, residual=None) if isinstance(thing, Image) else thing


def _residual(image: Image, region: Region | None) -> float:
    """The residual of an image in a region, where it is known by place; else of the whole image, mm."""
    if image.residual is None or region is None or image.residual.array.shape != region.mask.array.shape:
        return image.residual_mm
    inside = image.residual.array[region.mask.array]
    return float(np.sqrt(np.mean(inside.astype(float) ** 2))) if inside.size else image.residual_mm


def _in_view(image: Thing, region: Region | None) -> None:
    """Raises Refusal if the region reaches beyond what the image saw."""
    if not isinstance(image, Image) or region is None or image.shape != region.mask.array.shape:
        return
    values = image.voxels.array[..., region.mask.array]
    beyond = int(np.count_nonzero(~np.isfinite(values)))
    if beyond:
        summary = f"the region reaches beyond what the aligned image in the role {image.role!r} saw"
        raise Refusal("outside_view", summary, found=f"{beyond} of {values.size} voxels", expected="none")


def _shifted(
    compute: Callable[..., Estimate], things: tuple[Thing, ...], which: int, residual: float, still: float
) -> float:
    """The variance that a residual of one image brings. Raises Refusal if no step along an axis gives a number."""
    image = things[which]
    assert isinstance(image, Image)
    total = 0.0
    for axis, step in enumerate(image.spacing_mm):
        voxels = min(max(1, round(residual / step)), image.shape[axis] - 1)
        if voxels == 0:  # a single plane holds no word about what lies beside it
            continue
        changes, refused = [], None
        for side in (-voxels, voxels):
            moved = replace(image, voxels=Voxels.of(_moved(image.voxels.array, axis - 3, side)))
            try:
                changes.append(compute(*(*things[:which], moved, *things[which + 1 :])).value - still)
            except Refusal as refusal:
                refused = refusal
        if not changes and refused is not None:
            raise refused
        total += (residual / (voxels * step)) ** 2 * float(np.mean(np.square(changes)))
    return total


def _moved(values: Array, axis: int, voxels: int) -> Array:
    """Values moved along an axis; what comes in from the edge is the last plane."""
    count = values.shape[axis]
    return np.take(values, np.clip(np.arange(count) - voxels, 0, count - 1), axis)
