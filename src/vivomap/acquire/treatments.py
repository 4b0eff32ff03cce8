"""What was done to the patient, and coded facts: from tables that a person keeps, and from radiotherapy plans.

A plan tells what was meant, not what was given: its treatment says so in its source, and its end is open.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TypeVar

from pydicom.dataset import Dataset

from vivomap.acquire import moments
from vivomap.acquire.element import items, number, numbered, said
from vivomap.acquire.tables import Row, day_of, good_lines, needed
from vivomap.core import Finding, Held, Refusal, Treatment

TREATMENTS = ("patient", "what", "dose", "unit", "start", "end", "source")
FINDINGS = ("patient", "name", "code", "value", "day", "by")
FIRST_PLAN = date(1997, 1, 1)  # DICOM has RT objects since Supplement 11 (1997): an older date stands for none
Fact = TypeVar("Fact", Treatment, Finding)


def from_csv(path: Path) -> tuple[dict[str, tuple[Treatment, ...]], tuple[Held, ...]]:
    """Treatments by patient from a table with the columns of `TREATMENTS`, and the lines that were refused.

    Raises Refusal if the table cannot be read, or lacks a column.
    """
    made, held = good_lines(path, TREATMENTS, _treatment)
    return _by_patient(made), held


def findings_from_csv(path: Path) -> tuple[dict[str, tuple[Finding, ...]], tuple[Held, ...]]:
    """Findings by patient from a table with the columns of `FINDINGS`, and the lines that were refused.

    Raises Refusal if the table cannot be read, or lacks a column.
    """
    made, held = good_lines(path, FINDINGS, _finding)
    return _by_patient(made), held


def _by_patient(made: Sequence[tuple[str, Fact]]) -> dict[str, tuple[Fact, ...]]:
    patients = dict.fromkeys(patient for patient, _ in made)
    return {p: tuple(fact for patient, fact in made if patient == p) for p in patients}


def _treatment(row: Row) -> tuple[str, Treatment]:
    what, unit = needed(row, "what"), row["unit"]
    dose = numbered(row["dose"]) if row["dose"] else None
    if row["dose"] and dose is None:
        raise Refusal("bad_line", "the dose is not a number")
    if dose is not None and dose < 0:
        raise Refusal("bad_line", "the dose is negative")
    start, end = day_of(row["start"]), day_of(row["end"])
    return needed(row, "patient"), Treatment(what, dose, unit, start, end, row["source"])


def _finding(row: Row) -> tuple[str, Finding]:
    name, value = needed(row, "name"), needed(row, "value")
    return needed(row, "patient"), Finding(name, row["code"], value, day_of(row["day"]), row["by"])


def from_plans(datasets: Sequence[Dataset]) -> tuple[Treatment, ...]:
    """Radiotherapy as planned: one treatment for each RTPLAN, and for each RTDOSE whose plan is not here."""
    plans = sorted((d for d in datasets if said(d, "Modality") == "RTPLAN"), key=_uid)
    doses = sorted((d for d in datasets if said(d, "Modality") == "RTDOSE"), key=_uid)
    known = {_uid(p) for p in plans}
    lone = {_plan_of(d) or _uid(d): d for d in doses if _plan_of(d) not in known}
    planned = tuple(_planned(p, [d for d in doses if _plan_of(d) == _uid(p)]) for p in plans)
    return planned + tuple(
        Treatment(
            "radiotherapy", None, "Gy", _day(d), None, f"dose {uid}, its plan is not here; planned, not delivered"
        )
        for uid, d in lone.items()
    )


def _planned(plan: Dataset, doses: Sequence[Dataset]) -> Treatment:
    """One plan; its day is that of the plan, else of a dose that was computed for it."""
    groups = items(plan, "FractionGroupSequence")
    fractions = sum(int(number(g, "NumberOfFractionsPlanned") or 0) for g in groups)
    day = next((found for ds in (plan, *doses) if (found := _day(ds))), None)
    source = f"plan {_uid(plan)}, {fractions} fractions; planned, not delivered"
    return Treatment("radiotherapy", _prescribed(plan, groups), "Gy", day, None, source)


def _prescribed(plan: Dataset, groups: Sequence[Dataset]) -> float | None:
    """The highest prescribed target dose, Gy; else the beams' doses times the fractions; None where neither is said."""
    targets = [number(r, "TargetPrescriptionDose") for r in items(plan, "DoseReferenceSequence")]
    if told := [t for t in targets if t is not None and t > 0]:
        return max(told)
    total = 0.0
    for group in groups:
        beams = [number(b, "BeamDose") for b in items(group, "ReferencedBeamSequence")]
        fractions = number(group, "NumberOfFractionsPlanned")
        if not beams or fractions is None or any(b is None for b in beams):
            return None
        total += fractions * sum(b for b in beams if b is not None)
    return total or None


def _uid(ds: Dataset) -> str:
    return said(ds, "SOPInstanceUID")


def _plan_of(dose: Dataset) -> str:
    """The plan that a dose was computed for; "" where it names none."""
    return next((said(p, "ReferencedSOPInstanceUID") for p in items(dose, "ReferencedRTPlanSequence")), "")


def _day(ds: Dataset) -> date | None:
    """The day of a plan or dose; None where it is absent, impossible, or older than such objects are."""
    for keyword in ("RTPlanDate", "ContentDate", "InstanceCreationDate"):
        day = moments.day(said(ds, keyword))
        if day is not None and day >= FIRST_PLAN:
            return day
    return None
