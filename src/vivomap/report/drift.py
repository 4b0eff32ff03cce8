"""A scanner's protocol over time: what each series was taken with, day by day, and when that changed.

Series of one scanner and one name are one line. A number has changed where it moves by more than 1 % and by more than
what the cards allow; a text where it is another one. The scanner is known by maker, model and serial number; where it
has none by its station.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from vivomap.core import Asked, Image, Study
from vivomap.core.acquisition import NAMES, as_asked, shown, value_of
from vivomap.core.image import Setting
from vivomap.core.quality import scanner_of
from vivomap.report.run_chart import Panel, Point, Rule

MOVED = 0.01  # project: of a number; less is rounding
ALWAYS = (  # setting and its unit, looked at whether a card asks for it or not
    ("software", "1"),
    ("kernel", "1"),
    ("slice_thickness_mm", "mm"),
    ("slice_mm", "mm"),
    ("kvp", "kV"),
    ("te_ms", "ms"),
    ("tr_ms", "ms"),
    ("ti_ms", "ms"),
    ("flip_deg", "deg"),
    ("field_t", "T"),
    ("b_max", "s/mm2"),
    ("b_count", "1"),
    ("frame_s", "s"),
    ("uptake_min", "min"),
)
VARIES = ("uptake_min",)  # differs from patient to patient: out only where a card's limit is crossed


@dataclass(frozen=True)
class Step:
    """A change: the first day on which it was seen, from what to what."""

    day: date
    before: Setting
    after: Setting


@dataclass(frozen=True)
class Trace:
    """One setting of one series on one scanner over time, with its changes and what the cards ask."""

    scanner: str
    series: str
    role: str
    setting: str
    unit: str
    points: tuple[tuple[date, Setting], ...]
    steps: tuple[Step, ...]
    asked: tuple[Asked, ...] = ()


def traces(studies: Iterable[Study], asked: Iterable[Asked] = ()) -> tuple[Trace, ...]:
    """Every setting that was told on two days or more, those with a change first within their series."""
    wanted = tuple(dict.fromkeys(asked))
    found: dict[tuple[str, str, str], list[Image]] = {}
    for study in studies:
        for image in study.images:
            if image.day is not None:
                found.setdefault((scanner_of(image), series_of(image), image.role), []).append(image)
    made = [t for key, images in sorted(found.items()) for t in _of_series(key, images, wanted)]
    return tuple(sorted(made, key=lambda t: (t.scanner, t.series, not t.steps)))


def series_of(image: Image) -> str:
    """The series of an image, by its protocol."""
    return image.text("protocol") or image.text("series_description") or image.role


def panel(trace: Trace) -> Panel:
    """The drawing of a trace: a change is an open square, what the cards ask are lines."""
    changed = {s.day for s in trace.steps}
    points = tuple(
        Point(day, value, day in changed or not all(as_asked(a, value) for a in trace.asked))
        for day, value in trace.points
    )
    ends = {end for a in trace.asked for end in (a.low, a.high) if end is not None}
    rules = tuple(Rule(end, "asked", "limit") for end in sorted(ends)) if _numbers(trace) else ()
    said = "; ".join(f"{s.day}: {shown(s.before)} to {shown(s.after)}" for s in trace.steps)
    unit = "" if trace.unit == "1" else trace.unit
    return Panel(NAMES.get(trace.setting, trace.setting), unit, points, rules, said)


def _of_series(key: tuple[str, str, str], images: list[Image], wanted: tuple[Asked, ...]) -> list[Trace]:
    scanner, series, role = key
    mine = tuple(a for a in wanted if a.role == role)
    settings = {**dict(ALWAYS), **{a.setting: a.unit for a in mine}}
    made = []
    for setting, unit in settings.items():
        told = ((i.day, value_of(i, setting)) for i in images if i.day is not None)
        points = tuple(
            dict.fromkeys(sorted(((d, v) for d, v in told if v is not None), key=lambda p: (p[0], str(p[1]))))
        )
        if len({day for day, _ in points}) > 1:
            asked = tuple(a for a in mine if a.setting == setting)
            steps = () if setting in VARIES else _steps(points, asked)
            made.append(Trace(scanner, series, role, setting, unit, points, steps, asked))
    return made


def _steps(points: tuple[tuple[date, Setting], ...], asked: tuple[Asked, ...]) -> tuple[Step, ...]:
    """Where a value differs from the last one that stood."""
    room = max((a.apart for a in asked if a.apart is not None), default=0.0)
    steps = []
    stood = points[0][1]
    for day, value in points[1:]:
        if _differ(stood, value, room):
            steps.append(Step(day, stood, value))
            stood = value
    return tuple(steps)


def _differ(one: Setting, other: Setting, room: float) -> bool:
    if isinstance(one, str) or isinstance(other, str):
        return str(one) != str(other)
    return abs(one - other) > max(room, MOVED * max(abs(one), abs(other)))


def _numbers(trace: Trace) -> bool:
    return not any(isinstance(value, str) for _, value in trace.points)
