"""Where the numbers come from: who made each, from which images, with which settings; limits with their sources."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from vivomap.core import GRADES, Measurement, Provenance, Threshold, Verdict, identify, spoken
from vivomap.report.story import Story
from vivomap.report.words import capital, day, name, number, places, sentence, several

SCANNER = ("manufacturer", "model", "serial", "software")
SERIES = ("role", "modality", "kernel", "slice_thickness_mm", "series_description")
ID = 12  # hexadecimal digits of an id on the page; any unambiguous beginning opens it


class Origin(NamedTuple):
    """Where one number or verdict comes from."""

    what: str
    maker: str
    source: str
    settings: str
    ident: str
    claim: str


def origins(story: Story) -> tuple[Origin, ...]:
    """The provenance of every number and verdict of this visit."""
    numbers = (m for m in story.course.of(Measurement))
    rows = [_of_number(story, m) for m in numbers]
    return (*rows, *(_of_verdict(v) for v in story.verdicts))


def _of_number(story: Story, m: Measurement) -> Origin:
    made = m.provenance
    told = [made.text("modality") or made.text("role").upper(), day(m.day), made.text("series_description")]
    objects = several(len(made.source), "object") if made.source else ""
    what = f"{story.letter(m.region)} {name(m.name)}".strip()
    return Origin(what, _maker(made), _list((*told, objects)), _settings(made), identify(m)[:ID], identify(m))


def _of_verdict(verdict: Verdict) -> Origin:
    made = verdict.provenance
    rests = several(len(verdict.because), "claim") if verdict.because else "no claim"
    claim = identify(verdict)
    return Origin(name(verdict.name), _maker(made), f"rests on {rests}", "see the limits above", claim[:ID], claim)


def _maker(made: Provenance) -> str:
    """Module and function, without what all share."""
    return f"{made.maker.removeprefix('vivomap.')} {made.version}"


def _settings(made: Provenance, prefix: str = "") -> str:
    """The settings of the function itself; scanner and series stand elsewhere."""
    own = ((k, v) for k, v in made.settings if k not in (*SCANNER, *SERIES))
    return "; ".join(f"{name(k.removeprefix(prefix))} {v if isinstance(v, str) else _plain(v)}" for k, v in own)


def _plain(value: float) -> str:
    return number(value, min(4, places(0, value))).rstrip("0").rstrip(".") if value % 1 else number(value)


def _list(parts: tuple[str, ...]) -> str:
    return ", ".join(p for p in parts if p)


def scanners(story: Story) -> tuple[str, ...]:
    """The scanners of this visit's and the reference's numbers, each once."""
    found: dict[str, None] = {}
    for visit in story.visits:
        for m in visit.claims:
            if isinstance(m, Measurement):
                said = " ".join(t for t in (m.provenance.text(k) for k in SCANNER) if t)
                if said:
                    found.setdefault(f"{day(m.day)}: {said}")
    return tuple(found)


class Rule(NamedTuple):
    """A limit that a number or a verdict was held against, and where it comes from."""

    what: str
    said: str


def rules(story: Story) -> tuple[Rule, ...]:
    """The limits of no change and the criteria's values, alike ones together."""
    limits: dict[tuple[str, str], list[str]] = {}
    for change in story.changes:
        limits.setdefault((name(change.name), change.limits), []).append(story.letter(change.region))
    rows = [
        Rule(f"No change in {what}" + (f" ({', '.join(w for w in who if w)})" if any(who) else ""), sentence(said))
        for (what, said), who in limits.items()
    ]
    cards = {c.name: c for c in story.pathway.judge} if story.pathway else {}
    for verdict in story.verdicts:
        title = name(verdict.name)
        values = _settings(verdict.provenance, f"{verdict.name}_") or "none"
        parameters = cards[verdict.name].parameters if verdict.name in cards else ()
        rows += _thresholds(title, verdict.name, parameters) if parameters else [Rule(f"Values of {title}", values)]
    return tuple(r for r in rows if r.said)


def _thresholds(title: str, prefix: str, cards: Sequence[Threshold]) -> list[Rule]:
    """The values of a criterion, those of one source, grade and signature together."""
    told: dict[str, list[str]] = {}
    for card in cards:
        signed = f"; signed by {card.signed_by} on {day(card.signed_on)}" if card.signed_by else ""
        seen = "" if card.seen or "memory" in card.source else "; from memory: check before use"
        value = f"{name(card.name.removeprefix(f'{prefix}_'))} {_plain(card.value)} {spoken(card.unit)}".rstrip()
        told.setdefault(f"{card.source}, grade {card.grade}{seen}{signed}", []).append(value)
    return [Rule(f"Values of {title}", f"{'; '.join(values)} ({source})") for source, values in told.items()]


def grades(story: Story) -> tuple[str, ...]:
    """What the letters of the grades mean, those that are on the page."""
    used = sorted({p.grade for p in story.assessment.recommendation.proposals} & set(GRADES))
    return tuple(f"{g}: {GRADES[g]}" for g in used)


def makers(story: Story) -> tuple[str, ...]:
    """Which function made which numbers, for the method in short."""
    made: dict[str, list[str]] = {}
    for m in story.course.of(Measurement):
        made.setdefault(_maker(m.provenance), []).append(name(m.name))
    return tuple(f"{capital(', '.join(dict.fromkeys(names)))} by {maker}" for maker, names in made.items())
