"""Between the two ways to place a volume: ours (z, y, x) to mm LPS, and that of NIfTI, (x, y, z) to mm RAS.

Left and posterior are positive here, right and anterior there: the first two rows change their sign, and the
columns run the other way round.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vivomap.core import Affine, affine_of

SIGNS = np.diag([-1.0, -1.0, 1.0, 1.0])
ORDER = [2, 1, 0, 3]


def from_nifti(rows: NDArray[Any]) -> Affine:
    """A NIfTI affine as ours."""
    return affine_of((SIGNS @ np.asarray(rows, float))[:, ORDER] + 0.0)


def to_nifti(affine: Affine) -> NDArray[np.float64]:
    """Our affine as NIfTI writes it."""
    return np.asarray((SIGNS @ np.asarray(affine, float))[:, ORDER] + 0.0)
