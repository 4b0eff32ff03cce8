"""The nouns as `--json` prints them, one plain object each; `docs/reference/json.md` names every field."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from vivomap.core.codec import encode, identify
from vivomap.core.image import Flag, Image, Region, same_grid
from vivomap.core.study import Study


def plain(noun: Any) -> dict[str, Any]:
    """A noun's own fields."""
    return {k: v for k, v in encode(noun).items() if k != "$"}


def claim(said: Any) -> dict[str, Any]:
    """A claim's own fields, behind its id."""
    return {"id": identify(said), **plain(said)}


def volumes(study: Study) -> list[tuple[Image, Image, int | None]]:
    """Every volume of a study, the image that it is part of, and which frame of it (None for the only one)."""
    found: list[tuple[Image, Image, int | None]] = []
    for image in study.images:
        count = len(image.frames) if image.voxels.array.ndim > 3 else 1
        found += [(image.at(k), image, k if count > 1 else None) for k in range(count)]
    return found


def study(one: Study) -> dict[str, Any]:
    """A study with one entry for each of its volumes."""
    parts = volumes(one)
    return {
        "patient": one.patient,
        "date": one.day.isoformat() if one.day else None,
        "uids": list(one.uid),
        "flags": flags(one.flags),
        "images": [volume(*part) for part in parts],
        "regions": [region(r, [image for image, _, _ in parts]) for r in one.regions],
    }


def volume(one: Image, whole: Image, frame: int | None) -> dict[str, Any]:
    """One volume: array order is (z, y, x), places are mm in LPS."""
    return {
        "role": one.role,
        "modality": one.text("modality"),
        "unit": one.unit,
        "shape": list(one.shape),
        "spacing_mm": list(one.spacing_mm),
        "affine": [list(row) for row in one.affine],
        "sop_instance_uids": list(one.source),
        "flags": flags(one.flags),
        "refusals": [{**f, "denies": r.denies} for f, r in zip(flags(one.refusals), one.refusals, strict=True)],
        "day": one.day.isoformat() if one.day else None,
        "series_uid": one.text("series_uid"),
        "description": one.text("series_description"),
        "frame": None if frame is None else {"value": whole.frames[frame], "unit": whole.frame_unit},
    }


def region(one: Region, grids: Sequence[Image]) -> dict[str, Any]:
    """One region; `image` is the place of the first volume on its grid. A volume that is refused is null."""
    on = next((k for k, image in enumerate(grids) if same_grid(one, image)), None)
    return {
        "name": one.name,
        "image": on,
        "voxels": one.voxel_count,
        "volume_mm3": volume_mm3(one, grids),
        "finding": one.finding,
        "tracking": one.tracking,
        "flags": flags(one.flags),
    }


def volume_mm3(one: Region, images: Sequence[Image]) -> float | None:
    """Voxels times their volume; None where the outline, or the image on its grid, denies a volume."""
    on = next((image for image in images if same_grid(one, image)), None)
    told = (*one.flags, *(on.refusals if on is not None else ()))
    if any(flag.denies in ("region", "volume", "mm") for flag in told):
        return None
    return one.voxel_count * one.voxel_mm3


def sized(one: Region, images: Sequence[Image]) -> str:
    """How large a region is and where, for a person: its voxels, and where mm hold its volume and a point in it."""
    from vivomap.maths.solid import middle

    volume = volume_mm3(one, images)
    if volume is None:
        return f"{one.voxel_count} voxels, no volume"
    if not one.voxel_count:
        return "0 voxels, 0 mm3"
    place = ",".join(f"{v:.0f}" for v in middle(one.mask.array, one.affine))
    return f"{one.voxel_count} voxels, {volume:.0f} mm3, around {place} mm LPS"


def flags(told: Sequence[Flag]) -> list[dict[str, str]]:
    """Warnings as code and reason."""
    return [{"code": f.code, "reason": f.reason} for f in told]
