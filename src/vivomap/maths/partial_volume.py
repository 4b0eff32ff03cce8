"""Partial volume: what a blurred image of known regions would have been without the spill from one to another.

With h the blur, R_i the regions and W_ij the mean over R_i of h ⊗ R_j, the geometric transfer matrix (Rousset) gives
the means of the regions, W t = means seen; the iterative Yang correction gives every voxel,

    image ← seen · s / (h ⊗ s)          s = Σ t_i R_i, t_i the means of the image over R_i

Deconvolution without regions was tried and left out: it overshoots at edges and makes noise larger.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vivomap.core import Refusal
from vivomap.core.image import Array
from vivomap.maths.blur import Spacing, blurred

ROUNDS = 10  # project: of Yang's iteration; the means have settled before


def transfer(regions: Sequence[Array], spacing: Spacing, fwhm: float) -> Array:
    """W (region seen, region that spills): the mean over each region of what spills into it."""
    spilled = [blurred(r.astype(float), spacing, fwhm) for r in regions]
    return np.array([[float(s[r].mean()) for s in spilled] for r in regions])


def true_means(seen: Array, regions: Sequence[Array], spacing: Spacing, fwhm: float) -> Array:
    """The mean of each region without spill. Raises Refusal if a region is empty or too small to be told apart."""
    if not all(r.any() for r in regions):
        raise Refusal("empty_region", "a region of the partial-volume correction has no voxels")
    matrix = transfer(regions, spacing, fwhm)
    if np.linalg.cond(matrix) > 1e3:
        raise Refusal("too_few_voxels", "a region is too small for the blur of the scanner", found=f"FWHM {fwhm:g} mm")
    return np.asarray(np.linalg.solve(matrix, [float(seen[r].mean()) for r in regions]))


def yang(seen: Array, regions: Sequence[Array], spacing: Spacing, fwhm: float) -> Array:
    """Every voxel without the spill between regions, which fill the volume (z, y, x)."""
    found = np.asarray(seen, float)
    for _ in range(ROUNDS):
        made = np.zeros(found.shape)
        for region in regions:
            made[region] = max(float(found[region].mean()), 0.0)
        around = blurred(made, spacing, fwhm)
        found = seen * np.where(around > 0, made / np.where(around > 0, around, 1.0), 1.0)
    return found
