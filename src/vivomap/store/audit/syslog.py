"""Sends the audit log to an audit repository: syslog over TLS (RFC 5424, 5425), as DICOM PS3.15 A.6 asks.

    frame = length in bytes, a space, <PRI>1 TIME HOST vivomap PID DICOM+RFC3881 [meta …][origin …] BOM message

The log is its own spool: `sent.json` beside it says how far a receiver has got, and moves on only when the receiver has
ended the connection in order (TLS close_notify after ours), which it does once it has read everything. Syslog has no
other acknowledgement: a receiver that fails in the middle of a batch gets that batch again, and knows each record by
its number (meta sequenceId) and bytes.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from urllib.parse import urlsplit

from vivomap.core import Refusal, __version__
from vivomap.store.audit import dicom, log
from vivomap.store.audit.log import Record
from vivomap.store.disk import alone
from vivomap.store.disk import place as put

FACILITY = 10  # security and authorization
SEVERITY = {0: 5, 4: 4, 8: 3, 12: 2}  # notice, warning, error, critical
BATCH = 200  # records in one connection; project: what may have to be sent again
FORM = "syslogs://host:port"
PORT = 6514  # RFC 5425
GONE = ""  # no record was sent
SPOOL, LOCK = "sent.json", "sent.lock"


@dataclass(frozen=True)
class Collector:
    """Where the log goes; `authorities` are the certificates to trust, `own` and `key` ours where it asks for them.

    With `trust_close` a connection that ends without a TLS goodbye counts as received too.
    """

    host: str
    port: int
    authorities: Path | None = None
    own: Path | None = None
    key: Path | None = None
    trust_close: bool = False
    timeout_s: float = 20.0

    @property
    def name(self) -> str:
        """How the spool knows it."""
        return f"{self.host}:{self.port}"


def collector(address: str) -> Collector:
    """The receiver that an address names. Raises Refusal `bad_setting` if it is none, or would not be encrypted."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port or PORT
    except ValueError:
        host, port = None, PORT
    if not host or parts.scheme != "syslogs" or parts.path or parts.username:
        raise Refusal("bad_setting", "the receiver's address is not understood", found=address, expected=FORM)
    return Collector(host, port)


def pending(project: Path, to: Collector) -> int:
    """How many records this receiver has not got."""
    done = _done(project).get(to.name, (0, GONE))[0]
    return sum(1 for record in log.records(project) if record.seq > done)


def send(project: Path, to: Collector, site: str = "") -> int:
    """Send what this receiver has not got, in order; gives how many records it took.

    Raises Refusal `receiver_away` at the first batch that it did not take: that one and the rest stay in the spool.
    Raises Refusal `audit_broken` if the log is not the one that was sent before.
    """
    count = 0
    with _alone(project):
        done, known = _done(project).get(to.name, (0, GONE))
        waiting = _after(project, done, known)
        while batch := list(islice(waiting, BATCH)):
            _exchange(b"".join(frame(record, site) for record in batch), to)
            count += len(batch)
            _settle(project, to, batch[-1])
    return count


def frame(record: Record, site: str = "") -> bytes:
    """One record as a syslog frame."""
    event = record.event
    head = f"<{FACILITY * 8 + SEVERITY[event.outcome]}>1 {event.at} {_host()} vivomap {os.getpid()} DICOM+RFC3881 "
    meta = f'[meta sequenceId="{record.seq}"][origin software="vivomap" swVersion="{__version__}"] '
    body = (head + meta).encode("ascii") + b"\xef\xbb\xbf" + dicom.message(event, site)
    return b"%d %s" % (len(body), body)


def _host() -> str:
    return "".join(c for c in socket.gethostname() if "!" <= c <= "~")[:255] or "-"


def _after(project: Path, done: int, known: str) -> Iterator[Record]:
    """The records behind the last that was sent, which must still be the one that was sent."""
    for record in log.records(project):
        if record.seq == done and record.hash != known:
            where = f"{log.place(project)}, record {done}"
            raise Refusal("audit_broken", "the record that was sent last is another one now", where=where)
        if record.seq > done:
            yield record


def _exchange(data: bytes, to: Collector) -> None:
    """One connection: all frames, our goodbye, and theirs, which says that they have read to the end."""
    try:
        context = ssl.create_default_context(cafile=str(to.authorities) if to.authorities else None)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if to.own:
            context.load_cert_chain(to.own, to.key)
        with (
            socket.create_connection((to.host, to.port), timeout=to.timeout_s) as bare,
            context.wrap_socket(bare, server_hostname=to.host) as line,
        ):
            line.sendall(data)
            _goodbye(line, to)
    except OSError as error:
        said = getattr(error, "reason", "") or error.strerror or str(error) or type(error).__name__
        summary = "the audit receiver did not take the records; they stay in the spool"
        raise Refusal("receiver_away", summary, where=to.name, found=str(said)[:200]) from error


def _goodbye(line: ssl.SSLSocket, to: Collector) -> None:
    try:
        line.unwrap().close()
    except ssl.SSLEOFError:
        if not to.trust_close:
            raise


def _settle(project: Path, to: Collector, last: Record) -> None:
    done = {**_done(project), to.name: (last.seq, last.hash)}
    put(_spool(project), lambda out: out.write(json.dumps(done).encode()))


def _done(project: Path) -> dict[str, tuple[int, str]]:
    """How far each receiver has got."""
    if not _spool(project).exists():
        return {}
    try:
        found = json.loads(_spool(project).read_text("ascii"))
        return {str(name): (int(seq), str(known)) for name, (seq, known) in found.items()}
    except (OSError, ValueError, TypeError, AttributeError) as error:
        where = str(_spool(project))
        raise Refusal("audit_stopped", "how far the log was sent cannot be read", where=where) from error


def _spool(project: Path) -> Path:
    return log.place(project).with_name(SPOOL)


@contextlib.contextmanager
def _alone(project: Path) -> Iterator[None]:
    """One sender at a time. Raises Refusal `ledger_busy` while another one sends, `audit_stopped`."""
    path = log.place(project).with_name(LOCK)
    with contextlib.ExitStack() as held:
        try:
            held.enter_context(alone(path, wait=False))
        except BlockingIOError as error:
            raise Refusal("ledger_busy", "another program sends the audit log", where=str(path)) from error
        except OSError as error:
            raise log.stopped(error, path) from error
        yield
