"""Which slices are shown: for each lesion the slice of its largest section, earlier visit beside the later one.

The image is the one that the lesion's number was read from; a lesion that has gone is shown where it lay, only where
both visits share a frame of reference or were aligned.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vivomap.core import Assessment, Image, Measurement, Refusal, Region, Study, Voxels, same_grid
from vivomap.report.story import Story
from vivomap.report.words import day

ROLES = ("ct", "suv", "mr", "adc", "dce", "dwi", "us", "nm", "cine", "echo", "activity", "map")
MOST_PAIRS = 6  # project: pictures for so many lesions and images; the page says how many more there are


@dataclass(frozen=True)
class View:
    """One picture to draw: an image at a slice and frame, its lesion, and the earlier region where both are aligned."""

    lesion: str
    visit: Assessment
    image: Image
    region: Region
    slice_: int
    frame: int | None
    earlier: Region | None = None
    to_earlier: tuple[tuple[float, ...], ...] | None = None  # 4 × 4, our mm to the earlier visit's mm
    residual_mm: float = 0.0

    def pixels(self) -> NDArray[np.generic]:
        """The slice (y, x)."""
        array = self.image.voxels.array
        volume = array if self.frame is None else array[self.frame]
        return np.asarray(volume[self.slice_])

    @property
    def empty(self) -> bool:
        """Whether the lesion was looked for at this visit and not seen."""
        return self.region.voxel_count == 0


@dataclass(frozen=True)
class Pair:
    """A lesion on one kind of image: the earlier view, where there is one, and the later; or why there is none."""

    lesion: str
    views: tuple[View, ...]
    note: str = ""


def pairs(story: Story, first: tuple[str, ...]) -> tuple[Pair, ...]:
    """The pairs that can be drawn and the notes on those that cannot, the lesions named first in front."""
    lesions = [*dict.fromkeys((*first, *story.marks))]
    wanted = [(lesion, role) for lesion in lesions for role in _roles(story, lesion)]
    found = [_pair(story, lesion, role) for lesion, role in wanted]
    return tuple(pair for pair in found if pair.views or pair.note)


def _roles(story: Story, lesion: str) -> list[str]:
    """The roles of images that a lesion's numbers were read from; any role that shows it where none is known."""
    said = [
        claim.provenance.text("role")
        for visit in reversed(story.visits)
        for claim in visit.claims
        if isinstance(claim, Measurement) and claim.region == lesion
    ]
    roles = [role for role in dict.fromkeys(said) if role in ROLES]
    return sorted(roles, key=ROLES.index) or [""]


def _pair(story: Story, lesion: str, role: str) -> Pair:
    before, now = _reference(story, lesion), story.assessment
    note = ""
    views: list[View] = []
    for visit in (before, now):
        if visit is None:
            continue
        try:
            view = _of_visit(visit, lesion, role, views[0] if views else None)
        except Refusal as refusal:
            note = f"visit of {day(visit.study.day)}: {refusal.summary} ({refusal.code})"
            continue
        views += [view] if view else []
    return Pair(lesion, tuple(views), note)


def _of_visit(visit: Assessment, lesion: str, role: str, earlier: View | None) -> View | None:
    """The view of a lesion at one visit, or None where that visit does not show it."""
    seen = _seen(visit.study, lesion, role or (earlier.image.role if earlier else ""))
    if seen and earlier is None:
        return _view(visit, lesion, *seen) if seen[1].voxel_count else None
    if earlier is None:
        return None
    seen = seen or _undrawn(visit.study, earlier)
    return _later(visit, lesion, seen, earlier) if seen else None


def _reference(story: Story, lesion: str) -> Assessment | None:
    """The visit that this lesion's change is counted from; else the one before."""
    befores = {c.before for c in story.changes if c.region == lesion}
    counted = (v for v in story.history if befores & {c for c in v.claims if isinstance(c, Measurement)})
    return next(counted, story.history[-1] if story.history else None)


def _seen(study: Study, lesion: str, role: str) -> tuple[Image, Region] | None:
    """The image and region that show a lesion, in a role where one is asked for."""
    found = [
        (image, region)
        for region in study.regions
        if lesion in (region.lesion, "" if region.lesion else region.name)
        for image in study.images
        if image.role in ROLES and role in ("", image.role) and same_grid(image, region)
    ]
    return min(found, key=lambda f: (not f[1].voxel_count, ROLES.index(f[0].role)), default=None)


def _undrawn(study: Study, earlier: View) -> tuple[Image, Region] | None:
    """The image of a visit on which a lesion is no longer drawn, with an empty region."""
    image = study.image(earlier.image.role)
    if image is None:
        return None
    nothing = Voxels.of(np.broadcast_to(np.False_, image.shape))
    return image, replace(earlier.region, mask=nothing, affine=image.affine)


def _later(visit: Assessment, lesion: str, seen: tuple[Image, Region], earlier: View) -> View | None:
    """A later view, with the earlier outline where both are placed; None where it has gone and they are not."""
    image, region = seen
    placed = _placed(visit.study, image, earlier)
    if region.voxel_count:
        view = _view(visit, lesion, image, region)
    elif placed:
        ours = np.linalg.inv(np.asarray(placed[0])) @ _centre(earlier)
        index = (np.linalg.inv(np.asarray(image.affine)) @ ours)[0]
        view = View(lesion, visit, image, region, int(np.clip(round(index), 0, image.shape[0] - 1)), _frame(image))
    else:
        return None
    if placed is None:
        return view
    return replace(view, earlier=earlier.region, to_earlier=placed[0], residual_mm=placed[1])


def _placed(study: Study, image: Image, earlier: View) -> tuple[tuple[tuple[float, ...], ...], float] | None:
    """Our mm to the earlier visit's mm, with its residual: by an alignment, or by a shared frame of reference."""
    days = (earlier.image.day, earlier.visit.study.day)
    for alignment in study.alignments:
        if alignment.day in days:
            inverse = np.linalg.inv(np.asarray(alignment.transform, float))
            return tuple(tuple(float(v) for v in row) for row in inverse), alignment.residual_mm
    shared = image.text("frame_of_reference")
    if shared and shared == earlier.image.text("frame_of_reference"):
        return tuple(tuple(float(v) for v in row) for row in np.eye(4)), 0.0
    return None


def _view(visit: Assessment, lesion: str, image: Image, region: Region) -> View:
    sections = region.mask.array.reshape(region.mask.array.shape[0], -1).sum(axis=1)
    return View(lesion, visit, image, region, int(np.argmax(sections)), _frame(image))


def _frame(image: Image) -> int | None:
    """The middle frame of a series of volumes."""
    array = image.voxels.array
    return array.shape[0] // 2 if array.ndim == 4 else None


def _centre(view: View) -> NDArray[np.float64]:
    """Where a lesion lies, mm (x, y, z, 1)."""
    inside = np.argwhere(view.region.mask.array).mean(axis=0)
    return np.asarray(np.asarray(view.region.affine) @ np.append(inside, 1.0))
