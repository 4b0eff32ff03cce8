"""The report that ties all together, the options as draft proposals, and where each number comes from.

One CarePlan for each option: options are alternatives, and one plan with several activities would read as all of them.
"""

from __future__ import annotations

from collections.abc import Iterator

from vivomap.core import Assessment, Measurement, Prediction, Proposal, Provenance, Verdict, identify
from vivomap.report.answer import answer, background
from vivomap.report.dicom_identity import is_uid
from vivomap.report.fhir.numbers import Visit
from vivomap.report.fhir.parts import (
    HOME,
    Resource,
    by_claim,
    coding,
    extension,
    filled,
    identifier,
    instant,
    known_by,
    notes,
    own,
    patient,
    to,
    uid,
    unknown,
)
from vivomap.report.fhir.seen import software_id, study_id
from vivomap.report.forms import Filed
from vivomap.report.naming import title
from vivomap.report.words import category

RESEARCH = "Research use only, not a medical device."
AGENT = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"
REPLACES = "http://hl7.org/fhir/StructureDefinition/diagnosticReport-replaces"


def reported(visit: Visit) -> Resource:
    """The DiagnosticReport, preliminary: the answer in a sentence, and every result."""
    filed = visit.filed
    story, assessment, recorded = filed.story, filed.assessment, filed.recorded
    results = [i for i, kind in visit.inside.items() if kind == "Observation" and i in _ids(assessment)]
    day = assessment.study.day.isoformat() if assessment.study.day else ""
    verdicts = [{"text": f"{title(v.name)}: {category(v.category)}"} for v in story.verdicts]
    return filled(
        {
            "resourceType": "DiagnosticReport",
            "id": identify(assessment),
            "extension": [
                {"url": REPLACES, "valueReference": by_claim("DiagnosticReport", i)} for i in replaced(filed)
            ],
            "identifier": identifier(assessment),
            "status": "preliminary",
            "category": [{"coding": [coding("RAD", "http://terminology.hl7.org/CodeSystem/v2-0074", "Radiology")]}],
            "code": {
                "coding": [coding("18748-4", "http://loinc.org", "Diagnostic imaging study")],
                "text": f"{title(assessment.pathway)}: image measurements and what follows from them",
            },
            "subject": patient(assessment.study.patient),
            "effectiveDateTime": day,
            "_effectiveDateTime": {} if day else unknown(),
            "issued": instant(recorded) if recorded else "",
            "result": [to("Observation", i) for i in results],
            "imagingStudy": [to("ImagingStudy", study_id(u)) for u in assessment.study.uid if u],
            "conclusion": conclusion(filed),
            "conclusionCode": verdicts,
        }
    )


def conclusion(filed: Filed) -> str:
    """The answer, what else is to be weighed, which lesion each letter is, and what this report is not."""
    story = filed.story
    older = [f"Takes the place of report {earlier}." for earlier in replaced(filed)]
    letters = ", ".join(f"{mark.letter} = {lesion}" for lesion, mark in story.marks.items())
    more = (*background(story)[:-1], "The choice is for people; this report orders nothing.")
    said = (answer(story), *more, f"Lesions: {letters}." if letters else "", *older, RESEARCH)
    return " ".join(s for s in said if s)


def replaced(filed: Filed) -> tuple[str, ...]:
    """The ids of the earlier versions of a report, newest first."""
    return tuple(identify(older.assessment) for older in filed.replaces)


def _ids(assessment: Assessment) -> set[str]:
    return {identify(c) for c in assessment.claims}


def plans(visit: Visit) -> Iterator[Resource]:
    """One draft for each option, in their order."""
    assessment = visit.filed.assessment
    options = assessment.recommendation.proposals
    for place, option in enumerate(options, 1):
        yield _plan(visit, assessment, option, f"option {place} of {len(options)}: an alternative, not an order")


def _plan(visit: Visit, assessment: Assessment, option: Proposal, order: str) -> Resource:
    again = assessment.recommendation.look_again_days
    text = (
        order,
        f"grounds: {'; '.join(option.reasons)}" if option.reasons else "",
        f"may bring: {option.gain}" if option.gain else "",
        f"may cost: {option.harm}" if option.harm else "",
        f"grade {option.grade}; source: {option.source}",
        f"the pathway looks again after {again} days" if again is not None else "",
        RESEARCH,
    )
    weighed = f"weighed benefit {option.benefit!r}, 95 % {option.low!r} to {option.high!r}"
    day = assessment.study.day.isoformat() if assessment.study.day else ""
    return filled(
        {
            "resourceType": "CarePlan",
            "id": known_by("CarePlan", identify(assessment), identify(option)),
            "identifier": identifier(option),
            "status": "draft",
            "intent": "proposal",
            "title": option.option,
            "subject": patient(assessment.study.patient),
            "created": day,
            "supportingInfo": [visit.refer(c) for c in option.because],
            "activity": [{"detail": {"status": "not-started", "description": option.option}}],
            "note": notes(*text, weighed if option.benefit is not None else ""),
        }
    )


def origins(visit: Visit) -> Iterator[Resource]:
    """Where each number, verdict and chance comes from; and the report, with the versions whose place it takes."""
    filed = visit.filed
    for claim in filed.assessment.claims:
        if isinstance(claim, Measurement | Verdict | Prediction):
            yield origin(visit, identify(claim), claim.provenance)
    older = [{"role": "revision", "what": by_claim("DiagnosticReport", i)} for i in replaced(filed)]
    settings = (("pathway", filed.assessment.pathway), ("edition", filed.assessment.edition))
    report = _origin(filed, ("DiagnosticReport", identify(filed.assessment)), settings, filed.version)
    yield filled({**report, "entity": older})


def origin(visit: Visit, claim: str, made: Provenance) -> Resource:
    """Where one claim comes from: function, version, settings, objects, content hashes, earlier claims."""
    sources = [uid(s) if is_uid(s) else {"system": f"{HOME}/file", "value": s} for s in made.source]
    hashes = [{"system": f"{HOME}/content", "value": h} for h in made.inputs if h not in visit.inside]
    claims = [visit.refer(h) for h in made.inputs if h in visit.inside]
    used = [*({"identifier": i} for i in (*sources, *hashes)), *claims]
    settings = (("maker", made.maker), *made.settings)
    known = _origin(visit.filed, (visit.inside[claim], claim), settings, made.version)
    return filled({**known, "entity": [{"role": "source", "what": what} for what in used]})


def _origin(
    filed: Filed, target: tuple[str, str], settings: tuple[tuple[str, str | float], ...], version: str
) -> Resource:
    agents = [{"type": _role("assembler"), "who": to("Device", software_id(version))}]
    if filed.by and target[0] == "DiagnosticReport":
        agents.append({"type": _role("verifier"), "who": {"display": filed.by}})
    when = {"recorded": instant(filed.recorded)} if filed.recorded else {"_recorded": unknown()}
    return {
        "resourceType": "Provenance",
        "id": known_by("Provenance", target[1]),
        "extension": [_setting(k, v) for k, v in settings],
        "target": [to(*target)],
        **when,
        "activity": own("measured_by_software", "Measured by software from images"),
        "agent": agents,
    }


def _role(code: str) -> Resource:
    return {"coding": [coding(code, AGENT, code.capitalize())]}


def _setting(name: str, value: str | float) -> Resource:
    said = ("value", "String", value) if isinstance(value, str) else ("value", "Decimal", float(value))
    return extension("setting", ("name", "String", name), said)
