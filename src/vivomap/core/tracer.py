"""The card of a molecular agent: what it binds to, how its uptake is normalised, and how far anyone has shown it right.

A tracer is one TOML file; `vivomap.core.tracers` finds the files. Adding an agent is adding a file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vivomap.core.errors import Refusal
from vivomap.core.threshold import GRADES, Threshold

NORMALISATIONS = ("SUVbw", "SUVlbm", "SUVR", "Patlak", "Logan")
READINESS = ("research", "trial", "routine")
SCALES = ("miPSMA", "Krenning")
DAYS_S = (30.0, 1e6)  # project: a half-life outside half a minute to eleven days is a slip of the pen


@dataclass(frozen=True)
class Scale:
    """A score of 0, 1, 2 … : each organ in turn, from the faintest, is a step that a lesion's uptake may exceed."""

    kind: str
    organs: tuple[str, ...]
    source: str
    seen: bool


@dataclass(frozen=True)
class Calibration:
    """Centiloid = slope SUVR + intercept, for the regions and the reference with which it was derived.

    `pib_slope` and `pib_intercept` are the published line SUVR = slope SUVR(PiB) + intercept; 0 where none was read.
    """

    slope: float
    intercept: float
    regions: str
    reference: str
    source: str
    seen: bool
    pib_slope: float = 0.0
    pib_intercept: float = 0.0


@dataclass(frozen=True)
class Kinetics:
    """From how many minutes after injection the plots are straight, and k2' of the reference (/min; 0: not known)."""

    straight_from_min: float
    reference_k2: float
    source: str
    seen: bool


@dataclass(frozen=True)
class Tracer:
    """One agent. `also` are its names in headers, in small letters and digits alone.

    `cut_offs` carry source and grade each; one that is not `seen` was remembered, and `usable` leaves it out.
    `evidence` is a grade (core.threshold.GRADES) of its clinical use, `readiness` a word of `READINESS`;
    `validation` says what shows our numbers of it right, "" where nothing does.
    """

    name: str
    title: str
    also: tuple[str, ...]
    isotope: str
    half_life_s: float
    target: str
    normalisation: str
    reference_region: str
    evidence: str
    readiness: str
    source: str
    validation: str
    version: int = 1
    cut_offs: tuple[Threshold, ...] = ()
    scale: Scale | None = None
    centiloid: Calibration | None = None
    kinetics: Kinetics | None = None
    digest: str = ""

    def __post_init__(self) -> None:
        """Raises Refusal `bad_tracer` for a word or a number that no agent can have."""
        words = (
            ("normalisation", self.normalisation, NORMALISATIONS),
            ("evidence", self.evidence, tuple(GRADES)),
            ("readiness", self.readiness, READINESS),
            *((("scale", self.scale.kind, SCALES),) if self.scale else ()),
        )
        for field, word, allowed in words:
            if word not in allowed:
                raise _bad(self.name, f"{field} is {word!r}", " or ".join(allowed))
        if not DAYS_S[0] <= self.half_life_s <= DAYS_S[1]:
            raise _bad(self.name, f"a half-life of {self.half_life_s:g} s", "30 s to eleven days")
        if not (self.name and self.also and self.isotope and self.target and self.source):
            raise _bad(self.name, "a field that is empty", "name, also, isotope, target and source")
        if self.normalisation in ("SUVR", "Logan") and not self.reference_region:
            raise _bad(self.name, f"{self.normalisation} without a reference region", "the name of a region")

    @property
    def usable(self) -> tuple[Threshold, ...]:
        """The cut-offs whose source was read; one from memory is shown, and never applied by itself."""
        return tuple(c for c in self.cut_offs if c.seen)


def _bad(name: str, found: str, expected: str) -> Refusal:
    return Refusal("bad_tracer", "the file of a tracer cannot be used", where=name, found=found, expected=expected)


def tracer_from(words: Mapping[str, Any], digest: str = "", where: str = "") -> Tracer:
    """The tracer that a file describes. Raises Refusal `bad_tracer` with what is absent, unknown or wrong in it."""
    told = dict(words)
    try:
        parts = {
            "cut_offs": tuple(Threshold(**cut) for cut in told.pop("cut_off", [])),
            "scale": _scale(told.pop("scale", None)),
            "centiloid": Calibration(**part) if (part := told.pop("centiloid", None)) else None,
            "kinetics": Kinetics(**part) if (part := told.pop("kinetics", None)) else None,
        }
        return Tracer(**{**told, "also": tuple(told.get("also", ())), **parts, "digest": digest})
    except TypeError as wrong:
        raise _bad(
            where or str(told.get("name", "")), str(wrong), "the fields that the page on molecular names"
        ) from None


def _scale(part: Mapping[str, Any] | None) -> Scale | None:
    return Scale(**{**part, "organs": tuple(part["organs"])}) if part else None
