"""Lesions of white matter on FLAIR: brighter than tissue by several of its own spreads, round rather than a sheet.

With tissue at 1 and its spread d, a voxel stands z = (I - 1) / d above it. A proposal is what hangs together above
`LOW` (and above `STANDS_OUT`) and lies deeper than the cortex; its score is its highest z over `LOW`, times how full
it is of a ball as large. Where a T1 image on the same grid is given, a lesion must not be brighter than tissue there
(fat, blood and artefacts are).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from vivomap.acquire.propose.brain import Brain, brain
from vivomap.acquire.propose.candidate import Candidate, middle_of
from vivomap.core import Flag, Image, Refusal, Region, Voxels, same_grid

LOW = 1.5  # spreads above tissue; project
STANDS_OUT = 0.12  # of tissue: less is cortex, whatever the spread; project
CORTEX_MM = 4.0  # project: of depth below the surface of the brain
LEAST_MM3 = 15.0  # of a lesion that is proposed: a ball of 3 mm (project)
SMOOTH_MM = 0.8  # sd before the threshold; project
SURE = 1.35  # score below which a proposal is not shown; project, from the phantoms
MOST = 60
SHEET = 0.25  # of a ball's depth: thinner is cortex or a rim; project
SHRUNK = Flag("edge_by_threshold", "outlined by a threshold; its edge is taken to lie within half a voxel and the blur")


def white_matter_lesions(flair: Image, t1: Image | None = None) -> tuple[Candidate, ...]:
    """Proposals on a FLAIR image, the surest first. Raises Refusal `organ_not_found`, `other_grid` or `nan_voxels`."""
    able(flair)
    if t1 is not None and not same_grid(flair, t1):
        raise Refusal("other_grid", "T1 and FLAIR lie on different grids: lay the one on the other first")
    found = brain(flair)
    smooth = smoothed(found.values, flair)
    least = max(LOW * found.spread, STANDS_OUT)
    lit = (smooth - 1 >= least) & found.mask & (found.depth > CORTEX_MM)
    if t1 is not None:
        lit &= ~_bright(t1, found)
    made = []
    for part in parts(lit, flair):
        score = float(((smooth - 1)[part.mask].max()) / least) * part.fullness
        if score >= SURE:
            made.append(_told(flair, part, score, float(smooth[part.mask].mean())))
    return tuple(sorted(made, key=lambda c: (-c.score, c.at))[:MOST])


def able(flair: Image) -> None:
    """Raises Refusal if a FLAIR image cannot be looked at as one volume in mm."""
    flair.trusted("region", "volume", "mm")
    if flair.voxels.array.ndim != 3:
        raise Refusal(
            "several_volumes", "the image is a series of volumes, and one is looked at", expected="one volume"
        )
    if not np.isfinite(flair.voxels.array).all():
        raise Refusal("nan_voxels", "voxels of the image hold no number")


def smoothed(values: NDArray[np.float32], image: Image) -> NDArray[np.float32]:
    """Values smoothed a little, in mm."""
    sd = [SMOOTH_MM / step for step in image.spacing_mm]
    return np.asarray(ndimage.gaussian_filter(values, sd))


@dataclass(frozen=True, eq=False)
class Part:
    """Voxels that hang together: mask and box, middle (z, y, x), volume in mm3, how full of a ball they are."""

    mask: NDArray[np.bool_]
    box: tuple[slice, ...]
    middle: tuple[float, ...]
    volume: float
    fullness: float


def parts(lit: NDArray[np.bool_], image: Image) -> list[Part]:
    """What hangs together and is large and thick enough to be a lesion."""
    labels, _ = ndimage.label(lit)
    made = []
    for k, box in enumerate(ndimage.find_objects(labels), 1):
        own = labels[box] == k
        volume = float(np.count_nonzero(own)) * image.voxel_mm3
        if volume < LEAST_MM3:
            continue
        radius = (3 * volume / (4 * np.pi)) ** (1 / 3)
        deepest = ndimage.distance_transform_edt(np.pad(own, 1), image.spacing_mm).max()
        fullness = float(min(deepest / radius, 1.0))
        if fullness >= SHEET:
            mask = np.zeros(lit.shape, bool)
            mask[box] = own
            middle = tuple(float(c + b.start) for c, b in zip(ndimage.center_of_mass(own), box, strict=True))
            made.append(Part(mask, box, middle, volume, fullness))
    return made


def region_of(image: Image, part: Part, name: str) -> Region:
    """A part as a region; its edge is known to half a voxel."""
    edge = image.voxel_mm3 ** (1 / 3) / 2
    return Region(
        name,
        Voxels.of(part.mask),
        "lesion",
        "brain",
        image.affine,
        edge_mm=edge,
        flags=(SHRUNK,),
        series=image.text("series_uid"),
    )


def _bright(t1: Image, found: Brain) -> NDArray[np.bool_]:
    """Where T1 is brighter than nearly all tissue."""
    values = np.asarray(t1.voxels.array, float)
    inside = values[found.mask & (found.values > 0.8)]
    middle = float(np.median(inside))
    return np.asarray(values > middle + 4 * 1.4826 * float(np.median(np.abs(inside - middle))))


def _told(flair: Image, part: Part, score: float, mean: float) -> Candidate:
    diameter = 2 * (3 * part.volume / (4 * np.pi)) ** (1 / 3)
    reason = f"{100 * (mean - 1):.0f} % brighter than tissue, {part.volume:.0f} mm3 above the threshold"
    return Candidate(
        "white_matter_lesion", score, reason, middle_of(flair, part.middle), diameter, region_of(flair, part, "lesion")
    )
