"""Studies of one patient that lie close in time, as one visit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta

from vivomap.acquire.nifti.masks import on_image
from vivomap.core import Flag, Image, Region, Studies, Study, Voxels

WEEK = timedelta(days=7)


def ordered(studies: Iterable[Study]) -> tuple[Study, ...]:
    """By patient, then day; those without a day last."""
    return tuple(sorted(studies, key=lambda s: (s.patient, s.day or date.max, s.uid)))


def visits(studies: Studies | Iterable[Study], window_days: int = 0) -> tuple[Study, ...]:
    """One Study per visit: studies of a patient at most `window_days` after the first of them; undated stand alone.

    The visit's day is that of its first study; every image keeps its own. Images more than a week from that day say so.
    """
    groups: list[list[Study]] = []
    for study in ordered(studies):
        last = groups[-1][0] if groups else None
        near = last and last.patient == study.patient and last.day and study.day
        if near and last and last.day and study.day and study.day - last.day <= timedelta(days=window_days):
            groups[-1].append(study)
        else:
            groups.append([study])
    return tuple(_visit(group) for group in groups)


def _visit(group: Sequence[Study]) -> Study:
    first = group[0]
    images = tuple(_dated(i, first.day) for s in group for i in s.images)
    days = sorted(i.day for i in images if i.day)
    apart: tuple[Flag, ...] = ()
    if days and days[-1] - days[0] > WEEK:
        reason = f"images of this visit lie {(days[-1] - days[0]).days} days apart, from {days[0]} to {days[-1]}"
        apart = (Flag("images_far_apart", reason),)
    return replace(
        first,
        images=images,
        regions=tuple(_laid(r, images) if len(group) > 1 else r for s in group for r in s.regions),
        facts=tuple(f for s in group for f in s.facts),
        searched=tuple(dict.fromkeys(w for s in group for w in s.searched)),
        alignments=tuple(a for s in group for a in s.alignments),
        matches=tuple(m for s in group for m in s.matches),
        held=tuple(h for s in group for h in s.held),
        uid=tuple(u for s in group for u in s.uid),
        flags=tuple(dict.fromkeys((*(f for s in group for f in s.flags), *apart))),
    )


def _laid(region: Region, images: Sequence[Image]) -> Region:
    """A region that was kept on its own grid, on the image of another study of the visit where it fits one."""
    if not any(f.code == "own_grid" for f in region.flags):
        return region
    mask, affine, apart = on_image(region.mask.array, region.affine, images)
    flags = tuple(f for f in region.flags if f.code != "own_grid")
    return region if apart else replace(region, mask=Voxels.of(mask), affine=affine, flags=flags)


def _dated(image: Image, day: date | None) -> Image:
    if image.day is None or day is None or abs(image.day - day) <= WEEK:
        return image
    far = Flag("images_far_apart", f"acquired {image.day}, {abs((image.day - day).days)} days from the visit of {day}")
    return replace(image, flags=(*image.flags, far))
