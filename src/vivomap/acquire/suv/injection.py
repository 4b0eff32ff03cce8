"""What was injected, how much, and when: the tracer of a PET study, with the gates that its numbers must pass.

A dose below 1e4 is read as MBq, and flagged. A time of day without a day belongs to the day of the scan; it is laid
on the day before only if that gives an uptake of 0 to 6 h, and never for a nuclide whose uptake lasts for days.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydicom.dataset import Dataset

from vivomap.acquire.element import items, number, said
from vivomap.acquire.moments import around_the_clock, clock, joined, moment, offset_of, seconds_between
from vivomap.core import Flag, Refusal

DOSE_BQ = (1e6, 1e10)  # project: 1 MBq (infant, whole-body scanner) to 10 GBq (above any Rb-82 bolus)
DOSE_PER_KG_BQ = (3e5, 5e7)  # project: outside 0.3 to 50 MBq/kg the unit of the dose is doubtful
MBQ_BELOW = 1e4  # IBSI-SUV benchmark: a smaller dose is written in MBq
HALF_LIFE_S = (60.0, 400_000.0)  # project: Rb-82 76 s to I-124 4.2 d
HALF_LIFE_TOLERANCE = 0.05  # project: scanners write 6586 to 6588 s for F-18 and 4057 to 4080 s for Ga-68
WITHOUT_DAY_S = 41_400.0  # IBSI-SUV benchmark as others apply it: from 11.5 h on a time of day names no day
ROLLED_OVER_S = 6 * 3600.0  # rule N4: over midnight only for 0 to 6 h
LONGEST_S = 18 * 3600.0  # project: short-lived nuclides; less than a day, so that a wrong day is seen
LONGEST_HALF_LIVES = 10.0  # project: short-lived nuclides; 0.1 % is left then, and no image
LONGEST_HALF_LIVES_DATED = 4.0  # project: nuclides of days; Zr-89 is imaged up to a week or two
AGREE_S = 60.0  # project: two records of one injection

# Half-lives in s by mass number. F-18 and Ga-68: pages of methods A3. The rest from memory of nuclide tables; they are
# only the middle of a gate of 5 %.
NUCLIDES = {
    "11": 1221.8,
    "13": 597.9,
    "15": 122.24,
    "18": 6586.3,
    "64": 45_721.0,
    "68": 4063.0,
    "82": 76.4,
    "89": 282_276.0,
    "124": 360_806.0,
}
MASS = re.compile(r"(?<!\d)(?:" + "|".join(NUCLIDES) + r")(?!\d)")


@dataclass(frozen=True)
class Injection:
    """When the tracer was given, and the seconds from there to the moment it was asked for."""

    at: datetime
    seconds: float
    flags: tuple[Flag, ...] = ()


def tracer_of(ds: Dataset) -> Dataset:
    """The one item of the tracer sequence. Raises Refusal if there is none, or more than one."""
    found = items(ds, "RadiopharmaceuticalInformationSequence")
    if not found:
        raise Refusal("no_dose", "the header does not say what was injected", expected="one item in (0054,0016)")
    if len(found) > 1:
        raise Refusal(
            "several_tracers",
            "the header names more than one injection, and the pixels do not say which they show",
            found=f"{len(found)} items in (0054,0016)",
            expected="one",
        )
    return found[0]


def tracer_name(tracer: Dataset) -> str:
    """What the tracer is called: by its code, else in the words of the scanner; "" where nothing is said."""
    for coded in items(tracer, "RadiopharmaceuticalCodeSequence"):
        if said(coded, "CodeMeaning"):
            return said(coded, "CodeMeaning")
    return said(tracer, "Radiopharmaceutical")


def injected_bq(tracer: Dataset) -> tuple[float, tuple[Flag, ...]]:
    """The dose in Bq as it was measured, without its decay. Raises Refusal if it is absent or implausible."""
    dose = number(tracer, "RadionuclideTotalDose")
    if dose is None or dose <= 0:
        found = "nothing readable" if dose is None else f"{dose:g}"
        raise Refusal("no_dose", "the injected dose is absent or not positive", found=found, expected="Bq above 0")
    flags: tuple[Flag, ...] = ()
    if dose < MBQ_BELOW:
        flags = (Flag("dose_in_mbq", f"a dose of {dose:g} is too small to be Bq and was read as MBq"),)
        dose *= 1e6
    if not DOSE_BQ[0] <= dose <= DOSE_BQ[1]:
        raise _implausible("the injected dose", f"{dose / 1e6:g} MBq", "1 to 10000 MBq")
    return dose, flags


def half_life_s(tracer: Dataset) -> float:
    """The half-life in s. Raises Refusal if it is absent, implausible, or not that of the nuclide named beside it."""
    seconds = number(tracer, "RadionuclideHalfLife")
    if seconds is None or seconds <= 0:
        found = "nothing readable" if seconds is None else f"{seconds:g}"
        raise Refusal("no_half_life", "the half-life is absent or not positive", found=found, expected="s above 0")
    if not HALF_LIFE_S[0] <= seconds <= HALF_LIFE_S[1]:
        raise _implausible("the half-life", f"{seconds:g} s", "60 to 400000 s")
    for coded in items(tracer, "RadionuclideCodeSequence"):
        named = MASS.search(said(coded, "CodeMeaning"))
        if named and abs(seconds / NUCLIDES[named[0]] - 1) > HALF_LIFE_TOLERANCE:
            expected = f"{NUCLIDES[named[0]]:g} s within 5 % for the nuclide of mass {named[0]}"
            raise _implausible("the half-life", f"{seconds:g} s", expected)
    return seconds


def injection(ds: Dataset, tracer: Dataset, half_life: float, until: datetime) -> Injection:
    """The injection and the seconds from it to `until`, which carries a day.

    Raises Refusal if its time is absent, lies after `until`, cannot be given a day, or is too long ago for an image.
    """
    offset = offset_of(ds)
    dated = moment(said(tracer, "RadiopharmaceuticalStartDateTime"), offset)
    undated = clock(said(tracer, "RadiopharmaceuticalStartTime"))
    flags: tuple[Flag, ...] = ()
    if dated is not None:
        seconds = seconds_between(dated, until)
        if undated is not None and dated.tzinfo is offset:
            apart = around_the_clock(seconds_between(joined(dated.date(), undated, offset) or dated, dated))
            flags = _doubt("its date-time and its time disagree") if AGREE_S < apart < 86400 - AGREE_S else ()
        if not 0 <= seconds <= _longest_s(half_life):
            seconds = _by_the_clock(seconds, half_life, "does not fit that of the scan")
            flags = _doubt("its day lies away from that of the scan, and only its time of day was used")
    elif undated is not None:
        seconds = seconds_between(joined(until.date(), undated, offset) or until, until)
        _needs_a_day(half_life)
        if not 0 <= seconds < 86400:
            seconds = _by_the_clock(seconds, half_life, "lies after the start of the scan")
    else:
        raise Refusal(
            "no_injection_time",
            "the time of injection is absent or cannot be read",
            expected="a date-time (0018,1078), or a time (0018,1072) with hour and minute",
        )
    if seconds > _longest_s(half_life):
        found = f"{seconds / 60:.0f} min, {seconds / half_life:.0f} half-lives"
        raise Refusal("bad_uptake_time", "too long from injection to scan for an image", found=found)
    return Injection(until - timedelta(seconds=seconds), seconds, flags)


def _longest_s(half_life: float) -> float:
    """The longest uptake that leaves an image, or that a day in the header is believed for."""
    if half_life >= WITHOUT_DAY_S:
        return LONGEST_HALF_LIVES_DATED * half_life
    return min(LONGEST_HALF_LIVES * half_life, LONGEST_S)


def _by_the_clock(seconds: float, half_life: float, why: str) -> float:
    """The span that the hands of the clock say, if it is short enough to be believed."""
    _needs_a_day(half_life)
    rolled = around_the_clock(seconds)
    if rolled > ROLLED_OVER_S:
        raise Refusal(
            "bad_uptake_time",
            f"the time of injection {why}",
            found=f"{seconds / 60:.0f} min from injection to scan, {rolled / 60:.0f} min by the clock",
            expected="0 to 360 min",
        )
    return rolled


def _needs_a_day(half_life: float) -> None:
    if half_life >= WITHOUT_DAY_S:
        raise Refusal(
            "bad_uptake_time",
            "the day of injection is not known, and this tracer is imaged days later",
            found=f"half-life {half_life / 3600:.1f} h",
            expected="a date-time of injection (0018,1078) that fits the scan",
        )


def _doubt(why: str) -> tuple[Flag, ...]:
    return (Flag("injection_doubtful", f"the time of injection is doubtful: {why}"),)


def _implausible(what: str, found: str, expected: str) -> Refusal:
    return Refusal("implausible_pet_header", f"{what} cannot be right", found=found, expected=expected)
