"""Phantoms for control charts as DICOM: CT inserts, water vials for diffusion, a filled cylinder for uptake.

    CT: a cylinder of water with three inserts    diffusion: vials of known ADC    uptake: SUV = 1 in the cylinder

What a scanner does wrong is put in by hand: `off` is added to HU, or multiplies ADC and SUV as 1 + off.
"""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vivomap.acquire.phantom import series

PHYSICIST = series.Person("QA-PHANTOM", "Phantom^Quality", "O", date(2000, 1, 1), 1.7)
SCANNERS = {
    "ct": series.Scanner("MAKER WORKS", "MODEL 64", "S1", "V1", "CT1"),
    "diffusion": series.Scanner("MAKER WORKS", "FIELD 3", "M1", "V1", "MR1"),
    "uptake": series.Scanner("MAKER WORKS", "RING", "P1", "V1", "PET1"),
}
GRID = series.Grid((-78.0, -78.0, 0.0), (5.0, 3.0, 3.0), (6, 53, 53))
RADIUS = 66.0  # mm of every cylinder
INSERTS = ((-32.0, 0.0, -120.0), (30.0, -16.0, 130.0), (14.0, 30.0, 900.0))  # x, y in mm, HU
VIALS = ((-36.0, -30.0, 2.0e-3), (36.0, -30.0, 1.1e-3), (0.0, 36.0, 0.7e-3))  # x, y in mm, mm2/s
B_VALUES = (0.0, 500.0, 900.0)
MASS_KG, ACTIVITY_BQ = 6.3, 50e6
Floats = NDArray[Any]


def write(kind: str, folder: Path, day: date, off: float = 0.0, seed: int = 0) -> Path:
    """One check of a kind (ct, diffusion, uptake) on a day, as DICOM in a folder of its own."""
    start = datetime(day.year, day.month, day.day, 7, 30)
    weight = MASS_KG if kind == "uptake" else 20.0
    session = series.Session(("check", kind, str(day), str(seed)), PHYSICIST, SCANNERS[kind], start, weight)
    WRITERS[kind](folder / f"{kind}_{day}", session, off, np.random.default_rng((seed, day.toordinal())))
    return folder / f"{kind}_{day}"


def _disc(x: float, y: float, radius: float) -> Floats:
    """A disc on the grid, (rows, columns)."""
    _, rows, columns = GRID.axes
    inside: Floats = np.hypot(rows[:, None] - y, columns[None, :] - x) <= radius
    return inside


def _ct(folder: Path, session: series.Session, off: float, rng: np.random.Generator) -> None:
    plane = np.where(_disc(0, 0, RADIUS), 0.0, -1000.0)
    for x, y, hu in INSERTS:
        plane[_disc(x, y, 12.0)] = hu
    volume = plane + np.where(plane > -1000, off, 0.0) + rng.normal(0, 6, GRID.shape)
    series.ct(folder, session, GRID, series.Series("ct", 1, "QA inserts"), volume)


def _diffusion(folder: Path, session: series.Session, off: float, rng: np.random.Generator) -> None:
    signal = np.zeros((len(B_VALUES), *GRID.shape))
    for frame, b in enumerate(B_VALUES):
        for x, y, adc in VIALS:
            signal[frame][:, _disc(x, y, 18.0)] = 1000 * np.exp(-b * adc * (1 + off))
    noise = rng.normal(0, 5, (2, *signal.shape))
    about = series.Series("dwi", 2, "QA diffusion vials", (("b_values", B_VALUES),))
    series.mr(folder, session, GRID, about, np.hypot(signal + noise[0], noise[1]))


def _uptake(folder: Path, session: series.Session, off: float, rng: np.random.Generator) -> None:
    left = ACTIVITY_BQ * 2 ** (-series.SETTLED * 60 / series.FLUORINE_18_HALF_LIFE)
    suv = np.zeros(GRID.shape)
    suv[:, _disc(0, 0, RADIUS)] = 1.0 + off
    suv *= 1 + 0.03 * rng.normal(0, 1, GRID.shape)
    about = series.Series("pt", 3, "QA uniform cylinder", (("injected_bq", ACTIVITY_BQ),))
    series.pt(folder, session, GRID, about, np.maximum(suv, 0) * left / (MASS_KG * 1000))


WRITERS = {"ct": _ct, "diffusion": _diffusion, "uptake": _uptake}
