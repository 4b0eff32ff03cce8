"""The later pages: curves, every number, options with their grounds, method, limits, provenance, warnings."""

from __future__ import annotations

from typing import Any, NamedTuple

from markupsafe import Markup

from vivomap.core import Finding
from vivomap.report import sources, tables
from vivomap.report.answer import headline
from vivomap.report.curve import curve
from vivomap.report.story import Key, Story
from vivomap.report.timeline import MOST_CHARTS, axis_of, drawable, lane, treated
from vivomap.report.words import capital, day, name, sentence, several

NOTES = (
    "± is half the 95 % interval (1.96 standard uncertainties).",
    "In brackets: measured, not comparable.",
    "“None” has its reason under “What is missing, and why”, or the lesion was not there yet.",
)


class Lesion(NamedTuple):
    """A lesion and how it is marked everywhere."""

    letter: str
    name: str
    where: str
    style: str
    fate: str


def record(story: Story) -> dict[str, Any]:
    """What the later pages say."""
    curves, note = _curves(story)
    proposed = story.assessment.recommendation
    return {
        "curves": curves,
        "curve_note": note,
        "rows": tables.every_number(story),
        "heads": tables.heads(story),
        "table_note": _table_note(story),
        "lesions": [shown(story, lesion) for lesion in story.marks],
        "facts": _facts(story),
        "abstained": capital(sentence(proposed.abstained)),
        "offers": tables.offers(proposed.proposals),
        "weighed": any(p.benefit is not None for p in proposed.proposals),
        "grades": sources.grades(story),
        "method": _method(story),
        "rules": sources.rules(story),
        "origins": sources.origins(story),
        "scanners": sources.scanners(story),
        "warnings": tables.warnings(story),
    }


def _curves(story: Story) -> tuple[list[Markup], str]:
    """The treatments and the curves on one time axis, and what is to be said of them."""
    axis = axis_of(story)
    told = "; ".join(treated(t) for t in story.treatments)
    if axis is None:
        return [], "Fewer than two days have a number: nothing can be drawn over time yet." + (
            f" Treatments: {told}." if told else ""
        )
    lead: list[Key] = [(c.region, c.name, 0) for c in headline(story.changes, story.verdicts)]
    keys = drawable(story, lead)
    drawn = [lane(story.treatments, axis)] if story.treatments else []
    drawn += [curve(story, key, axis) for key in keys[:MOST_CHARTS]]
    said = ["Grey band: values that read as no change from the reference (dotted). Whiskers: 95 % intervals."]
    said += ["No treatment is on record."] if not story.treatments else []
    left = len(keys) - MOST_CHARTS
    said += [f"{capital(several(left, 'more number'))} over time: see the table."] if left > 0 else []
    undated = sum(1 for row in story.table.values() for m in row.values() if m.day is None)
    said += [f"{several(undated, 'number has', 'numbers have')} no date and cannot be drawn."] if undated else []
    return drawn, " ".join(said)


def _table_note(story: Story) -> str:
    left = len(story.visits) - len(tables.columns(story))
    more = [f"{several(left, 'earlier visit is', 'earlier visits are')} left out of the columns."] if left else []
    return " ".join((*NOTES, *more))


def shown(story: Story, lesion: str) -> Lesion:
    """A lesion as the table of lesions shows it."""
    mark = story.marks[lesion]
    drawn = [r for visit in reversed(story.visits) for r in visit.study.regions if lesion in (r.lesion, r.name)]
    where = ", ".join(dict.fromkeys(w for r in drawn[:1] for w in (r.finding, r.site) if w))
    fate = story.fate(lesion) or ("seen" if _measured(story, lesion) else "no number")
    return Lesion(mark.letter, lesion, sentence(where) or "not said", f"{mark.style}, {mark.marker}", fate)


def _measured(story: Story, lesion: str) -> bool:
    return any(row.get(len(story.visits) - 1) for key, row in story.table.items() if key[0] == lesion)


def _facts(story: Story) -> list[str]:
    facts = dict.fromkeys(story.course.every(Finding))
    return [f"{' '.join((name(f.name), f.code)).strip()}: {f.value} ({day(f.day)}, {f.by})" for f in facts]


def _method(story: Story) -> list[str]:
    """What was done and what was taken for granted, in sentences."""
    held = story.assessment.study.held
    said = [f"{'; '.join(sources.makers(story))}."] if sources.makers(story) else []
    said += [
        "Change: the later number less the reference; its 95 % interval is the limits of no change laid around it.",
        "P (real change): chance that the true change has the direction that was seen, by those limits.",
        "Outlines are taken as they were drawn; what is known of their edge is part of each uncertainty.",
        "The three numbers in front: those that the criterion rests on, then the changes farthest beyond their limits.",
    ]
    if story.assessment.study.day is None:
        said.append("This visit has no certain date: it is kept, and never put in order by guess.")
    kinds = dict.fromkeys((h.code, h.reason) for h in held)
    said += [f"Held, not used: {sum((h.code, h.reason) == k for h in held)} × {k[0]}, {sentence(k[1])}." for k in kinds]
    return said
