"""The blur of a scanner as a Gaussian, in mm: laid on an image, or on one region of it without what lies around.

σ = FWHM / (2 sqrt(2 ln 2))          volume that one blurred value speaks for = (4 π σ²)^(3/2)
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from vivomap.core.image import Array

Spacing = tuple[float, float, float]
WIDTH = 2 * np.sqrt(2 * np.log(2))  # FWHM over σ
FAR = 4.0  # σ: where the kernel ends


def blurred(values: Array, spacing: Spacing, fwhm: float) -> Array:
    """Values (z, y, x) as a scanner of this FWHM (mm) shows them; the edges go on as they are."""
    sigma = [fwhm / WIDTH / step for step in spacing]
    return np.asarray(ndimage.gaussian_filter(np.asarray(values, float), sigma, mode="nearest", truncate=FAR))


def blurred_within(values: Array, mask: Array, spacing: Spacing, fwhm: float) -> Array:
    """The same inside a mask, where what lies outside it has no part: blur of the values over that of the mask."""
    if fwhm <= 0:
        return np.where(mask, values, 0.0)
    inside = np.where(mask, values, 0.0)
    weight = blurred(mask.astype(float), spacing, fwhm)
    return np.where(mask, blurred(inside, spacing, fwhm) / np.maximum(weight, 1e-9), 0.0)


def sharper(fwhm: float, of: float) -> float:
    """The blur that brings an image of FWHM `of` to `fwhm` (mm); 0 where it is no sharper."""
    return float(np.sqrt(max(fwhm**2 - of**2, 0.0)))


def resolved_mm3(fwhm: float, voxel_mm3: float) -> float:
    """The volume that one independent value speaks for: that of the blur, at least one voxel."""
    return max(float((4 * np.pi) ** 1.5 * (fwhm / WIDTH) ** 3), voxel_mm3)
