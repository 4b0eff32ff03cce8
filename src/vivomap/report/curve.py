"""One number of one lesion over time.

The grey band holds the values that read as no change from the reference (dotted line); whiskers are 95 % intervals;
a hollow point cannot be compared and is not joined.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from vivomap.core import Change, Measurement, identify
from vivomap.report.markup import tag, text
from vivomap.report.moves import moved, no_change
from vivomap.report.story import Key, Mark, Story
from vivomap.report.timeline import ENDS, LEFT, RIGHT, Axis, chart, dates
from vivomap.report.words import Z95, Shown, day, name, number, reading, scale

HEAD, PLOT, FOOT = 22, 58, 18  # heights of the drawing
LABEL = 14  # least distance of two lines of type


@dataclass(frozen=True)
class Heights:
    """Values to heights on the page, for one curve."""

    low: float
    high: float

    def y(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return HEAD + PLOT * (1 - min(max(share, 0), 1))


def curve(story: Story, key: Key, axis: Axis) -> Markup:
    """One number of one lesion over time."""
    lesion, claim, _ = key
    points = sorted((m for m in story.table[key].values() if m.day), key=lambda m: m.day or date.min)
    change = story.change_of(lesion, claim)
    mark = story.marks.get(lesion, Mark("", 0))
    heights = _heights(points, change)
    hollow = {m for m in points if story.incomparable(m)}
    parts = [_head(mark, claim, points[0].unit), *_band(change, heights), *_ticks(heights, points[0].unit)]
    parts += dates((m.day for m in points if m.day), axis, HEAD + PLOT)
    joined = " ".join(f"{axis.x(m.day):.1f},{heights.y(m.value):.1f}" for m in points if m.day and m not in hollow)
    if joined.count(",") > 1:
        parts.append(tag("polyline", points=joined, class_=f"ln s{mark.colour}", stroke_dasharray=mark.dash or "none"))
    for place, m in enumerate(points):
        parts += _point(m, axis, heights, mark, m in hollow, place + 1 == len(points))
    parts += _ends(points, change, heights, bool(hollow))
    return chart(_ident(key), _title(mark, claim), _told(points, change, hollow), HEAD + PLOT + FOOT, parts)


def _ident(key: Key) -> str:
    return "c" + identify(key)[:10]


def _title(mark: Mark, claim: str) -> str:
    return f"{mark.letter}, {name(claim)}" if mark.letter else name(claim)


def _head(mark: Mark, claim: str, unit: str) -> Markup:
    what = tag("tspan", _title(mark, claim), class_="b")
    spoken_ = scale(unit)[1]
    return tag("text", what, tag("tspan", f"{spoken_ or 'ratio'}, 95 % interval", dx=5), x=0, y=10)


def _heights(points: list[Measurement], change: Change | None) -> Heights:
    ends = [m.value + s * Z95 * m.uncertainty for m in points for s in (-1, 1)]
    if change:
        ends += [change.before.value + change.low, change.before.value + change.high]
    low, high = min(ends), max(ends)
    room = (high - low) * 0.08 or abs(high) * 0.1 or 1.0
    return Heights(0.0 if 0 <= low < room else low - room, high + room)


def _band(change: Change | None, heights: Heights) -> list[Markup]:
    if change is None:
        return []
    top, bottom = heights.y(change.before.value + change.high), heights.y(change.before.value + change.low)
    y = heights.y(change.before.value)
    return [
        tag("rect", x=LEFT, y=top, width=RIGHT - LEFT, height=max(bottom - top, 0.5), class_="bandfill"),
        tag("line", x1=LEFT, y1=y, x2=RIGHT, y2=y, class_="reference"),
    ]


def _ticks(heights: Heights, unit: str) -> list[Markup]:
    """The value axis with two to four round numbers."""
    factor = scale(unit)[0]
    low, high = heights.low * factor, heights.high * factor
    step = _step((high - low) / 4)
    digits = max(0, -math.floor(math.log10(step)))
    parts = [tag("line", x1=LEFT, y1=HEAD, x2=LEFT, y2=HEAD + PLOT, class_="axis")]
    value = math.ceil(low / step) * step
    while value <= high:
        y = heights.y(value / factor)
        parts.append(tag("line", x1=LEFT - 4, y1=y, x2=LEFT, y2=y, class_="axis"))
        parts.append(text(LEFT - 7, y + 3.5, number(value, digits), text_anchor="end"))
        value += step
    return parts


def _step(rough: float) -> float:
    """1, 2 or 5 times a power of ten, at or above what is asked."""
    power = 10 ** math.floor(math.log10(rough))
    return float(next(s * power for s in (1, 2, 5, 10) if s * power >= rough * 0.999))


def _point(m: Measurement, axis: Axis, heights: Heights, mark: Mark, hollow: bool, last: bool) -> list[Markup]:
    """A value with its whisker, and the number beside it."""
    if m.day is None:
        return []
    x, y = axis.x(m.day), heights.y(m.value)
    reach = Z95 * m.uncertainty
    top, bottom = heights.y(m.value + reach), heights.y(m.value - reach)
    kind = f"{'hollow' if hollow else 'full'} s{mark.colour}"
    return [
        tag("line", x1=x, y1=top, x2=x, y2=bottom, class_=f"whisker s{mark.colour}"),
        tag("path", d=_shape(mark.marker, x, y), class_=kind),
        text(
            x + (-7 if last else 7), y - 5, reading(m).value, class_="k beside", text_anchor="end" if last else "start"
        ),
    ]


def _shape(marker: str, x: float, y: float) -> str:
    if marker == "square":
        return f"M{x - 3.8:.1f} {y - 3.8:.1f}h7.6v7.6h-7.6z"
    if marker == "diamond":
        return f"M{x:.1f} {y - 5.2:.1f}l5.2 5.2-5.2 5.2-5.2-5.2z"
    if marker == "triangle":
        return f"M{x:.1f} {y - 5:.1f}l5 8.6h-10z"
    return f"M{x - 4.2:.1f} {y:.1f}a4.2 4.2 0 1 0 8.4 0a4.2 4.2 0 1 0-8.4 0z"


def _ends(points: list[Measurement], change: Change | None, heights: Heights, hollow: bool) -> list[Markup]:
    """What stands at the right end: what the change reads as, its chance, and the range of no change."""
    lines: list[tuple[float, tuple[str | Shown, ...]]] = []
    if change:
        said = moved(change)
        low, high = no_change(change)
        at = heights.y(change.after.value)
        lines.append((at, (f"{said.word}, P (real) ", said.chance)))
        lines.append((heights.y(change.before.value), ("no change: ", low, " to ", high)))
    if hollow:
        lines.append((heights.y(points[-1].value), ("hollow: not comparable",)))
    return [_line(y, parts) for y, parts in _apart(sorted(lines, key=lambda line: line[0]))]


def _apart(lines: list[tuple[float, tuple[str | Shown, ...]]]) -> list[tuple[float, tuple[str | Shown, ...]]]:
    """The lines moved until none touches another and all stay within the drawing."""
    bottom = HEAD + PLOT + FOOT - 4.0
    placed: list[float] = []
    for y, _ in lines:
        placed.append(max(y, HEAD, placed[-1] + LABEL if placed else HEAD))
    for i in reversed(range(len(placed))):
        placed[i] = min(placed[i], bottom - LABEL * (len(placed) - 1 - i))
    return [(y, parts) for y, (_, parts) in zip(placed, lines, strict=True)]


def _line(y: float, parts: tuple[str | Shown, ...]) -> Markup:
    """A line of type at the right end, its numbers tied to their claims."""
    written = (
        tag("tspan", part, data_claim=part.claim, data_part=part.part) if isinstance(part, Shown) else part
        for part in parts
    )
    return tag("text", *written, x=ENDS, y=y + 4, class_="k")


def _told(points: list[Measurement], change: Change | None, hollow: set[Measurement]) -> str:
    """The curve as a sentence, for those who do not see it."""
    each = (
        f"{day(m.day)}: {r.value} {r.unit} ({r.low} to {r.high}){', not comparable' if m in hollow else ''}"
        for m in points
        for r in (reading(m),)
    )
    end = ""
    if change:
        said = moved(change)
        low, high = no_change(change)
        end = f". Change {said.amount} {said.unit}, {said.word}, P (real change) {said.chance}"
        end += f"; no change: {low} to {high}"
    return "; ".join(each) + end
