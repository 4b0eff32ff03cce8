"""The record's own form: one FHIR R4 transaction bundle with every number, its error, its grounds and its origin.

A transaction, not a collection: a receiver that takes it stores all of it or nothing. Each resource is put under its
own id, so sending it twice changes nothing; an ImagingStudy is created only where the receiver has none of that UID.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from vivomap.core import Assessment, Change, Match, Measurement, Missing, Prediction, Verdict, identify
from vivomap.report.fhir import judged, numbers, proposed, seen
from vivomap.report.fhir.numbers import Visit
from vivomap.report.fhir.parts import Resource, full_url, identifier, legal
from vivomap.report.forms import Filed, Files, Form
from vivomap.report.naming import visits
from vivomap.report.place import place

__all__ = ["FHIR", "FILE", "bundle", "canonical", "write"]

FILE = "fhir.json"
Told = Measurement | Missing | Match | Change | Verdict | Prediction


def write(assessment: Assessment, folder: str | Path, history: Sequence[Assessment] = ()) -> Path:
    """Write `fhir.json`. Raises Refusal `two_patients`, `cannot_write` or `disk_full`."""
    return place(Path(folder) / FILE, canonical(bundle(Filed(assessment, tuple(history)))))


def _form(filed: Filed) -> Files:
    return {FILE: canonical(bundle(filed))}


FHIR = Form("fhir", "json", _form, "FHIR R4 transaction for the record")


def canonical(resource: Resource) -> bytes:
    """The one way in which a resource is written: keys in order, numbers so that they read back equal."""
    text = json.dumps(resource, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()


def bundle(filed: Filed) -> Resource:
    """The bundle of one assessment; earlier numbers come along where today's changes and verdicts rest on them."""
    told = list(_told(visits(filed)))
    inside = {identify(c): _kind(c) for _, c in told}
    once = {(r["resourceType"], r["id"]): r for r in _resources(filed, told, inside)}
    return {
        "resourceType": "Bundle",
        "id": identify(filed.assessment),
        "identifier": identifier(filed.assessment)[0],
        "type": "transaction",
        "entry": [_entry(legal(r)) for r in once.values()],
    }


def _resources(filed: Filed, told: list[tuple[Filed, Told]], inside: dict[str, str]) -> Iterator[Resource]:
    here = Visit(filed, inside)
    yield proposed.reported(here)
    for visit in (filed, *(v for v, _ in told)):
        yield from seen.imaging(visit.assessment.study)
        yield from seen.scanners(visit.assessment.study)
    yield from (seen.software(v) for v in (filed.version, *_versions(c for _, c in told)))
    changes = {identify(c.after): c for _, c in told if isinstance(c, Change)}
    for visit, claim in told:
        yield _resource(Visit(visit, inside), claim, changes)
        yield from (seen.lesion(visit, label) for label in _labels(claim) if label)
    yield from proposed.plans(here)
    yield from proposed.origins(here)


def _told(every: Sequence[Filed]) -> Iterator[tuple[Filed, Told]]:
    """The claims of the bundle with the visit that made each: earlier ones that are referred to, then today's."""
    filed = every[-1]
    now = filed.assessment
    asked = {i for c in (*now.claims, *now.recommendation.proposals) for i in _rests_on(c)}
    before = {identify(c): (v, c) for v in every[:-1] for c in v.assessment.claims if isinstance(c, Told)}
    loose = {identify(c.before): (filed, c.before) for c in now.claims if isinstance(c, Change)}
    today = {identify(c): (filed, c) for c in now.claims if isinstance(c, Told)}
    earlier = {i: found for i, found in {**loose, **before}.items() if i in asked and i not in today}
    yield from (*earlier.values(), *today.values())


def _rests_on(claim: object) -> Iterable[str]:
    if isinstance(claim, Change):
        return (identify(claim.before),)
    return getattr(claim, "because", ())


def _kind(claim: Told) -> str:
    return "RiskAssessment" if isinstance(claim, Prediction) else "Observation"


def _labels(claim: Told) -> Iterable[str]:
    return (*claim.before, *claim.after) if isinstance(claim, Match) else (claim.region,)


def _versions(claims: Iterable[Told]) -> dict[str, None]:
    return dict.fromkeys(c.provenance.version for c in claims if isinstance(c, Measurement | Verdict | Prediction))


def _resource(visit: Visit, claim: Told, changes: dict[str, Change]) -> Resource:
    match claim:
        case Measurement():
            return numbers.measured(visit, claim, changes.get(identify(claim)))
        case Missing():
            return numbers.lacking(visit, claim)
        case Change():
            return numbers.changed(visit, claim)
        case Verdict():
            return judged.called(visit, claim)
        case Match():
            return judged.matched(visit, claim)
        case Prediction():
            return judged.foretold(visit, claim)


def _entry(resource: Resource) -> Resource:
    kind = resource["resourceType"]
    request = {"method": "PUT", "url": f"{kind}/{resource['id']}"}
    if kind == "ImagingStudy":
        known = resource["identifier"][0]
        request = {"method": "POST", "url": kind, "ifNoneExist": f"identifier={known['system']}|{known['value']}"}
    return {"fullUrl": full_url(resource["id"]), "resource": resource, "request": request}
