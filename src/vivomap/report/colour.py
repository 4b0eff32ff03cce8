"""The colours of a map: viridis, which rises evenly in lightness, so it also reads in grey and to colour-blind eyes.

Twenty points of the published table (S. van der Walt and N. Smith, 2015, CC0), linear in between.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

VIRIDIS = (
    "440154 481567 482677 453781 404788 39568c 33638d 2d708e 287d8e 238a8d 1f968b 20a387 29af7f 3cbb75 55c667 "
    "73d055 95d840 b8de29 dce319 fde725"
)
POINTS = np.array([[int(word[i : i + 2], 16) for i in (0, 2, 4)] for word in VIRIDIS.split()], float)


def coloured(values: NDArray[np.floating], low: float, high: float) -> NDArray[np.uint8]:
    """Values (…) as red, green and blue (…, 3); beyond an end the colour of that end, black where there is no value."""
    share = np.clip((np.asarray(values, float) - low) / (high - low), 0, 1)
    known = np.isfinite(share)
    place = np.where(known, share, 0) * (len(POINTS) - 1)
    colour = np.stack([np.interp(place, np.arange(len(POINTS)), POINTS[:, c]) for c in range(3)], axis=-1)
    return np.asarray(np.rint(np.where(known[..., None], colour, 0)), np.uint8)
