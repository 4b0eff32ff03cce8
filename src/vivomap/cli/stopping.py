"""Asked to stop: SIGTERM and Ctrl-C mean, finish what is at hand, then end."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue

Stop = SimpleQueue[None]  # the word to stop; unlike an Event, a signal may put it in at any moment
LOOK_UP_S = 0.5  # how often the main thread looks up; project


@contextmanager
def stoppable(stop: Stop) -> Iterator[None]:
    """The time in which a signal puts the word in."""
    kinds = (signal.SIGTERM, signal.SIGINT)
    before = [signal.signal(kind, lambda *_: stop.put(None)) for kind in kinds]
    try:
        yield
    finally:
        for kind, how in zip(kinds, before, strict=True):
            signal.signal(kind, how)


def wait(stop: Stop) -> None:
    """Wait for the word.

    The system may hand a signal to any thread, and Python acts on it in this one: if it slept, it would sleep on.
    """
    while not asked(stop, LOOK_UP_S):
        pass


def asked(stop: Stop, seconds: float = 0.0) -> bool:
    """Whether the word is there, or comes within so many seconds; it stays there for who asks next."""
    with suppress(Empty):
        stop.get(timeout=seconds) if seconds else stop.get_nowait()
        stop.put(None)
        return True
    return False
