"""Be sent to: a DICOM Storage SCP that keeps first and judges later (rule R1).

It answers 0000H only when the face has made the bytes durable; A700H for trouble with disk, database or memory, so
that the sender tries again; 0122H for a class that is no storage class; 0124H for a known title at another address.
No pixel is decoded here.
"""

from __future__ import annotations

import contextlib
import hashlib
import socket
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

from pynetdicom import AE, AllStoragePresentationContexts, _config, evt
from pynetdicom.pdu import P_DATA_TF
from pynetdicom.sop_class import Verification  # type: ignore[attr-defined]

from vivomap.acquire.receive import commitment, tls
from vivomap.acquire.receive.pace import calm
from vivomap.acquire.receive.part10 import header
from vivomap.acquire.receive.peers import Peer, may_store
from vivomap.acquire.receive.spool import Spools
from vivomap.core import Refusal

SUCCESS, NO_RESOURCES, UNKNOWN_CLASS, NOT_AUTHORISED = 0x0000, 0xA700, 0x0122, 0x0124
CLASSES = frozenset(str(c.abstract_syntax) for c in AllStoragePresentationContexts)
STANDARD = "1.2.840.10008.5.1.4.1.1."  # storage classes of the standard, retired ones too
PDU = 256 << 10  # bytes that we offer to take at once
DRAIN_S = 20.0  # rule T11 allows 30

Content = Callable[[], Iterable[bytes]]


class Arrived(NamedTuple):
    """What came with an object: the words of its command, the syntax agreed, the sender; the digest of its data set."""

    sop_class: str
    instance: str
    syntax: str
    data_sha256: str
    sender: str
    address: str


@dataclass(frozen=True)
class Door:
    """Where the receiver listens, and for whom; `largest` is in bytes, `idle_s` how long a silent peer is borne."""

    title: str = "VIVOMAP"
    host: str = "127.0.0.1"
    port: int = 11112
    allow: tuple[Peer, ...] = ()
    largest: int = 4 << 30
    idle_s: float = 60.0
    associations: int = 500
    certificates: tls.Certificates | None = None


@dataclass(frozen=True)
class Deeds:
    """What the face hands to the receiver: how to keep, whether an object is safe, and whom to tell.

    `keep` returns when an object is durable, with a word for the log, or raises Refusal.
    """

    keep: Callable[[Arrived, Content], str]
    committed: Callable[[str, str], bool]
    after: Callable[[str], None]
    tell: Callable[[str], None]
    spool: Path


@dataclass(frozen=True, eq=False)
class Receiver:
    """A receiver that listens; `answers` counts what was answered, by status."""

    door: Door
    deeds: Deeds
    spools: Spools
    servers: list[Any] = field(default_factory=list)
    busy: set[Any] = field(default_factory=set)
    answers: dict[int, int] = field(default_factory=dict)
    reports: dict[Any, Any] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def port(self) -> int:
        """The port that it listens on: the one asked for, or a free one for 0."""
        return int(self.servers[0].server_address[1])

    def drain(self, patience: float = DRAIN_S) -> None:
        """Take no new association, finish what is being taken in, end every association."""
        server = self.servers[0]
        if server in server.ae._servers:
            server.shutdown()
        last, told = time.monotonic() + patience, set()
        while open_ := server.active_associations:
            for one in open_:
                if time.monotonic() > last:
                    _hang_up(one)
                elif one not in self.busy and one.dimse.message is None and one not in told:
                    told.add(one)
                    threading.Thread(target=one.abort, daemon=True).start()
            time.sleep(0.01)

    def opened(self, event: Any) -> None:
        """See a connection open: a peer that stops in the middle of a message is let go like a silent one."""
        event.assoc.dul.socket.socket.settimeout(self.door.idle_s)
        calm(event.assoc)

    def arrived(self, event: Any) -> None:
        """See each piece that comes in: a data set that grows large is spooled, one that grows too large is cut off."""
        message = event.assoc.dimse.message
        if message is None or message.data_set is None:
            return
        if self.spools.drain(message.data_set) > self.door.largest:
            self.deeds.tell(
                f"cut off: {event.assoc.requestor.ae_title} sent more than {self.door.largest} bytes at once"
            )
            threading.Thread(target=event.assoc.abort).start()

    def store(self, event: Any) -> int:
        """Answer one C-STORE. Nothing that goes wrong leaves this function but as a status (rule R5)."""
        self.busy.add(event.assoc)
        try:
            status, said = self._store(event)
        except Refusal as refusal:
            status, said = NO_RESOURCES, f"not kept, {refusal.code}: {refusal.summary}"
        except Exception as bug:  # the library would answer that the data are bad; they need not be
            status, said = NO_RESOURCES, f"not kept, {type(bug).__name__}"
        with self.lock:
            self.answers[status] = self.answers.get(status, 0) + 1
        self.deeds.tell(f"{status:04X}H {said}")
        return status

    def _store(self, event: Any) -> tuple[int, str]:
        request, peer = event.request, event.assoc.requestor
        buffer = request.DataSet or BytesIO()
        sop_class, instance = str(request.AffectedSOPClassUID), str(request.AffectedSOPInstanceUID)
        if not may_store(self.door.allow, peer.ae_title, peer.address):
            return NOT_AUTHORISED, f"not kept: {peer.ae_title} may not store from {peer.address}"
        if sop_class != event.context.abstract_syntax or not (sop_class in CLASSES or sop_class.startswith(STANDARD)):
            return UNKNOWN_CLASS, "not kept: no storage class that was agreed on"
        lost = self.spools.lost(buffer)
        if lost:
            raise Refusal("disk_full", "a large object could not wait on the disk", found=lost)
        syntax = str(event.context.transfer_syntax)
        whole = hashlib.sha256()
        for piece in self.spools.pieces(buffer):
            whole.update(piece)
        before = header(sop_class, instance, syntax)
        came = Arrived(sop_class, instance, syntax, whole.hexdigest(), peer.ae_title, peer.address)
        return SUCCESS, self.deeds.keep(came, lambda: (before, *self.spools.pieces(buffer)))

    def answered(self, event: Any) -> None:
        """See each answer that has gone out."""
        if not isinstance(event.pdu, P_DATA_TF):
            return
        report = self.reports.pop(event.assoc, None)
        if report is not None:
            threading.Thread(target=commitment.send, args=(event.assoc, report), daemon=True).start()
        if event.assoc in self.busy:
            self.busy.discard(event.assoc)
            self.deeds.after("response")

    def gone(self, event: Any) -> None:
        """See an association end, however it ends."""
        self.busy.discard(event.assoc)
        self.reports.pop(event.assoc, None)


def _hang_up(association: Any) -> None:
    """Close a connection under an association that does not end."""
    line = association.dul.socket.socket if association.dul.socket else None
    with contextlib.suppress(OSError):  # the peer was faster
        if line is not None:
            line.shutdown(socket.SHUT_RDWR)


def start(door: Door, deeds: Deeds) -> Receiver:
    """Listen. Raises Refusal `port_taken` or `bad_setting`."""
    _config.UNRESTRICTED_STORAGE_SERVICE = True  # agree to any class, so that a wrong one gets its own answer
    _config.LOG_HANDLER_LEVEL = "none"  # the library's log would name identities
    entity = AE(door.title)
    entity.maximum_pdu_size, entity.maximum_associations = PDU, door.associations
    entity.network_timeout = entity.acse_timeout = door.idle_s
    entity.require_called_aet = True
    entity.require_calling_aet = sorted({p.title for p in door.allow})
    entity.add_supported_context(Verification)
    entity.add_supported_context(commitment.CLASS)
    made = Receiver(door, deeds, Spools(deeds.spool))
    handlers: list[Any] = [
        (evt.EVT_C_STORE, made.store),
        (evt.EVT_CONN_OPEN, made.opened),
        (evt.EVT_PDU_RECV, made.arrived),
        (evt.EVT_PDU_SENT, made.answered),
        (evt.EVT_CONN_CLOSE, made.gone),
        (evt.EVT_N_ACTION, commitment.answer, [deeds.committed, made.reports]),
    ]
    shield = tls.context(door.certificates) if door.certificates else None
    try:
        made.servers.append(
            entity.start_server((door.host, door.port), block=False, ssl_context=shield, evt_handlers=handlers)
        )
    except OSError as error:
        found = error.strerror or type(error).__name__
        where = f"{door.host}:{door.port}"
        raise Refusal("port_taken", "the receiver cannot listen there", where=where, found=found) from error
    return made
