"""One visit of one patient: what was imaged, drawn, found and done, and what the door refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from vivomap.core.claims import Finding, Match, Measurement, Treatment
from vivomap.core.image import Alignment, Flag, Image, Region

Fact = Measurement | Finding | Treatment


@dataclass(frozen=True)
class Held:
    """A file that is kept, not used: `code` and `reason` say why."""

    path: str
    code: str
    reason: str


@dataclass(frozen=True)
class Study:
    """One visit of one pseudonym; every part may be empty.

    `day` is None where the date is impossible or partial: such a study is kept and never put in order by guess.
    `searched` names the findings that were looked for, so that absence can be told from silence. `uid` are the Study
    Instance UIDs that make the visit.
    """

    patient: str
    day: date | None
    images: tuple[Image, ...] = ()
    regions: tuple[Region, ...] = ()
    facts: tuple[Fact, ...] = ()
    searched: tuple[str, ...] = ()
    alignments: tuple[Alignment, ...] = ()
    matches: tuple[Match, ...] = ()
    held: tuple[Held, ...] = ()
    uid: tuple[str, ...] = ()
    flags: tuple[Flag, ...] = ()

    def image(self, role: str) -> Image | None:
        """The first image in a role, or None."""
        return next((i for i in self.images if i.role == role), None)


@dataclass(frozen=True)
class Studies:
    """What a folder holds: studies by patient and day (undated last), and the files that no study could use."""

    studies: tuple[Study, ...]
    held: tuple[Held, ...] = ()

    def __iter__(self) -> Iterator[Study]:
        return iter(self.studies)

    def __len__(self) -> int:
        return len(self.studies)

    def __getitem__(self, index: int) -> Study:
        return self.studies[index]
