"""Storage commitment: is my object safe?"""

import time
from pathlib import Path
from queue import Queue

from pydicom.dataset import Dataset
from pydicom.uid import generate_uid
from pynetdicom import AE, evt

from vivomap.acquire.receive import Deeds, Door, commitment, start

from .conftest import CT


def asked(*instances: str) -> Dataset:
    ds = Dataset()
    ds.TransactionUID = generate_uid()
    ds.ReferencedSOPSequence = [Dataset() for _ in instances]
    for item, instance in zip(ds.ReferencedSOPSequence, instances, strict=True):
        item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = CT, instance
    return ds


def test_what_is_safe_and_what_is_not_stand_apart() -> None:
    said = commitment.result(asked("1.1", "1.2"), lambda _, instance: instance == "1.1")
    assert [i.ReferencedSOPInstanceUID for i in said.ReferencedSOPSequence] == ["1.1"]
    assert [(i.ReferencedSOPInstanceUID, i.FailureReason) for i in said.FailedSOPSequence] == [("1.2", 0x0112)]


def test_where_all_is_safe_nothing_has_failed() -> None:
    assert "FailedSOPSequence" not in commitment.result(asked("1.1"), lambda *_: True)
    assert "ReferencedSOPSequence" not in commitment.result(asked("1.1"), lambda *_: False)


def test_a_sender_that_asks_is_told_on_the_same_association(tmp_path: Path) -> None:
    told: Queue[tuple[int, Dataset]] = Queue()

    def hear(event) -> tuple[int, None]:
        told.put((event.event_type, event.event_information))
        return 0, None

    deeds = Deeds(lambda *_: "", lambda _, instance: instance == "1.1", lambda _: None, print, tmp_path)
    receiver = start(Door(port=0, idle_s=5), deeds)
    entity = AE("SENDER")
    entity.add_requested_context(commitment.CLASS)
    one = entity.associate(
        "127.0.0.1", receiver.port, ae_title="VIVOMAP", evt_handlers=[(evt.EVT_N_EVENT_REPORT, hear)]
    )
    try:
        for instances, kind in ((("1.1",), 1), (("1.1", "1.2"), 2)):
            answer, _ = one.send_n_action(asked(*instances), 1, commitment.CLASS, commitment.INSTANCE)
            assert answer.Status == 0
            assert told.get(timeout=10)[0] == kind
            time.sleep(0.3)  # our answer to the report goes out before the next question
        nameless = asked("1.1")
        del nameless.TransactionUID
        assert one.send_n_action(asked("1.1"), 7, commitment.CLASS, commitment.INSTANCE)[0].Status == 0x0123
        assert one.send_n_action(nameless, 1, commitment.CLASS, commitment.INSTANCE)[0].Status == 0x0115
    finally:
        one.release()
        receiver.drain()
