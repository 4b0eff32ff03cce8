"""One quantity of a scanner over time: a line through its days, the limits, and what lies outside as open squares.

A quantity that is a text (a kernel, a software version) has a height for each text. The page needs nothing else and
prints on A4.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from importlib.resources import files

from markupsafe import Markup

from vivomap.core.acquisition import shown
from vivomap.core.image import Setting
from vivomap.report.markup import tag, text
from vivomap.report.timeline import LEFT, RIGHT, Axis, chart, dates
from vivomap.report.words import day, plain

HEAD, PLOT, FOOT = 22.0, 64.0, 20.0  # heights of a drawing
ROW = 16.0  # of one text
MOST_SAID = 46  # letters of a text at the right end


@dataclass(frozen=True)
class Point:
    """One value of one day; `out` where it lies outside, `doubt` its standard uncertainty (0 for a setting)."""

    day: date
    value: Setting
    out: bool = False
    doubt: float = 0.0

    @property
    def words(self) -> str:
        """The value as a person reads it."""
        return shown(self.value) + (f" ± {self.doubt:.2g}" if self.doubt else "")


@dataclass(frozen=True)
class Rule:
    """A level line: its value, what it is called, and its kind (centre, limit or sigma)."""

    value: float
    said: str
    kind: str = "limit"


@dataclass(frozen=True)
class Panel:
    """One drawing: what it shows, its points by day, and its level lines."""

    title: str
    unit: str
    points: tuple[Point, ...]
    rules: tuple[Rule, ...] = ()
    remark: str = ""


@dataclass(frozen=True)
class Heights:
    """Values to heights: numbers by their size, texts by their row."""

    low: float
    high: float
    rows: tuple[str, ...]

    @property
    def plot(self) -> float:
        return max(ROW * len(self.rows), 2 * ROW) if self.rows else PLOT

    def y(self, value: Setting) -> float:
        if self.rows:
            return HEAD + ROW * (self.rows.index(str(value)) + 0.5)
        return HEAD + self.plot * (1 - (float(value) - self.low) / (self.high - self.low))


def page(title: str, lead: str, groups: Sequence[tuple[str, Sequence[Panel]]]) -> str:
    """The panels of each group on one page; all share one time axis."""
    days = [p.day for _, panels in groups for panel in panels for p in panel.points]
    parts = [tag("h1", title), tag("p", lead, class_="quiet")]
    axis = Axis(min(days), max(days)) if days else None
    for name, panels in groups:
        parts.append(tag("h2", name))
        parts += [_figure(panel, axis) for panel in panels if axis]
    return _whole(title, parts)


def drawn(panel: Panel, axis: Axis) -> Markup:
    """One panel as SVG."""
    heights = _heights(panel)
    foot = HEAD + heights.plot
    head = tag("text", tag("tspan", panel.title, class_="b"), tag("tspan", panel.unit, dx=5, class_="k"), x=0, y=10)
    parts = [head, *_left(heights), *(_level(rule, heights) for rule in _apart(panel.rules, heights))]
    parts += dates((p.day for p in panel.points), axis, foot)
    parts += [_path(panel.points, axis, heights), *(_mark(p, axis, heights) for p in panel.points)]
    ident = "r" + hashlib.sha256(repr(panel).encode()).hexdigest()[:10]
    return chart(ident, panel.title, told(panel), foot + FOOT, parts)


def told(panel: Panel) -> str:
    """The panel as a sentence, for those who do not see it."""
    points = (f"{day(p.day)}: {p.words}{' (outside)' if p.out else ''}" for p in panel.points)
    rules = (f"{r.said} {r.value:.4g}" for r in panel.rules)
    return "; ".join((*points, *rules))


def _figure(panel: Panel, axis: Axis) -> Markup:
    remark = [tag("figcaption", panel.remark, class_="quiet")] if panel.remark else []
    return tag("figure", drawn(panel, axis), *remark)


def _heights(panel: Panel) -> Heights:
    values = [p.value for p in panel.points]
    if any(isinstance(v, str) for v in values):
        return Heights(0, 1, tuple(dict.fromkeys(map(str, values))))
    reach = (float(p.value) + way * p.doubt for p in panel.points for way in (-1, 1))
    numbers = [*reach, *(r.value for r in panel.rules)]
    low, high = min(numbers), max(numbers)
    room = (high - low) * 0.12 or abs(high) * 0.1 or 1.0
    return Heights(low - room, high + room, ())


def _left(heights: Heights) -> list[Markup]:
    """The axis of values: lowest, middle and highest, or a line of type for each text at the right end."""
    parts = [tag("line", x1=LEFT, y1=HEAD, x2=LEFT, y2=HEAD + heights.plot, class_="axis")]
    if heights.rows:
        return parts + [text(RIGHT + 8, heights.y(row) + 4, plain(row)[:MOST_SAID], class_="k") for row in heights.rows]
    for share in (0.1, 0.5, 0.9):
        value = heights.low + share * (heights.high - heights.low)
        parts.append(text(LEFT - 7, heights.y(value) + 3.5, f"{value:.4g}", class_="k", text_anchor="end"))
    return parts


def _apart(rules: Sequence[Rule], heights: Heights) -> list[Rule]:
    """The level lines; the name of one that would touch its neighbour's is left out."""
    kept: list[Rule] = []
    last = -1e9
    for rule in sorted(rules, key=lambda r: heights.y(r.value)):
        y = heights.y(rule.value)
        named = y - last >= 12
        kept.append(rule if named else Rule(rule.value, "", rule.kind))
        last = y if named else last
    return kept


def _level(rule: Rule, heights: Heights) -> Markup:
    y = heights.y(rule.value)
    line = tag("line", x1=LEFT, y1=y, x2=RIGHT, y2=y, class_=rule.kind)
    named = [text(RIGHT + 8, y + 4, f"{rule.said} {rule.value:.4g}", class_="k")] if rule.said else []
    return tag("g", line, *named)


def _path(points: Sequence[Point], axis: Axis, heights: Heights) -> Markup:
    places = " ".join(f"{axis.x(p.day):.1f},{heights.y(p.value):.1f}" for p in points)
    return tag("polyline", points=places, class_="path")


def _mark(point: Point, axis: Axis, heights: Heights) -> Markup:
    x, y = axis.x(point.day), heights.y(point.value)
    if point.out:
        square = tag("rect", x=x - 4, y=y - 4, width=8.0, height=8.0, class_="out")
    else:
        square = tag("circle", cx=x, cy=y, r=3.0, class_="good")
    if not point.doubt or isinstance(point.value, str):
        return square
    low, high = (heights.y(point.value + way * point.doubt) for way in (-1, 1))
    return tag("g", tag("line", x1=x, y1=low, x2=x, y2=high, class_="doubt"), square)


def _whole(title: str, parts: Sequence[Markup]) -> str:
    look = files(__package__) / "look"
    style = "".join((look / name).read_text(encoding="utf-8") for name in ("tokens.css", "run_chart.css"))
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    head = Markup('<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{}">').format(policy)
    # the style is our own file: nothing from outside is in it
    inside = Markup("<style>{}</style>").format(Markup(style))
    body = tag("body", tag("main", *parts))
    return f'<!doctype html>\n<html lang="en"><head>{head}{tag("title", title)}{inside}</head>{body}</html>\n'
