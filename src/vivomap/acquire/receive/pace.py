"""How the two threads of an association wait: until there is news, so that a silent sender costs nothing.

The network library gives each association a thread that reads and one that answers, and both look up a thousand times
a second: two hundred silent associations took more than a whole core. Here the one that answers sleeps until a message
is there. The one that reads sleeps until bytes come, or, while an answer is being made, until that is there to be sent.
Each looks up by itself after `LOOK_S`, for what has no news: its timers, and that it is to end.
"""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event
from typing import Any

LOOK_S = 0.2  # project: how late a thread sees what has no news
NAP_S = 0.0001  # what is left of the library's own sleep
AT_ONCE = 256 << 10  # bytes asked of the system at once; the library asks for 4096, and lets others run in between


@dataclass(eq=False)
class Line:
    """The library's socket of one association, with a reading thread that waits; all else is as the library has it.

    `in_hand` says that a message was handed on, whose answer is the next thing to do.
    """

    inner: Any
    events: Any
    answer: Event = field(default_factory=Event)
    in_hand: bool = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    @property
    def ready(self) -> bool:
        """Whether there is something to read; waits for it, or for an answer that must go out first."""
        line = self.inner.socket
        if line is None:
            time.sleep(LOOK_S / 10)  # closed; the library ends this thread soon
            return False
        if not self.events.empty():
            return _readable(line, 0.0)
        if not self.in_hand:
            return _readable(line, LOOK_S)
        if self.answer.wait(LOOK_S):
            self.answer.clear()
            self.in_hand = False
            return False
        found = _readable(line, 0.0)
        self.in_hand = not found  # a peer that goes on waits for no answer
        return found

    def recv(self, size: int) -> bytearray:
        """So many bytes, or as many as came before the peer hung up."""
        line, came = self.inner.socket, bytearray()
        while len(came) < size:
            piece = line.recv(min(size - len(came), AT_ONCE))
            if not piece:
                break
            came += piece
            _acknowledge(line)
        return came


def _acknowledge(line: socket.socket) -> None:
    """Let the system tell the sender at once what has come.

    A sender that keeps a last small piece back until all before it is acknowledged (Nagle) would wait 40 ms for it.
    """
    if hasattr(socket, "TCP_QUICKACK"):
        with contextlib.suppress(OSError):  # no line of TCP, or gone; the next reading shows which
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)


def _readable(line: socket.socket, seconds: float) -> bool:
    """Whether bytes, or the end, come on a line within so many seconds; a line that is shut counts as its end."""
    if isinstance(line, ssl.SSLSocket) and line.pending():
        return True
    try:
        if hasattr(select, "poll"):
            poll = select.poll()  # unlike select, it has no limit of 1024 open files
            poll.register(line, select.POLLIN)
            return bool(poll.poll(seconds * 1000))
        return bool(select.select([line], [], [], seconds)[0])
    except (OSError, ValueError):
        return True


@dataclass(eq=False)
class Turn:
    """What the answering thread waits for before each turn: that it may go on, as the library has it, and news."""

    inner: Event
    waiting: Callable[[], bool]
    news: Event = field(default_factory=Event)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def set(self) -> None:
        """Let it go on at once: the library does so to end it."""
        self.inner.set()
        self.news.set()

    def wait(self) -> None:
        """Wait until it may go on and something has come, or it is time to look up."""
        while True:
            self.inner.wait()
            if not self.waiting():
                self.news.wait(LOOK_S)
            if self.inner.is_set():
                self.news.clear()
                return


def calm(association: Any) -> None:
    """Let the threads of an association that has just been opened wait for news."""
    dul, dimse = association.dul, association.dimse
    inbound = (dimse.msg_queue, dul.to_user_queue)
    line = Line(dul.socket, dul.event_queue)
    turn = Turn(association._reactor_checkpoint, lambda: not all(queue.empty() for queue in inbound))
    dul.socket, association._reactor_checkpoint, dul._run_loop_delay = line, turn, NAP_S

    def handed() -> None:
        line.answer.clear()  # of an earlier message; this one's, if it is there already, is seen before the next wait
        line.in_hand = True
        turn.news.set()

    for queue in inbound:
        _heard(queue, handed)
    _heard(dul.to_provider_queue, line.answer.set)


def _heard(queue: Any, heard: Callable[[], None]) -> None:
    """Have it heard when something is put into a queue."""
    put = queue.put

    def call(*given: Any, **how: Any) -> None:
        put(*given, **how)
        heard()

    queue.put = call
