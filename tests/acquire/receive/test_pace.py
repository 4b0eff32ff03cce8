"""An association's threads wait for news: nothing is late for it, and silence costs nothing."""

import queue
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread
from types import SimpleNamespace

import pytest

from vivomap.acquire.receive import Deeds, Door, Receiver, pace, start
from vivomap.acquire.receive.pace import AT_ONCE, LOOK_S, Line, Turn, calm

from .conftest import associated, ct, status

LONG = 20 * LOOK_S  # seconds that a busy machine may take for what is at once


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    left, right = socket.socketpair()
    left.settimeout(20)
    yield left, right
    left.close()
    right.close()


@pytest.fixture
def line(pair: tuple[socket.socket, socket.socket]) -> Line:
    return Line(SimpleNamespace(socket=pair[0], close="the library's"), queue.Queue())


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    deeds = Deeds(lambda *_: "kept", lambda *_: False, lambda _: None, lambda _: None, tmp_path)
    made = start(Door(port=0, idle_s=20.0), deeds)
    yield made
    made.drain(0)


def test_a_silent_line_is_waited_for_and_bytes_end_the_wait(line: Line, pair) -> None:
    began = time.monotonic()
    assert not line.ready
    assert time.monotonic() - began >= 0.9 * LOOK_S
    pair[1].sendall(b"x")
    assert line.ready


def test_the_end_of_a_line_is_something_to_read(line: Line, pair) -> None:
    pair[1].close()
    assert line.ready
    assert line.recv(6) == b""
    pair[0].close()
    assert line.ready


def test_what_the_library_has_to_do_is_not_kept_waiting(line: Line) -> None:
    line.events.put("Evt5")
    began = time.monotonic()
    assert not line.ready
    assert time.monotonic() - began < LOOK_S


def test_an_answer_ends_the_wait_for_it_and_is_waited_for_once(line: Line) -> None:
    line.in_hand = True
    line.answer.set()
    began = time.monotonic()
    assert not line.ready
    assert time.monotonic() - began < LOOK_S
    assert not line.in_hand
    assert not line.answer.is_set()


def test_a_peer_that_goes_on_without_an_answer_is_read(line: Line, pair) -> None:
    line.in_hand = True
    pair[1].sendall(b"x")
    assert line.ready
    assert not line.in_hand


def test_a_closed_line_has_nothing_and_the_rest_is_the_librarys(line: Line) -> None:
    line.inner.socket = None
    assert not line.ready
    assert line.close == "the library's"


@pytest.mark.parametrize("size", [6, AT_ONCE, 3 * AT_ONCE + 7])
def test_as_many_bytes_are_read_as_were_asked_for_and_no_more(line: Line, pair, size: int) -> None:
    sent = bytes(range(251)) * (size // 251 + 2)
    sender = Thread(target=pair[1].sendall, args=(sent,))
    sender.start()
    assert line.recv(size) == sent[:size]
    line.recv(len(sent) - size)
    sender.join()


def test_a_line_cut_in_the_middle_gives_what_came(line: Line, pair) -> None:
    pair[1].sendall(b"half")
    pair[1].close()
    assert line.recv(100) == b"half"


def test_a_turn_is_taken_at_once_where_something_waits_or_it_is_ended_and_never_while_paused() -> None:
    inner, waits = Event(), [True]
    inner.set()
    turn = Turn(inner, lambda: waits[0])
    began = time.monotonic()
    turn.wait()
    waits[0] = False
    turn.set()
    turn.wait()
    assert time.monotonic() - began < LOOK_S
    turn.clear()
    one = Thread(target=turn.wait, daemon=True)
    one.start()
    one.join(2 * LOOK_S)
    assert one.is_alive()
    turn.set()
    one.join(LONG)
    assert not one.is_alive()


def test_a_message_put_into_a_queue_is_news_to_the_one_that_answers_and_its_answer_to_the_reader() -> None:
    names = ("socket", "event_queue", "to_user_queue", "to_provider_queue")
    dul = SimpleNamespace(**{name: queue.Queue() for name in names}, _run_loop_delay=1.0)
    dimse = SimpleNamespace(msg_queue=queue.Queue())
    one = SimpleNamespace(dul=dul, dimse=dimse, _reactor_checkpoint=Event())
    calm(one)
    dimse.msg_queue.put("message")
    assert (dul.socket.in_hand, one._reactor_checkpoint.news.is_set()) == (True, True)
    dul.to_provider_queue.put("answer")
    assert dul.socket.answer.is_set()
    assert (dimse.msg_queue.get(), dul.to_provider_queue.get()) == ("message", "answer")


def test_objects_one_after_the_other_wait_for_no_look(receiver: Receiver) -> None:
    """A wake-up that is lost would cost each of them a look; a machine that stalls costs a few of them."""
    taken = []
    with associated(receiver.port) as one:
        for number in range(31):
            began = time.monotonic()
            assert status(one, ct(number)) == 0
            taken.append(time.monotonic() - began)
    assert sorted(taken)[15] < LOOK_S / 2


@pytest.mark.slow  # waits in silence
def test_silent_associations_are_looked_after_a_few_times_a_second(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library's own threads look up two thousand times a second for each of them."""
    looks = []
    real = pace._readable
    with associated(receiver.port), associated(receiver.port), associated(receiver.port):
        monkeypatch.setattr(pace, "_readable", lambda *given: looks.append(given) or real(*given))
        time.sleep(5 * LOOK_S)
        monkeypatch.undo()
        assert 3 <= len(looks) <= 3 * 10
