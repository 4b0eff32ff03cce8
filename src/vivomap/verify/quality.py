"""A phantom's values, measured by the same cards as a patient's: what goes on the control charts of its scanner."""

from __future__ import annotations

from datetime import date

from vivomap.acquire.quality import Recognised, recognised
from vivomap.core import Measurement, Missing, Study, identify
from vivomap.core.quality import Check, scanner_of
from vivomap.quantify import cards, measure_one


def checks(study: Study, kind: str = "", called: bool = False) -> tuple[tuple[Check, ...], tuple[Missing, ...]]:
    """Every value of the phantoms of a study, and those that could not be given; nothing where there is none.

    `kind` and `called` say that it is a phantom: a person, or its headers. A phantom without a day has no place on a
    chart, and is left out as missing.
    """
    made: list[Check] = []
    lost: list[Missing] = []
    for found in recognised(study, kind, called):
        card = cards()[found.biomarker]
        for part in found.parts:
            number = measure_one(card, study, part)
            if isinstance(number, Missing):
                lost.append(number)
                continue
            day = number.day
            if day is None:
                lost.append(Missing(card.name, part.name, None, "no_date", "a check without a day has no place"))
                continue
            made.append(_check(found, number, day))
    return tuple(made), tuple(lost)


def _check(found: Recognised, number: Measurement, day: date) -> Check:
    said = number.provenance
    scanner = scanner_of(found.image)
    return Check(
        kind=found.kind,
        quantity=number.region,
        biomarker=number.name,
        value=number.value,
        unit=number.unit,
        uncertainty=number.uncertainty,
        day=day,
        scanner=scanner,
        software=said.text("software"),
        measurement=identify(number),
        source=said.source[:1],
        known_by=found.known_by,
    )
