"""Asked to stop: the word is heard whenever and by whomever it is said."""

import os
import signal
from queue import SimpleQueue
from threading import Timer, get_ident

import pytest

from vivomap.cli.stopping import Stop, asked, stoppable, wait


def test_a_signal_that_another_thread_takes_is_heard_too() -> None:
    """The system may give it to any thread; the one that waits must then look up by itself."""
    stop: Stop = SimpleQueue()
    with stoppable(stop):
        late = Timer(0.1, lambda: signal.pthread_kill(get_ident(), signal.SIGTERM))
        late.start()
        wait(stop)
        late.join()


@pytest.mark.parametrize("kind", [signal.SIGTERM, signal.SIGINT])
def test_the_word_stays_for_whoever_asks_next(kind: signal.Signals) -> None:
    stop: Stop = SimpleQueue()
    with stoppable(stop):
        assert not asked(stop)
        os.kill(os.getpid(), kind)
        assert asked(stop, 5)
        assert asked(stop)


def test_afterwards_a_signal_means_what_it_meant_before() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with stoppable(SimpleQueue()):
        assert signal.getsignal(signal.SIGTERM) is not before
    assert signal.getsignal(signal.SIGTERM) is before
