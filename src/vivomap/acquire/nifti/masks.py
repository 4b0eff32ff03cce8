"""A volume that a sidecar calls a region: its values become masks, on the grid of an image wherever they fit one.

A mask whose voxels fall on those of an image, in whatever order or crop its file holds them, is moved there voxel by
voxel; nothing is interpolated. A mask that fits none keeps its own grid.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from vivomap.acquire.nifti.sidecar import Sidecar
from vivomap.acquire.nifti.volume import Array, Volume
from vivomap.acquire.regions import grid, names
from vivomap.core import Affine, Flag, Image, Refusal, Region, Voxels

MOST_LABELS = 32  # project: an image of more whole values is a picture rather than a map of labels
DOUBTFUL = ("sidecar_conflict", "unknown_word")  # what a region keeps of the warnings of its sidecar
HALF = 0.5  # of a mask drawn as a fraction from 0 to 1


def region_of(
    volume: Volume, told: Sidecar, source: str, around: tuple[Sequence[Image], tuple[Flag, ...]]
) -> Iterator[Region]:
    """The regions of one mask file; `around` are the images of its visit, and what is denied to its grid.

    Raises Refusal if the file is a series, or has values that no name was given for.
    """
    if volume.array.ndim != 3:
        raise Refusal("labels_unnamed", "a mask is one volume, and this file is a series of them")
    images, denied = around
    for name, mask, soft in _masks(volume.array, told):
        if not name:
            raise Refusal("bad_sidecar", "a region without a name")
        laid, affine, moved = on_image(mask, volume.affine, images)
        doubtful = (f for f in told.flags if f.code in DOUBTFUL)
        known, site = names.finding_of(name), names.site_of(told.site, name)
        flags = (*volume.flags, *doubtful, *soft, *moved, *denied)
        yield Region(
            name,
            Voxels.of(laid),
            told.finding or known,
            told.site or site,
            affine,
            source=(source,),
            edge_mm=told.edge_mm,
            flags=flags,
        )


def _masks(values: Array, told: Sidecar) -> Iterator[tuple[str, NDArray[np.bool_], tuple[Flag, ...]]]:
    """Name and mask of each label that was named."""
    if not np.isfinite(values).all():
        raise Refusal("nan_voxels", "the mask has voxels that hold no number")
    present = np.unique(values)
    if any(value is not None for _, value in told.labels):
        unnamed = set(present.tolist()) - {0} - {value for _, value in told.labels}
        if unnamed:
            raise Refusal("labels_unnamed", "the mask has values without a name", found=str(sorted(unnamed)[:8]))
        for name, value in told.labels:
            yield name, values == value, ()
        return
    (name, _), *_ = told.labels
    if len(present[present != 0]) <= 1:
        yield name, values != 0, ()
    elif values.dtype.kind == "f" and present[0] >= 0 and present[-1] <= 1:
        reason = "drawn as a fraction; voxels from a half on were taken"
        yield name, values >= HALF, (Flag("fractional_segment", reason),)
    else:
        found = ", ".join(f"{v:g}" for v in present[:8])
        raise Refusal(
            "labels_unnamed", "the mask has several values and one name", found=found, expected="core=1; edema=2"
        )


def on_image(
    mask: NDArray[np.bool_], affine: Affine, images: Sequence[Image]
) -> tuple[NDArray[np.bool_], Affine, tuple[Flag, ...]]:
    """The mask on the first image whose voxels it fits and that holds all of it, else on its own grid."""
    for image in sorted(images, key=lambda i: i.shape != mask.shape):
        placing = grid.fit(affine, mask.shape, image)
        laid = grid.lay([(mask, placing)], image.shape) if placing else None
        if laid and not laid.outside:
            return laid.mask, image.affine, ()
    reason = "its voxels fall on those of no image of the visit; it was kept on its own grid"
    return mask, affine, (Flag("own_grid", reason),)


def is_label_image(values: Array) -> bool:
    """Whether a volume looks like labels: whole numbers from zero on, and few of them."""
    if values.ndim != 3 or values.size == 0 or values.min() < 0 or values.max() > np.iinfo(np.int32).max:
        return False
    if values.dtype.kind == "f" and not np.array_equal(values, np.rint(values)):
        return False
    present = np.unique(values)
    return 1 < len(present) <= MOST_LABELS and present[0] == 0
