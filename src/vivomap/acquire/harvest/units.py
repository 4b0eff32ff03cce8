"""Units as other makers write them, in units of ours: a UCUM string is kept, words are read as the unit they mean.

A unit that is not in our table is converted where the factor is exact; what cannot be told is refused, never guessed.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from vivomap.acquire.harvest.found import Concept
from vivomap.core import UNITS, Refusal
from vivomap.core.coding import LINES


class Unit(NamedTuple):
    """A unit of ours, and what a number is multiplied by; `strange` if it was not written as UCUM."""

    ucum: str
    factor: float
    strange: bool


ALSO: dict[str, tuple[str, float]] = {  # UCUM strings that our table lacks, and how they become one that it has
    "ml": ("mL", 1),
    "ul": ("mL", 1e-3),
    "uL": ("mL", 1e-3),
    "dL": ("mL", 100),
    "L": ("mL", 1000),
    "l": ("mL", 1000),
    "um": ("mm", 1e-3),
    "dm": ("cm", 10),
    "us": ("ms", 1e-3),
    "rad": ("deg", 57.29577951308232),
    "cm/s": ("m/s", 0.01),
    "mm/s": ("m/s", 1e-3),
    "cm/s2": ("m/s2", 0.01),
    "dGy.cm2": ("Gy.m2", 1e-5),
    "Gy.cm2": ("Gy.m2", 1e-4),
    "cGy.cm2": ("Gy.m2", 1e-6),
    "mGy.cm2": ("Gy.m2", 1e-7),
    "uGy.m2": ("Gy.m2", 1e-6),
    "mGy.m2": ("Gy.m2", 1e-3),
    "cGy": ("Gy", 0.01),
    "uGy": ("mGy", 1e-3),
    "Gy.cm": ("mGy.cm", 1000),
    "Sv": ("mSv", 1000),
    "uSv": ("mSv", 1e-3),
    "uA.s": ("mA.s", 1e-3),
    "L/min": ("mL/min", 1000),
    "l/min": ("mL/min", 1000),
    "ml/min": ("mL/min", 1),
    "ml/m2": ("mL/m2", 1),
    "kBq/ml": ("kBq/mL", 1),
    "Bq/ml": ("Bq/mL", 1),
    "BQML": ("Bq/mL", 1),
    "10-6.mm2/s": ("um2/s", 1),
    "10*-6.mm2/s": ("um2/s", 1),
    "10*-6mm2/s": ("um2/s", 1),
    "10-3.mm2/s": ("um2/ms", 1),
    "10*-3.mm2/s": ("um2/ms", 1),
    "{beats}/min": ("/min", 1),
    "{H.B.}/min": ("/min", 1),
    "{ratio}": ("1", 1),
    "{no units}": ("1", 1),
    "{}": ("1", 1),
    "{events}": ("{counts}", 1),
    "{SUVbw}g/ml": ("g/ml{SUVbw}", 1),
    "{SUVlbm}g/ml": ("g/ml{SUVlbm}", 1),
    "{SUVibw}g/ml": ("g/ml{SUVibw}", 1),
    "{SUVbsa}cm2/ml": ("cm2/ml{SUVbsa}", 1),
    "{HU}": ("[hnsf'U]", 1),
    "[hnsf'u]": ("[hnsf'U]", 1),
}
SPELLED: dict[str, str] = {  # small letters without blanks, dots and plurals: the UCUM string that is meant
    "hu": "[hnsf'U]",
    "hounsfield": "[hnsf'U]",
    "hounsfieldunit": "[hnsf'U]",
    "millimeter": "mm",
    "centimeter": "cm",
    "meter": "m",
    "micrometer": "um",
    "squaremillimeter": "mm2",
    "sqmm": "mm2",
    "mm²": "mm2",
    "mm^2": "mm2",
    "squarecentimeter": "cm2",
    "sqcm": "cm2",
    "cm²": "cm2",
    "cm^2": "cm2",
    "cubicmillimeter": "mm3",
    "mm³": "mm3",
    "mm^3": "mm3",
    "cubiccentimeter": "cm3",
    "cm³": "cm3",
    "cm^3": "cm3",
    "cc": "cm3",
    "ccm": "cm3",
    "milliliter": "mL",
    "liter": "L",
    "percent": "%",
    "pct": "%",
    "degree": "deg",
    "°": "deg",
    "second": "s",
    "sec": "s",
    "msec": "ms",
    "millisecond": "ms",
    "minute": "min",
    "hour": "h",
    "day": "d",
    "week": "wk",
    "gram": "g",
    "kilogram": "kg",
    "gray": "Gy",
    "milligray": "mGy",
    "mgycm": "mGy.cm",
    "mgy*cm": "mGy.cm",
    "mgyxcm": "mGy.cm",
    "mgy·cm": "mGy.cm",
    "graysquaremeter": "Gy.m2",
    "gym2": "Gy.m2",
    "gycm2": "Gy.cm2",
    "dgycm2": "dGy.cm2",
    "millisievert": "mSv",
    "mmhg": "mm[Hg]",
    "millimeterofmercury": "mm[Hg]",
    "bpm": "/min",
    "beatsperminute": "/min",
    "meterpersecond": "m/s",
    "centimeterpersecond": "cm/s",
    "suv": "g/ml{SUVbw}",
    "suvbw": "g/ml{SUVbw}",
    "suvlbm": "g/ml{SUVlbm}",
    "sul": "g/ml{SUVlbm}",
    "standardizeduptakevaluebodyweight": "g/ml{SUVbw}",
    "10^-3mm²/s": "um2/ms",
    "10^-6mm²/s": "um2/s",
    "squaremillimeterpersecond": "mm2/s",
    "mm^2/s": "mm2/s",
    "mm²/s": "mm2/s",
    "kvp": "kV",
    "mas": "mA.s",
    "nounit": "1",
    "unitless": "1",
    "none": "1",
    "ratio": "1",
    "pixel": "{pixels}",
}

OURS = {name: line.unit for name, line in LINES.items()}  # the unit in which a biomarker of ours is carried
FACTORS: dict[tuple[str, str], float] = {
    ("mm3", "mL"): 1e-3,
    ("cm3", "mL"): 1,
    ("cm", "mm"): 10,
    ("um2/s", "mm2/s"): 1e-6,
    ("um2/ms", "mm2/s"): 1e-3,
}
COUNTED = re.compile(r"\{[^{}]*\}")  # things that are counted, and scores: {masses}, {0:10} (PS3.16 7.2.2)


def into_ours(name: str, unit: str) -> tuple[str, float] | None:
    """The unit of a biomarker of ours, and what a number in another unit is multiplied by; None where it is none."""
    wanted = OURS.get(name, unit)
    return (wanted, 1.0) if wanted == unit else (wanted, f) if (f := FACTORS.get((unit, wanted))) else None


def unit_of(said: Concept) -> Unit:
    """The unit that a code means. Raises Refusal `unknown_unit`."""
    foreign = said.scheme != "UCUM"
    for text in dict.fromkeys((said.value, said.meaning)):
        if text and (found := _exact(text)):
            return Unit(*found, foreign or text != said.value)
    if not foreign and COUNTED.fullmatch(said.value):
        return Unit("1", 1.0, False)
    for text in (said.value, said.meaning):
        if text and (spelled := _spelled(text)):
            return Unit(*spelled, True)
    shown = " ".join(p for p in said if p)[:40]
    raise Refusal("unknown_unit", f"the unit {shown!r} is none that is known here", found=shown)


def _exact(text: str) -> tuple[str, float] | None:
    return (text, 1.0) if text in UNITS else ALSO.get(text)


def _spelled(text: str) -> tuple[str, float] | None:
    """The unit that words mean: small letters, one kind of spelling, no plural."""
    flat = re.sub(r"[\s._-]+", "", text.casefold())
    for british, american in (("metre", "meter"), ("litre", "liter")):
        flat = flat.replace(british, american)
    for word in (flat, flat.removesuffix("s"), flat.replace("units", "unit").replace("degrees", "degree")):
        if meant := SPELLED.get(word):
            return _exact(meant)
    folded = {u.casefold(): u for u in UNITS if len(u) > 1}
    return (folded[flat], 1.0) if flat in folded else None
