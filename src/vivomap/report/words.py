"""Numbers, dates and names as a person reads them, each tied to the claim that it comes from.

A value is written to the place of half its 95 % interval, 1.96 u (u: standard uncertainty): two digits of that half
where it begins with 1, else one; so 5.23 ± 0.47 mL reads 5.2 ± 0.5 mL.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import date

from vivomap.core import Measurement, identify, spoken

Z95 = 1.96  # standard normal, two-sided 95 %
MINUS = "\N{MINUS SIGN}"
THIN = "\N{NARROW NO-BREAK SPACE}"
MOST_DIGITS = 6  # project: more digits than this are never written, however small the uncertainty
SCALES = {"mm2/s": (1e3, "10⁻³ mm²/s")}  # unit: factor, how it is written then
TITLES = {
    "recist": "RECIST 1.1",
    "percist": "PERCIST 1.0",
    "suv_max": "SUVmax",
    "suv_mean": "SUVmean",
    "suv_peak": "SUVpeak",
    "sul_peak": "SULpeak",
    "sul_max": "SULmax",
    "mtv_41": "MTV at 41 %",
    "crp": "CRP",
    "sum_of_diameters": "sum of diameters",
}
ACRONYM = re.compile(r"adc|suv|sul|mtv|tlg|hu|ct|mr|pet|ftv|pe|ser|spd|dwi|dce|us|nm|i?recist|percist|rano")
SIZE = re.compile(r"volume|axis|axes|diameter|area|mtv|extent|voxel_count|(^|_)sum(_|$)")
BURDEN = re.compile(SIZE.pattern + r"|suv|sul|tlg|glycolysis")
MONTHS = re.findall("[A-Z][a-z]+", "JanuaryFebruaryMarchAprilMayJuneJulyAugustSeptemberOctoberNovemberDecember")
CATEGORIES = {
    "CR": "complete response",
    "PR": "partial response",
    "SD": "stable disease",
    "PD": "progressive disease",
    "NE": "not evaluable",
    "CMR": "complete metabolic response",
    "PMR": "partial metabolic response",
    "SMD": "stable metabolic disease",
    "PMD": "progressive metabolic disease",
    "NON-CR/NON-PD": "neither complete response nor progression",
}
MEANINGS = {"CR": "better", "PR": "better", "CMR": "better", "PMR": "better", "PD": "worse", "PMD": "worse"}
HIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
LONGEST = 1500  # project: outside text is cut after so many characters, and says so


@dataclass(frozen=True)
class Shown:
    """A number as it is printed, the id of its claim, and which part of the claim it is."""

    text: str
    claim: str = ""
    part: str = ""

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Reading:
    """A measurement as it is printed: value, half its 95 % interval, the interval's ends, and the unit."""

    value: Shown
    half: Shown
    low: Shown
    high: Shown
    unit: str


def visible(text: str) -> str:
    """Text without control and direction characters, each shown as a mark."""
    return HIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)


def plain(text: str) -> str:
    """Outside text as far as it can be shown, cut where it is too long for a page."""
    seen = visible(text)
    return seen if len(seen) <= LONGEST else f"{seen[:LONGEST]}… ({len(seen)} characters, cut)"


def number(value: float, places: int = 0, signed: bool = False) -> str:
    """A number with a true minus sign, thin gaps in thousands, and a plus sign where `signed`."""
    text = f"{abs(value):,.{places}f}".replace(",", THIN)
    zero = not any(c in "123456789" for c in text)
    sign = "" if zero else MINUS if value < 0 else "+" if signed else ""
    return sign + text


def places(half: float, value: float) -> int:
    """How many decimals carry meaning, given half the 95 % interval; four digits where nothing is uncertain."""
    size = max(abs(value), half)
    if size == 0:
        return 0
    if half <= 0:
        return max(0, 3 - math.floor(math.log10(size)))
    rank = math.floor(math.log10(half))
    first = round(half / 10**rank, 1)
    wanted = -rank + (1 if first < 2 else 0)
    return min(max(0, wanted), max(0, MOST_DIGITS - 1 - math.floor(math.log10(size))))


def scale(unit: str) -> tuple[float, str]:
    """The factor that a unit is written with, and how it is written."""
    return SCALES.get(unit, (1.0, spoken(unit)))


def reading(measurement: Measurement) -> Reading:
    """A measurement in words."""
    factor, unit = scale(measurement.unit)
    value, half = measurement.value * factor, Z95 * measurement.uncertainty * factor
    digits, claim = places(half, value), identify(measurement)
    return Reading(
        Shown(number(value, digits), claim, "value"),
        Shown(number(half, digits), claim, "half"),
        Shown(number(value - half, digits), claim, "low"),
        Shown(number(value + half, digits), claim, "high"),
        unit,
    )


def chance(value: float) -> str:
    """A probability to two places; its ends as an inequality, since no finite evidence gives certainty."""
    if value > 0.99:
        return f">{THIN}0.99"
    if value < 0.01:
        return f"<{THIN}0.01"
    return f"{value:.2f}"


def day(value: date | None) -> str:
    """1 June 2026."""
    return f"{value.day} {MONTHS[value.month - 1]} {value.year}" if value else "undated"


def short_day(value: date | None, year: bool = False) -> str:
    """1 Jun, or 1 Jun 2026."""
    if value is None:
        return "undated"
    return f"{value.day} {MONTHS[value.month - 1][:3]}" + (f" {value.year}" if year else "")


def name(claim: str) -> str:
    """The name of a claim as people say it: `long_axis` as long axis, `recist_1_1` as RECIST 1.1."""
    if claim in TITLES:
        return TITLES[claim]
    spaced = " ".join(w.upper() if ACRONYM.fullmatch(w) else w for w in claim.split("_"))
    return re.sub(r"(?<=\d) (?=\d)", ".", spaced)


def sentence(text: str) -> str:
    """A reason with the names in it as people say them."""
    return re.sub(r"\b(?:recist|percist|[a-z][a-z0-9]*(?:_[a-z0-9]+)+)\b", lambda found: name(found[0]), plain(text))


def category(label: str) -> str:
    """A criterion's category in full, with its letters."""
    full = CATEGORIES.get(label.upper())
    return f"{full} ({label})" if full else label.replace("_", " ")


def capital(text: str) -> str:
    """The sentence with its first letter large."""
    return text[:1].upper() + text[1:]


def several(count: int, one: str, many: str = "") -> str:
    """1 lesion, 2 lesions."""
    return f"{count} {one if count == 1 else many or one + 's'}"
