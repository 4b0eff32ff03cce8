"""A measurement group as an Observation that has its numbers and its qualitative evaluations for members."""

from __future__ import annotations

from collections.abc import Iterator

from pydicom.dataset import Dataset

from vivomap.report.fhir.parts import DCM, Resource, coding, filled, to
from vivomap.report.fhir.sr.doubt import claim, doubt, time_point
from vivomap.report.fhir.sr.places import Frame, algorithm, chosen, sited, tracked
from vivomap.report.fhir.sr.tree import (
    ALGORITHM,
    CATEGORY,
    DERIVATION,
    FINDING,
    METHOD,
    SCHEMES,
    SERIES,
    SITE,
    TRACKING,
    TRACKING_UID,
    VERSION,
    answer,
    called,
    children,
    code_of,
    first,
    number,
)

GROUPED = {"coding": [coding("125007", DCM, "Measurement Group")]}
QUALITATIVE = {"coding": [coding("C0034375", SCHEMES["UMLS"], "Qualitative Evaluations")]}
CONTEXT = (CATEGORY, FINDING, SITE, METHOD, TRACKING, TRACKING_UID, SERIES, ALGORITHM, VERSION)


def group(frame: Frame, item: Dataset, place: str) -> Iterator[Resource]:
    """The resources of a group, itself first.

    Its code is the finding category, its value the finding; without a category its code is that of a group, which by
    the guide's own rule is then not its category too.
    """
    lesion, site = tracked(frame, item, place), sited(frame, item, place)
    picked = list(chosen(frame, item, place))
    about = [to(r["resourceType"], r["id"]) for r in (*([lesion] if lesion else []), *picked)]
    where = {"focus": about, "bodyStructure": to("BodyStructure", site["id"]) if site else {}}
    members = list(_members(frame, item, place, where))
    category = answer(first(item, CATEGORY))
    made_by = algorithm(frame, item)
    yield filled(
        {
            **frame.shared(place),
            "extension": time_point(item),
            "category": [GROUPED] if category else [],
            "code": category or GROUPED,
            "valueCodeableConcept": answer(first(item, FINDING)),
            "method": answer(first(item, METHOD)),
            "device": to("Device", (made_by or {"id": frame.named("equipment")})["id"]),
            "hasMember": [to("Observation", m["id"]) for m in members if m["resourceType"] == "Observation"],
            **where,
        }
    )
    yield from (r for r in (lesion, site, made_by, *picked, *members) if r)


def _members(frame: Frame, item: Dataset, place: str, where: Resource) -> Iterator[Resource]:
    for order, child in enumerate(children(item), 1):
        if child.get("RelationshipType") != "CONTAINS" or code_of(child) in CONTEXT:
            continue
        if child.get("ValueType") == "NUM":
            yield from _measured(frame, child, (place, str(order)), where)
        elif said := evaluated(frame, child, place, str(order)):
            yield {**said, **{k: v for k, v in where.items() if v}}


def _measured(frame: Frame, item: Dataset, place: tuple[str, ...], where: Resource) -> Iterator[Resource]:
    """A number; one without a value says so.

    How it was derived (mean, maximum) has no place in the guide and is a component: without it two numbers of one code
    could not be told apart.
    """
    made_by, site = algorithm(frame, item), sited(frame, item, *place)
    own = {"bodyStructure": to("BodyStructure", site["id"])} if site else {}
    value, derived = number(item), first(item, DERIVATION)
    yield filled(
        {
            **frame.shared(*place),
            "extension": doubt(item, value),
            "identifier": claim(item),
            "category": [GROUPED],
            "code": called(item),
            "valueQuantity": value,
            "component": [{"code": called(derived), "valueCodeableConcept": answer(derived)}] if derived else [],
            "dataAbsentReason": {} if value else {"text": "the report gives no value"},
            "method": answer(first(item, METHOD)),
            "device": to("Device", (made_by or {"id": frame.named("equipment")})["id"]),
            **where,
            **own,
        }
    )
    yield from (r for r in (made_by, site) if r)


def evaluated(frame: Frame, item: Dataset, *place: str) -> Resource:
    """A qualitative evaluation, coded or in words; {} for an item of another kind."""
    value = answer(item)
    if item.get("ValueType") not in ("CODE", "TEXT") or not value:
        return {}
    return filled(
        {
            **frame.shared(*place),
            "category": [QUALITATIVE],
            "code": called(item),
            "valueCodeableConcept": value,
            "device": to("Device", frame.named("equipment")),
        }
    )
