"""What each number is called in the record, and who each lesion is: the same words in FHIR, HL7 v2 and tables.

A number goes by its code (`codes`) and by its own name, since two numbers may share one code (MTV at 41 % and above
SUV 4). A lesion goes by its label and by its tracking UID, which follows one policy in every form (`dicom_identity`).
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from vivomap.core import Biomarker, Measurement, discover
from vivomap.report.codes import CRITERIA, Concept, biomarker, criterion
from vivomap.report.dicom_identity import tracking_uid
from vivomap.report.forms import Filed
from vivomap.report.words import Z95, capital, name


class Tracked(NamedTuple):
    """Who a lesion is: its label, its tracking UID, what and where it is."""

    label: str
    uid: str = ""
    finding: str = ""
    site: str = ""


@cache
def _cards() -> dict[str, Biomarker]:
    return discover("vivomap.quantify", Biomarker)


def title(claim: str) -> str:
    """What a person reads for a name: the title on its card, else the name in words."""
    card = _cards().get(claim)
    return (card.title if card else "") or capital(name(claim))


def concept(claim: str) -> Concept:
    """The code of a number or criterion in the table of codes."""
    return criterion(claim) if claim in CRITERIA else biomarker(claim).name


def tracked(filed: Filed, lesion: str) -> Tracked:
    """Who a lesion is at a visit; nobody where a number is the patient's."""
    if not lesion:
        return Tracked("")
    drawn = [r for r in filed.assessment.study.regions if lesion in (r.lesion, r.name)]
    kind = next(((r.finding, r.site) for r in drawn if r.finding or r.site), ("", ""))
    return Tracked(lesion, tracking_uid(filed, lesion), *kind)


def visits(filed: Filed) -> tuple[Filed, ...]:
    """This visit and those before it, oldest first, each as it stood then. Raises Refusal `two_patients`."""
    every = filed.story.history
    return (*(Filed(visit, every[:k]) for k, visit in enumerate(every)), filed)


def interval(measurement: Measurement) -> tuple[float, float]:
    """The ends of its 95 % interval, in its unit: value ± 1.96 u."""
    half = Z95 * measurement.uncertainty
    return measurement.value - half, measurement.value + half
