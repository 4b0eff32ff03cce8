"""A proposal: something that may be a lesion, with its score and reason. It is no region until a person accepts it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from vivomap.acquire.regions import grid
from vivomap.acquire.segment import Click, segment
from vivomap.core import Image, Refusal, Region, Voxels

KINDS = ("nodule", "white_matter_lesion", "new", "grown", "shrunk")
AROUND = 3.0  # radii that are looked at to outline a proposal; project
ROUGH = "its outline is rough: the edge could not be told from its surroundings"
Point = tuple[float, float, float]


@dataclass(frozen=True)
class Candidate:
    """What was found: its kind, score (higher is surer), why, the middle (x, y, z, mm LPS), diameter, and outline."""

    kind: str
    score: float
    reason: str
    at: Point
    diameter_mm: float
    region: Region

    @property
    def millilitres(self) -> float:
        """The volume of its outline, mL."""
        return self.region.voxel_count * self.region.voxel_mm3 / 1000


def middle_of(image: Image, at: tuple[float, ...]) -> Point:
    """A place (z, y, x) in voxels as (x, y, z) in mm LPS."""
    x, y, z = (np.asarray(image.affine) @ (*at, 1.0))[:3]
    return float(x), float(y), float(z)


def round_region(image: Image, at: Point, radius: float, name: str) -> Region:
    """A ball as a region, for what is proposed by its middle and radius alone; its edge is known to half a radius."""
    z, y, x = grid.indices(np.array([at]), image.affine)[0]
    half = [int(np.ceil(radius / step)) + 1 for step in image.spacing_mm]
    box = tuple(slice(max(round(c) - h, 0), round(c) + h + 1) for c, h in zip((z, y, x), half, strict=True))
    mask = np.zeros(image.shape, bool)
    index = np.moveaxis(np.mgrid[box], 0, -1)
    rows = np.asarray(image.affine)
    apart = index @ rows[:3, :3].T + rows[:3, 3] - at
    mask[tuple(slice(s.start, min(s.stop, n)) for s, n in zip(box, image.shape, strict=True))] = (
        np.linalg.norm(apart, axis=-1) <= radius
    )[tuple(slice(0, min(s.stop, n) - s.start) for s, n in zip(box, image.shape, strict=True))]
    return Region(
        name, Voxels.of(mask), "lesion", "", image.affine, edge_mm=radius / 2, series=image.text("series_uid")
    )


def outline_of(image: Image, found: Candidate, name: str) -> Candidate:
    """The proposal with the outline that a click on its middle gives; a rough one where there is no edge."""
    reach = max(AROUND * found.diameter_mm / 2, 15.0)
    try:
        region = segment(image, Click(found.at, reach_mm=reach), name).region
    except Refusal as refusal:
        if refusal.code not in ("no_edge", "nan_voxels"):
            raise
        return replace(found, reason=f"{found.reason}; {ROUGH}")
    radius = (3 * region.voxel_count * region.voxel_mm3 / (4 * np.pi)) ** (1 / 3)
    if radius > 2 * found.diameter_mm:
        return replace(found, reason=f"{found.reason}; {ROUGH}")
    return replace(found, region=region)
