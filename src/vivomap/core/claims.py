"""What is said of a patient: numbers with their doubt, changes, verdicts, chances, and what could not be said.

Every claim is frozen and known by the hash of its canonical JSON (`codec.identify`); `because` and
`provenance.inputs` hold such ids, so each can be followed down to the voxels.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date

from vivomap.core.errors import Refusal
from vivomap.core.image import Flag, Image, Settings
from vivomap.core.units import known_unit


@dataclass(frozen=True)
class Provenance:
    """Where a claim comes from: `maker` function, `version` of vivomap, `inputs` content hashes and claim ids,

    `settings` of the function, scanner and software, `source` SOP Instance UIDs (or file names).
    """

    maker: str
    version: str
    inputs: tuple[str, ...] = ()
    settings: Settings = ()
    source: tuple[str, ...] = ()

    def text(self, name: str) -> str:
        """A setting as text; "" where nothing was said."""
        value = dict(self.settings).get(name)
        return "" if value is None else str(value)


@dataclass(frozen=True)
class Finding:
    """A coded fact without a number: a mutation, mrTRG 3, a current drug."""

    name: str
    code: str
    value: str
    day: date | None
    by: str


@dataclass(frozen=True)
class Treatment:
    """What was done to the patient; `end` is None while it goes on, `start` None where it is not known."""

    what: str
    dose: float | None
    unit: str
    start: date | None
    end: date | None
    source: str

    def __post_init__(self) -> None:
        if self.dose is not None:
            _finite(self.what, self.dose)
            known_unit(self.unit)
        if self.start and self.end and self.end < self.start:
            raise Refusal("bad_date", f"{self.what} ends {self.end}, before it starts {self.start}", where=self.source)


@dataclass(frozen=True)
class Curve:
    """A series that a number sums up: `x` in `x_unit`, `y` in `y_unit`."""

    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    x_unit: str
    y_unit: str


@dataclass(frozen=True)
class Measurement:
    """One number. `uncertainty` is standard (k = 1); `region` the lesion, or "" for the patient."""

    name: str
    value: float
    unit: str
    uncertainty: float
    region: str
    day: date | None
    provenance: Provenance
    flags: tuple[Flag, ...] = ()
    detail: Image | Curve | None = None

    def __post_init__(self) -> None:
        _finite(self.name, self.value)
        _finite(f"uncertainty of {self.name}", self.uncertainty)
        if self.uncertainty < 0:
            raise Refusal("not_a_number", f"{self.name}: an uncertainty is not negative, got {self.uncertainty}")
        known_unit(self.unit)


@dataclass(frozen=True)
class Missing:
    """What was asked for and could not be carried: a "number", a "change", a "verdict" or a "chance"."""

    name: str
    region: str
    day: date | None
    code: str
    reason: str
    what: str = "number"


@dataclass(frozen=True)
class Match:
    """The same lesion again. `kind`: matched, new, vanished, split, merged, uncertain or unsearched."""

    kind: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    day: date | None
    chance: float
    by: str


@dataclass(frozen=True)
class Change:
    """Two measurements of one thing. `low` and `high` are the limits of no change, in the unit of the numbers.

    `chance_real` is the posterior chance that the true change has the direction that was seen; `limits` says which
    limits these are and whose; `treatments` is what was done between.
    """

    before: Measurement
    after: Measurement
    low: float
    high: float
    treatments: tuple[Treatment, ...]
    chance_real: float
    limits: str = ""
    flags: tuple[Flag, ...] = ()

    @property
    def name(self) -> str:
        return self.after.name

    @property
    def region(self) -> str:
        return self.after.region

    @property
    def day(self) -> date | None:
        return self.after.day

    @property
    def difference(self) -> float:
        """After less before, in the unit of the numbers."""
        return self.after.value - self.before.value

    @property
    def real(self) -> bool:
        """Whether the difference lies outside the limits of no change."""
        return not self.low <= self.difference <= self.high


@dataclass(frozen=True)
class Verdict:
    """What a criterion calls this visit. `chance_noise`: how often measurement error alone would give this label."""

    name: str
    category: str
    chance_noise: float
    day: date | None
    reasons: tuple[str, ...]
    because: tuple[str, ...]
    provenance: Provenance
    region: str = ""


@dataclass(frozen=True)
class Reasons:
    """Why a model says what it says: the share of each input, the nearest cases, the smallest change that turns it."""

    shares: tuple[tuple[str, float], ...]
    nearest: tuple[str, ...] = ()
    turning: str = ""


@dataclass(frozen=True)
class Prediction:
    """A chance with its 95 % interval."""

    name: str
    region: str
    chance: float
    low: float
    high: float
    horizon_days: int
    day: date | None
    because: tuple[str, ...]
    provenance: Provenance
    detail: Reasons | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.low <= self.chance <= self.high <= 1:
            raise Refusal("not_a_number", f"{self.name}: {self.low} ≤ {self.chance} ≤ {self.high} is no chance")


@dataclass(frozen=True)
class Forecast:
    """Where a number is going: a fan over future days, and when it reaches a threshold."""

    name: str
    region: str
    unit: str
    times: tuple[float, ...]
    median: tuple[float, ...]
    low_50: tuple[float, ...]
    high_50: tuple[float, ...]
    low_90: tuple[float, ...]
    high_90: tuple[float, ...]
    reaches: tuple[tuple[str, float], ...]
    because: tuple[str, ...]
    provenance: Provenance

    def __post_init__(self) -> None:
        known_unit(self.unit)


Claim = Measurement | Missing | Match | Change | Verdict | Prediction | Forecast


def _finite(name: str, value: float) -> None:
    if not math.isfinite(value):
        raise Refusal("not_a_number", f"{name}: {value} is not a number that can be carried")
