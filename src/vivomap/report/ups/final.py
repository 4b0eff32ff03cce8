"""What a work item must say before it may end: DICOM PS3.4 table CC.2.5-3, column of the final state.

R is asked of both ends, P of a completed item, X of a cancelled one. A sequence that is asked for has an item; the
objects that came out may be none, but that must be said by an empty sequence.
"""

from __future__ import annotations

from pydicom.dataset import Dataset

ALWAYS = (
    "SOPClassUID",
    "SOPInstanceUID",
    "ScheduledProcedureStepPriority",
    "ScheduledProcedureStepModificationDateTime",
    "ScheduledProcedureStepStartDateTime",
    "InputReadinessState",
    "ProcedureStepState",
)
DONE = "UnifiedProcedureStepPerformedProcedureSequence"
PERFORMED = (
    "PerformedStationNameCodeSequence",
    "PerformedProcedureStepStartDateTime",
    "PerformedWorkitemCodeSequence",
    "PerformedProcedureStepEndDateTime",
)
OUTPUT = "OutputInformationSequence"
PROGRESS = "ProcedureStepProgressInformationSequence"
STOPPED = ("ProcedureStepCancellationDateTime", "ProcedureStepDiscontinuationReasonCodeSequence")


def lacking(item: Dataset, state: str) -> tuple[str, ...]:
    """The names of what an item lacks for a final state; none where it may end so."""
    missing = [name for name in ALWAYS if not item.get(name)]
    if state == "COMPLETED":
        missing += _inside(item, DONE, PERFORMED)
        missing += [OUTPUT] if any(OUTPUT not in done for done in item.get(DONE) or ()) else []
    if state == "CANCELED":
        missing += _inside(item, PROGRESS, STOPPED)
    return tuple(missing)


def _inside(item: Dataset, sequence: str, names: tuple[str, ...]) -> list[str]:
    found = item.get(sequence) or ()
    if not found:
        return [sequence]
    return [name for inner in found for name in names if not inner.get(name)]
