"""Storage commitment: a sender asks whether its objects are safe, so that it may delete its own (PS3.4, J).

Each object asked for is looked up and its bytes are hashed again; the answer comes on the same association.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydicom.dataset import Dataset
from pynetdicom.sop_class import StorageCommitmentPushModel  # type: ignore[attr-defined]

CLASS = StorageCommitmentPushModel
INSTANCE = "1.2.840.10008.1.20.1.1"  # well-known, PS3.4 J.3.5
ASK, ALL_SAFE, SOME_NOT = 1, 1, 2  # action type; event types
SUCCESS, NO_ACTION, BAD_ARGUMENT, NO_OBJECT = 0x0000, 0x0123, 0x0115, 0x0112


def answer(event: Any, committed: Callable[[str, str], bool], reports: dict[Any, Dataset]) -> tuple[int, None]:
    """Accept a request for commitment, and lay its result ready: it is sent once this answer has gone out."""
    if event.action_type != ASK:
        return NO_ACTION, None
    asked = event.action_information
    if "TransactionUID" not in asked or not asked.get("ReferencedSOPSequence"):
        return BAD_ARGUMENT, None
    reports[event.assoc] = result(asked, committed)
    return SUCCESS, None


def result(asked: Dataset, committed: Callable[[str, str], bool]) -> Dataset:
    """What is safe and what is not, of the objects that were asked for."""
    report = Dataset()
    report.TransactionUID = asked.TransactionUID
    safe, not_safe = [], []
    for item in asked.ReferencedSOPSequence:
        one = Dataset()
        one.ReferencedSOPClassUID, one.ReferencedSOPInstanceUID = (
            item.ReferencedSOPClassUID,
            item.ReferencedSOPInstanceUID,
        )
        if committed(str(one.ReferencedSOPClassUID), str(one.ReferencedSOPInstanceUID)):
            safe.append(one)
        else:
            one.FailureReason = NO_OBJECT
            not_safe.append(one)
    if safe:
        report.ReferencedSOPSequence = safe
    if not_safe:
        report.FailedSOPSequence = not_safe
    return report


def send(association: Any, report: Dataset) -> None:
    """Report on the association of the request, while it stands; a sender that has left asks again."""
    kind = SOME_NOT if "FailedSOPSequence" in report else ALL_SAFE
    if association.is_established:
        association.send_n_event_report(report, kind, CLASS, INSTANCE)
