"""How strongly water and contrast agents weaken X-rays of one energy, and how many electrons they hold.

Mass attenuation coefficients µ/ρ in cm2/g from the table of NIST (Hubbell and Seltzer), between its rows by a cubic
spline of the logarithms that does not cross an absorption edge. One mg/mL of an agent in water brightens by

    s(E) = (µ/ρ)agent / (µ/ρ)water        HU per mg/mL

since HU = 1000 (µ - µw)/µw and µw = (µ/ρ)water · 1 g/mL.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from importlib import resources

import numpy as np
from scipy.interpolate import CubicSpline

from vivomap.core import Refusal
from vivomap.core.image import Array

TABLE = "attenuation.csv"
TABLE_SHA256 = "1595fac803ddfeca34a897a0a2a6c2ebb21375a7ebcaaf5ff001ff6cb4ea414d"
LEAST_KEV, MOST_KEV = 15.0, 200.0
ELECTRONS = {"water": 0.55508, "iodine": 0.41764, "gadolinium": 0.40699, "calcium": 0.49903}  # Z/A, NIST table 1
NUMBER = {"iodine": 53, "gadolinium": 64, "calcium": 20, "gold": 79}  # Z


@lru_cache(maxsize=1)
def table() -> dict[str, tuple[Array, Array]]:
    """Energies (keV) and µ/ρ (cm2/g) of each material, rising; an energy that stands twice is an edge.

    Raises Refusal if the table is not the one that was checked.
    """
    raw = resources.files(__package__).joinpath(TABLE).read_bytes()
    if hashlib.sha256(raw).hexdigest() != TABLE_SHA256:
        raise Refusal("bad_table", "the table of attenuation coefficients is not the one that was checked", where=TABLE)
    rows: dict[str, list[tuple[float, float]]] = {}
    for line in raw.decode("ascii").splitlines():
        if not line.startswith("#") and not line.startswith("material"):
            material, energy, value = line.split(",")
            rows.setdefault(material, []).append((float(energy), float(value)))
    return {m: (np.array([e for e, _ in pairs]), np.array([v for _, v in pairs])) for m, pairs in rows.items()}


def mass_attenuation(material: str, kev: float) -> float:
    """µ/ρ in cm2/g at one energy in keV; on an edge the value above it. Raises Refusal outside the table."""
    known = table()
    if material not in known:
        raise Refusal("unknown_name", f"no attenuation of {material!r} is known", expected=", ".join(known))
    if not LEAST_KEV <= kev <= MOST_KEV:
        expected = f"{LEAST_KEV:g} to {MOST_KEV:g} keV"
        raise Refusal("energy_outside", "an energy lies outside the table", found=f"{kev:g} keV", expected=expected)
    energies, values = known[material]
    edges = np.flatnonzero(np.diff(energies) == 0) + 1
    parts = np.split(np.arange(energies.size), edges)
    part = next(p for p in reversed(parts) if energies[p[0]] <= kev)
    curve = CubicSpline(np.log(energies[part]), np.log(values[part]))
    return float(np.exp(curve(np.log(kev))))


def brightening(material: str, kev: float) -> float:
    """HU that one mg/mL of a material adds to water at an energy in keV."""
    return mass_attenuation(material, kev) / mass_attenuation("water", kev)
