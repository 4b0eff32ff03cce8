"""One image laid on another, or an earlier visit on this one, with the residual that is left.

`align` finds how; `resample` carries an image or an outline over; `points` carries single points.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from vivomap.acquire.align.deformable import in_mm, jacobian, warped
from vivomap.acquire.align.linear import FURTHEST_MM, SAME_MM, back, laid, told
from vivomap.acquire.align.pyramid import ALIKE, body, pyramid, volume
from vivomap.acquire.align.resampling import points, resample
from vivomap.acquire.align.residual import nearby, tried_again
from vivomap.core import Alignment, Image, Refusal, Settings, Voxels, affine_of
from vivomap.core.image import Array
from vivomap.maths.flow import Level
from vivomap.maths.laying import Laid

__all__ = ["KINDS", "align", "points", "resample"]

KINDS = ("rigid", "affine", "deformable")
FLOOR = 0.004  # of the finest step: what interpolation between voxels leaves, seen on phantoms; project


def align(fixed: Image, moving: Image, kind: str = "rigid") -> Alignment:
    """How the moving image lies on the fixed one: "rigid", "affine" or "deformable"; of a series the first volume.

    Images in one role whose greys mean the same (CT) are compared as they are; of all others the greys are learnt from
    what lies on what. Raises Refusal if they show nothing in common, or if the warp folds.
    """
    if kind not in KINDS:
        raise Refusal("bad_setting", "an alignment is of one of three kinds", found=kind, expected=", ".join(KINDS))
    levels, swapped = _both_ways(fixed, moving)
    there = laid(levels, "rigid" if kind == "rigid" else "affine")
    if kind == "deformable" and levels[0].greys is None:
        return _warp(moving, levels, there, swapped)
    inverse = _inverse_of_affine(levels, swapped, there, "rigid" if kind == "rigid" else "affine")
    if inverse > SAME_MM:
        there = there._replace(spread=float(np.hypot(there.spread, inverse)))
    if kind != "deformable":
        return _affine(moving, kind, levels, there, inverse)
    return _warp(moving, levels, there, swapped)


def _both_ways(fixed: Image, moving: Image) -> tuple[tuple[Level, ...], tuple[Level, ...]]:
    """The levels on which the moving image is laid on the fixed one, and those for the other way round."""
    ours, theirs = volume(fixed), volume(moving)
    alike = fixed.role == moving.role and fixed.role in ALIKE
    return pyramid(ours, theirs, alike), pyramid(theirs, ours, alike)


def _affine(moving: Image, kind: str, levels: tuple[Level, ...], there: Laid, inverse: float) -> Alignment:
    """An alignment without a warp; its doubt is known at every place."""
    finest = levels[-1]
    inside = body(finest)
    grid = np.argwhere(np.ones(finest.fixed.shape[:3], bool)[::4, ::4, ::4]) * 4
    doubt = np.linalg.norm(there.doubt(_mm(grid, finest.ground)), axis=1) / np.sqrt(3)
    doubt = np.hypot(doubt, FLOOR * min(finest.steps))
    within = inside[tuple(grid.T)]
    residual = float(np.sqrt(np.mean(doubt[within] ** 2))) if within.any() else float(np.sqrt(np.mean(doubt**2)))
    determinant = float(np.linalg.det(there.transform[:3, :3]))
    quality = _quality(levels, there.transform, residual, inverse, (determinant, determinant))
    return Alignment(moving.day, affine_of(np.linalg.inv(there.transform)), residual, kind, None, None, quality)


def _warp(moving: Image, levels: tuple[Level, ...], there: Laid, swapped: tuple[Level, ...]) -> Alignment:
    """An alignment with a warp, tried again for its residual and from the other side for its consistency."""
    finest = levels[-1]
    field = warped(levels, there.transform)
    inside = body(finest)
    growth = jacobian(field)[inside] * float(np.linalg.det(there.transform[:3, :3]))
    if growth.min() <= 0:
        raise Refusal(
            "folded",
            "the warp folds tissue over itself",
            found=f"{np.count_nonzero(growth <= 0)} voxels",
            expected="none",
            hint="align affinely, or a smaller part of the body",
        )
    low, high = float(growth.min()), float(growth.max())
    del growth
    around = nearby(tried_again(levels, there.transform, field), inside, finest)
    around = np.hypot(around, np.hypot(FLOOR * min(finest.steps), there.spread / np.sqrt(3))).astype(np.float32)
    residual = float(np.sqrt(np.mean(around[inside] ** 2)))
    grid = affine_of(finest.ground)
    warp = Image(
        "displacement", Voxels.of(in_mm(field, finest.ground)), "mm", grid, (0.0, 1.0, 2.0), "1", day=moving.day
    )
    made = Alignment(
        moving.day,
        affine_of(np.linalg.inv(there.transform)),
        residual,
        "deformable",
        warp,
        warp.like("residual", around, "mm"),
    )
    inverse = _inverse_of_warp(made, inside, finest, swapped)
    return replace(made, quality=_quality(levels, there.transform, residual, inverse, (low, high), field))


def _inverse_of_affine(levels: tuple[Level, ...], swapped: tuple[Level, ...], there: Laid, kind: str) -> float:
    """How far a point of ours is from itself, there and back by an alignment of its own; root mean square, mm."""
    place = _mm(np.argwhere(body(levels[0])), levels[0].ground)
    moved = _mapped(_mapped(place, there.transform), back(swapped, kind, there.transform))
    apart = float(np.sqrt(np.mean(np.sum((moved - place) ** 2, axis=1))))
    if apart > FURTHEST_MM:
        summary = "the two images lie elsewhere on each other when laid the other way round"
        raise Refusal("not_alike", summary, found=f"{apart:.0f} mm apart", expected=f"{FURTHEST_MM:g} mm at most")
    return apart


def _inverse_of_warp(made: Alignment, inside: Array, finest: Level, swapped: tuple[Level, ...]) -> float:
    """The same over the body, of a warp."""
    transform = np.linalg.inv(np.asarray(made.transform))
    back_transform = np.linalg.inv(transform)
    back = warped(swapped, back_transform)
    ground = swapped[-1].ground
    other = Image("displacement", Voxels.of(in_mm(back, ground)), "mm", affine_of(ground), (0.0, 1.0, 2.0), "1")
    whole = np.argwhere(inside)
    place = _mm(whole[:: max(1, len(whole) // 20000)], finest.ground)
    returned = points(Alignment(None, affine_of(transform), 0.0, warp=other), points(made, place))
    return float(np.sqrt(np.mean(np.sum((returned - place) ** 2, axis=1))))


def _quality(
    levels: tuple[Level, ...],
    transform: Array,
    residual: float,
    inverse: float,
    growth: tuple[float, float],
    field: Array | None = None,
) -> Settings:
    return (
        ("distance_mm", residual * float(np.sqrt(3))),
        ("inverse_consistency_mm", inverse),
        ("jacobian_low", growth[0]),
        ("jacobian_high", growth[1]),
        ("told_before", told(levels[-1], np.eye(4))),
        ("told", told(levels[-1], transform, field)),
    )


def _mm(index: Array, ground: Array) -> Array:
    return np.asarray(index @ ground[:3, :3].T + ground[:3, 3])


def _mapped(place: Array, transform: Array) -> Array:
    return np.asarray(place @ transform[:3, :3].T + transform[:3, 3])
