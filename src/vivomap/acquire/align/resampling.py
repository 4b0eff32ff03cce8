"""An image or a region carried through an alignment onto another grid; what the other did not see stays missing."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar, cast

import numpy as np

from vivomap.core import Affine, Alignment, Flag, Image, Refusal, Region, Voxels
from vivomap.core.image import Array
from vivomap.maths.flow import spread
from vivomap.maths.pulling import pulled

HALF = 0.5  # of a voxel: from there on it belongs to a region
Thing = TypeVar("Thing", bound=Image | Region)


def resample(thing: Thing, alignment: Alignment, onto: Image) -> Thing:
    """What lies on the moving image's place, on the grid of `onto`, which lies on the fixed one's.

    Between voxels values run straight. Outside of what the moving image saw a voxel is not a number, and no region. An
    image carries the residual of the alignment, an outline its doubt. Raises Refusal if nothing of it is in view.
    """
    how = (_place(alignment, thing.affine, onto), displacement(alignment, onto))
    carry = _region if isinstance(thing, Region) else _image
    return cast(Thing, carry(thing, alignment, onto, how))  # type: ignore[arg-type]


def _image(image: Image, alignment: Alignment, onto: Image, how: tuple[Array, Array]) -> Image:
    """The image carried over, volume by volume."""
    whole = image.voxels.array
    volumes = whole if whole.ndim == 4 else whole[None]
    laid = [pulled(np.ascontiguousarray(v, np.float32), *how) for v in volumes]
    values = np.stack(laid) if whole.ndim == 4 else laid[0]
    seen = float(np.isfinite(values).mean())
    if seen == 0:
        raise Refusal("not_alike", "nothing of the image lies where the other one is", where=image.role)
    beyond = Flag("outside_view", f"{1 - seen:.0%} of the grid lies outside of what this image saw: missing there")
    return replace(
        image,
        voxels=Voxels.of(values),
        affine=onto.affine,
        residual_mm=float(np.hypot(image.residual_mm, alignment.residual_mm)),
        residual=_by_place(alignment, onto),
        flags=(*image.flags, *alignment.flags, *((beyond,) if seen < 1 else ())),
    )


def displacement(alignment: Alignment, onto: Image) -> Array:
    """The warp of an alignment on a grid (3, z, y, x), in voxels along its (z, y, x); nothing where there is none."""
    if alignment.warp is None:
        return np.broadcast_to(np.zeros((3, 1, 1, 1), np.float32), (3, *onto.shape))
    moved = _on(alignment.warp, onto)
    return np.tensordot(np.linalg.inv(np.asarray(onto.affine)[:3, :3]).astype(np.float32), moved, 1)


def points(alignment: Alignment, ours: Array) -> Array:
    """Where points (n, 3) of the fixed image, mm LPS, lie in the moving one."""
    moved = np.asarray(ours, float)
    if alignment.warp is not None:
        warp = alignment.warp
        index = np.linalg.solve(np.asarray(warp.affine), np.column_stack((moved, np.ones(len(moved)))).T)[:3]
        index = np.clip(index, 0, np.array(warp.shape)[:, None] - 1)
        moved = moved + np.column_stack([_between(part, index) for part in warp.voxels.array])
    back = np.linalg.inv(np.asarray(alignment.transform))
    return np.asarray(moved @ back[:3, :3].T + back[:3, 3])


def _between(values: Array, index: Array) -> Array:
    """Values (z, y, x) at places (3, n) between voxels, straight along each axis."""
    low = np.minimum(index.astype(int), np.maximum(np.array(values.shape)[:, None] - 2, 0))
    share = index - low
    out = np.zeros(index.shape[1])
    for corner in np.ndindex(2, 2, 2):
        weight = np.prod([share[k] if corner[k] else 1 - share[k] for k in range(3)], axis=0)
        at = tuple(np.minimum(low[k] + corner[k], values.shape[k] - 1) for k in range(3))
        out += weight * values[at]
    return out


def _place(alignment: Alignment, affine: Affine, onto: Image) -> Array:
    """P (3, 4): indices of `onto` to those of the moving grid."""
    back = np.linalg.inv(np.asarray(alignment.transform))
    return np.ascontiguousarray((np.linalg.inv(np.asarray(affine)) @ back @ np.asarray(onto.affine))[:3])


def _on(image: Image, onto: Image) -> Array:
    """A field or a map (…, z, y, x) on another grid; beyond its edge the last value goes on."""
    array = np.asarray(image.voxels.array, np.float32)
    parts = array if array.ndim == 4 else array[None]
    place = np.linalg.inv(np.asarray(image.affine)) @ np.asarray(onto.affine)
    if not _along(place, image.shape, onto.shape):
        wide = [np.pad(p, 1, mode="edge") for p in parts]
        place = place.copy()
        place[:3, 3] += 1
        still = np.broadcast_to(np.zeros((3, 1, 1, 1), np.float32), (3, *onto.shape))
        laid = [pulled(p, np.ascontiguousarray(place[:3]), still) for p in wide]
        values = np.stack([np.nan_to_num(v, nan=0.0) for v in laid])
    else:
        coarse, fine = [1.0] * 3, [float(place[k, k]) for k in range(3)]
        values = np.stack([spread(p, onto.shape, coarse, fine) for p in parts])
    return values if array.ndim == 4 else values[0]


def _along(place: Array, coarse: tuple[int, ...], fine: tuple[int, ...]) -> bool:
    """Whether two grids run along each other from one edge, the second in steps that fit into the first."""
    steps = np.diag(place)[:3]
    straight = np.allclose(place[:3, :3], np.diag(steps), atol=1e-6) and (steps > 0).all() and (steps <= 1).all()
    return bool(straight and np.allclose(place[:3, 3], (steps - 1) / 2, atol=1e-4) and len(coarse) == len(fine))


def _by_place(alignment: Alignment, onto: Image) -> Voxels | None:
    return None if alignment.residual is None else Voxels.of(_on(alignment.residual, onto))


def _region(region: Region, alignment: Alignment, onto: Image, how: tuple[Array, Array]) -> Region:
    """The outline carried over: a voxel belongs to it from one half on."""
    share = pulled(np.ascontiguousarray(region.mask.array, np.float32), *how, outside=0.0)
    mask = share >= HALF
    if region.voxel_count and not mask.any():
        raise Refusal("empty_region", f"nothing of {region.name} lies on the other image", expected="a shared view")
    doubt = alignment.residual_mm
    if alignment.residual is not None and mask.any():
        doubt = float(np.sqrt(np.mean(_on(alignment.residual, onto)[mask] ** 2)))
    carried = Flag("carried_over", f"the outline was drawn on {alignment.day or 'another image'} and carried over")
    return replace(
        region,
        mask=Voxels.of(mask),
        affine=onto.affine,
        edge_mm=float(np.hypot(region.edge_mm, doubt)),
        flags=(*region.flags, *alignment.flags, carried),
        series=onto.text("series_uid"),
    )
