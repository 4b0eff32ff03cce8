"""The life of a work item: scheduled, in progress, completed or cancelled, and which move is answered how.

DICOM PS3.4 table CC.1.1-2, as data: for each event and state the status of the answer; 0 is a move that is made.
Whoever claims an item gives a transaction UID, and nobody else can move it after that. An item ends only with what
table CC.2.5-3 wants of a final state. Over HTTP (PS3.18 chapter 11) the answers are status codes and a Warning header.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, replace

from highdicom.sr import CodedConcept
from pydicom.dataset import Dataset
from pydicom.sr.coding import Code

from vivomap.report.dicom_identity import is_uid
from vivomap.report.ups.final import lacking

SCHEDULED, IN_PROGRESS, COMPLETED, CANCELED = "SCHEDULED", "IN PROGRESS", "COMPLETED", "CANCELED"
STATES = ("", SCHEDULED, IN_PROGRESS, COMPLETED, CANCELED)  # "" is an item that does not exist
Row = tuple[int, int, int, int, int]

DUPLICATE, ENDED, WRONG_UID, CLAIMED, NOT_SCHEDULED_AGAIN = 0x0111, 0xC300, 0xC301, 0xC302, 0xC303
NOT_FINAL, UNKNOWN, NOT_CLAIMED, CANNOT_CANCEL = 0xC304, 0xC307, 0xC310, 0xC311
ALREADY_CANCELED, ALREADY_COMPLETED = 0xB304, 0xB306
TABLE: dict[str, Row] = {  # answers in the order of STATES, where the transaction UID is right
    "create": (0, DUPLICATE, DUPLICATE, DUPLICATE, DUPLICATE),
    IN_PROGRESS: (UNKNOWN, 0, CLAIMED, ENDED, ENDED),
    SCHEDULED: (UNKNOWN, *4 * (NOT_SCHEDULED_AGAIN,)),
    COMPLETED: (UNKNOWN, NOT_CLAIMED, 0, ALREADY_COMPLETED, ENDED),
    CANCELED: (UNKNOWN, NOT_CLAIMED, 0, ENDED, ALREADY_CANCELED),
    "request cancel": (UNKNOWN, 0, 0, CANNOT_CANCEL, ALREADY_CANCELED),
    "update": (UNKNOWN, 0, 0, ENDED, ENDED),
}
WORDS = {
    WRONG_UID: "The Transaction UID is incorrect.",
    ALREADY_CANCELED: "The UPS is already in the requested state of CANCELED.",
    ALREADY_COMPLETED: "The UPS is already in the requested state of COMPLETED.",
    CANNOT_CANCEL: "The UPS is already COMPLETED.",
}
INCONSISTENT = "The submitted request is inconsistent with the state of the UPS Instance."
MISSING = "The Transaction UID is missing."
UNSPECIFIED = Code("110513", "DCM", "Discontinued for unspecified reason")


@dataclass(frozen=True)
class Workitem:
    """An item of the worklist; `transaction` locks it to whoever claimed it, `wanted_off` says that it may stop."""

    item: Dataset
    transaction: str = ""
    wanted_off: bool = False

    @property
    def state(self) -> str:
        return str(self.item.ProcedureStepState)


@dataclass(frozen=True)
class Answer:
    """What a request comes to: the item after it, the status of DIMSE, that of HTTP, and the Warning header."""

    held: Workitem | None
    status: int = 0
    http: int = 200
    warning: str = ""


def create(held: Workitem | None, item: Dataset) -> Answer:
    """Put an item on the worklist; it begins as scheduled, claimed by nobody."""
    if status := _status(held, "create"):
        return _no(held, status)
    if item.get("ProcedureStepState") != SCHEDULED or item.get("TransactionUID"):
        return Answer(None, 0x0106, 400, "299 vivomap: A work item begins as SCHEDULED, without a Transaction UID.")
    return Answer(Workitem(item), 0, 201)


def change(held: Workitem | None, state: str, transaction: str, now: str = "") -> Answer:
    """Ask for another state. `now` is the moment (DT) that a cancellation without one is given."""
    if state not in TABLE or state in ("create", "request cancel", "update"):
        return Answer(held, 0x0106, 400, f"299 vivomap: {state!r} is no state of a work item.")
    if held is not None and state != SCHEDULED and not _right(held, transaction):
        return _no(held, WRONG_UID, MISSING if not transaction else "")
    status = _status(held, state)
    if held is None or status:
        return _no(held, status)
    item = _in(held.item, state)
    if state == IN_PROGRESS:
        return Answer(replace(held, item=item, transaction=transaction))
    if state == CANCELED and now:
        _when(item, now)
    if missing := lacking(item, state):
        return _no(held, NOT_FINAL, f"Final state requirements are not met: {', '.join(missing)}.")
    return Answer(replace(held, item=item))


def cancel(held: Workitem | None, now: str) -> Answer:
    """Ask that an item be cancelled: done at once while nobody has claimed it, else passed on to whoever has."""
    status = _status(held, "request cancel")
    if held is None or status:
        return _no(held, status)
    if held.state == IN_PROGRESS:
        return Answer(replace(held, wanted_off=True), 0, 202)
    item = _in(held.item, CANCELED)
    _when(item, now, UNSPECIFIED)
    return Answer(replace(held, item=item), 0, 202)


def update(held: Workitem | None, more: Dataset, transaction: str = "") -> Answer:
    """Set attributes; of a claimed item only by whoever claimed it, of a scheduled one without a transaction UID."""
    status = _status(held, "update")
    if held is None or status:
        return _no(held, status)
    if (held.state == SCHEDULED and transaction) or (held.state == IN_PROGRESS and transaction != held.transaction):
        return _no(held, WRONG_UID, MISSING if not transaction else "")
    if "ProcedureStepState" in more:
        return Answer(held, 0x0106, 400, "299 vivomap: A state is asked for, not set.")
    item = _in(held.item, held.state)
    item.update(more)
    return Answer(replace(held, item=item))


def _right(held: Workitem, transaction: str) -> bool:
    """Whether a transaction UID is the right one; of an item that nobody has claimed each valid one is."""
    return is_uid(transaction) if not held.transaction else transaction == held.transaction


def _status(held: Workitem | None, event: str) -> int:
    return TABLE[event][STATES.index(held.state if held else "")]


def _no(held: Workitem | None, status: int, words: str = "") -> Answer:
    """The answer to a move that is not made; where the item is already there it is no failure."""
    http = 200 if status >> 8 == 0xB3 else 404 if status == UNKNOWN else 409
    said = words or WORDS.get(status, INCONSISTENT if http == 409 else "")
    return Answer(held, status, http, f"299 vivomap: {said}" if said else "")


def _in(item: Dataset, state: str) -> Dataset:
    made = deepcopy(item)  # an update shares the elements, and the item before would move too
    made.ProcedureStepState = state
    return made


def _when(item: Dataset, now: str, why: Code | None = None) -> None:
    """The moment of a cancellation and, where the worklist itself cancels, its reason, if none was given."""
    told = Dataset()
    for known in item.get("ProcedureStepProgressInformationSequence") or ():
        told.update(known)
    if not told.get("ProcedureStepCancellationDateTime"):
        told.ProcedureStepCancellationDateTime = now
    if why and not told.get("ProcedureStepDiscontinuationReasonCodeSequence"):
        told.ProcedureStepDiscontinuationReasonCodeSequence = [CodedConcept.from_code(why)]
    item.ProcedureStepProgressInformationSequence = [told]
