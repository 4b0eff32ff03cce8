"""One object on its way to one destination: what it is, what became of it, when it is tried again.

After the n-th try in vain the next one comes

    wait = min(most, first * 2^(n - 1)) * (0.5 + u),  u uniform in [0, 1)

seconds later: longer each time, and not for all objects of all stations in the same second.
"""

from __future__ import annotations

import hashlib
import os
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

WAITING, SENDING, SENT, REFUSED, DROPPED = "waiting", "sending", "sent", "refused", "dropped"
STATES = (WAITING, SENDING, SENT, REFUSED, DROPPED)
OPEN = (WAITING, SENDING, REFUSED)  # states in which the queue still keeps the bytes


class Patience(NamedTuple):
    """Seconds before the second try, doubled with each one up to the most; project choices."""

    first_s: float = 30.0
    most_s: float = 3600.0

    def wait(self, tries: int, dice: float) -> float:
        """Seconds until the next try, after so many in vain; `dice` is a number in [0, 1)."""
        return min(self.most_s, self.first_s * 2.0 ** min(tries - 1, 60)) * (0.5 + dice)


@dataclass(frozen=True)
class Item:
    """An object to deliver: its file, the UIDs that name it, and where it came from, in words."""

    path: Path
    sop_class: str
    instance: str
    study: str
    series: str
    origin: str


@dataclass(frozen=True)
class Delivery:
    """One object and one destination; `way` is how the destination is spoken to, without any secret.

    Times are seconds since 1970, 0 where not yet. `doubt` says that a try ended without an answer: the destination may
    have the object. `code` and `said` are the last answer.
    """

    id: str
    destination: str
    way: str
    object: str
    bytes: int
    sop_class: str
    instance: str
    study: str
    series: str
    origin: str
    state: str = WAITING
    tries: int = 0
    queued_at: float = 0.0
    next_at: float = 0.0
    done_at: float = 0.0
    lease_by: str = ""
    lease_until: float = 0.0
    doubt: bool = False
    code: str = ""
    said: str = ""

    def age(self, now: float) -> float:
        """Seconds that it has been under way, or that it took."""
        return max(0.0, (self.done_at or now) - self.queued_at)


class Outcome(NamedTuple):
    """What a try gave: "sent", "refused", "later" or "unsure", with a code and words."""

    state: str
    code: str
    said: str = ""


def identity(destination: str, instance: str) -> str:
    """The name of a delivery: one object goes to one destination once."""
    return hashlib.sha256(f"{destination}\n{instance}".encode()).hexdigest()[:16]


def holder() -> str:
    """This process, so that another can tell whether it still lives."""
    return f"{socket.gethostname()} {os.getpid()} {_began(os.getpid())}"


def lives(by: str, until: float, now: float) -> bool:
    """Whether a lease still holds: on this machine while its process lives, on another up to its end."""
    host, _, rest = by.partition(" ")
    if host != socket.gethostname():
        return now < until
    number, _, began = rest.partition(" ")
    if not number.isdigit():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # another user's process
    return _began(int(number)) == began


def _began(pid: int) -> str:
    """When a process began, in clock ticks since start of the machine; "" where the system does not tell."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""
