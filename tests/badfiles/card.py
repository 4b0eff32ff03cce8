"""What the catalogue of bad input is made of: a card for each item, with its trials and what must become of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .house import House

DISPOSITIONS = ("KEEP", "FLAG", "HOLD", "REFUSE", "NO-RESULT")
NO_ENTRANCE = "no such entrance yet"


@dataclass(frozen=True)
class Found:
    """What became of bad input; `wrong` names each number that is neither refused nor the truth (I8).

    `acked` are the digests of the data sets whose sender was told that they are kept (I1); `received` says that the
    receiver had a part in it.
    """

    disposition: str
    codes: frozenset[str] = frozenset()
    wrong: tuple[str, ...] = ()
    acked: tuple[str, ...] = ()
    received: bool = False


Deed = Callable[["House", int], Found]


@dataclass(frozen=True)
class Trial:
    """One way in which an item comes: the deed does it, with a number of its own for its UIDs.

    A `long` one is not for CI; `slow` says why one takes more than a second.
    """

    says: str
    deed: Deed
    disposition: str
    code: str = ""
    long: bool = False
    slow: str = ""


@dataclass(frozen=True)
class Card:
    """One item of the catalogue. `also` names tests elsewhere that hold more of it, as FILE::NAME."""

    id: str
    says: str
    trials: tuple[Trial, ...]
    also: tuple[str, ...] = field(default=())
    note: str = ""
