"""The content tree of a measurement report as the mapping to FHIR walks it: items by concept, codes as codings."""

from __future__ import annotations

from collections.abc import Iterator

from pydicom.dataset import Dataset

from vivomap.report.codes import PRIVATE
from vivomap.report.fhir.parts import HOME, SYSTEMS, UCUM, Resource, coding

SCHEMES = {
    **SYSTEMS,
    "LN": "http://loinc.org",
    "UMLS": "http://terminology.hl7.org/CodeSystem/umls",
    "NCIt": "http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl",
    "RADLEX": "http://radlex.org",
    "RadLex": "http://radlex.org",
    "UCUM": UCUM,
}
Code = tuple[str, str]  # value and scheme

MEASUREMENTS: Code = ("126010", "DCM")
EVALUATIONS: Code = ("C0034375", "UMLS")
GROUP: Code = ("125007", "DCM")
CATEGORY: Code = ("276214006", "SCT")
FINDING: Code = ("121071", "DCM")
SITE: Code = ("363698007", "SCT")
SIDE: Code = ("272741003", "SCT")
METHOD: Code = ("370129005", "SCT")
DERIVATION: Code = ("121401", "DCM")
TRACKING: Code = ("112039", "DCM")
TRACKING_UID: Code = ("112040", "DCM")
SEGMENT: Code = ("121191", "DCM")
SERIES: Code = ("121232", "DCM")
ALGORITHM: Code = ("111001", "DCM")
VERSION: Code = ("111003", "DCM")


def code_of(item: Dataset) -> Code:
    """The concept of an item; two empty words where it has none."""
    return _value(item.get("ConceptNameCodeSequence"))


def children(item: Dataset, *names: Code, kind: str = "") -> Iterator[Dataset]:
    """What an item holds, of these concepts and this value type, where they are given."""
    for child in item.get("ContentSequence") or ():
        if (not names or code_of(child) in names) and kind in ("", child.get("ValueType")):
            yield child


def first(item: Dataset, name: Code) -> Dataset:
    """The first child of a concept; an empty data set where there is none."""
    return next(children(item, name), Dataset())


def called(item: Dataset) -> Resource:
    """The concept of an item as a CodeableConcept."""
    return _concept(item.get("ConceptNameCodeSequence"))


def answer(item: Dataset) -> Resource:
    """The coded or written value of an item as a CodeableConcept; {} where it has none."""
    if item.get("ConceptCodeSequence"):
        return _concept(item.ConceptCodeSequence)
    return {"text": str(item.TextValue)} if item.get("TextValue") else {}


def number(item: Dataset) -> Resource:
    """The measured value as a Quantity, exact where it is given as floating point; {} where there is none."""
    measured = (item.get("MeasuredValueSequence") or [None])[0]
    if measured is None:
        return {}
    value = float(measured.get("FloatingPointValue", measured.NumericValue))
    unit, scheme = _value(measured.get("MeasurementUnitsCodeSequence"))
    spoken = measured.MeasurementUnitsCodeSequence[0].get("CodeMeaning", unit)
    return {"value": value + 0.0, "unit": str(spoken), "system": system(scheme), "code": unit}


def system(scheme: str) -> str:
    """The system of a coding scheme designator; one that is not known goes by its own name."""
    return SCHEMES.get(scheme) or f"{HOME}/scheme/{scheme or PRIVATE}"


def _value(sequence: object) -> Code:
    found = next(iter(sequence or ()), Dataset())  # type: ignore[call-overload]
    return str(found.get("CodeValue") or found.get("LongCodeValue", "")), str(found.get("CodingSchemeDesignator", ""))


def _concept(sequence: object) -> Resource:
    value, scheme = _value(sequence)
    meaning = str(next(iter(sequence or ()), Dataset()).get("CodeMeaning", ""))  # type: ignore[call-overload]
    return {"coding": [coding(value, system(scheme), meaning)]} if value else {}
