"""What a spectroscopy voxel holds: grey matter, white matter and fluid, from regions drawn in its frame of reference.

The box is sampled at points; the share of each kind is that of the points that lie in its region.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from vivomap.core import Image, Region, Study
from vivomap.core.image import Array

KINDS = {"grey_matter": "grey_fraction", "white_matter": "white_fraction", "csf": "fluid_fraction"}
POINTS = 24  # along each edge
LEAST = 0.95  # project: of the box that the three kinds must fill together


def filled(study: Study) -> Study:
    """The study with the fractions of each spectrum's voxel, where all three kinds are drawn on images of its frame."""
    return replace(study, images=tuple(_filled(i, study) if i.role == "mrs" else i for i in study.images))


def _filled(image: Image, study: Study) -> Image:
    frame = image.text("frame_of_reference")
    there = {i.affine for i in study.images if i.text("frame_of_reference") == frame}
    drawn = {k: [r for r in study.regions if k in (r.finding, r.name) and r.affine in there] for k in KINDS}
    if image.setting("grey_fraction") is not None or not all(drawn.values()) or image.shape != (1, 1, 1):
        return image
    shares = {KINDS[kind]: share(image, regions[0]) for kind, regions in drawn.items()}
    total = sum(shares.values())
    if total < LEAST:
        return image
    return replace(image, settings=(*image.settings, *((name, value / total) for name, value in shares.items())))


def share(image: Image, region: Region) -> float:
    """The share of a single voxel's box that lies in a region on another grid."""
    steps = (np.arange(POINTS) + 0.5) / POINTS - 0.5
    inside = np.stack([*np.meshgrid(steps, steps, steps, indexing="ij"), np.ones((POINTS,) * 3)]).reshape(4, -1)
    to_grid: Array = np.linalg.inv(np.asarray(region.affine)) @ np.asarray(image.affine)
    index = np.rint((to_grid @ inside)[:3]).astype(int)
    mask = region.mask.array
    within = np.all((index >= 0) & (index < np.array(mask.shape)[:, None]), axis=0)
    hit = mask[tuple(index[:, within])]
    return float(np.count_nonzero(hit)) / inside.shape[1]
