"""The first page, which alone is enough for a board: answer, three numbers, criterion, pictures, what is missing."""

from __future__ import annotations

from typing import Any, NamedTuple

from markupsafe import Markup

from vivomap.core import Change, Measurement, Verdict, identify
from vivomap.report.answer import MOST, answer, background, chances, driving, first_numbers, headline, metrology
from vivomap.report.figure import Drawn, draw_pair
from vivomap.report.moves import Moved, moved
from vivomap.report.pictures import MOST_PAIRS, pairs
from vivomap.report.story import Story
from vivomap.report.tables import gaps
from vivomap.report.thresholds import Standing, chance_standing, line, standing
from vivomap.report.words import MEANINGS, Shown, capital, category, chance, day, name, reading, several, short_day

FRONT = 2  # pairs of pictures on the first page
Pictures = tuple[Drawn, ...]  # of one lesion: earlier and later
ROWS = 7  # project: rows on what is missing that a page of Letter paper holds with nothing but the three numbers


class Card(NamedTuple):
    """One of the numbers that carry the answer."""

    what: str
    amount: Shown
    low: Shown
    high: Shown
    unit: str
    moved: Moved | None
    why: str


class Call(NamedTuple):
    """A criterion's label beside what the measurement says."""

    name: str
    category: str
    meaning: str
    reasons: tuple[str, ...]
    metrology: str
    metrology_meaning: str
    noise: Shown


class Line(NamedTuple):
    """A line with limits."""

    what: str
    picture: Markup
    said: str


def front(story: Story) -> dict[str, Any]:
    """What the first page says; the pictures that it has no room for are `more`."""
    lead = headline(story.changes, story.verdicts)
    lines = _lines(story)
    first, more, note = _pictures(story, tuple(dict.fromkeys(c.region for c in lead if c.region)))
    return {
        "question": _question(story),
        "answer": answer(story),
        "background": background(story),
        "cards": _cards(story, lead),
        "calls": [_call(story, verdict) for verdict in story.verdicts],
        "lines": lines,
        "front": first,
        "more": more,
        "image_note": note,
        "gaps": gaps(story),
        "shown_gaps": ROWS - 2 * bool(first) - 2 * bool(story.verdicts) - bool(lines),
    }


def _question(story: Story) -> str:
    visit = f"visit {len(story.visits)} of {len(story.visits)}"
    asked = f"{capital(name(story.assessment.pathway))}: {visit}"
    said = f"{story.pathway.question} {capital(visit)}" if story.pathway else asked
    if story.changes:
        return f"{said}, change counted from {day(story.reference_day)}."
    return f"{said}."


def _cards(story: Story, lead: tuple[Change, ...]) -> list[Card]:
    """The changes in front; where there are fewer than three, numbers without a change join them."""
    told = {(c.region, c.name) for c in lead}
    rest = [m for m in first_numbers(story) if (m.region, m.name) not in told]
    cards = [_changed(story, c) for c in lead] + [_measured(story, m) for m in rest]
    return cards[:MOST]


def _of(story: Story, region: str, claim: str) -> str:
    return f"{story.letter(region)}, {name(claim)}" if region else capital(name(claim))


def _changed(story: Story, change: Change) -> Card:
    said = moved(change)
    usual = change.before.day == story.reference_day
    when = "" if usual else f", {short_day(change.before.day)} to {short_day(change.after.day)}"
    return Card(
        f"{_of(story, change.region, change.name)}{when}", said.amount, said.low, said.high, said.unit, said, ""
    )


def _measured(story: Story, m: Measurement) -> Card:
    said = reading(m)
    refused = story.refused(m.region, m.name)
    why = f"not comparable: {story.says(refused.reason)}" if refused else "first value: no change yet"
    what = f"{_of(story, m.region, m.name)}, {day(m.day)}"
    return Card(what, said.value, said.low, said.high, said.unit, None, why)


def _call(story: Story, verdict: Verdict) -> Call:
    drives = driving(story, verdict)
    said, meaning = metrology(drives) if drives else ("nothing to compare with yet", "hollow")
    noise = Shown(chance(verdict.chance_noise), identify(verdict), "chance_noise")
    label = category(verdict.category)
    shape = MEANINGS.get(verdict.category, "caution" if verdict.category == "NE" else "same")
    reasons = tuple(story.says(r) for r in verdict.reasons)
    return Call(name(verdict.name), capital(label), shape, reasons, capital(said), meaning, noise)


def _lines(story: Story) -> list[Line]:
    found = [standing(story, verdict) for verdict in story.verdicts]
    every: list[Standing] = [*(f for f in found if f), *(chance_standing(p) for p in chances(story))]
    return [
        Line(f"{capital(s.what)} against its limits" if s.limits else capital(s.what), line(s, f"l{i}"), s.said)
        for i, s in enumerate(every)
    ]


def _pictures(story: Story, first: tuple[str, ...]) -> tuple[list[Pictures], list[Pictures], str]:
    """The pairs of pictures of the first page, those of a later one, and what is to be said of both."""
    found = pairs(story, first)
    shown = [pair for pair in found if pair.views]
    drawn = [draw_pair(pair, story, f"p{i}") for i, pair in enumerate(shown[:MOST_PAIRS])]
    lesions = dict.fromkeys(pair.lesion for pair in shown[:MOST_PAIRS])
    marks = [f"{story.letter(k)} {k[:24]} ({story.marks[k].style})" for k in lesions]
    said = ["This visit has no image that shows a lesion: numbers only."]
    if marks:
        said = [f"Outlines: {', '.join(marks)}; slice of the largest section."]
    said += dict.fromkeys(f"No picture: {story.says(pair.note)}." for pair in found if pair.note)
    said += _grounds(drawn)
    if len(drawn) > FRONT:
        said.append("More under “Images, continued”.")
    left = len(shown) - len(drawn)
    if left:
        said.append(f"{several(left, 'more pair', 'more pairs')} of pictures not shown.")
    return drawn[:FRONT], drawn[FRONT:], " ".join(said)


def _grounds(drawn: list[Pictures]) -> list[str]:
    """The grey and the dotted outlines, once for all pictures."""
    every = [d for pair in drawn for d in pair]
    return [f"{capital(text)}." for text in dict.fromkeys(note for d in every for note in d.notes)]
