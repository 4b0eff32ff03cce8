"""One association with a PACS, bounded in time and in what it may send.

Nothing that a PACS does or leaves undone holds us up for longer than the limits say: a line that is silent, a PDU that
is longer than we said, an endless command or identifier, and answers to nobody's question all end the association.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from pynetdicom import AE, _config, evt
from pynetdicom.presentation import PresentationContext

from vivomap.acquire.pacs.address import Address, Pacs
from vivomap.acquire.pacs.shield import context
from vivomap.acquire.pacs.trust import Limits, doubtful, short
from vivomap.acquire.receive.spool import Spools
from vivomap.core import Refusal

PDU = 256 << 10  # bytes that we offer to take at once
LONGEST_PDU = 1 << 20  # bytes of one that we read: more was never offered
COMMAND = 64 << 10  # bytes of one command
WAITING = 16  # messages that may wait to be looked at
QUICKACK: int | None = getattr(socket, "TCP_QUICKACK", None)  # Linux
CONNECT_S = 10.0  # project: a network that works connects in less
TRANSIENT = 2  # result of a rejection (PS3.8, 9.3.4)
REASONS = {
    (1, 3): "it does not know our AE title",
    (1, 7): "it is not called so (AE title)",
    (3, 1): "it has too much to do",
    (3, 2): "it takes no more associations",
}


@dataclass(frozen=True)
class Terms:
    """What an association is for: contexts and roles, the seconds it may take, the bytes that may come (0: any).

    Where objects come on it, `spools` holds the large ones while they do.
    """

    contexts: Sequence[PresentationContext]
    seconds: float
    bytes: int
    roles: Sequence[Any] = ()
    handlers: Sequence[Any] = ()
    spools: Spools | None = None


@dataclass(frozen=True, eq=False)
class Watch:
    """Sees what comes in, and cuts the line when too much does; `troubles` says why it did."""

    limits: Limits
    terms: Terms
    troubles: list[str] = field(default_factory=list)
    lines: list[Any] = field(default_factory=list)
    counted: list[int] = field(default_factory=lambda: [0])

    def opened(self, event: Any) -> None:
        """See the connection open: bound the silence, and each PDU."""
        line = event.assoc.dul.socket
        line.socket.settimeout(self.limits.idle_s)
        line.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else each object waits 40 ms for an ACK
        line.recv = partial(self._bounded, line)
        self.lines.append(line)

    def _bounded(self, line: Any, size: int) -> Any:
        if size > LONGEST_PDU:
            self.troubles.append("a PDU is longer than we offered to take")
            raise ConnectionError("too long")
        self.counted[0] += size
        if self.terms.bytes and self.counted[0] > self.terms.bytes:
            self.troubles.append("the answers are too many bytes")
            raise ConnectionError("too many bytes")
        if QUICKACK is not None and line.socket is not None:  # a PACS that writes in pieces waits for it, 40 ms each
            line.socket.setsockopt(socket.IPPROTO_TCP, QUICKACK, 1)
        return type(line).recv(line, size)

    def received(self, event: Any) -> None:
        """See each piece of a message: a command is short, an object not too large, and few wait in a row."""
        dimse = event.assoc.dimse
        message = dimse.message
        if message is None:
            return
        if message.encoded_command_set.tell() > COMMAND:
            self.cut("a command has no end")
        elif dimse.msg_queue.qsize() > WAITING and type(message).__name__ == "C_STORE_RQ":
            self.cut("objects come faster than they are answered")
        elif self._size(message.data_set) > self.limits.largest:
            self.cut("an object is too large")

    def _size(self, data: Any) -> int:
        """Bytes of an object that have come so far; a large one goes to its spool meanwhile."""
        return self.terms.spools.drain(data) if self.terms.spools and data is not None else 0

    def cut(self, why: str) -> None:
        """Close the line, whatever it is doing."""
        if why not in self.troubles:
            self.troubles.append(why)
        for line in self.lines:
            with contextlib.suppress(OSError):  # it is closed already
                if line.socket is not None:
                    line.socket.shutdown(socket.SHUT_RDWR)

    def broken(self, address: Address) -> Refusal:
        """Why an answer is missing: what we cut off, or a PACS that fell silent."""
        if self.troubles and self.troubles[0] != TIME_UP:
            return doubtful("the PACS's answer was cut off", where=str(address), found=self.troubles[0])
        found = self.troubles[0] if self.troubles else "the line broke, or no answer in time"
        return Refusal("receiver_away", "the PACS did not answer to its end", where=str(address), found=found)


TIME_UP = "not finished in time"


@contextlib.contextmanager
def associated(pacs: Pacs, terms: Terms) -> Iterator[tuple[Any, Watch]]:
    """An association; it is released at the end, and cut where something went wrong.

    Raises Refusal `receiver_away`, `association_rejected`, `query_refused`, `tls_failed` or `bad_setting`.
    """
    _config.LOG_HANDLER_LEVEL = "none"  # the library's log would name identities
    _config.STORE_SEND_CHUNKED_DATASET = True  # files leave as they are, byte for byte
    watch, at = Watch(pacs.limits, terms), pacs.address
    shield = (context(pacs), at.host) if at.secure else None
    binds = [(evt.EVT_CONN_OPEN, watch.opened), (evt.EVT_PDU_RECV, watch.received), *terms.handlers]
    clock = threading.Timer(terms.seconds, watch.cut, (TIME_UP,))
    clock.daemon = True
    clock.start()
    try:
        line = _entity(pacs).associate(
            at.host, at.port, list(terms.contexts), at.title, PDU, list(terms.roles) or None, None, shield, binds
        )
    except (OSError, RuntimeError) as error:  # the name is not known
        clock.cancel()
        raise Refusal(
            "receiver_away", "the PACS cannot be reached", where=str(at), found=type(error).__name__
        ) from None
    try:
        if not line.is_established:
            raise _refused(line, watch, pacs)
        yield line, watch
        if line.is_established:
            line.release()
    finally:
        clock.cancel()
        if not line.is_released:
            watch.cut("ended")
            line.abort()


def _entity(pacs: Pacs) -> AE:
    entity = AE(pacs.title)
    entity.connection_timeout = min(CONNECT_S, pacs.limits.idle_s)
    entity.acse_timeout = entity.dimse_timeout = pacs.limits.idle_s
    entity.network_timeout = None  # the silence of the line is bounded in `Watch.opened`
    return entity


def _refused(line: Any, watch: Watch, pacs: Pacs) -> Refusal:
    """Why there is no association."""
    where = str(pacs.address)
    if line.is_rejected:
        said = line.acceptor.primitive
        reason = REASONS.get((said.result_source, said.diagnostic), "it gave no reason that we know")
        if said.result == TRANSIENT:
            return Refusal("receiver_away", "the PACS takes no association now", where=where, found=reason)
        expected = f"a PACS called {pacs.address.title} that knows {pacs.title}"
        return Refusal("association_rejected", "the PACS refused us", where=where, found=reason, expected=expected)
    if watch.troubles:
        return watch.broken(pacs.address)
    if line.rejected_contexts:  # the library ends an association without any context
        return Refusal("query_refused", "the PACS offers nothing of what was asked for", where=where)
    if watch.lines:
        found = "connected, but no answer to the association request"
        return Refusal("receiver_away", "the PACS did not answer", where=where, found=found)
    return _why(pacs)


def _why(pacs: Pacs) -> Refusal:
    """Why no connection came about: the library keeps the reason to itself, so we knock once more."""
    at = pacs.address
    try:
        with socket.create_connection((at.host, at.port), timeout=min(CONNECT_S, pacs.limits.idle_s)) as bare:
            if at.secure:
                context(pacs).wrap_socket(bare, server_hostname=at.host).close()
            found = "the connection was closed"
    except ssl.SSLError as error:
        summary, found = "the PACS and we do not agree on TLS", str(error.reason or "not agreed")
        return Refusal("tls_failed", summary, where=str(at), found=short(found))
    except OSError as error:
        found = "no answer in time" if isinstance(error, TimeoutError) else error.strerror or type(error).__name__
    return Refusal("receiver_away", "the PACS cannot be reached", where=str(at), found=short(found))
