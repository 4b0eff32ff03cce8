"""The UCUM units that vivomap speaks: a frozen table, so that a wrong unit is refused where the number is made.

A test proves every entry with a UCUM library. Adding a unit is adding a line.
"""

from __future__ import annotations

from vivomap.core.errors import Refusal

UNITS: dict[str, str] = {  # UCUM: how a person reads it
    "1": "",
    "%": "%",
    "[hnsf'U]": "HU",
    "mm": "mm",
    "cm": "cm",
    "mm2": "mm²",
    "cm2": "cm²",
    "mm3": "mm³",
    "cm3": "cm³",
    "mL": "mL",
    "ms": "ms",
    "s": "s",
    "min": "min",
    "h": "h",
    "d": "d",
    "wk": "wk",
    "/s": "/s",
    "Hz": "Hz",
    "/min": "/min",
    "/d": "/d",
    "%/d": "%/d",
    "kg": "kg",
    "g": "g",
    "m": "m",
    "kg/m2": "kg/m²",
    "cm2/m2": "cm²/m²",
    "g/L": "g/L",
    "mg": "mg",
    "mg/d": "mg/d",
    "mg/dL": "mg/dL",
    "mg/mL": "mg/mL",
    "mg/m2": "mg/m²",
    "mmol": "mmol",
    "mmol/L": "mmol/L",
    "mmol.min/L": "mmol·min/L",
    "Gy": "Gy",
    "Bq": "Bq",
    "MBq": "MBq",
    "Bq/mL": "Bq/mL",
    "kBq/mL": "kBq/mL",
    "{counts}": "counts",
    "g/ml{SUVbw}": "SUVbw",
    "g/ml{SUVlbm}": "SULlbm",
    "cm2/ml{SUVbsa}": "SUVbsa",
    "g/ml{SUVibw}": "SUVibw",
    "s/mm2": "s/mm²",
    "mm2/s": "mm²/s",
    "um2/s": "µm²/s",
    "um2/ms": "µm²/ms",
    "kPa": "kPa",
    "m/s": "m/s",
    "mL/(100.mL)": "mL/100 mL",
    "mL/min/(100.g)": "mL/min/100 g",
    "deg": "°",
    "rad": "rad",
    "T": "T",
    "kV": "kV",
    "keV": "keV",
    "{bin}": "bin",
    "/min/m2": "/min/m²",
    "m/s2": "m/s²",
    "mm[Hg]": "mmHg",
    "mL/m2": "mL/m²",
    "mL/min": "mL/min",
    "L/min": "L/min",
    "g/m2": "g/m²",
    "mGy": "mGy",
    "mGy.cm": "mGy·cm",
    "Gy.m2": "Gy·m²",
    "mSv": "mSv",
    "mA": "mA",
    "mA.s": "mAs",
    "[ppm]": "ppm",
    "{pixels}": "pixels",
    "{score}": "points",
    "{CL}": "CL",
}


def known_unit(unit: str) -> str:
    """The unit itself. Raises Refusal if it is not in the table."""
    if unit not in UNITS:
        raise Refusal(
            "unknown_unit", f"{unit!r} is not a unit of this table", expected="a UCUM string of core/units.py"
        )
    return unit


def spoken(unit: str) -> str:
    """The unit as a person reads it: mm2/s as mm²/s."""
    return UNITS[known_unit(unit)]
