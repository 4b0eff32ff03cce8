"""The whole state table of PS3.4 CC.1.1-2 walked, the forbidden moves with their status codes, and CC.2.5-3."""

from __future__ import annotations

from copy import deepcopy

import pytest
from pydicom.dataset import Dataset

from vivomap.report.forms import Filed
from vivomap.report.ups import performed, scheduled, states
from vivomap.report.ups.states import CANCELED, COMPLETED, IN_PROGRESS, SCHEDULED, Workitem

KEY, OTHER, NOW = "2.25.7", "2.25.8", "20260310080000+0000"
FINAL = (COMPLETED, CANCELED)
# event, then the status for no item, SCHEDULED, IN PROGRESS, COMPLETED, CANCELED: as the standard prints the table
PRINTED: dict[tuple[str, bool], tuple[int, int, int, int, int]] = {
    (IN_PROGRESS, True): (0xC307, 0x0000, 0xC302, 0xC300, 0xC300),
    (IN_PROGRESS, False): (0xC307, 0xC301, 0xC301, 0xC301, 0xC301),
    (SCHEDULED, True): (0xC307, 0xC303, 0xC303, 0xC303, 0xC303),
    (SCHEDULED, False): (0xC307, 0xC303, 0xC303, 0xC303, 0xC303),
    (COMPLETED, True): (0xC307, 0xC310, 0x0000, 0xB306, 0xC300),
    (COMPLETED, False): (0xC307, 0xC301, 0xC301, 0xC301, 0xC301),
    (CANCELED, True): (0xC307, 0xC310, 0x0000, 0xC300, 0xB304),
    (CANCELED, False): (0xC307, 0xC301, 0xC301, 0xC301, 0xC301),
}
HTTP = {0x0000: 200, 0xB304: 200, 0xB306: 200, 0xC307: 404}


@pytest.fixture(scope="module")
def done_by(filed: Filed) -> Dataset:
    """What was done, made once: it writes every object of the visit."""
    return performed(filed)


@pytest.fixture(scope="module")
def items(filed: Filed, done_by: Dataset) -> dict[str, Workitem | None]:
    """One item in each state, made by legal moves; "" is none."""
    new = states.create(None, scheduled(filed)).held
    begun = states.change(new, IN_PROGRESS, KEY).held
    full = states.update(begun, done_by, KEY).held
    reason, stop = Dataset(), Dataset()
    reason.CodeValue, reason.CodingSchemeDesignator, reason.CodeMeaning = "110514", "DCM", "Incorrect worklist entry"
    stop.ProcedureStepDiscontinuationReasonCodeSequence = [reason]
    why = Dataset()
    why.ProcedureStepProgressInformationSequence = [stop]
    off = states.update(full, why, KEY).held
    done = states.change(off, COMPLETED, KEY).held
    gone = states.change(off, CANCELED, KEY, NOW).held
    assert done is not None
    assert gone is not None
    assert (done.state, gone.state) == FINAL
    return {"": None, SCHEDULED: new, IN_PROGRESS: off, COMPLETED: done, CANCELED: gone}


@pytest.mark.parametrize(("event", "right"), PRINTED)
def test_every_cell_of_the_state_table_is_answered_as_printed(
    items: dict[str, Workitem | None], event: str, right: bool
) -> None:
    for state, status in zip(states.STATES, PRINTED[event, right], strict=True):
        before = items[state]
        wrong = "" if state == SCHEDULED else OTHER
        answer = states.change(before, event, KEY if right else wrong, NOW)
        assert (answer.status, answer.http) == (status, HTTP.get(status, 409)), (state, hex(answer.status))
        if status:
            assert answer.held is before, "a move that is not made changes nothing"
            assert answer.warning.startswith("299 vivomap: ") or answer.http == 404
        else:
            assert answer.held is not None
            assert answer.held.state == event


def test_an_item_is_created_once_as_scheduled_and_unlocked(items: dict[str, Workitem | None], filed: Filed) -> None:
    for state in states.STATES[1:]:
        answer = states.create(items[state], scheduled(filed))
        assert (answer.status, answer.http, answer.held) == (0x0111, 409, items[state])
    begun = items[IN_PROGRESS]
    assert begun is not None
    assert states.create(None, begun.item).http == 400
    locked = scheduled(filed)
    locked.TransactionUID = KEY
    assert states.create(None, locked).http == 400
    assert states.create(None, scheduled(filed)).http == 201


@pytest.mark.parametrize(
    ("state", "status", "http", "after"),
    [
        ("", 0xC307, 404, ""),
        (SCHEDULED, 0, 202, CANCELED),
        (IN_PROGRESS, 0, 202, IN_PROGRESS),
        (COMPLETED, 0xC311, 409, COMPLETED),
        (CANCELED, 0xB304, 200, CANCELED),
    ],
)
def test_a_request_to_cancel_is_done_passed_on_or_refused(
    items: dict[str, Workitem | None], state: str, status: int, http: int, after: str
) -> None:
    answer = states.cancel(items[state], NOW)
    assert (answer.status, answer.http) == (status, http)
    assert (answer.held.state if answer.held else "") == after
    if state == IN_PROGRESS:
        assert answer.held is not None
        assert answer.held.wanted_off
    if state == SCHEDULED:
        assert answer.held is not None
        (told,) = answer.held.item.ProcedureStepProgressInformationSequence
        assert told.ProcedureStepCancellationDateTime == NOW
        assert told.ProcedureStepDiscontinuationReasonCodeSequence[0].CodeValue == "110513"


def test_only_whoever_claimed_an_item_may_set_its_attributes(items: dict[str, Workitem | None]) -> None:
    more = Dataset()
    more.WorklistLabel = "other"
    assert states.update(items[SCHEDULED], more).status == 0
    assert states.update(items[SCHEDULED], more, KEY).status == 0xC301
    assert states.update(items[IN_PROGRESS], more, KEY).held != items[IN_PROGRESS]
    assert states.update(items[IN_PROGRESS], more, OTHER).status == 0xC301
    assert states.update(items[IN_PROGRESS], more).warning.endswith("The Transaction UID is missing.")
    assert {states.update(items[s], more, KEY).status for s in FINAL} == {0xC300}
    assert states.update(None, more).http == 404
    sly = Dataset()
    sly.ProcedureStepState = COMPLETED
    assert states.update(items[IN_PROGRESS], sly, KEY).http == 400


def test_the_second_who_claims_an_item_is_refused_and_only_a_uid_is_a_claim(
    items: dict[str, Workitem | None],
) -> None:
    assert states.change(items[IN_PROGRESS], IN_PROGRESS, OTHER).status == 0xC301
    assert states.change(items[SCHEDULED], IN_PROGRESS, "not a uid").status == 0xC301
    assert states.change(items[SCHEDULED], "PAUSED", KEY).http == 400


def test_an_item_does_not_end_before_it_says_what_the_final_state_wants(filed: Filed, done_by: Dataset) -> None:
    begun = states.change(states.create(None, scheduled(filed)).held, IN_PROGRESS, KEY).held
    early = states.change(begun, COMPLETED, KEY)
    assert (early.status, early.http) == (0xC304, 409)
    assert "UnifiedProcedureStepPerformedProcedureSequence" in early.warning
    assert states.change(begun, CANCELED, KEY).status == 0xC304, "a cancellation wants its reason"
    for name in ("PerformedProcedureStepEndDateTime", "OutputInformationSequence", "PerformedWorkitemCodeSequence"):
        some = deepcopy(done_by)
        delattr(some.UnifiedProcedureStepPerformedProcedureSequence[0], name)
        nearly = states.change(states.update(begun, some, KEY).held, COMPLETED, KEY)
        assert (nearly.status, name in nearly.warning) == (0xC304, True)
    empty = deepcopy(done_by)
    empty.UnifiedProcedureStepPerformedProcedureSequence[0].OutputInformationSequence = []
    assert states.change(states.update(begun, empty, KEY).held, COMPLETED, KEY).status == 0, "nothing may come of it"
