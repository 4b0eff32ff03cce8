"""What is true of a digital patient, in plain numbers: the answer that a measurement must find.

It lies beside the images as `truth.json`. Tolerances are what the voxels themselves take from the truth (mm of a
grid, a noise that lifts a maximum): the measurement's own uncertainty comes on top.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from vivomap.core import Refusal, known_unit

FILE = "truth.json"
T = TypeVar("T", "Known", "Lesion")


@dataclass(frozen=True)
class Known:
    """One true number; `tolerance` is how far the written images may differ from it at most."""

    name: str
    value: float
    unit: str
    tolerance: float
    how: str = ""

    def __post_init__(self) -> None:
        known_unit(self.unit)


@dataclass(frozen=True)
class Lesion:
    """One lesion or reference region at one visit. `state`: present, vanished (drawn, empty), new or part.

    `tracking` is the UID that its region carries where the object can hold one; `parent` the lesion that it split
    from; `centre` in mm LPS, absent where there is nothing.
    """

    name: str
    site: str
    state: str
    tracking: str
    numbers: tuple[Known, ...] = ()
    centre: tuple[float, float, float] | None = None
    parent: str = ""

    def number(self, name: str) -> Known:
        """The true number of a name. Raises Refusal if nothing is known under it."""
        return _named(self.numbers, name, self.name)


@dataclass(frozen=True)
class Call:
    """What a criterion must call this visit, and the arithmetic that makes it so."""

    criterion: str
    category: str
    why: str


@dataclass(frozen=True)
class Visit:
    """One visit: its day, its folder (relative), its scanner, its lesions and the calls."""

    day: date
    folder: str
    scanner: str
    lesions: tuple[Lesion, ...]
    calls: tuple[Call, ...] = ()
    numbers: tuple[Known, ...] = ()

    def lesion(self, name: str) -> Lesion:
        """The lesion of a name. Raises Refusal if there is none."""
        return _named(self.lesions, name, self.folder)

    def number(self, name: str) -> Known:
        """A true number of the whole visit. Raises Refusal if nothing is known under it."""
        return _named(self.numbers, name, self.folder)

    def call(self, criterion: str) -> Call:
        """What a criterion must say. Raises Refusal if it is not asked here."""
        found = [c for c in self.calls if c.criterion == criterion]
        if not found:
            raise Refusal("unknown_name", f"{criterion!r} is not called at this visit", where=self.folder)
        return found[0]


@dataclass(frozen=True)
class Truth:
    """The whole answer of one digital patient; visits stand oldest first."""

    name: str
    seed: int
    patient: str
    says: str
    visits: tuple[Visit, ...]

    def write(self, folder: Path) -> Path:
        """Lay the answer beside the images, as JSON."""
        path = folder / FILE
        plain = dataclasses.asdict(self)
        path.write_text(json.dumps(plain, indent=1, sort_keys=True, default=str, allow_nan=False) + "\n", "utf-8")
        return path

    @classmethod
    def read(cls, folder: Path) -> Truth:
        """The answer that lies beside the images."""
        plain = json.loads((folder / FILE).read_text("utf-8"))
        visits = tuple(_visit(v) for v in plain.pop("visits"))
        return cls(**plain, visits=visits)


@dataclass(frozen=True)
class Patient:
    """A digital patient as a card: `write` makes it in a folder from a seed; `pathway` is what it shows in the demo."""

    name: str
    says: str
    write: Callable[[Path, int], Truth]
    pathway: str = ""


def _named(values: tuple[T, ...], name: str, where: str) -> T:
    found = [v for v in values if v.name == name]
    if not found:
        names = ", ".join(v.name for v in values)
        raise Refusal("unknown_name", f"{name!r} is not in this truth", where=where, expected=names)
    return found[0]


def _visit(plain: dict[str, Any]) -> Visit:
    lesions = tuple(_lesion(each) for each in plain["lesions"])
    calls = tuple(Call(**each) for each in plain["calls"])
    numbers = tuple(Known(**each) for each in plain["numbers"])
    day = date.fromisoformat(plain["day"])
    return Visit(day, plain["folder"], plain["scanner"], lesions, calls, numbers)


def _lesion(plain: dict[str, Any]) -> Lesion:
    centre = plain["centre"]
    numbers = tuple(Known(**each) for each in plain["numbers"])
    return Lesion(**{**plain, "numbers": numbers, "centre": None if centre is None else tuple(centre)})
