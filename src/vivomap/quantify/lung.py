"""Emphysema: how much of the lung is emptier than lung should be, and how light its lightest part is.

    LAA-950   share of the lung's voxels below -950 HU                          %
    Perc15    the HU below which 15 % of the voxels lie, plus 1000               g/L

Both follow the scale of the scanner, the noise of the image, its kernel and slices, and how deep the breath was, so
these stand beside the numbers. The calibrated ones set HU by air in the trachea (-1000) and unenhanced blood first, as
any comparison over years needs. A shallow breath, another voltage than 120 kV and an agent in the blood are told.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from vivomap.core import FLAGGED, NOT_COMPARABLE, Asked, Biomarker, Estimate, Flag, Image, Refusal, Region, Settings
from vivomap.core.image import Array
from vivomap.maths.geometry import cut
from vivomap.maths.sampling import Mean, Place, noise, region_mean, scatter
from vivomap.maths.scale import AIR_HU, air_and_blood, two_points
from vivomap.maths.solid import steps_of

LIMIT_HU = -950.0  # methods A14
CENTILE = 15.0  # methods A14
FEWEST_VOXELS = 500  # project
MOST_VOXELS = 400_000  # project: of which the independence of neighbours is told
SCANNER_HU = 2.0  # project: how far the scale of a scanner may be off near air, standard uncertainty
SHALLOW_HU = -700.0  # project: a mean above it is no full breath
VOLTAGE_KV = 120.0  # methods A0
SOURCE = "LAA-950 and Perc15 (methods A14); calibration by air and blood: AJRCCM 2004"
PHANTOM = "vivomap.acquire.phantom.lung:emphysema"


class Lung(NamedTuple):
    """HU (z, y, x) of the box of a lung, its mask and place, the doubt of the scale near air, settings and warnings."""

    hu: Array
    mask: Array
    place: Place
    scale_u: float
    said: Settings
    flags: tuple[Flag, ...]


def _lung(ct: Image, region: Region) -> Lung:
    """The lung as it was read. Raises Refusal if it is empty, too small, or a voxel holds no number."""
    box, mask = cut(region.mask)
    hu = np.asarray(ct.voxels.array[box], float)
    count = int(np.count_nonzero(mask))
    if count < FEWEST_VOXELS:
        found, least = f"{count} voxels", f"{FEWEST_VOXELS} or more"
        raise Refusal("too_few_voxels", "emphysema: the lung has too few voxels", found=found, expected=least)
    if not np.isfinite(hu[mask]).all():
        raise Refusal("nan_voxels", "emphysema: voxels of the lung hold no number")
    mean = float(hu[mask].mean())
    said: Settings = (
        ("mean_hu", mean),
        ("volume_ml", count * region.voxel_mm3 / 1000),
        ("noise_hu", noise(hu, mask)),
        ("voxels", float(count)),
        ("contrast", ct.text("contrast") or "none named"),
        ("phase", ct.text("phase") or "not said"),
    )
    place = Place(steps_of(region.affine), region.edge_mm, ct.residual_mm)
    return Lung(hu, mask, place, SCANNER_HU, said, _warnings(ct, mean))


def _warnings(ct: Image, mean: float) -> tuple[Flag, ...]:
    flags = []
    if mean > SHALLOW_HU:
        flags.append(Flag("shallow_breath", f"the mean of the lung is {mean:.0f} HU: no full breath, or much disease"))
    voltage = ct.setting("kvp")
    if voltage != VOLTAGE_KV:
        flags.append(
            Flag("other_voltage", f"the voltage is {voltage or 'not said'}, and the limits were set at 120 kV")
        )
    return tuple(flags)


def _on_air(ct: Image, region: Region, trachea: Region, blood: Region) -> Lung:
    """The lung on the scale of air and blood. Raises Refusal if either cannot be what it is said to be."""
    lung = _lung(ct, region)
    air, known = air_and_blood(ct, _mean(ct, trachea), _mean(ct, blood))
    gain = (known.true - AIR_HU) / (known.read - air.read)
    hu = AIR_HU + (lung.hu - air.read) * gain
    _, scale_u = two_points(air.read + (LIMIT_HU - AIR_HU) / gain, 0.0, air, known)
    said = (*lung.said, ("air_read", air.read), ("blood_read", known.read))
    return lung._replace(hu=hu, scale_u=scale_u, said=said)


def _mean(ct: Image, region: Region) -> Mean:
    box, mask = cut(region.mask)
    values = np.asarray(ct.voxels.array[box], float)
    return region_mean(values, mask, Place(steps_of(region.affine), region.edge_mm, ct.residual_mm))


def _slab(mask: Array) -> slice:
    """The slices about the middle that hold at most `MOST_VOXELS`: enough to tell how far neighbours agree."""
    each = np.count_nonzero(mask, axis=(1, 2))
    low = int(np.searchsorted(np.cumsum(each), each.sum() / 2))
    high = low + 1
    while low > 0 or high < len(each):
        wider = (max(low - 1, 0), min(high + 1, len(each)))
        if each[wider[0] : wider[1]].sum() > MOST_VOXELS:
            break
        low, high = wider
    return slice(low, high)


def _share(lung: Lung) -> Estimate:
    """LAA-950 with the doubt of its voxels and outline, and of the scale: how much it moves with the limit."""
    below = np.where(lung.mask, lung.hu < LIMIT_HU, False).astype(float)
    part = _slab(lung.mask)
    mean = region_mean(below[part], lung.mask[part], lung.place)
    inside = lung.hu[lung.mask]
    sampled = mean.scatter.sd**2 / mean.scatter.independent
    noisy = mean.uncertainty**2 - sampled * (1 - mean.voxels / inside.size)
    low, high = (float(np.mean(inside < LIMIT_HU + step)) for step in (-lung.scale_u, lung.scale_u))
    doubt = float(np.hypot(np.sqrt(noisy), (high - low) / 2))
    share = float(below[lung.mask].mean())
    return Estimate(100 * share, 100 * doubt, flags=lung.flags, settings=(*lung.said, ("scale_u", lung.scale_u)))


def _centile(lung: Lung) -> Estimate:
    """Perc15; in doubt are half the distance of the centiles 15 ± 100 sqrt(0.15 · 0.85 / n), and the scale."""
    inside = lung.hu[lung.mask]
    part = _slab(lung.mask)
    apart = scatter(np.where(lung.mask, lung.hu, 0.0)[part], lung.mask[part]).independent
    independent = apart * inside.size / np.count_nonzero(lung.mask[part])
    reach = 100 * np.sqrt(CENTILE / 100 * (1 - CENTILE / 100) / independent)
    low, middle, high = np.percentile(inside, np.clip((CENTILE - reach, CENTILE, CENTILE + reach), 0, 100))
    doubt = float(np.hypot((high - low) / 2, lung.scale_u))
    return Estimate(float(middle) + 1000, doubt, flags=lung.flags, settings=(*lung.said, ("scale_u", lung.scale_u)))


def laa_950(ct: Image, region: Region) -> Estimate:
    """Share of the lung below -950 HU, %, on the scanner's own scale."""
    return _share(_lung(ct, region))


def perc15(ct: Image, region: Region) -> Estimate:
    """Density of the lung's 15th centile, g/L, on the scanner's own scale."""
    return _centile(_lung(ct, region))


def laa_950_calibrated(ct: Image, region: Region, trachea: Region, blood: Region) -> Estimate:
    """Share of the lung below -950 HU, %, on the scale of air in the trachea and of blood."""
    return _share(_on_air(ct, region, trachea, blood))


def perc15_calibrated(ct: Image, region: Region, trachea: Region, blood: Region) -> Estimate:
    """Density of the lung's 15th centile, g/L, on the scale of air in the trachea and of blood."""
    return _centile(_on_air(ct, region, trachea, blood))


ONE = "slices, kernel and voltage change how much emphysema is seen: one protocol alone (project)"
ASKED = (
    Asked("ct", "kvp", "methods A0: 120 kV", FLAGGED, "kV", low=119.0, high=121.0, told="other_voltage"),
    Asked("ct", "kvp", ONE, NOT_COMPARABLE, "kV", apart=5.0),
    Asked("ct", "kernel", ONE, NOT_COMPARABLE, apart=0.0),
    Asked("ct", "slice_thickness_mm", ONE, NOT_COMPARABLE, "mm", apart=0.5),
    Asked("ct", "contrast", "an agent in the blood makes lung denser (project)", FLAGGED, apart=0.0),
)
PLAIN, BY_AIR = ("ct", "region"), ("ct", "region", "trachea", "blood")


def _card(title: str, unit: str, compute: Callable[..., Estimate], needs: tuple[str, ...], better: str) -> Biomarker:
    """A card of this file; PLAIN on the scanner's own scale, BY_AIR on that of air and blood."""
    return Biomarker(
        name=compute.__name__,
        unit=unit,
        needs=needs,
        compute=compute,
        source=SOURCE,
        of="lung",
        title=f"Emphysema: {title}",
        acquisition=ASKED,
        truth=PHANTOM,
        better=better,
    )


LAA_950 = _card("share below -950 HU", "%", laa_950, PLAIN, "lower")
PERC15 = _card("density of the 15th centile", "g/L", perc15, PLAIN, "higher")
LAA_950_CALIBRATED = _card("share below -950 HU, calibrated", "%", laa_950_calibrated, BY_AIR, "lower")
PERC15_CALIBRATED = _card("density of the 15th centile, calibrated", "g/L", perc15_calibrated, BY_AIR, "higher")
