"""What is said of a delivery: its name, its age, when it is tried again, who has it in hand."""

import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vivomap.store.outbox import Patience
from vivomap.store.outbox.delivery import Delivery, holder, identity, lives


def test_the_wait_doubles_up_to_the_most() -> None:
    waits = [Patience(30, 3600).wait(n, 0.5) for n in range(1, 10)]
    assert waits == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]


@given(st.integers(1, 10_000), st.floats(0, 1, exclude_max=True))
def test_jitter_stays_within_half_of_the_wait(tries: int, dice: float) -> None:
    even = Patience().wait(tries, 0.5)
    assert 0.5 * even <= Patience().wait(tries, dice) <= 1.5 * even


def test_one_object_goes_to_one_destination_under_one_name() -> None:
    names = {identity(to, uid) for to in ("a", "b") for uid in ("1.2", "1.3")}
    assert len(names) == 4
    assert identity("a", "1.2") == identity("a", "1.2")


def test_the_age_grows_until_it_is_delivered() -> None:
    one = Delivery("i", "to", "", "o", 1, "c", "u", "s", "e", "sr", queued_at=100.0)
    assert one.age(160.0) == 60.0
    assert Delivery(**{**vars(one), "done_at": 130.0}).age(1000.0) == 30.0


def test_a_lease_of_this_process_lives_and_of_a_dead_one_does_not() -> None:
    assert lives(holder(), 0.0, 1.0)
    child = subprocess.Popen([sys.executable, "-c", "pass"])
    host, _, began = holder().split(" ")
    child.wait()
    assert not lives(f"{host} {child.pid} {began}", 1e12, 1.0)
    assert not lives(f"{host} {os.getpid()} 1", 1e12, 1.0), "the same number, another process"


@pytest.mark.parametrize(("until", "held"), [(2.0, True), (0.5, False)])
def test_a_lease_of_another_machine_lives_until_its_end(until: float, held: bool) -> None:
    assert lives("elsewhere 1 1", until, 1.0) is held


def test_a_lease_of_nobody_is_free() -> None:
    assert not lives("", 0.0, 1.0)
