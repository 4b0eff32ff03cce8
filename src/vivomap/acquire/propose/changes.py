"""What is new, has grown, or has shrunk between two visits: the difference of two images that lie on each other.

Both are brought to tissue at 1. With the noise n of the difference and the residual r of the alignment (mm; at least
`UNTOLD_MM`, since a head is not rigid), a voxel has changed by

    z = d / sqrt(n² + (r |gradient|)²)

so that an edge that is a little out of place is no change. A lesion is new where the earlier visit was tissue, grown
where it was bright already, shrunk where it is less bright now.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from vivomap.acquire.propose.brain import brain
from vivomap.acquire.propose.candidate import Candidate, middle_of
from vivomap.acquire.propose.white_matter import STANDS_OUT, Part, able, parts, region_of, smoothed
from vivomap.core import Image, Refusal, Voxels, same_grid

Floats = NDArray[np.float32]
SURE, EDGE = 4.5, 3.0  # standard deviations: what a change must reach, and how far it goes; project
LEAST = 0.08  # of tissue: a smaller change is none, however sure; project
UNTOLD_MM = 0.5  # what no one map of a whole head takes out: pulse, swelling, the scanner's bend; project
RIM_MM = 2.5  # of the surface of the brain, where the pulse and the skull shine in; project
BRIGHT = 0.2  # above tissue: a lesion, at the visit before; project
NOT_THERE = 0.05  # of a change and two voxels around it: where less was bright before, it is new; project
MOST = 60


def changed(earlier: Image, later: Image) -> tuple[Candidate, ...]:
    """Proposals for what has changed, the surest first; `earlier` lies on the grid of `later`.

    `earlier.residual_mm` is how far it may lie off. Raises Refusal `other_grid` or `organ_not_found`.
    """
    able(later)
    if not same_grid(earlier, later):
        raise Refusal("other_grid", "the visits lie on different grids: lay the earlier on the later first")
    seen = np.isfinite(earlier.voxels.array)  # of what the earlier visit did not show there is no change
    earlier = replace(earlier, voxels=Voxels.of(np.where(seen, earlier.voxels.array, 0.0)))
    able(earlier)
    before, now = brain(earlier), brain(later)
    inside = seen & before.mask & now.mask & (now.depth > RIM_MM) & (before.depth > RIM_MM)
    old, new = smoothed(before.values, earlier), smoothed(now.values, later)
    change = new - old
    inner = change[inside]
    change = change - float(np.median(inner))
    doubt = np.hypot(_noise(change, inside), _residual(earlier) * _slope(old, new, later))
    z = change / doubt
    return tuple(
        sorted(
            (
                candidate
                for sign in (1.0, -1.0)
                for candidate in _of_one_sign(sign, (z, change, inside), (old, new), later)
            ),
            key=lambda c: (-c.score, c.at),
        )[:MOST]
    )


def _residual(earlier: Image) -> Floats | float:
    """How far the earlier image may lie off, mm: voxel by voxel where that is known."""
    told = earlier.residual_mm if earlier.residual is None else np.asarray(earlier.residual.array)
    return np.hypot(told, UNTOLD_MM)


def _noise(change: Floats, inside: NDArray[np.bool_]) -> float:
    """The spread of the difference where nothing has changed, which is nearly everywhere."""
    inner = change[inside]
    return 1.4826 * float(np.median(np.abs(inner - np.median(inner))))


def _slope(old: Floats, new: Floats, image: Image) -> Floats:
    """The length of the gradient of both images' mean, per mm."""
    along = np.gradient((old + new) / 2, *image.spacing_mm)
    return np.asarray(np.sqrt(np.sum([np.square(g) for g in along], axis=0)))


def _of_one_sign(
    sign: float,
    seen: tuple[Floats, Floats, NDArray[np.bool_]],
    levels: tuple[Floats, Floats],
    later: Image,
) -> list[Candidate]:
    z, change, inside = seen
    bright = levels[1] if sign > 0 else levels[0]
    lit = (sign * z > EDGE) & (sign * change > LEAST) & inside & (bright > 1 + STANDS_OUT / 2)
    made = []
    for part in parts(lit, later):
        peak = float((sign * z)[part.mask].max())
        if peak >= SURE:
            made.append(_told(sign, part, peak * part.fullness, levels, later))
    return made


def _told(sign: float, part: Part, score: float, levels: tuple[Floats, Floats], later: Image) -> Candidate:
    box = tuple(slice(max(s.start - 2, 0), s.stop + 2) for s in part.box)
    around = ndimage.binary_dilation(part.mask[box], np.ones((3, 3, 3), bool), 2)
    old, new = levels[0][part.mask], levels[1][part.mask]
    was = float(np.count_nonzero(levels[0][box][around] > 1 + BRIGHT)) / np.count_nonzero(around)
    kind = "shrunk" if sign < 0 else "grown" if was > NOT_THERE else "new"
    before, now = float(old.mean()), float(new.mean())
    reason = f"{part.volume:.0f} mm3 from {100 * (before - 1):+.0f} to {100 * (now - 1):+.0f} % of tissue"
    diameter = 2 * (3 * part.volume / (4 * np.pi)) ** (1 / 3)
    return Candidate(kind, score, reason, middle_of(later, part.middle), diameter, region_of(later, part, "lesion"))
