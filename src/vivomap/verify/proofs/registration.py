"""Alignments of bodies whose every point is known after they moved: how far off, and how well that is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from vivomap.acquire.align import align, points
from vivomap.acquire.phantom.warp import Body, Motion, inside, moved
from vivomap.core import Alignment
from vivomap.verify.proof import Given, Proof

TURNED = Motion(turn=(6.0, -4.0, 5.0), shift=(7.0, -5.0, 4.0))
STRETCHED = replace(TURNED, stretch=(1.03, 0.97, 1.02))
WARPED = Motion(turn=(2.0, 1.0, 0.0), shift=(3.0, -2.0, 1.0), wave_mm=1.2)
CT = Body(noise=6.0)
SOURCE = "vivomap.acquire.phantom.warp: the place of each point is known; AAPM TG-132 (what a registration must say)"


def attempted(motion: Motion, kind: str, how: tuple[int, float], other: bool = False) -> tuple[Alignment, float]:
    """The alignment of one phantom at a seed and a noise, and its true root mean square distance over the body, mm."""
    seed, noise = how
    body, motion = replace(CT, seed=seed), replace(motion, seed=seed)
    found = align(*moved(body, motion, noise, other), kind)
    place = body.points()[inside(body)]
    apart = points(found, place) - motion.done(place)
    return found, float(np.sqrt(np.mean(np.sum(apart**2, axis=1))))


def rigid(seed: int, noise: float) -> Given:
    """How far off a rigid alignment is."""
    return Given(0.0, attempted(TURNED, "rigid", (seed, noise))[1])


def affine(seed: int, noise: float) -> Given:
    """How far off an affine alignment is."""
    return Given(0.0, attempted(STRETCHED, "affine", (seed, noise))[1])


def between_kinds(seed: int, noise: float) -> Given:
    """How far off a rigid alignment of two kinds of image is."""
    return Given(0.0, attempted(TURNED, "rigid", (seed, noise), other=True)[1])


def deformable(seed: int, noise: float) -> Given:
    """How far off a warp is."""
    return Given(0.0, attempted(WARPED, "deformable", (seed, noise))[1])


def warp_between_kinds(seed: int, noise: float) -> Given:
    """How far off a warp between two kinds of image is."""
    return Given(0.0, attempted(WARPED, "deformable", (seed, noise), other=True)[1])


def stated(seed: int, noise: float) -> Given:
    """The stated residual of a warp over the true one."""
    found, true = attempted(WARPED, "deformable", (seed, noise))
    return Given(1.0, found.residual_mm * float(np.sqrt(3)) / true)


def consistent(seed: int, noise: float) -> Given:
    """How far a point is from itself, there and back by two warps."""
    return Given(0.0, attempted(WARPED, "deformable", (seed, noise))[0].number("inverse_consistency_mm"))


RIGID = Proof("align_rigid", "registration", "mm", SOURCE, rigid, ceiling=0.1)
AFFINE = Proof("align_affine", "registration", "mm", SOURCE, affine, ceiling=0.1)
BETWEEN = Proof("align_rigid_two_kinds", "registration", "mm", SOURCE, between_kinds, ceiling=0.2)
WARP = Proof("align_deformable", "registration", "mm", SOURCE, deformable, ceiling=0.5)
WARP_BETWEEN = Proof("align_deformable_two_kinds", "registration", "mm", SOURCE, warp_between_kinds, ceiling=1.0)
STATED = Proof("align_residual", "registration", "1", SOURCE, stated, tolerance=0.2)
CONSISTENT = Proof("align_inverse", "registration", "mm", SOURCE, consistent, ceiling=1.0)
