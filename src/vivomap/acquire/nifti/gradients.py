"""The b-values and gradient directions that stand beside a diffusion series, as FSL and dcm2niix write them.

`STEM.bval` holds a b-value (s/mm2) for each image, `STEM.bvec` its direction along the voxel axes x, y, z, in which x
runs the other way where the axes of the file are right-handed (FSL's convention). Here they become the frames of the
series and the setting "directions": unit vectors in patient space (LPS), 0 0 0 for an image without weighting.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vivomap.acquire.nifti.sidecar import Sidecar, stem_of
from vivomap.core import Affine, Flag, Refusal

Array = NDArray[Any]
ROLE, UNIT = "dwi", "s/mm2"
LENGTH = 0.05  # project: how far the length of a direction may be from 1
WEIGHTED = 50.0  # s/mm2, project: below, an image needs no direction


def weighted(path: Path, told: Sidecar, affine: Affine) -> Sidecar:
    """What was said of a volume, with what its `.bval` and `.bvec` add; a sidecar's own frames go before them.

    Raises Refusal `bad_sidecar` if one of them cannot be read, or if they do not speak of the same images.
    """
    values, vectors = (path.with_name(f"{stem_of(path)}.{ending}") for ending in ("bval", "bvec"))
    if not values.is_file() or told.role not in (ROLE, ""):
        return told
    b = _numbers(values).ravel()
    frames = told.frames or tuple(float(v) for v in b)
    at_odds = bool(told.frames) and not np.array_equal(told.frames, b)
    reason = f"the sidecar and {values.name} say different b-values; the sidecar was taken"
    flags = (*told.flags, Flag("sidecar_conflict", reason)) if at_odds else told.flags
    settings = told.settings
    if vectors.is_file() and not at_odds:
        settings = (*settings, ("directions", _written(_in_patient(_directions(vectors, b), affine))))
    return replace(told, role=ROLE, frames=frames, frame_unit=UNIT, settings=settings, flags=flags)


def _numbers(path: Path) -> Array:
    try:
        numbers = [[float(word) for word in line.split()] for line in path.read_text("utf-8-sig").splitlines()]
        return np.array([line for line in numbers if line], float)
    except (OSError, ValueError) as broken:
        raise Refusal("bad_sidecar", "the numbers of a diffusion series cannot be read", where=str(path)) from broken


def _directions(path: Path, b: Array) -> Array:
    """The directions (image, 3) along the axes of the file; 0 where an image is not weighted."""
    found = _numbers(path)
    if found.shape == (3, b.size):
        found = found.T
    if found.shape != (b.size, 3):
        counted, expected = " x ".join(map(str, found.shape)), f"3 x {b.size}, as there are b-values"
        summary = "directions and b-values are not as many"
        raise Refusal("bad_sidecar", summary, where=str(path), found=counted, expected=expected)
    found = np.where(b[:, None] < WEIGHTED, 0.0, found)
    lengths = np.linalg.norm(found, axis=1)
    wrong = (b >= WEIGHTED) & ~(np.abs(lengths - 1) <= LENGTH)
    if wrong.any():
        of = f"{lengths[wrong][0]:.3g} for the image {int(np.flatnonzero(wrong)[0]) + 1}"
        raise Refusal("bad_sidecar", "a direction is no unit vector", where=str(path), found=of, expected="length 1")
    return np.asarray(found / np.maximum(lengths, LENGTH)[:, None])


def _in_patient(along: Array, affine: Affine) -> Array:
    """Directions (image, 3) along the axes x, y, z of the file as directions in LPS."""
    steps = np.asarray(affine, float)[:3, 2::-1]  # columns x, y, z
    axes = steps / np.linalg.norm(steps, axis=0)
    if np.linalg.det(axes) > 0:  # LPS and RAS are turned into each other: handedness is the same in both
        along = along * (-1.0, 1.0, 1.0)
    return np.asarray(along @ axes.T)


def _written(vectors: Array) -> str:
    return ";".join(" ".join(f"{v:.8g}" for v in vector + 0.0) for vector in vectors)
