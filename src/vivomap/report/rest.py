"""Sends a FHIR bundle to a server and says what became of it: one try, with a time limit.

    200, 201            taken: done
    400 to 499          refused for what it says, or for who we are: sending it again would not help
    408, 425, 429, 5xx  not now: worth another try, as is silence or a broken connection

The entries of our bundle are put under their own ids, so a server that took it and was not heard takes the second copy
as the same. Redirects are not followed, and the login goes to the server that was named alone. What a server answers
is outside text: of it only the status and the codes of an OperationOutcome are told, cut short.
"""

from __future__ import annotations

import http.client
import json
import re
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from vivomap.core import Refusal
from vivomap.report.transport import near, shield
from vivomap.report.transport import trouble as said_of

FORM = "fhir+https://host[:port]/path, or fhir+http://host:port/path"
KIND = "application/fhir+json"
MOST_BYTES = 1 << 20  # of an answer that are read
TAKEN = (200, 201)
NOT_NOW = (408, 425, 429)
PATH = re.compile(r"(/[A-Za-z0-9._~%-]+)*")
WORD = re.compile(r"[a-z-]{1,40}")


class Server(NamedTuple):
    """Where bundles go; `secure` with TLS, trusting the system's authorities or those of a file."""

    host: str
    port: int
    path: str
    secure: bool
    authorities: Path | None = None


class Answer(NamedTuple):
    """What became of a bundle: "sent", "refused" or "later"; the status, and codes of what was wrong."""

    state: str
    code: str
    said: str = ""


def server(address: str, plain: bool = False, authorities: Path | None = None) -> Server:
    """The server that an address names. Raises Refusal `bad_setting` if it is none.

    Raises Refusal `not_encrypted` where patient data would leave this machine in the clear, unless `plain` says so.
    """
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port, parts = None, None, urlsplit("")
    path = parts.path.rstrip("/")
    strange = parts.username is not None or parts.query or parts.fragment or not PATH.fullmatch(path)
    if not host or strange or parts.scheme not in ("fhir+http", "fhir+https"):
        raise Refusal("bad_setting", "the address of the FHIR server is not understood", expected=FORM)
    if authorities is not None and not authorities.is_file():
        raise Refusal("file_absent", "the file of certificates is not there", where=str(authorities))
    secure = parts.scheme == "fhir+https"
    if not (secure or plain or near(host)):
        raise Refusal("not_encrypted", f"{host} is not this machine, and fhir+http:// is not encrypted", expected=FORM)
    return Server(host, port or (443 if secure else 80), path, secure, authorities)


def post(bundle: bytes, to: Server, authorization: str = "", seconds: float = 30.0) -> Answer:
    """Send a bundle once. Never raises for what the server or the way to it does."""
    headers = {"Content-Type": KIND, "Accept": KIND}
    if authorization:
        headers["Authorization"] = authorization
    line = _line(to, seconds)
    try:
        line.request("POST", f"{to.path}/" if not to.path else to.path, bundle, headers)
        answer = line.getresponse()
        status, body = answer.status, answer.read(MOST_BYTES)
    except (OSError, http.client.HTTPException) as trouble:
        return Answer("later", "receiver_away", said_of(trouble))
    finally:
        line.close()
    if status in TAKEN:
        return Answer("sent", str(status))
    state = "refused" if 300 <= status < 500 and status not in NOT_NOW else "later"
    return Answer(state, str(status), _issues(body))


def _line(to: Server, seconds: float) -> http.client.HTTPConnection:
    if not to.secure:
        return http.client.HTTPConnection(to.host, to.port, timeout=seconds)
    return http.client.HTTPSConnection(to.host, to.port, timeout=seconds, context=shield(to.authorities))


def _issues(body: bytes) -> str:
    """The codes of the issues of an OperationOutcome; its words may name the patient and are left out."""
    try:
        said: Any = json.loads(body)
        issues = said["issue"] if said["resourceType"] == "OperationOutcome" else []
        codes = [str(issue["code"]) for issue in issues]
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
    return ", ".join(dict.fromkeys(code for code in codes if WORD.fullmatch(code)))[:200]
