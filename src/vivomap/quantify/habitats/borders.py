"""How far the share of a part may be wrong by where its borders to the other parts run.

    u² = (voxel sqrt(faces / 12))² + (b FWHM area)²          area = 2/3 of the faces' own

A column of voxels ends anywhere within its last step; and a blurred border lies off by a small part b of the blur.
"""

from __future__ import annotations

import numpy as np

from vivomap.core.image import Array
from vivomap.maths.blur import Spacing

BORDER = 0.02  # project: of the blur; tried on the phantom
CAUCHY = 2 / 3  # faces of voxels over-count a sloping border by 3/2


def border_doubt(labels: Array, held: Array, spacing: Spacing, fwhm: float) -> Array:
    """For each part (part,) the doubt of its share of the voxels under a mask (z, y, x); labels start at 0."""
    parts = int(labels.max()) + 1
    kind = np.full(held.shape, -1)
    kind[held] = labels
    voxel = float(np.prod(spacing))
    count, area = np.zeros(parts), np.zeros(parts)
    for axis in range(3):
        one, other = (np.take(kind, range(k, held.shape[axis] - 1 + k), axis) for k in (0, 1))
        border = (one != other) & (one >= 0) & (other >= 0)
        for side in (one, other):
            met = np.bincount(side[border], minlength=parts)
            count += met
            area += CAUCHY * met * voxel / spacing[axis]
    return np.asarray(np.hypot(voxel * np.sqrt(count / 12), BORDER * fwhm * area) / (held.sum() * voxel))
