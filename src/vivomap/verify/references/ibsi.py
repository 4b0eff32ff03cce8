"""The digital phantom of IBSI 1: 5 × 4 × 4 voxels, for which many teams agreed on the value of every feature.

Its consensus table lists the features of a family in the order of the reference manual, and so do our codes. Tables
are merged over all directions in space. A value is published to three figures, and is compared so.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from vivomap.acquire import read as read_images
from vivomap.core import Refusal
from vivomap.core.image import Array
from vivomap.quantify.texture.families import CODES
from vivomap.quantify.texture.features import read
from vivomap.quantify.texture.processing import Processing, prepare
from vivomap.verify.published import Point, Reference

CARD = Processing("digital", "1", lowest=1.0, width=1.0, merged="3D_comb")
STEPS = (2.0, 2.0, 2.0)  # mm
FAMILIES = {  # the beginning and the end of the tags of each family
    "statistics": ("stat_", ""),
    "cooccurrence": ("cm_", "_3D_comb"),
    "runs": ("rlm_", "_3D_comb"),
    "zones": ("szm_", "_3D"),
    "distances": ("dzm_", "_3D"),
    "tones": ("ngt_", "_3D"),
    "dependence": ("ngl_", "_3D"),
}
FIGURES, SLACK = 3, 1e-9


def _array(folder: Path) -> Array:
    """The one image of a folder (z, y, x)."""
    ((image,),) = [study.images for study in read_images(folder)]
    return np.asarray(image.voxels.array, float)


def _wanted(table: Path, begin: str, end: str) -> list[tuple[float, float]]:
    """Value and tolerance of every feature of a family, in their order."""
    with table.open(encoding="utf-8") as lines:
        rows = [
            r for r in csv.DictReader(lines, delimiter=";") if r["tag"].startswith(begin) and r["tag"].endswith(end)
        ]
    return [(float(r["reference value"]), float(r["tolerance"] or 0)) for r in rows]


def consensus(place: Path) -> tuple[Point, ...]:
    """The feature of each family that lies furthest from its consensus value."""
    values, mask = _array(place / "nifti" / "image"), _array(place / "nifti" / "mask") > 0
    found = read(prepare(values, mask, STEPS, CARD), CARD)
    points = []
    for family, (begin, end) in FAMILIES.items():
        codes, wanted = CODES[family].split(), _wanted(place / "ibsi_1_dig_phantom.csv", begin, end)
        if len(codes) != len(wanted):
            raise Refusal("bad_table", f"{family}: {len(wanted)} published values for {len(codes)} features")
        each = [
            Point(code, value, float(f"{found[code]:.{FIGURES}g}"), within + SLACK * abs(value))
            for code, (value, within) in zip(codes, wanted, strict=True)
        ]
        worst = max(each, key=lambda p: abs(p.result - p.truth) / max(p.tolerance, SLACK))
        points.append(worst._replace(name=f"{family}, worst of {len(each)} features ({worst.name})"))
    return tuple(points)


IBSI = Reference(
    "IBSI 1 digital phantom", "texture", "ibsi1_digital_phantom", consensus, "IBSI 1 consensus values (CC BY 4.0)"
)
