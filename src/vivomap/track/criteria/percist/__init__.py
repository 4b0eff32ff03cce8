"""PERCIST 1.0: does the tumour still burn? SULpeak of the hottest lesion, against the first scan.

Beside the label stands how often measurement error alone would give it, had the lesion not changed: with B the peak
at baseline and ln(P/B) normal about 0 with the variance v of a repeated scan,

    P(PMR) = Phi(ln(min(0.7 B, B - 0.8) / B) / sqrt v)      P(PMD) = 1 - Phi(ln(max(1.3 B, B + 0.8) / B) / sqrt v)
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import timedelta

from vivomap.core import Category, Change, Course, Criterion, Measurement, Threshold, identify
from vivomap.maths.statistics import COVERAGE, chance_below, exact, log_variance, posterior
from vivomap.track.criteria.percist.reading import read
from vivomap.track.criteria.percist.rules import Scan, Values, fall, measurable, respond, rise

PREFIX = "percist_"
SUL = "g/ml{SUVlbm}"
WAHL = "PERCIST 1.0, Wahl et al., J Nucl Med 2009, as tabled in PMC4377159 and J Cancer 2010;1:80"
LODGE = "FDG tumour wCV about 10 %, Lodge, J Nucl Med 2017;58:523"
MEMORY = "PERCIST 1.0, from memory: to be checked by a clinician before it is used"


def _limit(name: str, value: float, unit: str, source: str = WAHL) -> Threshold:
    return Threshold(PREFIX + name, value, unit, source, "B" if source != MEMORY else "C", seen=source != MEMORY)


PARAMETERS = (
    _limit("response_percent", 30, "%"),
    _limit("response_inclusive", 1, "1"),  # 1: exactly 30 % is a response; 0: it is not
    _limit("progression_percent", 30, "%"),
    _limit("progression_inclusive", 0, "1"),
    _limit("least_sul", 0.8, SUL),
    _limit("tlg_percent", 75, "%"),
    _limit("most_lesions", 5, "1"),
    _limit("most_per_organ", 2, "1"),
    _limit("liver_factor", 1.5, "1", MEMORY),
    _limit("blood_factor", 2.0, "1", MEMORY),
    _limit("reference_sds", 2, "1", MEMORY),
    _limit("drift_percent", 20, "%"),
    _limit("drift_sul", 0.3, SUL),
    _limit("uptake_drift_min", 15, "min"),
    _limit("chemotherapy_days", 10, "d", MEMORY),
    _limit("radiotherapy_weeks", 12, "wk", MEMORY),
    _limit("repeat_wcv", 10, "%", LODGE),
)


def percist(course: Course, parameters: Mapping[str, float]) -> Category:
    """The metabolic response of this visit: CMR, PMR, SMD or PMD; or "baseline".

    Raises Refusal if there is no date or no baseline, if the baseline is not measurable, or if the scans are not
    valid for PERCIST.
    """
    values = {name.removeprefix(PREFIX): value for name, value in parameters.items()}
    scans = read(course, values)
    because = tuple(identify(hottest) for _, hottest in scans if hottest)
    baseline = scans[0][0]
    if len(scans) == 1:
        reasons = (
            f"SULpeak {round(baseline.peak, 2):g} in the hottest lesion, {baseline.lesion}",
            *measurable(baseline, values),
        )
        return Category("baseline", reasons, because)
    label, reasons = respond(baseline, scans[1][0], values)
    variance = _variance(course, scans[0][1], scans[1][1], values)
    within = _within(label, baseline, scans[1][0], variance)
    chance = chance_of(label, baseline, scans[1][0], variance, values)
    return Category(label, (*reasons, *within, *_inflamed(course, values)), because, chance)


def chance_of(label: str, baseline: Scan, now: Scan, variance: float, values: Values) -> float:
    """How often error alone gives the label, from the variance of ln(P/B) when nothing changed."""
    if now.new:
        return 0.0
    law = posterior(0.0, variance)
    lowest = fall(baseline.peak, values)
    less = chance_below(law, math.log(lowest / baseline.peak)) if lowest > 0 else 0.0
    more = 1 - chance_below(law, math.log(rise(baseline.peak, values) / baseline.peak))
    if label == "PMD" and exact(now.peak) < rise(baseline.peak, values):
        return 1.0  # it rests on the TLG, for which no limits are known
    if label == "CMR":
        gone = now.peak <= 0 or not now.mean
        return 0.0 if gone else chance_below(law, math.log((now.mean or 0) / baseline.peak))
    return {"PMR": less, "PMD": more, "SMD": max(0.0, 1 - less - more)}[label]


def _variance(course: Course, before: Measurement | None, after: Measurement | None, values: Values) -> float:
    """Variance of ln(P/B): of the limits of no change where this lesion has them, else of the parameter; or stated."""
    stated = math.fsum(log_variance(m.uncertainty / m.value) for m in (before, after) if m and m.value > 0)
    found = [c for c in course.of(Change, "sul_peak") if after and c.after == after and c.before.value > 0]
    if found:
        known = (math.log1p(found[0].high / found[0].before.value) / COVERAGE) ** 2
    else:
        known = 2 * log_variance(values["repeat_wcv"] / 100)
    return max(known, stated)


def _within(label: str, baseline: Scan, now: Scan, variance: float) -> tuple[str, ...]:
    if label not in ("PMR", "PMD") or now.new or now.peak <= 0:
        return ()
    inside = abs(math.log(now.peak / baseline.peak)) <= COVERAGE * math.sqrt(variance)
    return ("within measurement error: SULpeak may move so far when nothing changes",) if inside else ()


def _inflamed(course: Course, values: Values) -> tuple[str, ...]:
    """A remark where a recent treatment may itself take up the tracer."""
    day = course.study.day
    windows = {"chemo": values["chemotherapy_days"], "radio": 7 * values["radiotherapy_weeks"]}
    recent = {
        t.what
        for t in course.treatments()
        for word, days in windows.items()
        if day and word in t.what.casefold() and t.start and t.start <= day < (t.end or day) + timedelta(days=days)
    }
    return tuple(f"soon after {what}: uptake may be inflammation" for what in sorted(recent))


PERCIST = Criterion(
    name="percist",
    compute=percist,
    parameters=PARAMETERS,
    source=WAHL,
    needs=("sul_peak", "liver_sul", "tlg"),
    title="PERCIST 1.0",
    truth="vivomap.acquire.phantom.response:percist",
)
