"""PERCIST 1.0 as pure rules on plain values: what the hottest lesion of two scans makes of the second.

Peak P (SULpeak of the hottest lesion, which may be another one at each scan), at baseline B:

    PMD  a new lesion; or P rises by > 30 % and >= 0.8; or the TLG of the five hottest lesions rises by > 75 %
    CMR  every lesion below the liver and equal to its surroundings
    PMR  P falls by >= 30 % and >= 0.8, and no other lesion is larger
    SMD  else

Valid where the liver moved by < 20 % and < 0.3 between the scans, their uptake times differ by < 15 min, and the
scanner is the same. Measurable at baseline where B >= 1.5 liver mean + 2 liver SD.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from vivomap.core import Refusal
from vivomap.maths.statistics import exact

Values = Mapping[str, float]
SCANNER = ("manufacturer", "model", "serial number", "software", "kernel")


@dataclass(frozen=True)
class Scan:
    """One scan: the hottest lesion and its SULpeak (0 where none is left), and what its validity rests on.

    `scanner` follows SCANNER, "" where not stated; `tlg` is that of the five hottest lesions; `new` names new
    lesions; `larger` says that a lesion other than the hottest is unequivocally larger; `resolved` that every lesion
    is below the liver and equal to its surroundings.
    """

    day: date
    peak: float
    lesion: str = ""
    reference: str = "liver"
    mean: float | None = None
    sd: float | None = None
    uptake_min: float | None = None
    scanner: tuple[str, ...] = ("",) * len(SCANNER)
    tlg: float | None = None
    new: tuple[str, ...] = ()
    larger: bool = False
    resolved: bool = False


def respond(baseline: Scan, now: Scan, values: Values) -> tuple[str, tuple[str, ...]]:
    """The category of a scan and why. Raises Refusal if the two scans are not valid for PERCIST."""
    if now.day <= baseline.day:
        raise Refusal("not_evaluable", "PERCIST needs a baseline and a later scan")
    share, step = int(_fraction(baseline, now) * 1000) / 10, float(_step(baseline, now))
    peaks = (
        f"SULpeak {_sul(baseline.peak)} at baseline ({baseline.lesion})",
        f"SULpeak {_sul(now.peak)} now ({now.lesion or 'none left'})",
        f"change {share:+.1f} %, {step:+.2f}".replace("-", "−"),
    )
    if now.new:
        return "PMD", (f"new: {', '.join(now.new)}", *peaks)
    unknown = (*measurable(baseline, values), *_valid(baseline, now, values))
    label, why = _category(baseline, now, values)
    return label, (*why, *peaks, *unknown)


def measurable(baseline: Scan, values: Values) -> tuple[str, ...]:
    """Nothing where the baseline is measurable; a remark where that is not known. Raises Refusal if it is not."""
    if baseline.mean is None or baseline.sd is None:
        return ("no reference mean with SD at baseline: whether the lesion is measurable is not known",)
    factor = values["liver_factor" if baseline.reference == "liver" else "blood_factor"]
    least = exact(factor) * exact(baseline.mean) + exact(values["reference_sds"]) * exact(baseline.sd)
    if exact(baseline.peak) >= least:
        return ()
    found, expected = f"SULpeak {_sul(baseline.peak)}", f"at least {float(least):.2f} by the {baseline.reference}"
    summary = f"the hottest lesion at baseline is not measurable by PERCIST: {found}, not {expected}"
    raise Refusal("not_evaluable", summary, found=found, expected=expected)


def rise(baseline: float, values: Values) -> Fraction:
    """The peak that a rise must reach to be progression; whether reaching it suffices is a parameter."""
    start = exact(baseline)
    return max(start * (1 + exact(values["progression_percent"]) / 100), start + exact(values["least_sul"]))


def fall(baseline: float, values: Values) -> Fraction:
    """The peak that a fall must reach to be a response."""
    start = exact(baseline)
    return min(start * (1 - exact(values["response_percent"]) / 100), start - exact(values["least_sul"]))


def _sul(value: float) -> str:
    return f"{round(value, 2):g}"


def _category(baseline: Scan, now: Scan, values: Values) -> tuple[str, tuple[str, ...]]:
    if _beyond(_fraction(baseline, now), _step(baseline, now), "progression", values):
        return "PMD", ("SULpeak rose beyond both limits",)
    if baseline.tlg and now.tlg is not None and _tlg(baseline.tlg, now.tlg) > exact(values["tlg_percent"]):
        return "PMD", (f"TLG of the hottest lesions {float(_tlg(baseline.tlg, now.tlg)):+.0f} %",)
    if now.resolved:
        return "CMR", ("every lesion is below the liver and equal to its surroundings",)
    if _beyond(-_fraction(baseline, now), -_step(baseline, now), "response", values):
        if now.larger:
            return "SMD", ("SULpeak fell beyond both limits, but another lesion is larger",)
        return "PMR", ("SULpeak fell beyond both limits",)
    return "SMD", ("SULpeak moved by less than the limits",)


def _tlg(before: float, now: float) -> Fraction:
    return (exact(now) - exact(before)) / exact(before) * 100


def _fraction(baseline: Scan, now: Scan) -> Fraction:
    return _step(baseline, now) / exact(baseline.peak)


def _step(baseline: Scan, now: Scan) -> Fraction:
    return exact(now.peak) - exact(baseline.peak)


def _beyond(share: Fraction, step: Fraction, which: str, values: Values) -> bool:
    """Whether a move passes the share and the step; whether exactly 30 % suffices is a parameter, for tables differ."""
    limit = exact(values[f"{which}_percent"]) / 100
    far = share >= limit if values[f"{which}_inclusive"] else share > limit
    return far and step >= exact(values["least_sul"])


def _valid(baseline: Scan, now: Scan, values: Values) -> tuple[str, ...]:
    """What is not known of the validity of two scans. Raises Refusal for what is known to fail."""
    failed: list[str] = []
    unknown: list[str] = []
    for verdict, text in (
        *_reference(baseline, now, values),
        *_uptake(baseline, now, values),
        *_machine(baseline, now),
    ):
        (failed if verdict else unknown).append(text)
    if failed:
        raise Refusal("gate_failed", f"PERCIST does not hold for these two scans: {'; '.join(failed)}")
    return tuple(unknown)


def _reference(baseline: Scan, now: Scan, values: Values) -> Iterator[tuple[bool, str]]:
    if baseline.mean is None or now.mean is None or baseline.reference != now.reference:
        yield False, "no mean of one reference at both scans: its stability is not known"
        return
    step = abs(exact(now.mean) - exact(baseline.mean))
    share = step / exact(baseline.mean) * 100
    if share >= exact(values["drift_percent"]) or step >= exact(values["drift_sul"]):
        yield True, f"the {now.reference} moved from {_sul(baseline.mean)} to {_sul(now.mean)} ({float(share):.0f} %)"


def _uptake(baseline: Scan, now: Scan, values: Values) -> Iterator[tuple[bool, str]]:
    if baseline.uptake_min is None or now.uptake_min is None:
        yield False, "the uptake time of a scan is not known"
    elif abs(exact(now.uptake_min) - exact(baseline.uptake_min)) >= exact(values["uptake_drift_min"]):
        yield True, f"uptake times of {baseline.uptake_min:.0f} and {now.uptake_min:.0f} min"


def _machine(baseline: Scan, now: Scan) -> Iterator[tuple[bool, str]]:
    for word, before, after in zip(SCANNER, baseline.scanner, now.scanner, strict=True):
        if before and after and before != after:
            yield True, f"the {word} differs"
        elif word == "serial number" and not (before and after):
            yield False, "no serial number at both scans: the scanner cannot be shown to be the same"
