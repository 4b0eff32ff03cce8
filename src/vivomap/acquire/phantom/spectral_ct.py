"""Rods of iodine, gadolinium and fat in water, seen at several energies: what every decomposition must find.

Each seed draws what a site cannot know better: HU of water at each energy, and the stated sensitivities, by the
standard uncertainties that the image states. At one energy iodine is as bright as NIST says: 22.10 / 0.2683 HU per
mg/mL at 40 keV, and 5.016 / 0.1929 at 70 keV (XCOM).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from vivomap.acquire.phantom.solids import Floats
from vivomap.core import Image, Region, Settings, Voxels, affine_of

Phantom = tuple[tuple[Image, ...], tuple[Region, ...], dict[str, float]]
BRIGHT = {40: 22.10 / 0.2683, 70: 5.016 / 0.1929}  # HU per mg/mL of iodine
HAEMATOCRIT = 0.42  # of blood in the aorta; each seed draws the stated one about it
SERIES = (0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 20.0)  # mg/mL: the inserts of a linearity test


@dataclass(frozen=True)
class Scan:
    """Energies, HU per mg/mL of iodine and gadolinium and HU of fat at each, noise (HU), doubts, size of a rod."""

    energies: tuple[float, ...] = (80.0, 140.0)
    unit: str = "kV"
    iodine: tuple[float, ...] = (45.0, 20.0)
    gadolinium: tuple[float, ...] = ()
    fat: tuple[float, ...] = ()
    noise: float = 12.0
    sensitivity_u: float = 0.005  # of itself
    water_u: float = 1.0  # HU
    shape: tuple[int, int, int] = (6, 14, 14)


@dataclass(frozen=True)
class Rod:
    """Iodine and gadolinium (mg/mL), the water fraction, the volume of fat, and what the rod stands for."""

    iodine: float = 0.0
    gadolinium: float = 0.0
    water: float = 1.0
    fat: float = 0.0
    finding: str = "insert"


COUNTING = Scan((1.0, 2.0, 3.0, 4.0), "{bin}", (38.0, 30.0, 17.0, 9.0), (14.0, 34.0, 24.0, 12.0), noise=8.0)
DUAL_LIVER = Scan(fat=(-110.0, -95.0))


def scanned(scan: Scan, rods: tuple[Rod, ...], seed: int = 0, noise: float = 1.0) -> tuple[Image, tuple[Region, ...]]:
    """The image of rods side by side in water, and a region inside each."""
    rng = np.random.default_rng(seed)
    depth, rows, columns = scan.shape
    volume = np.zeros((len(scan.energies), depth + 2, rows + 8, (columns + 6) * len(rods) + 6))
    regions = []
    affine = affine_of(np.diag([3.0, 1.0, 1.0, 1.0])[[2, 1, 0, 3]])
    for k, rod in enumerate(rods):
        place = (slice(1, depth + 1), slice(4, rows + 4), slice(k * (columns + 6) + 6, (k + 1) * (columns + 6)))
        volume[(slice(None), *place)] = _brightness(scan, rod)[:, None, None, None]
        mask = np.zeros(volume.shape[1:], bool)
        mask[1 : depth + 1, 6 : rows + 2, place[2].start + 2 : place[2].stop - 2] = True
        regions.append(Region(f"rod {k + 1}", Voxels.of(mask), rod.finding, "phantom", affine))
    volume += rng.normal(0, scan.water_u, len(scan.energies))[:, None, None, None]
    volume += rng.normal(0, noise * scan.noise, volume.shape)
    haematocrit = HAEMATOCRIT + 0.02 * float(rng.standard_normal())
    blood = (("haematocrit", haematocrit), ("haematocrit_u", 0.02))
    settings = (*_stated(scan, rng), *blood, ("contrast", "IODINE"), ("phase", "portal venous"))
    frames, day = scan.energies, date(2025, 3, 20)
    image = Image("spectral_ct", Voxels.of(volume), "[hnsf'U]", affine, frames, scan.unit, settings, day=day)
    return image, tuple(regions)


def _brightness(scan: Scan, rod: Rod) -> Floats:
    hu = 1000 * (rod.water - 1) + rod.iodine * np.array(scan.iodine)
    hu = hu + rod.gadolinium * np.array(scan.gadolinium) if scan.gadolinium else hu
    return hu + rod.fat * np.array(scan.fat) if scan.fat else hu


def _stated(scan: Scan, rng: np.random.Generator) -> Settings:
    """What the site says of its calibration: sensitivities drawn about the true ones, and their doubts."""
    said: list[tuple[str, str | float]] = [("calibrated_on", "2025-03-01")]
    for name, values in (("iodine_hu", scan.iodine), ("gadolinium_hu", scan.gadolinium), ("fat_hu", scan.fat)):
        if values:
            doubts = scan.sensitivity_u * np.abs(values)
            drawn = np.asarray(values) + rng.normal(0, 1, len(values)) * doubts
            said += [(name, " ".join(f"{v:.6g}" for v in drawn)), (f"{name}_u", " ".join(f"{v:.6g}" for v in doubts))]
    return (*said, ("water_hu_u", " ".join(f"{scan.water_u:g}" for _ in scan.energies)))


def _electrons(rod: Rod) -> tuple[float, float]:
    """Electron density relative to water, and effective Z, from Z/A of 53/126.90 for iodine and 10/18.015 for water."""
    water, agent = rod.water * 10 / 18.015, rod.iodine / 1000 * 53 / 126.904
    z = (water * (0.2 * 1 + 0.8 * 8**2.94) + agent * 53**2.94) / (water + agent)
    return (water + agent) / (10 / 18.015), float(z ** (1 / 2.94))


def rods(scan: Scan = Scan(), seed: int = 0, noise: float = 1.0) -> Phantom:
    """A lesion of 5 mg/mL in tissue of 40 HU and an aorta of 12 mg/mL at two energies, and the truth by name."""
    lesion = Rod(5.0, water=1.04, finding="lesion")
    image, regions = scanned(scan, (lesion, Rod(12.0, water=1.04, finding="aorta")), seed, noise)
    density, z = _electrons(lesion)
    truth = {"iodine": 5.0, "normalised_iodine": 5.0 / 12.0, "virtual_non_contrast": 40.0}
    truth["spectral_ecv"] = 100 * (1 - HAEMATOCRIT) * 5.0 / 12.0
    truth |= {"vmi_40": 40 + 5 * BRIGHT[40], "vmi_70": 40 + 5 * BRIGHT[70]}
    return (image,), regions, {**truth, "electron_density": density, "effective_z": z}


def bins(scan: Scan = COUNTING, seed: int = 0, noise: float = 1.0) -> Phantom:
    """A lesion with 5 mg/mL of gadolinium beside 4 of iodine in four bins about the K-edge, and its truth."""
    image, regions = scanned(scan, (Rod(4.0, 5.0, 1.03, finding="lesion"), Rod(8.0)), seed, noise)
    return (image,), regions, {"gadolinium": 5.0}


def liver(scan: Scan = DUAL_LIVER, seed: int = 0, noise: float = 1.0) -> Phantom:
    """A liver with 30 % of fat and 2 mg/mL of iodine at two energies, and its truth."""
    image, regions = scanned(scan, (Rod(2.0, fat=0.3, finding="liver"), Rod()), seed, noise)
    return (image,), regions, {"spectral_fat": 30.0}


def inserts(scan: Scan = Scan(), seed: int = 0, noise: float = 1.0) -> Phantom:
    """Inserts of 0.5 to 20 mg/mL of iodine in water, with the truth by the region's name."""
    image, regions = scanned(scan, tuple(Rod(c) for c in SERIES), seed, noise)
    return (image,), regions, {r.name: c for r, c in zip(regions, SERIES, strict=True)}
