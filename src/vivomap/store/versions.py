"""Which version of an assessment is in force, and how a new one differs from the old one beside it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from vivomap.core import Assessment, Change, Forecast, Measurement, Missing, Prediction, Provenance, Verdict
from vivomap.store.records import Entry

ABSENT = "absent"
WHAT = {"Measurement": "number", "Change": "change", "Verdict": "verdict", "Prediction": "chance", "Forecast": "fan"}


class Difference(NamedTuple):
    """One claim that two versions give differently; a value is "absent" where a version does not have it."""

    name: str
    region: str
    old: float | str
    new: float | str
    unit: str
    why: str


def current(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """The assessment in force of each visit, dated ones by day, then undated ones in the order of the ledger.

    `entries` are assessments and supersedings in the order of the ledger. A visit is a patient, a pathway and a day
    (or a study without a date); the last entry that names an assessment of the visit says which is in force.
    """
    known: dict[str, Entry] = {}
    chosen: dict[tuple[str, ...], Entry] = {}
    for entry in entries:
        if entry.kind == "assessment":
            known[entry.id] = chosen[visit(entry)] = entry
        elif entry.kind == "supersedes" and entry.data["new"] in known:
            old, new = known.get(entry.data["old"]), known[entry.data["new"]]
            if old is not None and chosen.get(visit(old)) is old:
                del chosen[visit(old)]
            chosen[visit(new)] = new
    return tuple(sorted(chosen.values(), key=lambda e: (day(e) == "", day(e), e.seq)))


def instead(entries: Sequence[Entry], name: str) -> Entry | None:
    """The assessment that is in force in place of the one of this id; None if that one is in force itself."""
    force = {visit(e): e for e in current(entries)}
    mine = next((e for e in entries if e.kind == "assessment" and e.id == name), None)
    other = force.get(visit(mine)) if mine is not None else None
    return other if other is not None and other.id != name else None


def visit(entry: Entry) -> tuple[str, ...]:
    """Patient, pathway and day; a study without a date is known by its Study Instance UIDs."""
    study = entry.data["study"]
    return (study["patient"], entry.data["pathway"], day(entry), *([] if day(entry) else study["uid"]))


def day(entry: Entry) -> str:
    """The day of the visit, ISO; "" where it is not known."""
    return entry.data["study"]["day"] or ""


def differences(old: Assessment, new: Assessment) -> tuple[Difference, ...]:
    """Every claim that the two give differently, by name and region, and why as far as provenance tells."""
    before, after = _told(old), _told(new)
    found = []
    for key in dict.fromkeys((*before, *after)):
        one, other = before.get(key), after.get(key)
        if _value(one) != _value(other) or _unit(one) != _unit(other) or _doubt(one) != _doubt(other):
            name = key[1] if key[0] == "number" else f"{key[0]} of {key[1]}"
            unit = _unit(other) or _unit(one)
            found.append(Difference(name, key[2], _value(one), _value(other), unit, _why(one, other, old, new)))
    return tuple(found)


def _told(assessment: Assessment) -> dict[tuple[str, str, str, str], Any]:
    """What was asked, and what was said of it: a number and its absence share a key."""
    told = {}
    for claim in assessment.claims:
        what = claim.what if isinstance(claim, Missing) else WHAT.get(type(claim).__name__, "")
        if what:
            told[what, getattr(claim, "name", ""), getattr(claim, "region", ""), _asked_at(claim)] = claim
    return told


def _asked_at(claim: Any) -> str:
    """The day, and for a change the day it is counted from: one name may be asked of several pairs of visits."""
    since = f" since {claim.before.day}" if isinstance(claim, Change) else ""
    return f"{getattr(claim, 'day', None)}{since}"


def _value(claim: Any) -> float | str:
    match claim:
        case None:
            return ABSENT
        case Measurement():
            return claim.value
        case Change():
            return claim.difference
        case Verdict():
            return claim.category
        case Prediction():
            return claim.chance
        case Forecast():
            return f"{len(claim.times)} days ahead, last {claim.median[-1] if claim.median else ABSENT}"
        case _:
            return f"missing: {claim.code}"


def _unit(claim: Any) -> str:
    match claim:
        case Measurement() | Forecast():
            return claim.unit
        case Change():
            return claim.after.unit
        case _:
            return ""


def _doubt(claim: Any) -> Any:
    """What goes with the value: its uncertainty, or the limits that a change is held against."""
    match claim:
        case Measurement():
            return claim.uncertainty
        case Change():
            return claim.low, claim.high, claim.chance_real
        case Verdict():
            return claim.chance_noise
        case Prediction():
            return claim.low, claim.high
        case _:
            return None


def _why(one: Any, other: Any, old: Assessment, new: Assessment) -> str:
    """What the two provenances, or else the two editions, have different."""
    said = [f"missing: {c.reason}" for c in (other,) if isinstance(c, Missing)]
    before, after = _provenance(one), _provenance(other)
    if before and after:
        was, now = dict(before.settings), dict(after.settings)
        said += [
            f"{field} {getattr(before, field)} → {getattr(after, field)}"
            for field in ("version", "maker")
            if getattr(before, field) != getattr(after, field)
        ]
        said += [
            f"{name} {was.get(name, ABSENT)} → {now.get(name, ABSENT)}"
            for name in dict.fromkeys((*was, *now))
            if was.get(name) != now.get(name)
        ]
        said += ["other inputs"] if before.inputs != after.inputs else []
    if old.edition != new.edition:
        said.append("another edition of the pathway")
    if isinstance(other, Change) and isinstance(one, Change) and one.limits != other.limits:
        said.append(f"limits: {one.limits or ABSENT} → {other.limits or ABSENT}")
    return "; ".join(said) or "not told by the provenance"


def _provenance(claim: Any) -> Provenance | None:
    found = getattr(claim.after if isinstance(claim, Change) else claim, "provenance", None)
    return found if isinstance(found, Provenance) else None
