"""What segmentation gives: a region, and the chance of every voxel that it belongs to it."""

from __future__ import annotations

from dataclasses import dataclass

from vivomap.core import Image, Region


@dataclass(frozen=True)
class Segmented:
    """A region and, on its image's grid, the chance (0 to 1) that each voxel belongs to it."""

    region: Region
    chances: Image
