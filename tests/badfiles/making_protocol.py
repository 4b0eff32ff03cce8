"""Makers of F01 to F07: senders and peers that misbehave."""

from __future__ import annotations

import contextlib
import io
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import nibabel
import numpy as np
import pytest
from pynetdicom.sop_class import CTImageStorage  # type: ignore[attr-defined]

from vivomap.cli import main
from vivomap.report.mllp import Patience, Receiver
from vivomap.report.mllp import send as deliver

from . import wire
from .card import Deed, Found
from .deeds import series
from .house import LARGEST_MB, House
from .objects import EXPLICIT, good, whole

UIDS = "1.2.840.10008."
PRIVATE = "1.3.12.2.1107.5.9.1"
PATIENCE_S = 60.0
MESSAGE = "MSH|^~\\&|VIVOMAP||||20260310||ORU^R01^ORU_R01|abc123|P|2.5.1\rPID|1||P-1\r"


def item(kind: int, body: bytes) -> bytes:
    return struct.pack(">BBH", kind, 0, len(body)) + body


def request(contexts: int = 1, title: bytes = b"SENDER") -> bytes:
    """An A-ASSOCIATE-RQ with so many presentation contexts; ids come again where there are too many."""
    names = item(0x30, CTImageStorage.encode()) + item(0x40, EXPLICIT.encode())
    offered = b"".join(item(0x20, bytes([(2 * k + 1) % 256, 0, 0, 0]) + names) for k in range(contexts))
    user = item(0x50, item(0x51, struct.pack(">I", 16384)) + item(0x52, b"1.2.3.4"))
    body = b"\0\1\0\0" + b"VIVOMAP".ljust(16) + title.ljust(16) + bytes(32) + item(0x10, f"{UIDS}3.1.1.1".encode())
    return struct.pack(">BBI", 1, 0, len(body + offered + user)) + body + offered + user


@contextmanager
def lines(port: int, count: int, first: bytes = b"") -> Iterator[list[socket.socket]]:
    """So many connections, each with the same first bytes."""
    with contextlib.ExitStack() as open_:
        made = []
        for _ in range(count):
            one = open_.enter_context(socket.create_connection(("127.0.0.1", port), 20))
            one.sendall(first)
            made.append(one)
        yield made


def let_go(one: socket.socket) -> bool:
    """Whether the other side ends a connection in its time."""
    one.settimeout(PATIENCE_S)
    try:
        while one.recv(4096):
            continue
    except ConnectionResetError:
        return True
    except TimeoutError:
        return False
    return True


def silent(house: House, number: int) -> Found:
    """Senders that stop or speak nonsense: another one is served meanwhile, and each of them is let go."""
    noise = (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", bytes(range(256)) * 8)
    stops = (*noise, b"", request()[:20], request(), struct.pack(">BBI", 4, 0, 0xFFFFFFFF) + bytes(1000))
    with contextlib.ExitStack() as open_:
        stuck = [open_.enter_context(lines(house.port, 1, first))[0] for first in stops]
        served, took = house.send_good()
        ended = [let_go(one) for one in stuck]
    wrong = tuple(f"stop {k} is not let go" for k, done in enumerate(ended) if not done)
    waited = () if served == 0 and took < house.soon else ("another one had to wait",)
    return Found("REFUSE", wrong=(*wrong, *waited), received=True)


def nothing_kept(deed: Callable[[House, int], object]) -> Deed:
    """What the deed sends is not kept."""

    def done(house: House, number: int) -> Found:
        before = len(house.judged())
        deed(house, number)
        spare = house.spare["good"]
        house.send_good()
        more = len(house.judged()) - before - (house.spare["good"] - spare)
        return Found("REFUSE", wrong=(f"{more} objects kept",) if more else (), received=True)

    return done


def oversize(house: House, number: int) -> None:
    made = good(number)
    made.PixelData = bytes((LARGEST_MB + 1) << 20)
    assert wire.send(house.port, [whole(made)]) == [-1]


def aborted(house: House, number: int) -> None:
    """A connection is cut in the middle of an object."""
    with lines(house.port, 1, request()) as (one,):
        one.settimeout(PATIENCE_S)
        assert one.recv(1) == b"\x02"
        one.sendall(struct.pack(">BBI", 4, 0, 5000) + struct.pack(">IBB", 4996, 1, 0) + bytes(2000))


def contexts(count: int) -> Deed:
    """A request with so many presentation contexts is answered, or its connection ended."""

    def call(house: House, number: int) -> None:
        with lines(house.port, 1, request(count)) as (one,):
            one.settimeout(PATIENCE_S)
            assert one.recv(1) in (b"\x02", b"\x03", b"\x07", b"")

    return nothing_kept(call)


def many(count: int) -> Deed:
    """So many open connections do not keep a sender from being served."""

    def deed(house: House, number: int) -> Found:
        with lines(house.port, count - 1):
            status, took = min(house.send_good() for _ in range(2))
        wrong = () if status == 0 and took < house.soon else (f"{status:04X}H after {took:.1f} s",)
        return Found("KEEP", wrong=wrong, received=True)

    return deed


def answered(status: int, **how: str) -> Deed:
    """A sender that may not send, or sends what is no image, has its own answer."""

    def deed(house: House, number: int) -> Found:
        made = good(number)
        if "sop_class" in how:
            made.SOPClassUID = how["sop_class"]
        names = {k: v for k, v in how.items() if k != "sop_class"}
        found = wire.send(house.port, [whole(made)], **names)
        return Found("REFUSE", wrong=() if found == [status] else (f"answered {found}",))

    return nothing_kept_too(deed)


def nothing_kept_too(deed: Deed) -> Deed:
    def done(house: House, number: int) -> Found:
        held: list[Found] = []
        kept = nothing_kept(lambda h, n: held.append(deed(h, n)))(house, number)
        return Found(held[0].disposition, wrong=(*held[0].wrong, *kept.wrong), received=True)

    return done


def answers(*parts: bytes, endless: bool = False) -> Deed:
    """A receiver of messages that answers so, on loopback."""

    def deed(house: House, number: int) -> Found:
        with socket.create_server(("127.0.0.1", 0)) as bare:
            thread = threading.Thread(target=_lie, args=(bare, parts, endless), daemon=True)
            thread.start()
            start = time.monotonic()
            said = deliver(MESSAGE, Receiver("127.0.0.1", bare.getsockname()[1]), Patience(1, 1.0, 0.1, 0.1))
            slow = time.monotonic() - start > PATIENCE_S / 2
        believed = ("it was believed",) if said.state == "taken" else ()
        return Found("REFUSE", wrong=(*believed, *(("it waits too long",) if slow else ())))

    return deed


def _lie(bare: socket.socket, parts: tuple[bytes, ...], endless: bool) -> None:
    with contextlib.suppress(OSError):
        one, _ = bare.accept()
        with one:
            one.recv(65536)
            for part in parts:
                one.sendall(part)
            while endless:
                one.sendall(bytes(65536))


def address(scheme: str) -> Deed:
    """A place in the network is no folder: nothing connects to it."""

    def deed(house: House, number: int) -> Found:
        with socket.create_server(("127.0.0.1", 0)) as bare:
            bare.settimeout(0.3)
            words = ["inspect", f"{scheme}127.0.0.1:{bare.getsockname()[1]}/secret"]
            with contextlib.redirect_stderr(io.StringIO()) as said, pytest.raises(SystemExit):
                main(words)
            try:
                bare.accept()[0].close()
            except TimeoutError:
                return Found("REFUSE", frozenset({said.getvalue().split(":")[0]}))
        return Found("KEEP", wrong=("it connected",))

    return deed


def told(words: str) -> Callable[[Path, int], None]:
    """A volume with this JSON beside it."""

    def fill(folder: Path, number: int) -> None:
        series(folder, number)
        image = nibabel.Nifti1Image(np.ones((4, 4, 4), np.int16), np.diag([2.0, 2, 2, 1]))
        (folder / "v.nii").write_bytes(image.to_bytes())
        (folder / "v.json").write_text(words)

    return fill


DEEP = '{"patient": ' + "[" * 100_000 + "]" * 100_000 + "}"
TWICE = '{"patient": "A", "date": "2024-01-08", "role": "ct", "patient": "B"}'
ENTITIES = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'
ACK = b"\x0bMSH|^~\\&|RIS||||20260310||ACK|1|P|2.5.1\rMSA|AA|another\r\x1c\r"
