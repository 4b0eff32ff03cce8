"""The digital reference objects of IBSI-SUV, made anew as DICOM and read back: every way in which scanners write a SUV.

Each object holds 0.20, 1.00 and 4.00 as lowest, median and highest SUV of its region, whatever its units, its decay
correction, its clock and its private scale; those that cannot be carried must be refused.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from vivomap.acquire import read
from vivomap.acquire.phantom.suv_cases import write
from vivomap.acquire.phantom.suv_object import inside
from vivomap.acquire.phantom.suv_published import PUBLISHED, PUBLISHED_FAULTS, VALUE, SuvCase
from vivomap.core.image import Array
from vivomap.verify.published import Point, Reference

TRUTH = {"lowest": 0.20, "median": 1.00, "highest": 4.00}
WITHIN = 0.005  # of IBSI-SUV
UNIT = "g/ml{SUVbw}"


def _read(case: SuvCase) -> tuple[Array | None, set[str]]:
    """The SUV of an object's region, None where it was refused, and the codes of what was refused."""
    with tempfile.TemporaryDirectory() as folder:
        (study,) = read(write(case, Path(folder)))
        images = {image.role: image for image in study.images}
        codes = {flag.code for image in study.images for flag in image.refusals} | {h.code for h in study.held}
        suv = images.get("suv")
        return (None if suv is None else np.asarray(suv.voxels.array)[inside()]), codes


def objects(place: Path) -> tuple[Point, ...]:
    """The value furthest from its truth over all objects, and how many of those to be refused were refused."""
    good = [case for case in PUBLISHED if case.expect == VALUE]
    seen = [values for values, _ in map(_read, good) if values is not None]
    found = [Point("objects with a SUV", len(good), len(seen), 0.0)]
    for (what, truth), part in zip(TRUTH.items(), (0.0, 0.5, 1.0), strict=True):
        results = np.array([np.quantile(values, part) for values in seen])
        worst = float(results[np.abs(results - truth).argmax()])
        found.append(Point(f"{what} SUV, worst of {len(seen)} objects", truth, worst, WITHIN, UNIT))
    bad = [case for case in (*PUBLISHED, *PUBLISHED_FAULTS) if case.expect != VALUE]
    refused = sum(values is None and case.expect in codes for case in bad for values, codes in (_read(case),))
    return (*found, Point("objects refused with their code", len(bad), refused, 0.0))


SUV = Reference("SUV objects", "uptake", "", objects, "IBSI-SUV digital reference objects (CC BY 4.0), made anew")
