"""Where the patient stands against the criterion's limits, or a chance on its own scale: one line each.

The criterion's number is the sum of the sizes that its verdict rests on (one size: that size), visit by visit:
first B, smallest earlier N, today S, with u(S)^2 the sum of the squares of their standard uncertainties. Its limits
are B (1 - response %) and max(N (1 + progression %), N + progression mm).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from markupsafe import Markup

from vivomap.core import Measurement, Prediction, Verdict, identify
from vivomap.report.markup import tag, text
from vivomap.report.story import Story
from vivomap.report.timeline import chart
from vivomap.report.words import Z95, Shown, day, name, number, places, scale

WIDTH, TOP, BAND = 668, 24, 16
LETTER = 6.2  # mean width of a letter of the smallest type, for labels that must not touch


@dataclass(frozen=True)
class Standing:
    """A value with its 95 % interval on a line from 0 to `top`; `limits` divide it, `areas` name the parts between."""

    what: str
    unit: str
    value: Shown
    low: Shown
    high: Shown
    places: tuple[float, float, float]  # low, value, high as shares of the line
    limits: tuple[tuple[float, Shown], ...]
    areas: tuple[str, ...]
    said: str


def standing(story: Story, verdict: Verdict) -> Standing | None:
    """Where the criterion's number stands; None where its verdict rests on no two visits, or names no limits."""
    rested = [m for m in story.course.every(Measurement) if identify(m) in verdict.because and m.day]
    sums = {d: math.fsum(m.value for m in rested if m.day == d) for d in sorted({m.day for m in rested if m.day})}
    found = _limits(verdict, sums) if len({m.unit for m in rested}) == 1 and len(sums) > 1 else None
    if found is None:
        return None
    days = list(sums)
    now, half = sums[days[-1]], Z95 * math.hypot(*(m.uncertainty for m in rested if m.day == days[-1]))
    factor, unit = scale(rested[0].unit)
    digits, claim = places(half * factor, now * factor), identify(verdict)
    top = max(now + half, sums[days[0]], *found) * 1.15
    return Standing(
        what=_what([m for m in rested if m.day == days[-1]]),
        unit=unit,
        value=Shown(number(now * factor, digits), claim, "sum"),
        low=Shown(number((now - half) * factor, digits), claim, "sum_low"),
        high=Shown(number((now + half) * factor, digits), claim, "sum_high"),
        places=((now - half) / top, now / top, (now + half) / top),
        limits=tuple(
            (limit / top, Shown(number(limit * factor, digits), claim, part))
            for limit, part in zip(found, ("response_limit", "progression_limit"), strict=True)
        ),
        areas=("response", "stable", "progression"),
        said=_said(days, sums, factor, digits, unit),
    )


def _limits(verdict: Verdict, sums: dict[date, float]) -> tuple[float, float] | None:
    """The largest sum that is a response and the smallest that is progression.

    RECIST counts progression from the smallest sum and asks for so many mm; PERCIST counts both from the first and
    asks for so many SUL.
    """
    values = {k.removeprefix(f"{verdict.name}_"): v for k, v in verdict.provenance.settings if not isinstance(v, str)}
    fall, rise = values.get("response_percent", 0.0), values.get("progression_percent", 0.0)
    step, least = values.get("progression_mm", 0.0), values.get("least_sul", 0.0)
    if not fall or not rise:
        return None
    earlier = list(sums.values())[:-1]
    start = earlier[0] if least else min(earlier)
    response = min(earlier[0] * (1 - fall / 100), earlier[0] - least)
    progression = max(start * (1 + rise / 100), start + step + least)
    return (response, progression) if 0 <= response < progression else None


def _what(now: list[Measurement]) -> str:
    names = " and ".join(sorted({name(m.name) for m in now}))
    return f"sum of {len(now)} sizes ({names})" if len(now) > 1 else names


def _said(days: list[date], sums: dict[date, float], factor: float, digits: int, unit: str) -> str:
    """What the limits are counted from: only sizes in mm have a smallest sum that counts."""
    least = min(days[:-1], key=lambda d: sums[d]) if unit == "mm" else days[0]
    first, smallest = (f"{number(sums[d] * factor, digits)} {unit} ({day(d)})" for d in (days[0], least))
    if least == days[0]:
        return f"Both limits count from {first}, the first visit that the criterion rests on."
    return f"Response counts from {first}, progression from {smallest}, the smallest since."


def chance_standing(prediction: Prediction) -> Standing:
    """Where a model's chance stands between 0 and 1."""
    claim = identify(prediction)
    three = (prediction.low, prediction.chance, prediction.high)
    low, value, high = (
        Shown(f"{v:.2f}", claim, part) for v, part in zip(three, ("low", "chance", "high"), strict=True)
    )
    of_100 = f"{round(100 * prediction.chance)} of 100 similar patients within {prediction.horizon_days} days."
    return Standing(f"chance of {name(prediction.name)}", "", value, low, high, three, (), (), of_100)


def line(at: Standing, ident: str) -> Markup:
    """The line: what lies between the limits in words, the value with its interval above, the limits below."""
    low, value, high = (2 + (WIDTH - 4) * min(max(share, 0), 1) for share in at.places)
    unit = f" {at.unit}" if at.unit else ""
    said = f"{at.value}{unit} (95 % interval {at.low} to {at.high})"
    edges = [2.0, *(2 + (WIDTH - 4) * share for share, _ in at.limits), WIDTH - 2.0]
    parts = [
        tag("rect", x=a, y=TOP, width=b - a, height=BAND, class_=f"area a{i % 2}")
        for i, (a, b) in enumerate(pairwise(edges))
    ]
    parts += [
        tag("rect", x=low, y=TOP + 4, width=max(high - low, 1.0), height=8, class_="box"),
        tag("line", x1=value, y1=TOP - 4, x2=value, y2=TOP + BAND + 3, class_="now"),
        _above(at, unit, _within(value, len(said) * LETTER / 2)),
    ]
    for x, (_, shown) in zip(edges[1:-1], at.limits, strict=True):
        parts.append(tag("line", x1=x, y1=TOP - 4, x2=x, y2=TOP + BAND + 4, class_="limit"))
        parts.append(text(x, TOP + BAND + 15, shown, class_="k", text_anchor="middle"))
    for (a, b), words in zip(pairwise(edges), at.areas, strict=False):
        if b - a > len(words) * LETTER + 24:
            parts.append(text((a + b) / 2, TOP + BAND + 15, words, class_="k", text_anchor="middle"))
    parts.append(text(2, TOP + BAND + 15, "0"))
    if not at.limits:
        parts.append(text(WIDTH - 2, TOP + BAND + 15, "1", text_anchor="end"))
    told = f"{said}; limits: {', '.join(str(s) for _, s in at.limits) or 'none'}. {at.said}"
    return chart(ident, at.what, told, TOP + BAND + 20, parts)


def _above(at: Standing, unit: str, x: float) -> Markup:
    """The value and its interval as text above the line."""

    def tied(shown: Shown) -> Markup:
        return tag("tspan", shown, data_claim=shown.claim, data_part=shown.part)

    words = (tied(at.value), f"{unit} (95 % interval ", tied(at.low), " to ", tied(at.high), ")")
    return tag("text", *words, x=x, y=TOP - 10, class_="b", text_anchor="middle")


def _within(x: float, half: float) -> float:
    return min(max(x, half + 2), WIDTH - half - 2)
