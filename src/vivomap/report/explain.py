"""From a number to its voxels, as text: what it says, who made it, from what, down to images, outlines and objects."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from vivomap.core import (
    Assessment,
    Change,
    Decision,
    Finding,
    Image,
    Match,
    Measurement,
    Missing,
    Prediction,
    Proposal,
    Provenance,
    Refusal,
    Region,
    Said,
    Treatment,
    Verdict,
    identify,
)
from vivomap.report.moves import moved, no_change
from vivomap.report.sources import SCANNER
from vivomap.report.timeline import treated
from vivomap.report.words import category, chance, day, name, plain, reading, sentence, several

SHORT = 12  # digits of an id as it is printed
LEAST = 6  # digits that name an id, where no other begins with them
Thing = Said | Assessment | Decision | Image | Region


@dataclass(frozen=True)
class Known:
    """Everything that has an id or a content hash, and what was chosen."""

    things: dict[str, Thing] = field(default_factory=dict)
    decisions: tuple[Decision, ...] = ()


def chain(claim_id: str, assessments: Iterable[Assessment], decisions: Iterable[Decision] = ()) -> str:
    """The chain of a claim, an assessment or a decision, by its id or an unambiguous beginning of it.

    Raises Refusal `unknown_name` if nothing has this id, and `ambiguous_name` if several begin with it.
    """
    known = Known({}, tuple(decisions))
    for assessment in assessments:
        _index(known.things, assessment)
    known.things.update({identify(d): d for d in known.decisions})
    whole = _found(claim_id, known.things)
    lines = _told(whole, known, set())
    return "\n".join((*lines, *_after(whole, known)))


def _found(claim_id: str, things: dict[str, Thing]) -> str:
    wanted = claim_id.lower()
    fits = [i for i in things if i.startswith(wanted)] if len(wanted) >= LEAST else []
    if not fits:
        hint = "take an id from a report or from `vivomap history --json`; six digits or more"
        raise Refusal("unknown_name", f"nothing here has the id {plain(claim_id)!r}", expected="an id", hint=hint)
    if len(fits) > 1:
        several_ = ", ".join(i[:SHORT] for i in fits[:5])
        raise Refusal("ambiguous_name", f"{len(fits)} ids begin with {wanted}", found=several_, expected="one")
    return fits[0]


def _index(things: dict[str, Thing], assessment: Assessment) -> None:
    things[identify(assessment)] = assessment
    for image in assessment.study.images:
        things.setdefault(image.voxels.digest, image)
    for region in assessment.study.regions:
        things.setdefault(region.mask.digest, region)
    for claim in (*assessment.study.facts, *assessment.claims):
        things.setdefault(identify(claim), claim)
        if isinstance(claim, Change):
            things.setdefault(identify(claim.before), claim.before)
            things.setdefault(identify(claim.after), claim.after)
        if isinstance(claim, Measurement) and isinstance(claim.detail, Image):
            things.setdefault(claim.detail.voxels.digest, claim.detail)


def _told(ident: str, known: Known, seen: set[str]) -> list[str]:
    """A thing and, indented below it, all that it rests on; what was told before is named only."""
    thing = known.things.get(ident)
    if thing is None:
        return [f"{ident[:SHORT]}  not in these assessments"]
    head = f"{ident[:SHORT]}  {_says(thing)}"
    if ident in seen:
        return [f"{head} (told above)"]
    seen.add(ident)
    below = [*_grounds(thing)]
    for each in _inputs(thing):
        below += _told(each, known, seen)
    return [head, *(f"  {line}" for line in below)]


def _says(thing: Thing) -> str:
    """What a thing is, in one line."""
    match thing:
        case Measurement():
            r = reading(thing)
            said = f"{r.value} ± {r.half} {r.unit}".rstrip()
            return f"measurement: {_of(thing)}, {day(thing.day)}: {said} (95 % interval {r.low} to {r.high})"
        case Change():
            m = moved(thing)
            said = f"{m.amount} {m.unit} (95 % interval {m.low} to {m.high})"
            return f"change: {_of(thing)}: {said}, {m.word}, P (real change) {m.chance}"
        case Verdict():
            said = f"{category(thing.category)}; chance by error alone {chance(thing.chance_noise)}"
            return f"verdict: {name(thing.name)}, {day(thing.day)}: {said}"
        case Missing():
            return f"missing {thing.what}: {_of(thing)}, {day(thing.day)}: {thing.code}: {sentence(thing.reason)}"
        case Prediction():
            said = f"{thing.chance:.2f} (95 % interval {thing.low:.2f} to {thing.high:.2f})"
            return f"prediction: {_of(thing)}: {said} within {thing.horizon_days} days"
        case Image():
            what = thing.text("series_description") or thing.text("modality")
            return f"voxels: {thing.role} {plain(what)}, {day(thing.day)}, {several(len(thing.source), 'object')}"
        case Region():
            where = ", ".join(plain(w) for w in (thing.finding, thing.site) if w)
            return f"outline: {plain(thing.name)} ({where or 'not said'})"
        case _:
            return _says_of_record(thing)


def _says_of_record(thing: Thing) -> str:
    match thing:
        case Assessment():
            return f"assessment: {name(thing.pathway)}, {day(thing.study.day)}, edition {thing.edition[:SHORT]}"
        case Decision():
            return f"decision: “{plain(thing.chosen)}” by {plain(thing.by)}, {day(thing.day)}: {plain(thing.reason)}"
        case Treatment():
            return f"treatment: {treated(thing)} ({plain(thing.source)})"
        case Finding():
            return f"finding: {name(thing.name)} is {plain(thing.value)}, {day(thing.day)}, by {plain(thing.by)}"
        case Match():
            whom = ", ".join(plain(w) for w in dict.fromkeys((*thing.before, *thing.after)))
            return f"match: {whom} {thing.kind}, {day(thing.day)}, by {plain(thing.by)}"
        case _:
            return type(thing).__name__.lower()


def _of(thing: Measurement | Change | Missing | Prediction) -> str:
    return f"{name(thing.name)} of {plain(thing.region)}" if thing.region else name(thing.name)


def _grounds(thing: Thing) -> list[str]:
    """Who made it, how, and from which objects."""
    lines: list[str] = []
    made = getattr(thing, "provenance", None)
    if isinstance(made, Provenance):
        lines += _made(made)
    if isinstance(thing, Change):
        low, high = no_change(thing)
        lines.append(f"no change would read {low} to {high}: {sentence(thing.limits)}")
        lines += [f"between: {treated(t)}" for t in thing.treatments]
    if isinstance(thing, Verdict):
        lines += [f"because {sentence(reason)}" for reason in thing.reasons]
    if isinstance(thing, Image | Region) and thing.source:
        lines.append(_objects(thing.source))
    lines += [f"warning: {sentence(f.reason)} ({f.code})" for f in getattr(thing, "flags", ())]
    return lines


def _made(made: Provenance) -> list[str]:
    lines = [f"made by {made.maker}, vivomap {made.version}"]
    scanner = " ".join(t for t in (made.text(k) for k in SCANNER) if t)
    settings = "; ".join(f"{k} {v}" for k, v in made.settings if k not in SCANNER)
    lines += [f"scanner: {plain(scanner)}"] if scanner else []
    lines += [f"settings: {plain(settings)}"] if settings else []
    return lines + ([_objects(made.source)] if made.source else [])


def _objects(source: Sequence[str]) -> str:
    """The objects, first and last where there are many."""
    if len(source) <= 3:
        return f"objects: {', '.join(plain(s) for s in source)}"
    return f"objects: {plain(source[0])} … {plain(source[-1])} ({len(source)})"


def _inputs(thing: Thing) -> tuple[str, ...]:
    """The ids and content hashes that a thing rests on."""
    match thing:
        case Change():
            return identify(thing.before), identify(thing.after)
        case Assessment():
            proposed = (i for p in thing.recommendation.proposals for i in p.because)
            return tuple(dict.fromkeys((*(identify(c) for c in thing.claims), *proposed)))
        case Decision():
            return (thing.assessment,)
        case _:
            made = getattr(thing, "provenance", None)
            inputs = made.inputs if isinstance(made, Provenance) else ()
            return tuple(dict.fromkeys((*inputs, *getattr(thing, "because", ()))))


def _after(ident: str, known: Known) -> list[str]:
    """What rests on a thing: changes, verdicts, proposals, and what a person chose."""
    lines = []
    for other, thing in known.things.items():
        if other != ident and not isinstance(thing, Decision) and ident in _inputs(thing):
            lines.append(f"used by {other[:SHORT]}  {_says(thing)}")
        if isinstance(thing, Assessment):
            lines += [f"proposed: {_option(p)}" for p in thing.recommendation.proposals if ident in p.because]
    lines += [_says(d) for d in known.decisions if d.assessment == ident]
    return lines


def _option(proposal: Proposal) -> str:
    return f"{sentence(proposal.option)} (grade {proposal.grade}; {'; '.join(sentence(r) for r in proposal.reasons)})"
