"""The anatomy that a map is laid on: the slice of another image at the same place, in grey.

First an image on the map's own grid (the lowest b-value, the time before contrast), then one of the same frame of
reference (the CT of a PET-CT), sampled at the map's voxels; else the map itself in grey.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from vivomap.core import Image, same_grid
from vivomap.report.forms import Filed
from vivomap.report.grey import window_of
from vivomap.report.maps import Chart

ROLES = ("ct", "mr", "dce", "dwi", "echo")


def anatomy(chart: Chart, filed: Filed) -> Image:
    """The image that shows where the map lies."""
    frame = chart.image.text("frame_of_reference")
    images = [i for i in filed.assessment.study.images if i.role in ROLES and i.text("frame_of_reference") == frame]
    near = [i for i in images if same_grid(i, chart.image)]
    far = [i for i in images if not any(f.denies in ("region", "volume") for f in i.refusals)]
    found = next(iter(near or sorted(far, key=lambda i: ROLES.index(i.role))), chart.image)
    return found.at(int(np.argmin(found.frames))) if found.frames else found


def grey_slice(shown: Image, chart: Chart, k: int, site: str) -> NDArray[np.uint8]:
    """The grey (y, x) of an image at slice k of a map, 0 where the image has no voxel."""
    if same_grid(shown, chart.image):
        values = np.asarray(shown.voxels.array[k], float)
        within = np.isfinite(values)
    else:
        values, within = _sampled(shown, chart.image, k)
    known = np.where(within, values, np.min(values[within], initial=0.0))
    peak = float(np.max(known, initial=0.0))
    grey = window_of(shown, known, site, peak).grey(known)
    return np.where(within, grey, 0).astype(np.uint8)


def _sampled(shown: Image, grid: Image, k: int) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """An image at the voxel centres of slice k of another grid, linear between its voxels, and where it has any."""
    _, rows, columns = grid.shape
    y, x = np.mgrid[:rows, :columns]
    points = np.stack([np.full(y.size, k), y.ravel(), x.ravel(), np.ones(y.size)])
    index = (np.linalg.inv(np.asarray(shown.affine)) @ np.asarray(grid.affine) @ points)[:3]
    ends = np.array(shown.shape)[:, None] - 0.5
    within = np.all((index >= -0.5) & (index <= ends), axis=0).reshape(rows, columns)
    volume = shown.voxels.array
    low, high = int(np.floor(index[0].min())) - 1, int(np.ceil(index[0].max())) + 2
    first, last = np.clip((low, high), 0, shown.shape[0])
    if first >= last:
        return np.zeros((rows, columns)), np.zeros((rows, columns), bool)
    index[0] -= first
    values = ndimage.map_coordinates(np.asarray(volume[first:last], float), index, order=1, mode="nearest")
    return values.reshape(rows, columns), within
