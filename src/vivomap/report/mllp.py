"""Sends a message to the record and waits for its answer: MLLP, with time limits, retry and back-off.

A message goes out as <VT> message <FS><CR>; the receiver answers with an ACK whose MSA-1 says

    AA or CA   taken: done
    AE or CE   refused for what it says: sending it again would not help
    AR or CR   not now: tried again, as is silence, a broken connection or an answer to another message

The message keeps its id (MSH-10) in every try, so a receiver that took it and was not heard can tell the second copy.
What a receiver answers is outside text: cut short, and never more than 64 KiB of it is read.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from vivomap.core import Refusal
from vivomap.report.transport import MOST_SAID, near, shield
from vivomap.report.transport import trouble as said_of

BEGIN, END, RETURN = b"\x0b", b"\x1c", b"\r"
MOST_BYTES = 1 << 16  # of an answer
TAKEN, REFUSED = ("AA", "CA"), ("AE", "CE")
NOT_NOW = ("AR", "CR")
FORM = "mllp://host:port, or mllps://host:port with TLS"


class Receiver(NamedTuple):
    """Where messages go; `secure` with TLS, trusting the system's authorities or those of a file."""

    host: str
    port: int
    secure: bool = False
    authorities: Path | None = None


class Patience(NamedTuple):
    """How often and how long is tried: seconds for one try, and between tries, doubled each time up to the most."""

    tries: int = 4
    each_s: float = 20.0
    wait_s: float = 1.0
    most_s: float = 30.0


USUAL = Patience()


class Delivery(NamedTuple):
    """What became of a message: "taken", "refused" or "away"; the answer's code and words; each try in words."""

    state: str
    code: str
    said: str
    tries: tuple[str, ...]


class Answer(NamedTuple):
    """What a receiver answered: the code of MSA-1, and its words."""

    code: str
    said: str


def receiver(address: str, plain: bool = False, authorities: Path | None = None) -> Receiver:
    """The receiver that an address names. Raises Refusal `bad_setting` if it is none.

    Raises Refusal `not_encrypted` where patient data would leave this machine in the clear, unless `plain` says so.
    """
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or not port or parts.scheme not in ("mllp", "mllps") or parts.path or parts.username:
        raise Refusal("bad_setting", "the receiver's address is not understood", found=address, expected=FORM)
    if authorities is not None and not authorities.is_file():
        raise Refusal("file_absent", "the file of certificates is not there", where=str(authorities))
    secure = parts.scheme == "mllps"
    if not (secure or plain or near(host)):
        raise Refusal("not_encrypted", f"{host} is not this machine, and mllp:// is not encrypted", expected=FORM)
    return Receiver(host, port, secure, authorities)


def send(
    message: str, to: Receiver, patience: Patience = USUAL, sleep: Callable[[float], None] = time.sleep
) -> Delivery:
    """Send a message until it is taken or refused, or patience ends."""
    control = _fields(message, "MSH")[10]
    tries: list[str] = []
    answer = Answer("", "")
    for count in range(max(1, patience.tries)):
        if count:
            sleep(min(patience.most_s, patience.wait_s * 2 ** (count - 1)))
        try:
            answer = read(_exchange(message.encode(), to, patience.each_s), control)
        except (OSError, Refusal) as trouble:
            answer = Answer("", "")
            tries.append(trouble.summary if isinstance(trouble, Refusal) else said_of(trouble))
            continue
        tries.append(f"{answer.code} {answer.said}".strip())
        if answer.code not in NOT_NOW:
            break
    states = {**dict.fromkeys(TAKEN, "taken"), **dict.fromkeys(REFUSED, "refused")}
    return Delivery(states.get(answer.code, "away"), answer.code, answer.said, tuple(tries))


def read(answer: bytes, control: str) -> Answer:
    """What an ACK says. Raises Refusal `receiver_away` if it is none, or answers another message."""
    text = answer.decode("utf-8", "replace")
    said = _fields(text, "MSA")
    if not text.startswith("MSH") or len(said) < 3 or said[1] not in (*TAKEN, *REFUSED, *NOT_NOW):
        raise Refusal("receiver_away", "the answer is no acknowledgement")
    if said[2] != control:
        raise Refusal("receiver_away", "the answer is to another message")
    error = _fields(text, "ERR")
    words = (*said[3:4], *error[3:4], *error[7:9])
    return Answer(said[1], "; ".join(w for w in words if w)[:MOST_SAID])


def _fields(text: str, name: str) -> list[str]:
    """The fields of the first segment of a name, its name first; MSH counts its separator as a field."""
    bar = text[3:4] or "|"
    line = next((s for s in text.replace("\n", "\r").split("\r") if s.startswith(name + bar)), "")
    fields = line.split(bar)
    return [fields[0], bar, *fields[1:]] if name == "MSH" and line else fields


def _exchange(message: bytes, to: Receiver, seconds: float) -> bytes:
    """One try: connect, send, and read up to the end of the answer, all within so many seconds."""
    until = time.monotonic() + seconds
    with socket.create_connection((to.host, to.port), timeout=seconds) as bare, _guarded(bare, to) as line:
        line.settimeout(_left(until))
        line.sendall(BEGIN + message + END + RETURN)
        heard = b""
        while END not in heard:
            if len(heard) > MOST_BYTES:
                raise ConnectionError("the answer has no end")
            line.settimeout(_left(until))
            part = line.recv(4096)
            if not part:
                raise ConnectionError("the connection was closed without an answer")
            heard += part
    return heard.split(END, 1)[0].lstrip(BEGIN)


def _guarded(bare: socket.socket, to: Receiver) -> socket.socket:
    if not to.secure:
        return bare
    return shield(to.authorities).wrap_socket(bare, server_hostname=to.host)


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
