"""Density that means the same on every scanner: HU set right by air and blood or by inserts, and bone by inserts.

    HU'  = -1000 + (HU - HU air) (1000 + HU blood) / (blood read - air read)       two points
    HU'  = (HU - a)/b,  ρ = (HU - a)/b       a line through inserts of known HU, or of known mg/mL of bone mineral
    ρ    = (HU' - z)/k         without a phantom in the scan: k and z of the site's own phantom, HU' by air and blood

Inserts are one region, "inserts", with a part for each; the settings `insert_hu` and `insert_mg_ml` list their values
in rising order, which is how their means are matched. Air is the air outside the body or in the trachea. Blood that
holds contrast agent is no reference. Agent and phase of contrast stand beside every number; contrast makes bone look
denser.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
from scipy import ndimage

from vivomap.core import (
    FLAGGED,
    NOT_COMPARABLE,
    REFUSED,
    Asked,
    Biomarker,
    Estimate,
    Flag,
    Image,
    Refusal,
    Region,
    Settings,
)
from vivomap.core.image import Array
from vivomap.maths.geometry import cut
from vivomap.maths.sampling import Mean, Place, region_mean
from vivomap.maths.scale import Known, Line, air_and_blood, back, line, two_points
from vivomap.maths.solid import parts, steps_of

FEWEST_VOXELS = 20  # project
FEWEST_INSERTS = 3  # project: two would fit any line
STRAIGHT = 0.05  # project: largest residual of a line over its range
OLDEST_DAYS = 30  # project, as methods A0 ask of spectral CT
SLOPE_U = 0.02  # project: of a slope of bone mineral whose doubt is not said
METHOD = "two-point scale of air and blood (AJRCCM 2004, air calibration)"
ASYNCHRONOUS = "bone density with the site's own phantom, scanned apart (Wang et al., Sci Rep 2017, PMC5524691)"
PHANTOM = "vivomap.acquire.phantom.ct_inserts:rods"
CONTRAST = Flag("contrast_in_bone", "a contrast agent was given: bone looks denser than it is")


def _mean(ct: Image, region: Region, what: str) -> Mean:
    """The mean HU of a region. Raises Refusal if it is empty, too small, or a voxel holds no number."""
    box, mask = cut(region.mask)
    return _of(ct, (box, mask), region, what)


def _of(ct: Image, inside: tuple[tuple[slice, slice, slice], Array], region: Region, what: str) -> Mean:
    box, mask = inside
    count = int(np.count_nonzero(mask))
    if count < FEWEST_VOXELS:
        found, least = f"{count} voxels", f"{FEWEST_VOXELS} or more"
        raise Refusal("too_few_voxels", f"{what}: too few voxels", found=found, expected=least)
    values = np.asarray(ct.voxels.array[box], float)
    return region_mean(values, mask, Place(steps_of(region.affine), region.edge_mm, ct.residual_mm))


def _references(ct: Image, air: Region, blood: Region) -> tuple[Known, Known]:
    """Air and blood as references. Raises Refusal if either cannot be what it is said to be."""
    return air_and_blood(ct, _mean(ct, air, "air"), _mean(ct, blood, "blood"))


def _inserts(ct: Image, inserts: Region, setting: str) -> Line:
    """The line through the parts of a region and the values that a setting lists for them, both rising.

    A rim of one voxel in the plane is taken off each. Raises Refusal if they do not fit each other, or no line fits.
    """
    try:
        true = np.array([float(word) for word in ct.text(setting).split()])
    except ValueError:
        true = np.empty(0)
    box, mask = cut(inserts.mask)
    rim = ndimage.generate_binary_structure(3, 1)
    rim[[0, 2]] = False
    rods = parts(mask)
    if true.size != len(rods) or true.size < FEWEST_INSERTS or (np.diff(true) <= 0).any():
        found, expected = f"{len(rods)} inserts, {ct.text(setting) or 'no values'}", "as many rising values as inserts"
        raise Refusal(
            "inserts_unknown", f"the setting {setting} does not fit the inserts", found=found, expected=expected
        )
    means = [_of(ct, (box, ndimage.binary_erosion(rod, rim)), inserts, "an insert") for rod in rods]
    means.sort(key=lambda m: m.value)
    read, doubts = np.array([m.value for m in means]), np.array([m.uncertainty for m in means])
    found_line = line(true, read, doubts)
    if found_line.slope <= 0 or found_line.apart > STRAIGHT * (read[-1] - read[0]):
        summary = "the inserts do not lie on a straight line"
        raise Refusal("inserts_not_linear", summary, found=f"{found_line.apart:.3g} HU beside it")
    return found_line


def _said(ct: Image, mean: Mean, **more: float) -> Settings:
    """What stands beside every number: read HU, voxels, contrast agent and its phase, and what the scale was."""
    return (
        ("hu_read", mean.value),
        ("sd", mean.spread),
        ("voxels", float(mean.voxels)),
        ("contrast", ct.text("contrast") or "none named"),
        ("phase", ct.text("phase") or "not said"),
        *more.items(),
    )


def calibrated_hu(ct: Image, region: Region, air: Region, blood: Region) -> Estimate:
    """Mean HU of the region on the scale of air and unenhanced blood of the same scan."""
    mean = _mean(ct, region, "calibrated HU")
    low, high = _references(ct, air, blood)
    value, doubt = two_points(mean.value, mean.uncertainty, low, high)
    return Estimate(value, doubt, settings=_said(ct, mean, air_read=low.read, blood_read=high.read))


def insert_hu(ct: Image, region: Region, inserts: Region) -> Estimate:
    """Mean HU of the region on the scale of inserts of known HU that lie in the same scan."""
    mean = _mean(ct, region, "HU by inserts")
    found = _inserts(ct, inserts, "insert_hu")
    value, doubt = back(found, mean.value, mean.uncertainty)
    return Estimate(value, doubt, settings=_said(ct, mean, intercept=found.intercept, slope=found.slope))


def bone_density(ct: Image, region: Region, inserts: Region) -> Estimate:
    """Mean bone mineral of the region, mg/mL of what the inserts of the same scan hold (hydroxyapatite or K2HPO4)."""
    mean = _mean(ct, region, "bone density")
    found = _inserts(ct, inserts, "insert_mg_ml")
    value, doubt = back(found, mean.value, mean.uncertainty)
    said: Settings = (("mineral", ct.text("insert_mineral") or "not said"),)
    settings = (*_said(ct, mean, intercept=found.intercept, slope=found.slope), *said)
    return Estimate(value, doubt, flags=(CONTRAST,) if ct.text("contrast") else (), settings=settings)


def bone_density_phantomless(ct: Image, region: Region, air: Region, blood: Region) -> Estimate:
    """Mean bone mineral of the region, mg/mL, by air, blood and the slope that the site found on its own phantom.

    Settings: `bone_hu` (HU per mg/mL at this kVp), `bone_hu_u`, `bone_hu_zero` (HU without mineral), `calibrated_on`.
    """
    mean = _mean(ct, region, "bone density")
    day = _fresh(ct)
    slope = ct.number("bone_hu")
    slope_u = ct.number("bone_hu_u") if ct.setting("bone_hu_u") is not None else SLOPE_U * slope
    zero = ct.number("bone_hu_zero") if ct.setting("bone_hu_zero") is not None else 0.0
    low, high = _references(ct, air, blood)
    hu, hu_u = two_points(mean.value, mean.uncertainty, low, high)
    value = (hu - zero) / slope
    doubt = float(np.hypot(hu_u, value * slope_u) / slope)
    settings = (*_said(ct, mean, hu=hu, slope=slope, zero=zero), ("calibrated_on", day))
    return Estimate(value, doubt, settings=settings)


def _fresh(ct: Image) -> str:
    """The day of the site's phantom. Raises Refusal if it or the day of the scan is unknown, or they are too far."""
    text = ct.text("calibrated_on")
    try:
        age = (ct.day - date.fromisoformat(text)).days if ct.day is not None else -1
    except ValueError:
        age = -1
    if not 0 <= age <= OLDEST_DAYS:
        found = f"{text or 'no day of calibration'}, scan of {ct.day or 'no day'}"
        raise Refusal("calibration_old", "the calibration of bone is too old or undated", found=found)
    return text


ASKED = (
    Asked("ct", "kvp", "HU of all but water move with the tube voltage (project)", NOT_COMPARABLE, "kV", apart=5.0),
    Asked("ct", "contrast", "contrast makes tissue and bone denser (project)", FLAGGED, apart=0.0),
    Asked("ct", "phase", "contrast phase shifts HU (methods A14)", FLAGGED, apart=0.0),
)
AGE = f"the site's phantom within {OLDEST_DAYS} days (project, as methods A0 of spectral CT)"
OLD = Asked("ct", "calibration_days", AGE, REFUSED, "d", low=0.0, high=OLDEST_DAYS, told="calibration_old")
BY_AIR, BY_INSERTS = ("ct", "region", "air", "blood"), ("ct", "region", "inserts")


def _card(title: str, unit: str, compute: Callable[..., Estimate], needs: tuple[str, ...], **more: Any) -> Biomarker:
    """A card of this file, measured in two dimensions on the phantom of inserts."""
    shared = {"acquisition": ASKED, "truth": PHANTOM, "dimensions": 2}
    return Biomarker(name=compute.__name__, title=title, unit=unit, compute=compute, needs=needs, **{**shared, **more})


CALIBRATED_HU = _card("Density on the scale of air and blood", "[hnsf'U]", calibrated_hu, BY_AIR, source=METHOD)
INSERT_HU = _card(
    "Density on the scale of inserts",
    "[hnsf'U]",
    insert_hu,
    BY_INSERTS,
    source="straight line through inserts of known HU (project)",
)
BONE_DENSITY = _card(
    "Bone mineral density",
    "mg/mL",
    bone_density,
    BY_INSERTS,
    source="quantitative CT: straight line through mineral inserts of the same scan (project)",
)
BONE_DENSITY_PHANTOMLESS = _card(
    "Bone mineral density without a phantom",
    "mg/mL",
    bone_density_phantomless,
    BY_AIR,
    source=f"{ASYNCHRONOUS}; {METHOD}",
    acquisition=(*ASKED, OLD),
    instead_of="bone_density",
)
