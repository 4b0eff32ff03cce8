"""The images of a visit laid on the grid of one of them, by where they lie in the patient: nothing is registered here.

PET is interpolated onto the finer grid of MR and keeps its blur; an image finer than the grid is blurred to the grid's
steps first. Only images in the same frame of reference are laid. A laid image names the objects that it came from, and
no series: it is not what the archive holds, and no outline may refer to it.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import ndimage

from vivomap.core import Image, Refusal, Region, Study, Voxels, same_grid
from vivomap.core.image import Affine, Array
from vivomap.maths.blur import WIDTH

HALF = 0.5  # share of a voxel from which it belongs to a region


def on_one_grid(study: Study, role: str) -> Study:
    """The visit with all its volumes and regions on the grid of its image in a role.

    What lies in another frame of reference, is a series, or is refused its place keeps its own grid. Raises Refusal
    `not_imaged` if the role is not there.
    """
    ground = study.image(role)
    if ground is None:
        raise Refusal(
            "not_imaged", f"the visit has no image in the role {role!r}", expected="the grid to lay others on"
        )
    if any(f.denies in ("region", "volume", "mm") for f in ground.refusals):
        flag = next(f for f in ground.refusals if f.denies in ("region", "volume", "mm"))
        raise Refusal(flag.code, flag.reason)
    images = tuple(i if same_grid(i, ground) or not _may(i, ground) else laid(i, ground) for i in study.images)
    regions = tuple(r for r in (_region(r, study, ground) for r in study.regions) if r is not None)
    return replace(study, images=images, regions=regions)


def _may(image: Image, ground: Image) -> bool:
    """Whether an image can be laid: one volume, trusted, in the same frame of reference."""
    named = image.text("frame_of_reference"), ground.text("frame_of_reference")
    return not image.frames and named[0] == named[1] and not any(f.denies in ("region", "mm") for f in image.refusals)


def laid(image: Image, ground: Image) -> Image:
    """One image on the grid of another; NaN where it does not reach."""
    values = np.asarray(image.voxels.array, float)
    steps, onto = np.array(image.spacing_mm), np.array(ground.spacing_mm)
    coarser = np.sqrt(np.maximum(onto**2 - steps**2, 0)) / steps / WIDTH
    if coarser.any():
        values = ndimage.gaussian_filter(values, coarser, mode="nearest")
    array = _interpolated(values, image.affine, ground)
    settings = tuple((k, v) for k, v in image.settings if k != "series_uid")
    said = (("laid_on", ground.role), ("laid_from", image.text("series_uid") or image.role))
    return replace(image, voxels=Voxels.of(array), affine=ground.affine, settings=(*settings, *said))


def _region(region: Region, study: Study, ground: Image) -> Region | None:
    """A region on the grid; None where the same lesion is drawn on that grid already."""
    if same_grid(region, ground):
        return region
    on = next((i for i in study.images if same_grid(i, region)), None)
    if on is None or not _may(on, ground):
        return region
    if any(same_grid(r, ground) and (r.lesion or r.name) == (region.lesion or region.name) for r in study.regions):
        return None
    share = _interpolated(np.asarray(region.mask.array, float), region.affine, ground)
    mask = np.nan_to_num(share) >= HALF
    return replace(region, mask=Voxels.of(mask), affine=ground.affine, series="")


def _interpolated(values: Array, affine: Affine, ground: Image) -> Array:
    """Values (z, y, x) at the places of a grid, trilinear; NaN beyond the outermost centres."""
    own, other = np.asarray(affine), np.asarray(ground.affine)
    turn = np.linalg.solve(own[:3, :3], other[:3, :3])
    start = np.linalg.solve(own[:3, :3], other[:3, 3] - own[:3, 3])
    found = ndimage.affine_transform(values, turn, start, ground.shape, order=1, mode="constant", cval=np.nan)
    return np.asarray(found)
