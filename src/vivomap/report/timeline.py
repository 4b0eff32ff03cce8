"""The one time axis that every curve shares, the rows that have a curve, and the treatments in a lane above them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from vivomap.core import Treatment, spoken
from vivomap.report.markup import tag, text
from vivomap.report.story import Key, Story
from vivomap.report.words import day, sentence, short_day

WIDTH, LEFT, RIGHT, ENDS = 668, 44, 490, 500  # of the drawing; labels of the ends stand right of ENDS
MOST_CHARTS = 8  # project: more curves than this are left to the table, and the page says so


@dataclass(frozen=True)
class Axis:
    """Days to places on the page."""

    first: date
    last: date

    def x(self, at: date) -> float:
        whole = max((self.last - self.first).days, 1)
        return LEFT + 22 + (RIGHT - LEFT - 44) * (at - self.first).days / whole

    def clipped(self, at: date | None, otherwise: float) -> float:
        """The place of a day inside the plot; where it is not known, the edge that is given."""
        return otherwise if at is None else min(max(self.x(at), LEFT), RIGHT)


def axis_of(story: Story) -> Axis | None:
    """The one time axis, or None where fewer than two days have a number."""
    days = sorted({m.day for row in story.table.values() for m in row.values() if m.day})
    return Axis(days[0], days[-1]) if len(days) > 1 else None


def drawable(story: Story, first: Iterable[Key]) -> tuple[Key, ...]:
    """The rows of the table that have a curve: numbers of two or more days, those named first in front."""
    drawn = [k for k, row in story.table.items() if len({m.day for m in row.values() if m.day}) > 1]
    return tuple(dict.fromkeys((*(k for k in first if k in drawn), *drawn)))


def lane(treatments: tuple[Treatment, ...], axis: Axis) -> Markup:
    """The treatments, one line each, on the time axis; an end that is not known runs to the edge with an open end."""
    rows: list[Markup] = []
    for i, treatment in enumerate(treatments):
        y = 26.0 + 30 * i
        start, end = axis.clipped(treatment.start, LEFT), axis.clipped(treatment.end, RIGHT)
        open_ = "" if treatment.end else " open"
        rows.append(text(LEFT, y, treated(treatment), class_="k"))
        rows.append(tag("rect", x=start, y=y + 5, width=max(end - start, 3.0), height=7, class_=f"lane{open_}"))
        if not treatment.end:
            rows.append(tag("path", d=f"M{RIGHT} {y + 3}l7 5.5l-7 5.5", class_="arrow"))
    height = 30 * len(treatments) + 24
    spoken_ = "; ".join(treated(t) for t in treatments)
    title = text(0, 10, "Treatments", class_="b")
    return chart("treatments", "Treatments on the time axis", spoken_, height, [title, *rows])


def treated(treatment: Treatment) -> str:
    """A treatment with its dose and dates."""
    dose = "" if treatment.dose is None else f" {treatment.dose:g}"
    unit = "" if treatment.dose is None else f" {spoken(treatment.unit)}"
    begun = f"from {day(treatment.start)}" if treatment.start else "start not known"
    ended = f"to {day(treatment.end)}" if treatment.end else "going on or end not known"
    return f"{sentence(treatment.what)}{dose}{unit}, {begun}, {ended}"


def dates(days: Iterable[date], axis: Axis, y: float) -> list[Markup]:
    """The time axis at a height, with its days; one that would touch its neighbour is left to the table."""
    parts = [tag("line", x1=LEFT, y1=y, x2=RIGHT, y2=y, class_="axis")]
    years = axis.first.year != axis.last.year
    free = WIDTH + 0.0
    for at in sorted(set(days), reverse=True):
        x, said = axis.x(at), short_day(at, years)
        parts.append(tag("line", x1=x, y1=y, x2=x, y2=y + 3, class_="axis"))
        half = len(said) * 3.2
        if x + half < free:
            parts.append(text(x, y + 14, said, class_="k", text_anchor="middle"))
            free = x - half - 4
    return parts


def chart(ident: str, title: str, said: str, height: float, parts: Iterable[Markup]) -> Markup:
    """A drawing with its title and description."""
    return tag(
        "svg",
        tag("title", title, id=f"{ident}-t"),
        tag("desc", said, id=f"{ident}-d"),
        *parts,
        class_="chart",
        viewBox=f"0 0 {WIDTH} {height:.0f}",
        role="img",
        aria_labelledby=f"{ident}-t {ident}-d",
    )
