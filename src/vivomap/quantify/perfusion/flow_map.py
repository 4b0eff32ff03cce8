"""Maps of blood volume, flow and transit in absolute units: the same as for a region, from the curve of each voxel.

Noise makes the residue of one voxel stand too high or too low, and where no transit time fits it there is none. The
part of the bolus that has left is taken to be that of the brain's usual transit time.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from vivomap.core import Image, Region
from vivomap.core.image import Array
from vivomap.maths.deconvolution import deconvolve
from vivomap.quantify.perfusion.artery import KH, corrected, source_of
from vivomap.quantify.perfusion.series import parts

DENSITY = 1.04  # g/mL (from memory: the usual figure for brain)
SMOOTH = 0.02  # project: the oscillation limit where what is cut off is put back; 0.035 is that of the plain flow
PER_MINUTE = 6000 * KH / DENSITY
TYPICAL_S = 5.0  # project: where no transit time of the brain is told
AT_ONCE = 1 << 15  # voxels


class Voxelwise(NamedTuple):
    """The volume (1), flow (1/s) and transit (s) of every voxel of the brain, each with its relative doubt by noise."""

    volume: tuple[Array, Array]
    flow: tuple[Array, Array]
    transit: tuple[Array, Array]


@lru_cache(maxsize=1)
def _voxelwise(dsc: Image, artery: Region | None) -> Voxelwise:
    """Volume, flow and transit of every voxel; NaN where no transit time fits.

    Noise in the area and in the height is taken to be independent; a higher volume at a given height lengthens transit.
    """
    source = source_of(dsc, artery)
    series, total = source.series, float(source.series.shared.over @ source.input.curve)
    found = parts(series)
    area = found.area.astype(float) / total
    height, kept = np.empty(area.size), np.empty(area.size, int)
    for start in range(0, area.size, AT_ONCE):
        columns = np.arange(start, min(start + AT_ONCE, area.size))
        residue = deconvolve(np.ascontiguousarray(corrected(series, columns).T), source.parts, SMOOTH)
        height[columns], kept[columns] = residue.top, residue.kept
    filled = (area > 0) & (height > 0)
    transit = source.heights.transit(np.divide(height, area, out=np.zeros(area.size), where=filled), kept)
    usual = (
        float(np.nanmedian(transit)) if np.isfinite(transit).any() else TYPICAL_S
    )  # one voxel is too noisy for its own
    volume = area / source.heights.at(np.array(usual))
    of_area = np.divide(
        found.scatter * series.shared.spread(2) / total, area, out=np.full(area.size, np.nan), where=filled
    )
    gain = np.divide(found.scatter * source.parts.gains[kept - 1], height, out=np.full(area.size, np.nan), where=filled)
    of_transit = np.hypot(of_area, gain) / source.heights.steepness(transit, kept)
    return Voxelwise((volume, of_area), (volume / transit, np.hypot(of_area, of_transit)), (transit, of_transit))


def flow_map(dsc: Image, artery: Region | None, role: str) -> Image:
    """A map of the brain with the doubt of each voxel: "cbv", "cbf" or "mtt", NaN where no transit time fits."""
    series, found = source_of(dsc, artery).series, _voxelwise(dsc, artery)
    scale, unit, (values, relative) = {
        "cbv": (100 * KH, "mL/(100.mL)", found.volume),
        "cbf": (PER_MINUTE, "mL/min/(100.g)", found.flow),
        "mtt": (1.0, "s", found.transit),
    }[role]
    return series.chart(dsc, role, unit, (scale * values, np.abs(scale * values * relative)))
