"""Numbers as Observations: a measurement with its error, what is missing with its reason, a change with its limits.

The standard uncertainty u (k = 1) and the 95 % interval, value ± 1.96 u, stand in the extension `uncertainty`, and u
in HL7's own `iso21090-uncertainty` on the quantity too. Limits of no change are a reference range that says so.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from vivomap.core import Change, Flag, Measurement, Missing, Study, Treatment, identify, spoken
from vivomap.report.codes import biomarker
from vivomap.report.fhir.parts import (
    Resource,
    absent,
    by_claim,
    code,
    coded,
    coding,
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
from vivomap.report.fhir.seen import at, software_id, study_id
from vivomap.report.forms import Filed
from vivomap.report.moves import reads, relative
from vivomap.report.naming import interval, title

CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
MEANING = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
ISO = "http://hl7.org/fhir/StructureDefinition/iso21090-uncertainty"
ABSENCE = {"not_imaged": "not-performed", "not_drawn": "not-performed", "not_comparable": "not-applicable"}
LEVEL = 0.95
NOT_NORMAL = "limits of no change (95 %), not a normal range"


@dataclass(frozen=True)
class Visit:
    """The visit that a claim was made at, and the ids of all claims that stand in the bundle, with their kind."""

    filed: Filed
    inside: dict[str, str] = field(default_factory=dict)

    @property
    def study(self) -> Study:
        return self.filed.assessment.study

    def refer(self, claim: str) -> Resource:
        """A reference to a claim, in the bundle or by its id."""
        return to(self.inside[claim], claim) if claim in self.inside else by_claim("Observation", claim)


def observation(visit: Visit, claim: object, called: Resource, day: date | None, region: str = "") -> Resource:
    """What every Observation says: preliminary, of imaging if it is no fact from elsewhere, of whom, when and where."""
    fact = any(claim == told for told in visit.study.facts)
    return filled(
        {
            "resourceType": "Observation",
            "id": identify(claim),
            "identifier": identifier(claim),
            "status": "preliminary",
            "category": [] if fact else [{"coding": [coding("imaging", CATEGORY, "Imaging")]}],
            "code": called,
            "subject": patient(visit.study.patient),
            "effectiveDateTime": day.isoformat() if day else "",
            "_effectiveDateTime": {} if day else unknown(),
            "bodySite": at(visit.filed, region),
        }
    )


def measured(visit: Visit, number: Measurement, change: Change | None) -> Resource:
    """A measurement, with what its change reads as where there is one."""
    made = number.provenance
    known = biomarker(number.name)
    how = known.method or known.derivation
    return filled(
        {
            **observation(visit, number, code(number.name), number.day, number.region),
            "extension": [uncertainty(number)],
            "valueQuantity": {
                "extension": [{"url": ISO, "valueDecimal": float(number.uncertainty)}],
                **quantity(number.value, number.unit),
            },
            "interpretation": interpreted(change) if change else [],
            "note": notes(_error(number), *warned(number.flags)),
            "method": filled({"coding": [coded(how)] if how else [], "text": f"{made.maker} {made.version}"}),
            "device": to("Device", software_id(made.version)),
            "referenceRange": [_still(change)] if change else [],
            "derivedFrom": [*_images(visit.study, number), *(visit.refer(i) for i in made.inputs if i in visit.inside)],
        }
    )


def uncertainty(number: Measurement) -> Resource:
    """The extension: standard uncertainty, the ends of the 95 % interval, its level."""
    low, high = interval(number)
    return extension(
        "uncertainty",
        ("standard", "Quantity", quantity(number.uncertainty, number.unit)),
        ("low", "Quantity", quantity(low, number.unit)),
        ("high", "Quantity", quantity(high, number.unit)),
        ("level", "Decimal", LEVEL),
    )


def lacking(visit: Visit, missing: Missing) -> Resource:
    """What was asked for and could not be carried: no value, and why."""
    called = code(missing.name)
    if missing.what == "change":
        called = own(f"change_in_{missing.name}", f"Change in {title(missing.name)}")
    reason = absent(ABSENCE.get(missing.code, "unknown"), f"{missing.code}: {missing.reason}")
    return {**observation(visit, missing, called, missing.day, missing.region), "dataAbsentReason": reason}


def changed(visit: Visit, change: Change) -> Resource:
    """The difference of two measurements, the limits of no change, and the chance that it is real."""
    unit, first = change.after.unit, change.before.value
    parts = [
        _part("limit_low", "Lower limit of no change (95 %)", change.low, unit),
        _part("limit_high", "Upper limit of no change (95 %)", change.high, unit),
        _part("chance_real", "Probability that the change is real", change.chance_real, "1"),
    ]
    if relative(change):
        parts.append(
            _part("percent", "Difference in percent of the earlier number", 100 * change.difference / first, "%")
        )
    called = own(f"change_in_{change.name}", f"Change in {title(change.name)}")
    reference = f"reference: {float(first)!r} {spoken(change.before.unit)}, {change.before.day or 'undated'}"
    return filled(
        {
            **observation(visit, change, called, change.day, change.region),
            "valueQuantity": quantity(change.difference, unit),
            "interpretation": interpreted(change),
            "note": notes(reference, change.limits, *map(_given, change.treatments), *warned(change.flags)),
            "derivedFrom": [visit.refer(identify(change.before)), visit.refer(identify(change.after))],
            "component": parts,
        }
    )


def interpreted(change: Change) -> list[Resource]:
    """Significantly up or down; within error has no code, so it is said in words."""
    word = reads(change)[0]
    if not change.real:
        return [{"text": f"{word}: the difference lies inside the limits of no change"}]
    up = change.difference > 0
    letter = coding("U" if up else "D", MEANING, "Significant change up" if up else "Significant change down")
    return [{"coding": [letter], "text": f"{word}: the difference lies outside the limits of no change"}]


def warned(flags: tuple[Flag, ...]) -> tuple[str, ...]:
    """The warnings that travel with a number."""
    return tuple(f"warning {f.code}: {f.reason}" for f in flags)


def _still(change: Change) -> Resource:
    """The values at which the later number would read as no change."""
    first, unit = change.before.value, change.after.unit
    text = f"{NOT_NORMAL}; against {change.before.day or 'an undated number'}; {change.limits}"
    return {
        "low": quantity(first + change.low, unit),
        "high": quantity(first + change.high, unit),
        "type": {"text": NOT_NORMAL},
        "text": text.rstrip("; "),
    }


def _part(name: str, text: str, value: float, unit: str) -> Resource:
    return {"code": own(name, text), "valueQuantity": quantity(value, unit)}


def _error(number: Measurement) -> str:
    low, high = interval(number)
    unit = spoken(number.unit)
    return f"standard uncertainty {number.uncertainty:.4g} {unit} (k = 1); 95 % interval {low:.6g} to {high:.6g} {unit}"


def _given(treatment: Treatment) -> str:
    days = f"{treatment.start or 'start unknown'} to {treatment.end or 'going on'}"
    dose = f" {treatment.dose:g} {treatment.unit}" if treatment.dose is not None else ""
    return f"treatment between: {treatment.what}{dose}, {days} ({treatment.source})"


def _images(study: Study, number: Measurement) -> list[Resource]:
    """The imaging studies whose objects a number was read from; all of its visit's where objects are not told.

    A fact from elsewhere, and a number of another day than this visit's images, are not derived from them.
    """
    if number in study.facts or number.day not in (study.day, *(i.day for i in study.images)):
        return []
    told = set(number.provenance.source)
    used = {i.text("study_uid") for i in study.images if told & set(i.source)} & set(study.uid)
    return [to("ImagingStudy", study_id(u)) for u in study.uid if u and (u in used or not used)]
