"""What is made of the numbers: a criterion's verdict, the fate of a lesion, a model's chance."""

from __future__ import annotations

from datetime import timedelta

from vivomap.core import Match, Prediction, Verdict
from vivomap.report.codes import OWN, category
from vivomap.report.fhir.numbers import LEVEL, Visit, observation
from vivomap.report.fhir.parts import (
    Resource,
    code,
    coded,
    extension,
    filled,
    identifier,
    notes,
    own,
    patient,
    quantity,
    to,
    unknown,
)
from vivomap.report.fhir.seen import software_id
from vivomap.report.naming import title
from vivomap.report.words import category as in_full


def called(visit: Visit, verdict: Verdict) -> Resource:
    """A verdict, with how often measurement error alone would give it, and the claims it rests on."""
    noise = own("chance_noise", "Probability that measurement error alone gave the verdict")
    made = verdict.provenance
    return filled(
        {
            **observation(visit, verdict, code(verdict.name), verdict.day, verdict.region),
            "valueCodeableConcept": {"coding": [coded(category(verdict.category))], "text": in_full(verdict.category)},
            "note": notes(*verdict.reasons),
            "method": {"text": f"{made.maker} {made.version}"},
            "device": to("Device", software_id(made.version)),
            "derivedFrom": [visit.refer(claim) for claim in verdict.because],
            "component": [{"code": noise, "valueQuantity": quantity(verdict.chance_noise, "1")}],
        }
    )


def matched(visit: Visit, match: Match) -> Resource:
    """What became of a lesion: matched, new, vanished, split, merged, uncertain or unsearched."""
    surely = own("chance_same", "Probability that this is so")
    lesion = next(iter((*match.after, *match.before)), "")
    fate = OWN.get(match.kind.upper()) or category(match.kind)
    names = " and ".join(match.before) or "none", " and ".join(match.after) or "none"
    return filled(
        {
            **observation(visit, match, own("lesion_over_time", "Lesion over time"), match.day, lesion),
            "valueCodeableConcept": {"coding": [coded(fate)], "text": match.kind},
            "note": notes(f"before: {names[0]}; now: {names[1]}; identity by {match.by}"),
            "component": [{"code": surely, "valueQuantity": quantity(match.chance, "1")}],
        }
    )


def foretold(visit: Visit, prediction: Prediction) -> Resource:
    """A chance with its 95 % interval and its horizon, as a RiskAssessment."""
    made = prediction.provenance
    ends = (prediction.low, prediction.high)
    until = prediction.day + timedelta(days=prediction.horizon_days) if prediction.day else None
    reach = extension(
        "uncertainty",
        ("low", "Quantity", quantity(ends[0], "1")),
        ("high", "Quantity", quantity(ends[1], "1")),
        ("level", "Decimal", LEVEL),
    )
    day = prediction.day.isoformat() if prediction.day else ""
    foreseen = {
        "extension": [reach],
        "outcome": own(prediction.name, title(prediction.name)),
        "probabilityDecimal": prediction.chance,
        "whenPeriod": {"start": day, "end": until.isoformat()} if until else {},
        "rationale": prediction.detail.turning if prediction.detail else "",
    }
    return filled(
        {
            "resourceType": "RiskAssessment",
            "id": identifier(prediction)[0]["value"],
            "identifier": identifier(prediction),
            "status": "preliminary",
            "method": {"text": f"{made.maker} {made.version}"},
            "subject": patient(visit.study.patient),
            "occurrenceDateTime": day,
            "_occurrenceDateTime": {} if day else unknown(),
            "performer": to("Device", software_id(made.version)),
            "basis": [visit.refer(claim) for claim in prediction.because],
            "prediction": [filled(foreseen)],
            "note": notes(f"within {prediction.horizon_days} days", prediction.region and f"of {prediction.region}"),
        }
    )
