"""What `verify` says: one row for each proof of one number or label, and what could not be looked at."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from scipy import stats

STATED = 0.95  # the chance with which a stated interval holds the truth
SURE = 0.99  # of 1,000 intervals this leaves 931 to 967, the 93 to 97 % that is asked of every family

Said = float | str | None  # a number, a label, or nothing


@dataclass(frozen=True)
class Coverage:
    """How many of n stated 95 % intervals held the truth; `why` says why they may hold it more often, "" if not."""

    n: int
    held: int
    why: str = ""

    @property
    def limits(self) -> tuple[int, int]:
        """The fewest and the most that 95 % intervals hold of n, by the exact binomial law; all where it is `why`."""
        low, high = (int(stats.binom.ppf(p, self.n, STATED)) for p in ((1 - SURE) / 2, (1 + SURE) / 2))
        return low, self.n if self.why else high

    @property
    def ok(self) -> bool:
        """Whether the count lies within its limits."""
        low, high = self.limits
        return low <= self.held <= high


@dataclass(frozen=True)
class Row:
    """One proof: the truth, what was found, and whether that is right; `reason` says why not, or what to know.

    `uncertainty` is standard (k = 1); `tolerance` is how far the result may lie from the truth. `widened` is by what
    factor the intervals grew when the noise did.
    """

    family: str
    biomarker: str
    truth: Said
    result: Said
    unit: str = ""
    uncertainty: float | None = None
    tolerance: float | None = None
    coverage: Coverage | None = None
    source: str = ""
    ok: bool = False
    reason: str = ""
    widened: float | None = None

    @property
    def verdict(self) -> str:
        """The verdict in a word."""
        return "ok" if self.ok else "unproven" if self.truth is None else "not ok"

    def data(self) -> dict[str, Any]:
        """The row as plain values, for JSON."""
        return {**asdict(self), "coverage": asdict(self.coverage) if self.coverage else None, "verdict": self.verdict}


@dataclass(frozen=True)
class Absent:
    """A reference set that was not looked at, and why: it is no proof, and no failure."""

    name: str
    source: str
    reason: str


@dataclass(frozen=True)
class Evidence:
    """Every row, what was not at hand, and how it was looked at."""

    rows: tuple[Row, ...]
    absent: tuple[Absent, ...] = ()
    noise: float = 1.0
    skipped: dict[str, str] = field(default_factory=dict)  # modules whose library is not installed, with the reason

    @property
    def ok(self) -> bool:
        """Whether every row is proven and right."""
        return all(row.ok for row in self.rows)
