"""Spectral CT proven: inserts on a line, water at 0 HU at every energy, and noise as large as was foretold.

Inserts of 0.5 to 20 mg/mL of iodine are measured one by one, and a straight line is laid through what was found.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np

from vivomap.acquire.phantom.spectral_ct import SERIES, Rod, Scan, inserts, scanned
from vivomap.core import Measurement, Refusal, Study
from vivomap.quantify import measure_one
from vivomap.quantify.spectral_ct.agents import IODINE
from vivomap.quantify.spectral_ct.virtual import at_energy
from vivomap.verify.proof import Given, Proof

SOURCE = "phantom spectral_ct:inserts, 0.5 to 20 mg/mL; methods A12"
ENERGIES = (40.0, 55.0, 70.0, 100.0, 140.0, 190.0)  # keV


@lru_cache(maxsize=4)
def _measured(seed: int, noise: float) -> tuple[float, ...]:
    """Iodine of each insert, mg/mL."""
    (image,), regions, _ = inserts(seed=seed, noise=noise)
    found = [measure_one(IODINE, Study("phantom", None, (image,), (r,)), r) for r in regions]
    missing = next((m for m in found if not isinstance(m, Measurement)), None)
    if missing is not None:
        raise Refusal("not_measured", "an insert has no iodine", found=missing.reason)
    return tuple(m.value for m in found if isinstance(m, Measurement))


def slope(seed: int, noise: float) -> Given:
    """The slope of measured on true iodine."""
    found = np.polynomial.Polynomial.fit(SERIES, _measured(seed, noise), 1).convert()
    return Given(1.0, float(found.coef[1]))


def rmse(seed: int, noise: float) -> Given:
    """The root mean squared error of the inserts, mg/mL."""
    apart = np.array(_measured(seed, noise)) - np.array(SERIES)
    return Given(0.0, float(np.sqrt(np.mean(apart**2))))


def water(seed: int, noise: float) -> Given:
    """The HU of pure water that is furthest from 0 at 40 to 190 keV, in a scan whose calibration is exact."""
    exact = Scan(sensitivity_u=0.0, water_u=0.0, noise=2.0, shape=(8, 30, 30))
    image, (rod,) = scanned(exact, (Rod(),), seed, noise)
    return Given(0.0, max((at_energy(image, rod, kev).value for kev in ENERGIES), key=abs))


def spread(seed: int, noise: float) -> Given:
    """The scatter of a large uniform insert's map of iodine over what the covariance of the noise foretells."""
    wide = replace(Scan(), shape=(12, 60, 60))
    image, (rod,) = scanned(wide, (Rod(5.0),), seed, noise)
    true = np.linalg.inv(np.column_stack((wide.iodine, (1000.0, 1000.0))))[0]
    told = float(np.linalg.norm(true) * wide.noise * noise)
    found = measure_one(IODINE, Study("phantom", None, (image,), (rod,)), rod)
    if not isinstance(found, Measurement):
        raise Refusal("not_measured", "the insert has no iodine", found=found.reason)
    return Given(1.0, float(dict(found.provenance.settings)["sd"]) / told)


SLOPE = Proof("iodine_slope", "spectral_ct", "1", SOURCE, slope, tolerance=0.05)
RMSE = Proof("iodine_rmse", "spectral_ct", "mg/mL", SOURCE, rmse, ceiling=0.3)
WATER = Proof("vmi_of_water", "spectral_ct", "[hnsf'U]", "phantom spectral_ct; methods A12", water, tolerance=1.0)
SPREAD = Proof("iodine_noise", "spectral_ct", "1", "analytic covariance; methods A12", spread, tolerance=0.05)
