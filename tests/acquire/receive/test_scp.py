"""The receiver: what it answers, whatever comes and whatever the face's deeds do."""

import re
import socket
import struct
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from vivomap.acquire.receive import Arrived, Deeds, Door, Receiver, peer, start
from vivomap.acquire.receive import spool as spooling
from vivomap.core import Refusal

from .conftest import CT, EXPLICIT, associated, ct, data_of, digest, encoded, send, status

Make = Callable[..., Receiver]


class Kept(dict[str, tuple[Arrived, bytes]]):
    """What the receiver handed over, by SOP Instance UID, and what it told."""

    fail: Exception | None = None
    told: list[str]
    responses: int = 0

    def keep(self, came: Arrived, content) -> str:
        if self.fail:
            raise self.fail
        self[came.instance] = (came, b"".join(content()))
        return "kept"

    def after(self, point: str) -> None:
        self.responses += point == "response"


@pytest.fixture
def kept() -> Kept:
    made = Kept()
    made.told = []
    return made


@pytest.fixture
def listen(kept: Kept, tmp_path: Path) -> Iterator[Make]:
    made: list[Receiver] = []

    def make(**how) -> Receiver:
        deeds = Deeds(kept.keep, lambda *_: False, kept.after, kept.told.append, tmp_path)
        made.append(start(Door(**{"port": 0, "idle_s": 5.0, **how}), deeds))
        return made[-1]

    yield make
    for one in made:
        one.drain(0)


def test_the_bytes_are_handed_over_as_they_were_sent(listen: Make, kept: Kept, tmp_path: Path) -> None:
    sent = ct(1)
    assert send(listen().port, [sent]) == [0]
    came, raw = kept[sent.SOPInstanceUID]
    (tmp_path / "file").write_bytes(raw)
    assert raw.endswith(encoded(sent))
    assert data_of(tmp_path / "file") == digest(sent) == came.data_sha256
    assert came == (CT, sent.SOPInstanceUID, EXPLICIT, digest(sent), "SENDER", "127.0.0.1")
    assert kept.responses == 1


def test_an_echo_is_answered(listen: Make) -> None:
    with associated(listen().port, classes=["1.2.840.10008.1.1"]) as one:
        assert one.send_c_echo().Status == 0


@pytest.mark.parametrize("fault", [Refusal("disk_full", "full"), MemoryError(), OSError(5, "EIO"), ValueError("bug")])
def test_whatever_goes_wrong_in_keeping_may_be_tried_again(listen: Make, kept: Kept, fault: Exception) -> None:
    receiver = listen()
    kept.fail = fault
    assert send(receiver.port, [ct(1), ct(2)]) == [0xA700, 0xA700]
    kept.fail = None
    assert send(receiver.port, [ct(1)]) == [0]
    assert receiver.answers == {0xA700: 2, 0: 1}


def test_a_class_that_is_no_storage_class_has_its_own_answer(listen: Make, kept: Kept) -> None:
    private = "1.3.12.2.1107.5.9.1"
    strange = ct(1)
    strange.SOPClassUID = private
    assert send(listen().port, [strange], classes=[private]) == [0x0122]
    assert not kept


def test_a_retired_storage_class_is_kept(listen: Make, kept: Kept) -> None:
    old = ct(1)
    old.SOPClassUID = "1.2.840.10008.5.1.4.1.1.6"  # ultrasound, retired
    assert send(listen().port, [old], classes=[old.SOPClassUID]) == [0]
    assert len(kept) == 1


def test_an_unknown_title_gets_no_association(listen: Make) -> None:
    receiver = listen(allow=(peer("CT_1"),))
    with associated(receiver.port, title="CT_2") as one:
        assert one.is_rejected
    assert send(receiver.port, [ct(1)], title="CT_1") == [0]


def test_a_wrong_name_for_us_gets_no_association(listen: Make) -> None:
    with associated(listen().port, called="OTHER") as one:
        assert one.is_rejected


def test_a_known_title_at_another_address_may_not_store(listen: Make, kept: Kept) -> None:
    assert send(listen(allow=(peer("CT_1@192.0.2.7"),)).port, [ct(1)], title="CT_1") == [0x0124]
    assert not kept


def test_the_log_names_no_patient_and_no_uid(listen: Make, kept: Kept) -> None:
    send(listen().port, [ct(1, patient="CANARY77")])
    text = "\n".join(kept.told)
    assert text
    assert not re.search(r"CANARY77|Canary|9999\.\d", text)


def test_a_large_object_is_spooled_and_whole(listen: Make, kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spooling, "IN_MEMORY", 1 << 14)
    large = ct(1, side=512)
    assert send(listen().port, [large, ct(2)]) == [0, 0]
    assert kept[large.SOPInstanceUID][1].endswith(encoded(large))


def test_an_object_larger_than_allowed_is_cut_off(listen: Make, kept: Kept) -> None:
    receiver = listen(largest=100_000)
    assert send(receiver.port, [ct(1, side=1024)]) == [-1]
    assert not kept
    assert send(receiver.port, [ct(2)]) == [0]


def test_two_receivers_do_not_share_a_port(listen: Make) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(Refusal) as refused:
            listen(port=other.getsockname()[1])
    assert refused.value.code == "port_taken"


def half(port: int) -> socket.socket:
    """An association on which half of an object has come."""

    def item(kind: int, body: bytes) -> bytes:
        return struct.pack(">BBH", kind, 0, len(body)) + body

    syntax = item(0x30, CT.encode()) + item(0x40, EXPLICIT.encode())
    user = item(0x50, item(0x51, struct.pack(">I", 16384)) + item(0x52, b"1.2.3.4"))
    names = b"VIVOMAP".ljust(16) + b"SENDER".ljust(16) + bytes(32)
    context = item(0x20, bytes([1, 0, 0, 0]) + syntax)
    body = struct.pack(">HH", 1, 0) + names + item(0x10, b"1.2.840.10008.3.1.1.1") + context + user
    line = socket.create_connection(("127.0.0.1", port))
    line.sendall(struct.pack(">BBI", 1, 0, len(body)) + body)
    assert line.recv(1) == b"\x02"
    line.sendall(b"\x04\x00" + struct.pack(">I", 5000) + bytes(2500))
    return line


def test_an_association_cut_in_mid_object_leaves_nothing(listen: Make, kept: Kept, tmp_path: Path) -> None:
    receiver = listen()
    half(receiver.port).close()
    start_ = time.monotonic()
    assert send(receiver.port, [ct(1)]) == [0]
    assert time.monotonic() - start_ < 30  # it does not wait for the one that was cut
    assert len(kept) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow  # waits for a silent sender to be let go
def test_a_sender_that_falls_silent_in_mid_object_is_let_go(listen: Make) -> None:
    receiver = listen(idle_s=1.0)
    line = half(receiver.port)
    line.settimeout(20)
    while line.recv(4096):
        pass
    line.close()
    assert send(receiver.port, [ct(1)]) == [0]


@pytest.mark.slow  # thirty associations at once
def test_idle_associations_do_not_keep_a_new_one_waiting(listen: Make) -> None:
    receiver = listen(idle_s=30.0)
    lines = [half(receiver.port) for _ in range(30)]
    began = time.monotonic()
    assert send(receiver.port, [ct(1)]) == [0]
    assert time.monotonic() - began < 30  # the figure is in benchmarks/receive.py
    for line in lines:
        line.close()


def test_draining_finishes_the_object_at_hand_and_ends_idle_associations(listen: Make, kept: Kept) -> None:
    receiver = listen()
    with associated(receiver.port) as one:
        assert status(one, ct(1)) == 0
        began = time.monotonic()
        receiver.drain()
        assert time.monotonic() - began < 30
        time.sleep(0.1)
        assert status(one, ct(2)) == -1
    assert len(kept) == 1


def test_the_receiver_imports_no_decoder_of_its_own() -> None:
    """pydicom itself looks for decoders when it is loaded; none of ours may ask for one, nor for the door's."""
    folder = Path(spooling.__file__).parent
    names = ("scp", "part10", "peers", "spool", "tls", "commitment")
    text = "".join((folder / f"{name}.py").read_text() for name in names)
    assert not re.search(r"import .*(gdcm|openjpeg|jpeg_ls|rle\b|pixels|decode)|from vivomap\.acquire\.dicom", text)
