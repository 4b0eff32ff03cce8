"""Nodules by blob detection: in the lung on CT, or darker or brighter ones inside of a region such as the liver.

The score is contrast over noise times roundness (maths/blobs.py); vessels are long and their branches uneven, so they
score low. What it cannot see: ground glass below `LUNG_HU`, and nodules wider than `RADII`.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from vivomap.acquire.propose.candidate import Candidate, middle_of, round_region
from vivomap.acquire.propose.lung import lungs
from vivomap.core import Image, Region, same_grid
from vivomap.core.errors import Refusal
from vivomap.maths.blobs import Blob, blobs
from vivomap.maths.sampling import noise

RADII = (2.5, 3.2, 4.2, 5.5, 7.0, 9.0, 12.0)  # mm; project
LUNG_HU = 250.0  # above the lung around it; project
FEWEST_NOISE = 1.0  # noise sd of the smoothed contrast; project
SURE_LUNG, SURE_INSIDE = 0.75, 0.95  # scores below which a proposal is not shown; project, from the phantoms
ROUND = 0.3  # project: of tubes it is near 0, of balls 1
MOST = 40  # proposals of one scan; project


def lung_nodules(ct: Image) -> tuple[Candidate, ...]:
    """Proposals for the lungs of a CT, the surest first. Raises Refusal `organ_not_found` or `wrong_unit`."""
    _able(ct)
    where = lungs(ct)
    values = np.clip(ct.voxels.array.astype(np.float32), -1000, 100)  # bone is no brighter than a nodule
    found = blobs(values, ct.spacing_mm, RADII, (LUNG_HU, ROUND), where)
    return _sure((_told(ct, blob, "lung", 1.0, LUNG_HU) for blob in found), SURE_LUNG)


def nodules_inside(ct: Image, inside: Region, bright: bool = False) -> tuple[Candidate, ...]:
    """Proposals inside of a region, darker than it or brighter. Raises Refusal `other_grid` or `empty_region`."""
    _able(ct)
    if not same_grid(ct, inside):
        raise Refusal("other_grid", f"{inside.name} and the image lie on different grids")
    mask = inside.mask.array
    if not mask.any():
        raise Refusal("empty_region", f"{inside.name} has no voxels to look in")
    sign = 1.0 if bright else -1.0
    usual = float(np.median(ct.voxels.array[mask]))
    flat = sign * (np.where(mask, ct.voxels.array, usual) - usual)
    least = FEWEST_NOISE * noise(ct.voxels.array, mask)
    found = blobs(np.maximum(flat, -3 * least), ct.spacing_mm, RADII, (least, ROUND), _inner(mask, ct))
    return _sure((_told(ct, blob, inside.name, sign, least) for blob in found), SURE_INSIDE)


def _sure(found: Iterable[Candidate], least: float) -> tuple[Candidate, ...]:
    return tuple(sorted((c for c in found if c.score >= least), key=lambda c: (-c.score, c.at))[:MOST])


def _able(ct: Image) -> None:
    ct.trusted("region", "volume", "mm")
    if ct.role != "ct":
        raise Refusal("wrong_unit", "nodules are looked for on CT", found=ct.role, expected="ct")


def _inner(mask: NDArray[np.bool_], ct: Image) -> NDArray[np.bool_]:
    """The region less a rim of 3 mm, where its neighbours shine in."""
    return np.asarray(ndimage.distance_transform_edt(mask, ct.spacing_mm) > 3.0)


def _told(ct: Image, blob: Blob, where: str, sign: float, least: float) -> Candidate:
    at = middle_of(ct, blob.at)
    score = blob.contrast / least * blob.roundness
    kind = "brighter" if sign > 0 else "darker"
    reason = f"round ({blob.roundness:.2f}), {blob.contrast:.0f} HU {kind} than what lies around it, in the {where}"
    region = round_region(ct, at, blob.radius, "nodule")
    return Candidate("nodule", float(score), reason, at, 2 * blob.radius, region)
