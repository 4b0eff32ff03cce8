"""Body composition on a slice at the third lumbar vertebra: muscle and fat, as areas, and how dense muscle is.

    area = number of pixels within limits · area of a pixel         cm2, mean over the slices of the region

    muscle -29 to 150 HU, fat between muscles -190 to -30 HU       in a region "muscle" (wall, psoas, back)
    visceral fat -150 to -50 HU                                     in a region "abdominal_cavity"
    subcutaneous fat -190 to -30 HU                                 in a region "subcutaneous_fat"

    muscle index = muscle area / height²        cm2/m2

Some papers take -190 to -30 HU for visceral fat too; ours does not. Contrast agent makes muscle denser: its phase
stands beside every number.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from vivomap.core import FLAGGED, NOT_COMPARABLE, Asked, Biomarker, Estimate, Flag, Image, Refusal, Region, Settings
from vivomap.core.image import Array
from vivomap.maths.geometry import cut
from vivomap.maths.sampling import Place, noise, region_mean
from vivomap.maths.solid import faces, steps_of

MUSCLE, VISCERAL, FAT = (-29.0, 150.0), (-150.0, -50.0), (-190.0, -30.0)  # HU, both ends included, methods A14
FEWEST_PIXELS = 100  # project
NOISIEST_HU = 20.0  # project: limits 50 HU from the mean of fat lose 1 % of it there
SCANNER_HU = 2.0  # project: how far the scale of a scanner may be off, standard uncertainty
HEIGHT_U_M = 0.01  # project: of a height that was measured
SOURCE = "tissue limits in HU at L3 (help page of L3 segmentation; table in Sci Rep 2025)"
INDEX = "muscle area over height squared at L3 (Derstine et al., Sci Rep 2018;8:11369)"
PHANTOM = "vivomap.acquire.phantom.abdomen"
CANCELS = "conservative: it holds for any outline, and the errors of a smooth closed one partly cancel"


class Tissue(NamedTuple):
    """HU and pixels of one tissue in the box of a region, its area and doubt (cm2), settings and warnings."""

    hu: Array
    lit: Array
    area: float
    doubt: float
    said: Settings
    flags: tuple[Flag, ...]


def _tissue(ct: Image, region: Region, limits: tuple[float, float]) -> Tissue:
    """The pixels of a region between two limits. In doubt are their edges, the outline, and the scale of HU.

    Raises Refusal if the region is empty or too small, holds a voxel without a number, or the image is too noisy.
    """
    box, mask = cut(region.mask)
    hu = np.asarray(ct.voxels.array[box], float)
    drawn = int(np.count_nonzero(mask))
    if drawn < FEWEST_PIXELS:
        found, least = f"{drawn} pixels", f"{FEWEST_PIXELS} or more"
        raise Refusal("too_few_voxels", "body composition: the region is too small", found=found, expected=least)
    if not np.isfinite(hu[mask]).all():
        raise Refusal("nan_voxels", "body composition: voxels of the region hold no number")
    grain = noise(hu, mask)
    if grain > NOISIEST_HU:
        found, most = f"{grain:.0f} HU", f"{NOISIEST_HU:g} HU"
        raise Refusal("too_noisy", "body composition: noise moves pixels across the limits", found=found, expected=most)
    lit = mask & (hu >= limits[0]) & (hu <= limits[1])
    area, doubt = _area(region, lit, _moved(hu[mask], limits))
    said: Settings = (
        ("limits_hu", f"{limits[0]:g} to {limits[1]:g}"),
        ("noise_hu", grain),
        ("slices", float(mask.shape[0])),
        ("pixels", float(np.count_nonzero(lit))),
        ("contrast", ct.text("contrast") or "none named"),
        ("phase", ct.text("phase") or "not said"),
    )
    return Tissue(hu, lit, area, doubt, said, _warnings(ct))


def _moved(inside: Array, limits: tuple[float, float]) -> float:
    """How many pixels are won or lost when the scale is off by its doubt, half of both ways together."""
    low, high = limits
    counts = [
        np.count_nonzero((inside >= low + step) & (inside <= high + step)) for step in (-SCANNER_HU, 0.0, SCANNER_HU)
    ]
    return float(max(abs(counts[2] - counts[0]) / 2, abs(counts[2] - counts[1]), abs(counts[0] - counts[1])))


def _area(region: Region, lit: Array, moved: float) -> tuple[float, float]:
    """The mean area of a slice in cm2, and its doubt: every row and column ends anywhere within its last pixel."""
    steps = np.asarray(steps_of(region.affine))
    pixel = float(np.linalg.norm(np.cross(steps[:, 1], steps[:, 2]))) / 100
    slices = lit.shape[0]
    if not lit.any():
        return 0.0, pixel / np.sqrt(3)
    _, rows, columns = faces(lit).across
    grid = pixel * np.sqrt((rows + columns) / 12)
    _, row, column = region.spacing_mm
    length = np.pi / 4 * (rows * column + columns * row)  # mm, of the outline: Cauchy's formula in a plane
    outline = length / 100 * region.edge_mm
    whole = float(np.sqrt(grid**2 + outline**2 + (pixel * moved) ** 2))
    return pixel * float(np.count_nonzero(lit)) / slices, whole / slices


def _warnings(ct: Image) -> tuple[Flag, ...]:
    if ct.text("contrast") and not ct.text("phase"):
        return (
            Flag("phase_unknown", "a contrast agent was given and its phase is not said: HU of muscle are shifted"),
        )
    return ()


def _estimate(found: Tissue) -> Estimate:
    return Estimate(found.area, found.doubt, flags=found.flags, settings=found.said)


def muscle_area(ct: Image, region: Region) -> Estimate:
    """Area of muscle in the region, cm2 a slice."""
    return _estimate(_tissue(ct, region, MUSCLE))


def imat_area(ct: Image, region: Region) -> Estimate:
    """Area of fat between muscles in the region, cm2 a slice."""
    return _estimate(_tissue(ct, region, FAT))


def vat_area(ct: Image, region: Region) -> Estimate:
    """Area of visceral fat in the region, cm2 a slice."""
    return _estimate(_tissue(ct, region, VISCERAL))


def sat_area(ct: Image, region: Region) -> Estimate:
    """Area of subcutaneous fat in the region, cm2 a slice."""
    return _estimate(_tissue(ct, region, FAT))


def muscle_index(ct: Image, region: Region) -> Estimate:
    """Area of muscle over the square of the height, cm2/m2. Raises Refusal if the height is not known."""
    height = ct.setting("height_m")
    if height is None or isinstance(height, str) or not 0.5 < height < 2.6:
        raise Refusal("no_height", "muscle index: the height is not known", found=str(height or "nothing"))
    found = _tissue(ct, region, MUSCLE)
    value = found.area / height**2
    doubt = float(np.hypot(found.doubt / height**2, 2 * value * HEIGHT_U_M / height))
    return Estimate(value, doubt, flags=found.flags, settings=(*found.said, ("height_m", float(height))))


def muscle_density(ct: Image, region: Region) -> Estimate:
    """Mean HU of the pixels of muscle in the region; low where muscle is fatty."""
    found = _tissue(ct, region, MUSCLE)
    if np.count_nonzero(found.lit) < FEWEST_PIXELS:
        raise Refusal("too_few_voxels", "muscle density: too few pixels are muscle", expected=f"{FEWEST_PIXELS}")
    place = Place(steps_of(region.affine), region.edge_mm, ct.residual_mm)
    mean = region_mean(np.where(found.lit, found.hu, 0.0), found.lit, place)
    doubt = float(np.hypot(mean.uncertainty, SCANNER_HU))
    return Estimate(mean.value, doubt, flags=found.flags, settings=(*found.said, ("sd", mean.spread)))


MOVES = "phase and agent of contrast shift HU: record them (methods A14)"
ASKED = (
    Asked("ct", "kvp", "methods A0: 120 kV", FLAGGED, "kV", low=119.0, high=121.0),
    Asked("ct", "kvp", "HU of all but water move with the tube voltage (project)", NOT_COMPARABLE, "kV", apart=5.0),
    Asked("ct", "contrast", MOVES, FLAGGED, apart=0.0),
    Asked("ct", "phase", MOVES, FLAGGED, apart=0.0),
)


def _card(title: str, unit: str, compute: Callable[..., Estimate], drawn: tuple[str, str], **more: Any) -> Biomarker:
    """A card of this file; `drawn` is the finding that it is measured in, and that region's name in the phantom."""
    of, part = drawn
    shared = {"needs": ("ct", "region"), "source": SOURCE, "acquisition": ASKED, "dimensions": 2}
    known = {**shared, "of": of, "truth": f"{PHANTOM}:{part}", **more}
    return Biomarker(name=compute.__name__, title=title, unit=unit, compute=compute, **known)


IN_MUSCLE = ("muscle", "muscle")
MUSCLE_AREA = _card("Muscle area", "cm2", muscle_area, IN_MUSCLE, coverage=CANCELS)
MUSCLE_INDEX = _card("Muscle index", "cm2/m2", muscle_index, IN_MUSCLE, source=INDEX)
MUSCLE_DENSITY = _card("Muscle density", "[hnsf'U]", muscle_density, IN_MUSCLE)
IMAT_AREA = _card("Area of fat between muscles", "cm2", imat_area, IN_MUSCLE, coverage=CANCELS)
VAT_AREA = _card("Visceral fat area", "cm2", vat_area, ("abdominal_cavity", "cavity"), coverage=CANCELS)
SAT_AREA = _card("Subcutaneous fat area", "cm2", sat_area, ("subcutaneous_fat", "skin"), coverage=CANCELS)
