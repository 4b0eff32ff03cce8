"""One HTTP request to a DICOMweb server, bounded in time and size.

Redirects are not followed, no proxy or cookie is used, and the login goes to the server that was asked for and to no
other: the standard library's client does nothing of this by itself, which is why it was chosen.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import ssl
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from vivomap.acquire.pacs.address import Pacs
from vivomap.acquire.pacs.shield import context
from vivomap.acquire.pacs.trust import doubtful, short
from vivomap.core import Refusal
from vivomap.core.version import __version__

CONNECT_S = 10.0  # project: a network that works connects in less
READ = 1 << 16
MOST_PARTS = 500_000  # objects and lists of one JSON: the shortest take twenty times their bytes in memory
DEEPEST = 32  # levels of JSON (rule R8 says the same of data sets)
LATER = (408, 425, 429, 500, 502, 503, 504, 507)


@dataclass(frozen=True)
class Ask:
    """A request: method, path behind the server's own, the media type wanted, and a body with its type and length."""

    method: str
    path: str
    accept: str
    body: Iterable[bytes] | None = None
    kind: str = ""
    length: int = 0


@dataclass(frozen=True, eq=False)
class Reply:
    """What came back; `read` gives the next bytes of it."""

    status: int
    answer: http.client.HTTPResponse
    got: list[int] = field(default_factory=lambda: [0])

    def header(self, name: str) -> str:
        """One header; "" where there is none."""
        return str(self.answer.headers.get(name) or "")

    def read(self, size: int) -> bytes:
        """The bytes that are there, so many at most; none at the end. A body that breaks off raises IncompleteRead."""
        told = "" if self.answer.chunked else self.header("Content-Length")
        left = int(told) - self.got[0] if told.isascii() and told.isdigit() else size
        if left <= 0:
            return b""
        piece = self.answer.read1(min(size, left))
        if not piece and left and told:
            raise http.client.IncompleteRead(b"", left)
        self.got[0] += len(piece)
        return piece

    def json(self, most: int) -> Any:
        """The body as JSON. Raises Refusal `answer_distrusted` if it is none, or too large."""
        body = bytearray()
        while piece := self.read(READ):
            body += piece
            if len(body) > most:
                raise doubtful("the answer is too large", expected=f"{most} bytes")
        return read_json(bytes(body))


@contextlib.contextmanager
def exchange(pacs: Pacs, ask: Ask, seconds: float) -> Iterator[Reply]:
    """Ask, and read the answer within so many seconds.

    Raises Refusal `receiver_away`, `answer_distrusted`, `login_refused`, `tls_failed`, `not_encrypted`, `bad_setting`.
    """
    at, cut = pacs.address, list[str]()
    if pacs.login and not (at.secure or at.near):
        raise Refusal("not_encrypted", "a login would leave this machine in the clear", where=str(at))
    line = _line(pacs)
    clock = threading.Timer(seconds, _cut, (line, cut))
    clock.daemon = True
    clock.start()
    try:
        line.connect()
        line.sock.settimeout(pacs.limits.idle_s)
        yield _let_in(pacs, _asked(pacs, line, ask))
    except ssl.SSLError as error:
        said = short(error.reason or "not agreed")
        raise Refusal("tls_failed", "the server and we do not agree on TLS", where=str(at), found=said) from error
    except (OSError, http.client.IncompleteRead) as error:
        raise Refusal("receiver_away", "the server did not answer", where=str(at), found=_said(error, cut)) from error
    except http.client.HTTPException as error:
        raise doubtful("the answer is no HTTP", where=str(at), found=type(error).__name__) from error
    finally:
        clock.cancel()
        line.close()


def good(pacs: Pacs, reply: Reply) -> Reply:
    """The reply, if it is one with an answer in it. Raises Refusal `receiver_away` or `query_refused`."""
    if 200 <= reply.status < 300:
        return reply
    found = f"HTTP {reply.status}"
    if reply.status in LATER:
        raise Refusal("receiver_away", "the server cannot answer now", where=str(pacs.address), found=found)
    raise Refusal("query_refused", "the server refused the question", where=str(pacs.address), found=found)


def _line(pacs: Pacs) -> http.client.HTTPConnection:
    at, seconds = pacs.address, min(CONNECT_S, pacs.limits.idle_s)
    if at.secure:
        return http.client.HTTPSConnection(at.host, at.port, timeout=seconds, context=context(pacs))
    return http.client.HTTPConnection(at.host, at.port, timeout=seconds)


def _asked(pacs: Pacs, line: http.client.HTTPConnection, ask: Ask) -> Reply:
    headers = {"Accept": ask.accept, "User-Agent": f"vivomap/{__version__}", "Connection": "close"}
    if pacs.login:
        headers["Authorization"] = pacs.login.header
    if ask.body is not None:
        headers |= {"Content-Type": ask.kind, "Content-Length": str(ask.length)}
    try:
        line.request(ask.method, pacs.address.path + ask.path, ask.body, headers)
    except (BrokenPipeError, ConnectionResetError):  # a server may refuse before it has read everything
        answer = line.getresponse()
    else:
        answer = line.getresponse()
    return Reply(answer.status, answer)


def _let_in(pacs: Pacs, reply: Reply) -> Reply:
    where, found = str(pacs.address), f"HTTP {reply.status}"
    if 300 <= reply.status < 400:
        raise doubtful("the server sends us elsewhere, where we do not go", where=where, found=found)
    if reply.status in (401, 403):
        raise Refusal("login_refused", "the server does not let us in", where=where, found=found)
    return reply


def _cut(line: http.client.HTTPConnection, cut: list[str]) -> None:
    cut.append("not finished in time")
    with contextlib.suppress(OSError, AttributeError):  # closed, or not yet open
        line.sock.shutdown(socket.SHUT_RDWR)


def _said(error: Exception, cut: list[str]) -> str:
    if cut:
        return cut[0]
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, http.client.IncompleteRead):
        return "the answer broke off"
    return short(getattr(error, "strerror", "") or type(error).__name__)


def read_json(body: bytes) -> Any:
    """Strict JSON: no key twice, no NaN, no depth without end. Raises Refusal `answer_distrusted`."""
    if body.count(b"{") + body.count(b"[") > MOST_PARTS:
        raise doubtful("the answer has too many parts", expected=f"{MOST_PARTS} at most")
    try:
        found = json.loads(body, object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise doubtful("the answer is no JSON", found=type(error).__name__) from None
    if _deep(found):
        raise doubtful("the answer is nested too deeply", expected=f"{DEEPEST} levels")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _no_constant(text: str) -> Any:
    raise ValueError(text)


def _deep(found: Any) -> bool:
    level = [found] if isinstance(found, dict | list) else []
    for _ in range(DEEPEST):
        level = [v for one in level for v in (one.values() if isinstance(one, dict) else one)]
        level = [v for v in level if isinstance(v, dict | list)]
        if not level:
            return False
    return True
