"""Standardised uptake value by body weight: how much more tracer a place holds than an even spread would leave there.

With the rescaled pixel P, the weight W in g and the dose A in Bq at the moment that the pixels are corrected to

    SUVbw = P W / A   (g/ml, P in Bq/ml),    A = A_injected 2^(-t / T)

where t runs from injection to that moment (0 where the pixels are corrected to the injection) and T is the half-life.
370 MBq, 70 kg, 60 min of F-18: the dose has fallen to 0.6846, and SUV 5 is 18.09 kBq/ml. Pixels that are a SUV already
keep their number, or are turned by a ratio of body measures. What cannot be told is refused: rule N4.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydicom.dataset import Dataset

from vivomap.acquire.element import numbered, private
from vivomap.acquire.suv.body import Body, body_of, doubts, measures, to_body_weight, weight_needed
from vivomap.acquire.suv.decay import scan_start
from vivomap.acquire.suv.injection import (
    DOSE_PER_KG_BQ,
    WITHOUT_DAY_S,
    half_life_s,
    injected_bq,
    injection,
    tracer_name,
    tracer_of,
)
from vivomap.acquire.suv.pet_units import Pixels, pixels_of
from vivomap.core import Flag, Refusal, Settings

PHILIPS = (0x7053, "Philips PET Private Group")
UPTAKE_MIN = (50.0, 70.0)  # methods A0: the gate of FDG, min
AGREE = 0.02  # project: the two factors of Philips should give one SUV
BY_LEAN_OR_IDEAL = ("LBMJANMA", "LBMJAMES128", "IBW")


@dataclass(frozen=True)
class SuvFactor:
    """What rescaled pixels are multiplied by to be SUVbw in g/ml, by which rule, with which settings and warnings."""

    value: float
    rule: str
    settings: Settings
    flags: tuple[Flag, ...] = ()


@dataclass(frozen=True)
class Told:
    """A factor on its way: the value, the rule, and what was learnt of the injection."""

    value: float
    rule: str
    settings: Settings = ()
    flags: tuple[Flag, ...] = ()


@dataclass(frozen=True)
class Slice:
    """One object, the frame of it that is asked for, and the earliest acquisition of its series where known."""

    ds: Dataset
    frame: int | None
    series_start: datetime | None


def factor(ds: Dataset, frame: int | None = None, *, series_start: datetime | None = None) -> SuvFactor:
    """The factor for one object, or one frame (from 0) of a multi-frame object, after its modality rescale.

    `series_start` is the earliest acquisition over the series. Raises Refusal if no SUV can be told: each code has
    its page.
    """
    pixels, body, part = pixels_of(ds, frame), body_of(ds), Slice(ds, frame, series_start)
    told = _told(pixels, body, part)
    if not (math.isfinite(told.value) and told.value > 0):
        raise Refusal("implausible_pet_header", "the factor to SUV is no positive number", found=f"{told.value:g}")
    settings = (
        *told.settings,
        *measures(body),
        *((("decay_correction", pixels.decay),) if pixels.decay else ()),
        ("pixel_units", pixels.units),
        ("suv_rule", told.rule),
        ("suv_factor", told.value),
    )
    return SuvFactor(told.value, told.rule, settings, pixels.flags + doubts(body) + told.flags)


def _told(pixels: Pixels, body: Body, part: Slice) -> Told:
    units, suv_type = pixels.units, pixels.suv_type
    if units == "BQML":
        return _activity(pixels, body, part, 1.0, "bqml")
    if units == "GML" and suv_type != "BSA":
        return _already(units, suv_type or "BW", body, part)
    if units == "CM2ML" and suv_type in ("", "BSA"):
        return _already(units, "BSA", body, part)
    if units == "CNTS":
        return _philips(pixels, body, part)
    raise Refusal(
        "unknown_pet_units",
        "no rule leads from these pixels to SUV",
        found=f"{units[:16]!r}, SUV type {suv_type[:16]!r}",
        expected="BQML, GML, CM2ML, or CNTS with the factors of Philips",
    )


def _activity(pixels: Pixels, body: Body, part: Slice, scale: float, name: str) -> Told:
    """Pixels that `scale` turns into Bq/ml: by weight and by the dose at the moment they are corrected to."""
    weight = weight_needed(body)
    tracer = tracer_of(part.ds)
    dose, flags = injected_bq(tracer)
    if not DOSE_PER_KG_BQ[0] <= dose / weight <= DOSE_PER_KG_BQ[1]:
        reason = f"{dose / weight / 1e6:.2g} MBq per kg is unusual: check the unit of the dose"
        flags = (*flags, Flag("dose_doubtful", reason))
    if pixels.decay == "ADMIN":
        settings, more = _uptake(part)
        return Told(scale * weight * 1000 / dose, f"{name}_admin", settings, flags + more)
    if pixels.decay != "START":
        raise Refusal("decay_unknown", "the header does not say to which moment the pixels are corrected for decay")
    half_life = half_life_s(tracer)
    start = scan_start(part.ds, part.frame, half_life, part.series_start)
    given = injection(part.ds, tracer, half_life, start.at)
    left = dose * 2.0 ** (-given.seconds / half_life)
    settings, more = _uptake(part)
    value = scale * weight * 1000 / left
    return Told(value, f"{name}_start:{start.how}", settings, flags + start.flags + given.flags + more)


def _already(units: str, suv_type: str, body: Body, part: Slice) -> Told:
    """Pixels that are a SUV already, turned into one by weight."""
    value = to_body_weight(suv_type, body)
    settings, flags = _uptake(part)
    if suv_type in BY_LEAN_OR_IDEAL and body.sex == "O":
        flags = (*flags, Flag("sex_averaged", "the sex is O: the mean of the formulas for men and women was used"))
    return Told(value, f"{units}_{suv_type}".lower(), settings, flags)


def _philips(pixels: Pixels, body: Body, part: Slice) -> Told:
    """Counts with the private factors of Philips: to Bq/ml where there is one, else straight to SUVbw."""
    to_suv, to_activity = (_positive(private(part.ds, *PHILIPS, offset)) for offset in (0x00, 0x09))
    if to_activity is None and to_suv is None:
        raise Refusal(
            "counts_without_factor",
            "the pixels are counts, and no factor of Philips leads from them to SUV",
            expected="(7053,xx00) or (7053,xx09) of the private creator Philips PET Private Group",
        )
    if to_activity is None:
        settings, flags = _uptake(part)
        return Told(to_suv or 0.0, "cnts_philips_suv", settings, flags)
    told = _activity(pixels, body, part, to_activity, "cnts_philips_activity")
    if to_suv is None or abs(told.value / to_suv - 1) <= AGREE:
        return told
    reason = f"the scanner's own factor would give SUV {100 * (to_suv / told.value - 1):+.0f} % from this"
    return Told(told.value, told.rule, told.settings, (*told.flags, Flag("suv_factors_disagree", reason)))


def _positive(text: str) -> float | None:
    value = numbered(text)
    return value if value is not None and value > 0 else None


def _uptake(part: Slice) -> tuple[Settings, tuple[Flag, ...]]:
    """What is known of tracer, dose and uptake, as settings; what a SUV does not hang on may be absent, and is told."""
    settings: list[tuple[str, str | float]] = []
    try:
        tracer = tracer_of(part.ds)
        if tracer_name(tracer):
            settings.append(("tracer", tracer_name(tracer)))
        settings.append(("injected_bq", injected_bq(tracer)[0]))
        half_life = half_life_s(tracer)
        settings.append(("half_life_s", half_life))
        began = scan_start(part.ds, part.frame, half_life, part.series_start).began
        given = injection(part.ds, tracer, half_life, began)
    except Refusal as refusal:
        return tuple(settings), (Flag("uptake_unknown", f"the uptake time is not known: {refusal.summary}"),)
    minutes = given.seconds / 60
    settings += [("injected_at", (began - timedelta(seconds=given.seconds)).isoformat()), ("uptake_min", minutes)]
    if half_life >= WITHOUT_DAY_S or UPTAKE_MIN[0] <= minutes <= UPTAKE_MIN[1]:
        return tuple(settings), ()
    reason = f"uptake of {minutes:.0f} min lies outside the gate of 50 to 70 min: SUV changes with uptake time"
    return tuple(settings), (Flag("uptake_time_off", reason),)
