"""Events of every kind, as vivomap makes them."""

import os
import shutil
from collections.abc import Callable

import pytest

from vivomap.store.audit import kinds
from vivomap.store.audit.event import Actor, Event

DR_A = kinds.Doer("dr.a", "ws-7")
PACS, OURS = Actor("PACS", "source", requestor=True, at="192.0.2.7"), Actor("VIVOMAP", "destination")


def _every() -> dict[str, Event]:
    what = kinds.study("1.2.3", (("1.2.840.10008.5.1.4.1.1.2", 2, ("1.2.3.4", "1.2.3.5")),))
    return {
        "start": kinds.application(DR_A, "vivomap receive", True),
        "stop": kinds.application(DR_A, "vivomap receive", False),
        "log used": kinds.log_used(DR_A, "audit/log.jsonl"),
        "begin": kinds.transferred(PACS, OURS, "P1", what, begin=True),
        "accessed": kinds.accessed(DR_A, "P1", ("1.2.3", "1.2.4")),
        "transferred": kinds.transferred(PACS, OURS, "P1", what),
        "deleted": kinds.deleted(DR_A, "P1", "1.2.3", "two people agreed"),
        "export": kinds.exported(DR_A, "outbox", ("P1", "P2"), "research, k = 10"),
        "import": kinds.imported(DR_A, "scans", ("P1",), ("1.2.3",)),
        "network": kinds.network("VIVOMAP", "192.0.2.9", True),
        "record": kinds.record(DR_A, "P1", "C", ("assessment", "ab" * 32), sole=kinds.MEASURED),
        "read": kinds.record(DR_A, "P1", "R", sole=kinds.READ),
        "query": kinds.queried(PACS, OURS, "1.2.840.10008.5.1.4.1.2.2.1", "StudyDate=2026 & <more>"),
        "alert": kinds.alert(DR_A, "110132", "VM0123", "incidental finding"),
        "sign in": kinds.signed_in("dr.a", "192.0.2.8", outcome=4),
    }


@pytest.fixture(params=sorted(_every()))
def each(request: pytest.FixtureRequest) -> Event:
    """One event of each kind."""
    return _every()[request.param]


@pytest.fixture
def several() -> tuple[Event, ...]:
    """Six events that differ."""
    return tuple(kinds.accessed(DR_A, f"P{k}", (f"1.2.{k}",)) for k in range(6))


@pytest.fixture
def every() -> dict[str, Event]:
    """Events of every kind by name."""
    return _every()


@pytest.fixture
def needs() -> Callable[[str, str], str]:
    """The path of a program; the test is passed over where it is not installed, and fails in CI."""

    def find(program: str, package: str) -> str:
        found = shutil.which(program) or shutil.which(program, path="/usr/sbin")
        if not found:
            said = f"{program} is not installed: apt-get install {package}"
            if os.environ.get("CI"):
                pytest.fail(said)
            pytest.skip(said)
        return found

    return find
