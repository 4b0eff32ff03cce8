"""The regions of a visit as label images: one for each grid, and one more where regions overlap."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from vivomap.core import Image, Region, Study, same_grid
from vivomap.core.image import Array

WIDE = 255  # labels that a byte holds


@dataclass(frozen=True)
class Layer:
    """Regions of one grid that do not overlap, in the order of their labels, from 1 on; `image` is what they lie on."""

    image: Image | None
    regions: tuple[Region, ...]

    @property
    def labels(self) -> Array:
        """The label of every voxel, (z, y, x); 0 is nothing."""
        kind = np.uint8 if len(self.regions) <= WIDE else np.uint16
        made = np.zeros(self.regions[0].mask.array.shape, kind)
        for index, region in enumerate(self.regions, 1):
            made[region.mask.array.astype(bool)] = index
        return made


def layers(study: Study) -> tuple[Layer, ...]:
    """The label images that hold every region with a voxel in it."""
    grids: list[list[Region]] = []
    for region in study.regions:
        if region.voxel_count:
            own = next((g for g in grids if same_grid(g[0], region)), None)
            grids.append([region]) if own is None else own.append(region)
    return tuple(layer for grid in grids for layer in _apart(grid, study.images))


def _apart(grid: list[Region], images: tuple[Image, ...]) -> Iterator[Layer]:
    """The regions of a grid, each in the first layer where its place is free."""
    image = next((i for i in images if same_grid(i, grid[0])), None)
    taken: list[tuple[Array, list[Region]]] = []
    for region in grid:
        mask = region.mask.array.astype(bool)
        for used, held in taken:
            if not (used & mask).any():
                used |= mask
                held.append(region)
                break
        else:
            taken.append((mask.copy(), [region]))
    return (Layer(image, tuple(held)) for _, held in taken)
