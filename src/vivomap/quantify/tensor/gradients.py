"""The directions of the diffusion gradients of a series, and the images that a tensor may be fitted to.

The door writes them as the setting `directions`: "x y z" for each image, parted by ";", unit vectors in patient space
(LPS), 0 0 0 where there was none.
"""

from __future__ import annotations

import numpy as np

from vivomap.core import Image, Refusal
from vivomap.core.image import Array

FEWEST_DIRECTIONS = 30  # methods A0, A5
HIGHEST_B = 1500.0  # s/mm2, project: above, the decay is no exponential (methods A5 asks for 700 to 1000)
LOWEST_B = 50.0  # s/mm2, project: below, a frame has no direction
MOST_MOTION_MM = 2.0  # methods A0
SAME = 0.999  # project: cosine of directions that count as one


def directions_of(dwi: Image) -> Array:
    """The directions of the frames, (frame, 3), unit vectors in LPS, 0 where none.

    Raises Refusal if the images do not say them.
    """
    said = dwi.text("directions")
    vectors = np.array([[float(v) for v in each.split()] for each in said.split(";")] if said else [], float)
    if vectors.shape != (len(dwi.frames), 3):
        found = f"{len(vectors)} directions for {len(dwi.frames)} images"
        raise Refusal("no_directions", "the directions of the diffusion gradients are not known", found=found)
    return vectors


def used_frames(dwi: Image) -> tuple[Array, Array, Array]:
    """Which frames a tensor is fitted to, with their b (s/mm2) and directions.

    Raises Refusal without directions or an unweighted image, with fewer than `FEWEST_DIRECTIONS`, or after motion.
    """
    b, vectors = np.array(dwi.frames, float), directions_of(dwi)
    length = np.linalg.norm(vectors, axis=1)
    kept = np.flatnonzero((b <= HIGHEST_B) & ((b < LOWEST_B) | (length > 0.5)))
    weighted = kept[b[kept] >= LOWEST_B]
    units = vectors[weighted] / length[weighted, None]
    known: list[Array] = []
    for unit in units:
        if all(abs(float(unit @ other)) < SAME for other in known):
            known.append(unit)
    if len(known) < FEWEST_DIRECTIONS or len(weighted) == len(kept):
        found = f"{len(known)} directions, {len(kept) - len(weighted)} images without weighting"
        least = f"{FEWEST_DIRECTIONS} directions and an image without"
        raise Refusal("few_directions", "a tensor needs more directions", found=found, expected=least)
    motion = dwi.setting("motion_mm")
    if isinstance(motion, float) and motion > MOST_MOTION_MM:
        raise Refusal("moved", "the patient moved during the series", found=f"{motion:.1f} mm", expected="2 mm or less")
    return kept, b[kept], np.where(length[kept, None] > 0.5, vectors[kept] / np.maximum(length[kept, None], 0.5), 0.0)
