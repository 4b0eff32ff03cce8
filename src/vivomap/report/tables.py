"""The tables of the page: every number, what is missing and why, the options, and the warnings that were carried."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from vivomap.core import Change, Flag, Measurement, Missing, Proposal
from vivomap.core.errors import codes, first_remedy
from vivomap.report.moves import Moved, moved
from vivomap.report.story import Key, Story
from vivomap.report.words import Reading, capital, name, number, places, reading, scale, sentence, short_day

MOST_VISITS = 4  # project: columns that a printed page holds; the reference is always among them
SAID = {"number": "not computed", "change": "not compared", "verdict": "no verdict", "chance": "no chance"}
RANK = ("verdict", "chance", "change", "number")


class Cell(NamedTuple):
    """A number at one visit, or none; `hollow` where it cannot be compared."""

    reading: Reading | None
    hollow: bool


class Row(NamedTuple):
    """One number of one lesion at every visit, with its change."""

    letter: str
    lesion: str
    name: str
    unit: str
    cells: tuple[Cell, ...]
    moved: Moved | None
    why: str


class Gap(NamedTuple):
    """What is missing, why, and what would mend it."""

    what: str
    said: str
    code: str
    reason: str
    remedy: str


class Warned(NamedTuple):
    """A warning that travels with numbers, and which they are."""

    reason: str
    code: str
    of: str


def columns(story: Story) -> tuple[int, ...]:
    """The visits that the table shows: the reference and the latest ones."""
    every = range(len(story.visits))
    if len(every) <= MOST_VISITS:
        return tuple(every)
    days = [v.study.day for v in story.visits]
    reference = days.index(story.reference_day) if story.reference_day in days else 0
    return tuple(sorted({reference, *list(every)[-(MOST_VISITS - 1) :]}))


def heads(story: Story) -> tuple[tuple[str, str], ...]:
    """The heads of the visits' columns: which visit, and when."""
    days = [v.study.day for v in story.visits]
    years = len({d.year for d in days if d}) > 1
    return tuple((f"visit {i + 1}", short_day(days[i], years)) for i in columns(story))


def every_number(story: Story) -> tuple[Row, ...]:
    """All measurements by lesion and name, each with its change or the reason why there is none."""
    return tuple(_row(story, key, row) for key, row in story.table.items())


def _row(story: Story, key: Key, at: dict[int, Measurement]) -> Row:
    lesion, claim, which = key
    shown = [at.get(i) for i in columns(story)]
    cells = tuple(Cell(reading(m) if m else None, bool(m and story.incomparable(m))) for m in shown)
    change = story.change_of(lesion, claim) if which == 0 else None
    refused = story.refused(lesion, claim)
    unit = scale(next(iter(at.values())).unit)[1] or "1"
    why = _why(story, at, refused)
    return Row(story.letter(lesion), lesion, name(claim), unit, cells, moved(change) if change else None, why)


def _why(story: Story, at: dict[int, Measurement], refused: Missing | None) -> str:
    """Why a number has no change."""
    last = len(story.visits) - 1
    if refused:
        return "not comparable" if refused.code == "not_comparable" else "not compared"
    if last not in at:
        return "not measured"
    return "first value" if len(at) == 1 else "not compared"


def gaps(story: Story) -> tuple[Gap, ...]:
    """What is missing at this visit, alike things together, the gravest first."""
    groups: dict[tuple[str, str, str, str], list[str]] = {}
    for missing in sorted(story.missing, key=lambda m: RANK.index(m.what) if m.what in RANK else len(RANK)):
        key = (missing.what, name(missing.name), missing.code, missing.reason)
        groups.setdefault(key, []).append(story.letter(missing.region) or missing.region)
    merged: dict[tuple[str, str, str], list[str]] = {}
    for (what, claim, code, reason), who in groups.items():
        lesions = ", ".join(w for w in who if w)
        merged.setdefault((what, code, reason), []).append(f"{lesions}: {claim}" if lesions else claim)
    return tuple(
        Gap("; ".join(of), capital(SAID.get(what, what)), code, story.says(reason), remedy(code))
        for (what, code, reason), of in merged.items()
    )


def remedy(code: str) -> str:
    """What would mend it, in short: the first clause on the page of the code."""
    return first_remedy(code).split("; ")[0] if code in codes() else "no remedy is on record for this code"


class Offer(NamedTuple):
    """An option as it is printed."""

    option: str
    gain: str
    harm: str
    benefit: str
    span: str
    grade: str
    source: str
    rests: str


def offers(proposals: Iterable[Proposal]) -> tuple[Offer, ...]:
    """The options in their order; what an option's card does not say is said to be not stated."""
    return tuple(_offer(p) for p in proposals)


def _offer(proposal: Proposal) -> Offer:
    benefit, span = "not weighed", ""
    if proposal.benefit is not None:
        ends = (proposal.low, proposal.high)
        half = (ends[1] - ends[0]) / 2 if ends[0] is not None and ends[1] is not None else 0
        digits = places(half, proposal.benefit)
        benefit = number(proposal.benefit, digits, True)
        if ends[0] is not None and ends[1] is not None:
            span = f"{number(ends[0], digits, True)} to {number(ends[1], digits, True)}"
    return Offer(
        capital(sentence(proposal.option)),
        proposal.gain or "not stated",
        proposal.harm or "not stated",
        benefit,
        span,
        proposal.grade,
        proposal.source,
        "; ".join(sentence(r) for r in proposal.reasons) or "the chance above",
    )


def warnings(story: Story) -> tuple[Warned, ...]:
    """Every flag of this visit's images, numbers and changes, once each, with what it warns of."""
    found: dict[tuple[str, str], list[str]] = {}

    def note(flags: Iterable[Flag], of: str) -> None:
        for flag in flags:
            found.setdefault((flag.reason, flag.code), []).append(of)

    study = story.assessment.study
    note(study.flags, "this visit")
    for image in study.images:
        note(image.flags, image.text("series_description") or image.role)
        note((f for f in image.refusals), image.text("series_description") or image.role)
    for region in study.regions:
        note(region.flags, f"outline {region.name}")
    for claim in story.assessment.claims:
        if isinstance(claim, Measurement | Change):
            note(claim.flags, " ".join((story.letter(claim.region), name(claim.name))).strip())
    return tuple(Warned(story.says(r), c, _some(tuple(dict.fromkeys(of)))) for (r, c), of in found.items())


def _some(of: tuple[str, ...]) -> str:
    return ", ".join(of) if len(of) <= 6 else f"{', '.join(of[:6])} and {len(of) - 6} more"
