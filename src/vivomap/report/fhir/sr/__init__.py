"""A DICOM measurement report (TID 1500) as FHIR R5, field by field as the ConceptMaps of HL7's dicom-sr guide say.

A measurement group becomes an Observation with a member for each number and each qualitative evaluation. What the guide
has no place for, the uncertainty of a number, its limits of no change and the time point, are extensions of ours.
"""

from __future__ import annotations

from datetime import datetime

from pydicom.dataset import Dataset

from vivomap.report.dicom_sr import document
from vivomap.report.fhir import canonical
from vivomap.report.fhir.parts import Resource, filled, full_url, instant, legal, to, uid
from vivomap.report.fhir.sr.groups import evaluated, group
from vivomap.report.fhir.sr.places import Frame, equipment
from vivomap.report.fhir.sr.tree import EVALUATIONS, GROUP, MEASUREMENTS, called, children
from vivomap.report.forms import Filed, Files, Form

FILE = "sr-fhir.json"


def _form(filed: Filed) -> Files:
    return {FILE: canonical(mapped(document(filed)))}


SR_FHIR = Form("sr-fhir", "json", _form, "The structured report mapped to FHIR R5 by HL7's dicom-sr guide")


def mapped(report: Dataset) -> Resource:
    """The resources of one report, as a collection; the report itself comes first."""
    frame = _frame(report)
    made = [equipment(frame, report)]
    results = []
    for container in children(report, MEASUREMENTS):
        for place, inner in enumerate(children(container, GROUP), 1):
            first, *rest = group(frame, inner, str(place))
            results.append(first)
            made += [first, *rest]
    for container in children(report, EVALUATIONS):
        said = [evaluated(frame, inner, "report", str(place)) for place, inner in enumerate(children(container), 1)]
        results += filter(None, said)
        made += filter(None, said)
    whole = [_report(frame, report, results), *made]
    entries = {r["id"]: {"fullUrl": full_url(r["id"]), "resource": legal(r)} for r in whole}
    return {"resourceType": "Bundle", "type": "collection", "entry": list(entries.values())}


def _frame(report: Dataset) -> Frame:
    signed = report.get("VerificationFlag") == "VERIFIED" and report.get("CompletionFlag") == "COMPLETE"
    flag = str(report.get("PreliminaryFlag") or "").lower()
    return Frame(
        str(report.SOPInstanceUID),
        str(report.get("PatientID") or ""),
        str(report.StudyInstanceUID),
        str(report.get("AccessionNumber") or ""),
        _issued(report),
        flag or ("final" if signed else "preliminary"),
    )


def _issued(report: Dataset) -> str:
    """When the content was made, where its offset from UTC is told too; FHIR has no moment without one."""
    on, at, offset = (str(report.get(k) or "") for k in ("ContentDate", "ContentTime", "TimezoneOffsetFromUTC"))
    try:
        made = datetime.fromisoformat(f"{on}T{at}{offset}")
    except ValueError:
        return ""
    return instant(made) if offset else ""


def _report(frame: Frame, report: Dataset, results: list[Resource]) -> Resource:
    shared = frame.shared("report")
    return filled(
        {
            **{k: shared[k] for k in ("id", "status", "basedOn", "subject", "issued") if k in shared},
            "resourceType": "DiagnosticReport",
            "identifier": [uid(frame.report)],
            "code": called(report),
            "study": shared["partOf"],
            "result": [to("Observation", r["id"]) for r in results],
        }
    )
