"""A segmented region on disk, as a mask with a JSON beside it that says whose it is and how surely its edge is known.

The mask and the JSON are read again like any other mask (`docs/how-to/regions.md`), with the doubt of the edge.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import numpy as np

from vivomap.acquire.nifti.sidecar import stem_of
from vivomap.acquire.regions import export
from vivomap.core import Image, Refusal, Region, Study, Voxels


def keep(region: Region, study: Study, path: Path, made: Mapping[str, str]) -> tuple[Path, Path]:
    """Write `NAME.nii.gz` and `NAME.json` beside it; `made` says how the region came about, in plain words.

    Raises Refusal `bad_setting` if the name is not that of a NIfTI file, `cannot_write` or `disk_full`.
    """
    export(region, path)
    told = {
        "patient": study.patient,
        "date": study.day.isoformat() if study.day else "",
        "region": region.name,
        "finding": region.finding,
        "site": region.site,
        "edge_mm": round(region.edge_mm, 4),
        "made": dict(made),
        "warnings": [{"code": flag.code, "reason": flag.reason} for flag in region.flags],
    }
    beside = path.with_name(f"{stem_of(path)}.json")
    part = beside.with_name(f".{os.getpid()}-{beside.name}")
    try:
        part.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        os.replace(part, beside)
    except OSError as broken:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise Refusal("cannot_write", f"the JSON cannot be written: {broken.strerror}", where=str(beside)) from broken
    return path, beside


def keep_chances(chances: Image, path: Path) -> None:
    """Write the chance of every voxel as NIfTI on the same grid, in percent. Raises Refusal as `keep` does."""
    percent = np.round(100 * chances.voxels.array).astype(np.uint8)
    export(Region("chance", Voxels.of(percent), affine=chances.affine), path)
