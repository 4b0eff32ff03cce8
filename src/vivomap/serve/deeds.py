"""What the network face is handed by the one that starts it: it knows neither the store nor the clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple


class Came(NamedTuple):
    """What came with an object: its identity by its file header, the digest of its data set, the sender."""

    sop_class: str
    instance: str
    syntax: str
    data_sha256: str
    sender: str
    address: str


@dataclass(frozen=True)
class Deeds:
    """What the face is handed: how to keep an object durably, whether anything is taken in now, and whom to tell.

    `may` are the addresses that may store (empty: any that reaches us); `largest` is in bytes for one object.
    """

    keep: Callable[[Came, Callable[[], Iterable[bytes]]], str]
    ready: Callable[[], None]
    tell: Callable[[str], None]
    spool: Path
    may: tuple[str, ...] = ()
    largest: int = 4 << 30
