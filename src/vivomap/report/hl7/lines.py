"""What a message tells, line by line: the answer, the lesions, every claim of the visit, the options."""

from __future__ import annotations

from collections.abc import Iterator

from vivomap.core import (
    Assessment,
    Change,
    Flag,
    Match,
    Measurement,
    Missing,
    Prediction,
    Verdict,
    identify,
    spoken,
)
from vivomap.report.answer import answer
from vivomap.report.forms import Filed
from vivomap.report.hl7.wire import Line, between, concept, decimal, escape, named, rounded, worded
from vivomap.report.naming import interval, tracked
from vivomap.report.words import category

RESEARCH = "Research use only, not a medical device. The choice is for people; this message orders nothing."


def lines(filed: Filed) -> Iterator[Line]:
    """Every OBX: the answer, the lesions, the claims of this visit, the options."""
    story = filed.story
    subs = {lesion: str(mark.index + 1) for lesion, mark in story.marks.items()}
    yield worded("conclusion", "Conclusion", "0", f"{answer(story)} {RESEARCH}")
    for older in filed.replaces:
        yield worded("replaces", "Takes the place of report", "0", identify(older.assessment))
    changes = {identify(c.after): c for c in story.changes}
    for lesion, sub in subs.items():
        who = tracked(filed, lesion)
        told = (("lesion", "Lesion", lesion), ("letter", "Letter in the report", story.letter(lesion)))
        more = (
            ("tracking_uid", "Tracking UID", who.uid),
            ("site", "Site", who.site),
            ("finding", "Finding", who.finding),
        )
        yield from (worded(code, text, sub, value) for code, text, value in (*told, *more) if value)
    for claim in story.assessment.claims:
        sub = subs.get(str(getattr(claim, "region", "")), "0")
        match claim:
            case Measurement():
                yield from _measured(claim, sub, changes.get(identify(claim)))
            case Change():
                yield from _changed(claim, sub)
            case Missing():
                yield _lacking(claim, sub)
            case Verdict():
                yield from _called(claim, sub)
            case Match():
                yield from _matched(claim, subs)
            case Prediction():
                yield from _foretold(claim, sub)
    yield from _options(story.assessment)


def _measured(m: Measurement, sub: str, change: Change | None) -> Iterator[Line]:
    low, high = interval(m)
    error = f"95 % interval {rounded(low)} to {rounded(high)} {spoken(m.unit)}".rstrip()
    about = f"range: limits of no change against {change.before.day or 'an undated number'}, " if change else ""
    notes = (f"claim {identify(m)}", error, *([f"{about}not a normal range"] if change else []), *_warned(m.flags))
    span = between(change.before.value + change.low, change.before.value + change.high) if change else ""
    mark = _mark(change) if change else ""
    value = Line("NM", named(m.name), sub, decimal(m.value), m.unit, span, mark, "P", m.day, m.provenance, notes)
    yield value
    code = named(m.name, ".u", "Standard uncertainty (k = 1) of ")
    yield Line("NM", code, sub, decimal(m.uncertainty), m.unit, day=m.day)


def _changed(change: Change, sub: str) -> Iterator[Line]:
    treated = (f"treatment between: {t.what}, {t.start or 'start unknown'} ({t.source})" for t in change.treatments)
    before = change.before
    since = f"since {before.day or 'an undated visit'}, from {rounded(before.value)} {spoken(before.unit)}".rstrip()
    notes = (f"claim {identify(change)}", since, "range: limits of no change, not a normal range", change.limits)
    told = tuple(n for n in (*notes, *treated, *_warned(change.flags)) if n)
    code, unit = named(change.name, ".change", "Change in "), change.after.unit
    span, day = between(change.low, change.high), change.day
    yield Line("NM", code, sub, decimal(change.difference), unit, span, _mark(change), "P", day, None, told)
    code = named(change.name, ".p_real", "Probability that the change is real, ")
    yield Line("NM", code, sub, decimal(change.chance_real), "1", day=day)


def _lacking(missing: Missing, sub: str) -> Line:
    code = named(missing.name, ".change", "Change in ") if missing.what == "change" else named(missing.name)
    text = escape(f"{missing.code}: {missing.reason}")
    return Line("TX", code, sub, text, status="X", day=missing.day, notes=(f"claim {identify(missing)}",))


def _called(verdict: Verdict, sub: str) -> Iterator[Line]:
    notes = (f"claim {identify(verdict)}", *verdict.reasons)
    label, day = escape(category(verdict.category)), verdict.day
    yield Line("TX", named(verdict.name), sub, label, day=day, made=verdict.provenance, notes=notes)
    code = named(verdict.name, ".p_noise", "Probability that measurement error alone gave ")
    yield Line("NM", code, sub, decimal(verdict.chance_noise), "1", day=day)


def _matched(match: Match, subs: dict[str, str]) -> Iterator[Line]:
    who = next(iter((*match.after, *match.before)), "")
    names = f"before {', '.join(match.before) or 'none'}, now {', '.join(match.after) or 'none'}, by {match.by}"
    line = worded("fate", "What became of the lesion", subs.get(who, "0"), match.kind)
    yield line._replace(day=match.day, notes=(f"claim {identify(match)}", names))


def _foretold(chance: Prediction, sub: str) -> Iterator[Line]:
    about = f"within {chance.horizon_days} days; 95 % interval {rounded(chance.low)} to {rounded(chance.high)}"
    notes = (f"claim {identify(chance)}", about)
    code = named(chance.name)
    yield Line("NM", code, sub, decimal(chance.chance), "1", day=chance.day, made=chance.provenance, notes=notes)


def _options(assessment: Assessment) -> Iterator[Line]:
    proposed = assessment.recommendation
    for rank, option in enumerate(proposed.proposals, 1):
        text = f"grade {option.grade}; source: {option.source}"
        line = worded("option", "Option, an alternative and no order", str(rank), option.option)
        yield line._replace(notes=(*option.reasons, text))
    if proposed.abstained:
        yield worded("abstained", "No option is proposed, because", "0", proposed.abstained)
    if proposed.look_again_days is not None:
        again = concept("look_again", "The pathway looks again after")
        yield Line("NM", again, "0", str(proposed.look_again_days), "d")


def _mark(change: Change) -> str:
    """Table 0078: significant change up or down; within error has no letter."""
    return ("U" if change.difference > 0 else "D") if change.real else ""


def _warned(flags: tuple[Flag, ...]) -> tuple[str, ...]:
    return tuple(f"warning {f.code}: {f.reason}" for f in flags)
