"""How a voxel stands out of its neighbours: coarseness, contrast, busyness, complexity and strength (NGTDM).

With n_i voxels of level i that have neighbours, their share p_i, and s_i the sum of |i - mean of its neighbours|.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from vivomap.core.image import Array

COARSEST = 1e6  # IBSI: where no voxel differs from its neighbours


class Tones(NamedTuple):
    """The five numbers, in the order of the IBSI manual."""

    coarseness: float
    contrast: float
    busyness: float
    complexity: float
    strength: float


def tones(found: Array, apart: Array) -> Tones:
    """The numbers of one table: `found` holds n_i and `apart` s_i, index 0 is level 1; one voxel has neighbours."""
    here = np.flatnonzero(found)
    level, count = here + 1.0, float(found.sum())
    p, s = found[here] / count, apart[here]
    weighted, total = float(p @ s), float(s.sum())
    gap = np.abs(np.subtract.outer(level, level))
    either = np.add.outer(p, p)
    several = len(here)
    spread = float((np.outer(p, p) * gap**2).sum()) / max(several * (several - 1), 1)
    uneven = float(np.abs(np.subtract.outer(level * p, level * p)).sum())
    return Tones(
        1 / weighted if weighted > 0 else COARSEST,
        spread * total / count,
        weighted / uneven if uneven > 0 else 0.0,
        float((gap * np.add.outer(p * s, p * s) / either).sum()) / count,
        float((either * gap**2).sum()) / total if total > 0 else 0.0,
    )
