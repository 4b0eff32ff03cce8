"""Images that were never taken: without contrast, and at one energy; and what the tissue is made of.

    virtual non-contrast   HU = 1000 f - 1000
    at E keV               HU = 1000 f - 1000 + sum of s_m(E) c_m           s_m(E) from the table of NIST
    electron density       ρe = f + sum of (c_m/1000) (Z/A)m / (Z/A)water    relative to water
    effective Z            (sum of electrons_i Z_i^2.94 / sum of electrons_i)^(1/2.94)      Mayneord (from memory)

for tissue that is water (fraction f, above 1 where it is denser) and agents (c_m, mg/mL): bone and fat are taken as
mixtures of those. A patient of another size than the calibration shifts all of them.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from vivomap.core import Biomarker, Estimate, Image, Region
from vivomap.core.image import Array
from vivomap.maths.attenuation import ELECTRONS, NUMBER, brightening
from vivomap.quantify.spectral_ct.agents import METHOD, PHANTOM
from vivomap.quantify.spectral_ct.calibration import ASKED
from vivomap.quantify.spectral_ct.mixture import WATER, Mixture, doubt, estimate, mean_of, mixture

POWER = 2.94  # Mayneord (from memory)
WATER_ELECTRONS = {1: 0.2, 8: 0.8}  # H2O has 2 + 8 electrons
NIST = "attenuation: NIST Standard Reference Database 126, Hubbell and Seltzer"


def _native(matter: Mixture) -> tuple[Array, float]:
    weights = np.zeros(len(matter.names))
    weights[-1] = WATER
    return weights, -WATER


def _at(kev: float, matter: Mixture) -> tuple[Array, float]:
    return np.array([*(brightening(name, kev) for name in matter.names[:-1]), WATER]), -WATER


def _electrons(matter: Mixture) -> tuple[Array, float]:
    shares = [ELECTRONS[name] / ELECTRONS["water"] / 1000 for name in matter.names[:-1]]
    return np.array([*shares, 1.0]), 0.0


def virtual_non_contrast(spectral_ct: Image, region: Region) -> Estimate:
    """Mean HU of the region with its contrast agents taken away, with its map "vnc"."""
    return estimate(spectral_ct, region, _native, "vnc [hnsf'U]")


def vmi_40(spectral_ct: Image, region: Region) -> Estimate:
    """Mean HU of the region as at 40 keV, where iodine is brightest, with its map "vmi_40_map"."""
    return estimate(spectral_ct, region, partial(_at, 40.0), "vmi_40_map [hnsf'U]")


def vmi_70(spectral_ct: Image, region: Region) -> Estimate:
    """Mean HU of the region as at 70 keV, which looks like 120 kV, with its map "vmi_70_map"."""
    return estimate(spectral_ct, region, partial(_at, 70.0), "vmi_70_map [hnsf'U]")


def electron_density(spectral_ct: Image, region: Region) -> Estimate:
    """Mean electron density of the region relative to water, with its map "electron_map"."""
    return estimate(spectral_ct, region, _electrons, "electron_map 1")


def at_energy(spectral_ct: Image, region: Region, kev: float) -> Estimate:
    """Mean HU of the region as at any energy, 15 to 200 keV, with its map "vmi". Raises Refusal outside these."""
    return estimate(spectral_ct, region, partial(_at, kev), "vmi [hnsf'U]")


def effective_z(spectral_ct: Image, region: Region) -> Estimate:
    """Effective atomic number of the mean amounts of a region."""
    matter = mixture(spectral_ct)
    amounts = [mean_of(spectral_ct, region, row, matter) for row in matter.split.weights]
    values = np.array([a.value for a in amounts])
    found = _number(values, matter.names)
    step = 1e-3
    slopes = np.array([(_number(values + step * e, matter.names) - found) / step for e in np.eye(len(values))])
    whole = mean_of(spectral_ct, region, slopes @ matter.split.weights, matter)
    known = matter.calibration
    settings = (*known.said, ("power", POWER), ("voxels", float(whole.voxels)))
    return Estimate(found, doubt(whole, matter), flags=known.flags, settings=settings)


def _number(amounts: Array, names: tuple[str, ...]) -> float:
    """Effective Z of amounts (mg/mL, and water as a fraction)."""
    water = max(float(amounts[-1]), 1e-6) * ELECTRONS["water"]
    parts = [(water * share, z) for z, share in WATER_ELECTRONS.items()]
    parts += [(c / 1000 * ELECTRONS[n], NUMBER[n]) for c, n in zip(amounts[:-1], names[:-1], strict=True)]
    whole = sum(e for e, _ in parts)
    return float(max(sum(e * z**POWER for e, z in parts) / whole, 1.0) ** (1 / POWER))


def _card(title: str, unit: str, compute: Callable[..., Estimate], source: str, **more: Any) -> Biomarker:
    """A card of this file: a number of one region of the image of several energies."""
    shared = {"needs": ("spectral_ct", "region"), "acquisition": ASKED, "truth": f"{PHANTOM}:rods", "dimensions": 2}
    known = {**shared, **more}
    return Biomarker(name=compute.__name__, title=title, unit=unit, compute=compute, source=source, **known)


VIRTUAL_NON_CONTRAST = _card("Virtual non-contrast density", "[hnsf'U]", virtual_non_contrast, METHOD, gives=("vnc",))
VMI_40 = _card("Density at 40 keV", "[hnsf'U]", vmi_40, f"{METHOD}; {NIST}", gives=("vmi_40_map",))
VMI_70 = _card("Density at 70 keV", "[hnsf'U]", vmi_70, f"{METHOD}; {NIST}", gives=("vmi_70_map",))
ELECTRON_DENSITY = _card(
    "Electron density relative to water",
    "1",
    electron_density,
    f"Z/A of NIST; {METHOD}",
    gives=("electron_map",),
)
EFFECTIVE_Z = _card(
    "Effective atomic number",
    "1",
    effective_z,
    f"Mayneord's power 2.94 of the electrons (from memory); {METHOD}",
    code=("129320", "DCM", "Effective Atomic Number"),
)
