"""The same bundle in FHIR R5, for what R4 has no place for: which images and which segment a number comes from.

Each resource is the R4 one with its fields where R5 has them. A lesion's slices and its segment are ImagingSelections;
its numbers are derived from the first and have the second and the lesion's BodyStructure for their focus.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from vivomap.report.dicom_identity import tracking_uid
from vivomap.report.fhir import bundle, canonical
from vivomap.report.fhir.parts import DCM, Resource, coding, filled, full_url, known_by, legal, patient, to, uid
from vivomap.report.fhir.seen import study_id
from vivomap.report.fhir.selections import Selection, selections
from vivomap.report.forms import Filed, Files, Form

FILE = "fhir-r5.json"
SEGMENT = coding("121191", DCM, "Referenced Segment")
SLICES = coding("121233", DCM, "Source image for segmentation")


def _form(filed: Filed) -> Files:
    return {FILE: canonical(later(filed))}


FHIR_R5 = Form("fhir-r5", "json", _form, "FHIR R5 transaction, with the images behind each number")


def later(filed: Filed) -> Resource:
    """The transaction bundle of an assessment in R5. Raises Refusal `two_patients`."""
    old = bundle(filed)
    chosen = selections(filed)
    bodies = _bodies(old)
    made = [{**entry, "resource": _moved(entry["resource"], bodies, chosen)} for entry in old["entry"]]
    return {**old, "entry": [*made, *(_put(legal(r)) for r in selected(filed, chosen))]}


def selected(filed: Filed, chosen: tuple[Selection, ...]) -> Iterator[Resource]:
    """An ImagingSelection for each: the slices of a lesion, or its segment."""
    for one in chosen:
        instance = {"sopClass": {"system": "urn:ietf:rfc:3986", "code": f"urn:oid:{one.sop_class}"}}
        subset = {"subset": [str(one.segment)]} if one.segment else {}
        yield filled(
            {
                "resourceType": "ImagingSelection",
                "id": selection_id(one),
                "identifier": [uid(tracking_uid(filed, one.lesion))],
                "status": "available",
                "subject": patient(filed.assessment.study.patient),
                "code": {"coding": [SEGMENT if one.segment else SLICES], "text": f"of the lesion {one.lesion}"},
                "studyUid": one.study,
                "derivedFrom": [to("ImagingStudy", study_id(one.study))] if one.study in _studies(filed) else [],
                "seriesUid": one.series,
                "frameOfReferenceUid": one.frame_of_reference,
                "instance": [{"uid": name, **instance, **subset} for name in one.instances],
            }
        )


def selection_id(one: Selection) -> str:
    """The id of a selection: what it selects."""
    return known_by("ImagingSelection", one.lesion, one.series, str(one.segment), *one.instances)


def _studies(filed: Filed) -> set[str]:
    return {u for u in filed.assessment.study.uid if u}


def _bodies(old: Resource) -> dict[str, str]:
    """The label of each lesion by the reference to its BodyStructure."""
    found = (e["resource"] for e in old["entry"] if e["resource"]["resourceType"] == "BodyStructure")
    return {full_url(r["id"]): r["identifier"][0]["value"] for r in found}


def _moved(resource: Resource, bodies: dict[str, str], chosen: tuple[Selection, ...]) -> Resource:
    if resource["resourceType"] == "Observation":
        return _observation(resource, bodies, chosen)
    return MOVES.get(resource["resourceType"], dict)(resource)


def _observation(old: Resource, bodies: dict[str, str], chosen: tuple[Selection, ...]) -> Resource:
    """The lesion as bodyStructure and focus; a number that comes from images also from the slices of its lesion."""
    new = dict(old)
    place = new.pop("bodySite", None)
    if place is None:
        return new
    where = place["extension"][0]["valueReference"]
    mine = [s for s in chosen if s.lesion == bodies.get(where["reference"])]
    measured = any(r.get("type") == "ImagingStudy" for r in old.get("derivedFrom", ()))
    slices = [_chosen(s) for s in mine if not s.segment] if measured else []
    segments = [_chosen(s) for s in mine if s.segment] if measured else []
    focus = [{k: where[k] for k in ("reference", "type")}, *segments]
    return filled(
        {**new, "bodyStructure": where, "focus": focus, "derivedFrom": [*old.get("derivedFrom", ()), *slices]}
    )


def _chosen(one: Selection) -> Resource:
    return to("ImagingSelection", selection_id(one))


def _report(old: Resource) -> Resource:
    new = dict(old)
    return filled({**new, "study": new.pop("imagingStudy", []), "imagingStudy": None})


def _study(old: Resource) -> Resource:
    series = [{**s, "modality": _concept(s["modality"])} for s in old.get("series", ())]
    return filled({**old, "modality": [_concept(m) for m in old.get("modality", ())], "series": series})


def _body(old: Resource) -> Resource:
    """The site is an included structure, which R5 wants: without a code or a name of one, the lesion itself."""
    new = dict(old)
    structure = new.pop("location", {}) or {"text": old["description"]}
    return {**new, "includedStructure": [{"structure": structure}]}


def _device(old: Resource) -> Resource:
    new = dict(old)
    names = [{"value": n["name"], "type": n["type"]} for n in new.pop("deviceName", ())]
    return filled({**new, "name": names, "type": [old["type"]]})


def _plan(old: Resource) -> Resource:
    """R5 has no words in an activity: the option stands as title and description."""
    new = dict(old)
    new.pop("activity")
    return {**new, "description": old["title"]}


MOVES: dict[str, Callable[[Resource], Resource]] = {
    "DiagnosticReport": _report,
    "ImagingStudy": _study,
    "BodyStructure": _body,
    "Device": _device,
    "CarePlan": _plan,
}


def _concept(one: dict[str, Any]) -> Resource:
    return {"coding": [one]}


def _put(resource: Resource) -> Resource:
    url = f"{resource['resourceType']}/{resource['id']}"
    request = {"method": "PUT", "url": url}
    return {"fullUrl": full_url(resource["id"]), "resource": resource, "request": request}
