"""An outbox whose clock and dice a test holds."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest

from vivomap.store.outbox import Item, Outbox, open_outbox

TO = "dicom://PACS@127.0.0.1:104"


@dataclasses.dataclass
class Clock:
    """A time that passes when told."""

    now: float = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def box(tmp_path: Path, clock: Clock) -> Outbox:
    return dataclasses.replace(open_outbox(tmp_path), clock=clock, dice=lambda: 0.5)


@pytest.fixture
def item(tmp_path: Path) -> Callable[..., Item]:
    def make(number: int = 1, body: bytes = b"object") -> Item:
        path = tmp_path / f"item{number}-{len(body)}"
        path.write_bytes(body + bytes([number]))
        return Item(path, "1.2.840", f"1.2.{number}", "1.3", "1.4", "sr of abc")

    return make
