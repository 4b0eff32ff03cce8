"""How an image must have been taken for a number to mean what its card says; and what follows where it was not.

A card asks for a setting of an image in one role: within limits, among words, or alike at two visits. What was taken
otherwise has one of three consequences: the number is `flagged`; it is given and `not_comparable` with numbers that
were taken as asked; or it is `refused`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from vivomap.core.errors import Refusal
from vivomap.core.image import Flag, Image, Setting
from vivomap.core.units import spoken

FLAGGED, NOT_COMPARABLE, REFUSED = "flagged", "not_comparable", "refused"
CONSEQUENCES = {
    FLAGGED: "flagged",
    NOT_COMPARABLE: "not comparable",
    REFUSED: "refused",
}
CODE, COMPARISON = "off_protocol", "comparison"


@dataclass(frozen=True)
class Asked:
    """One setting that a number asks of an image in `role`: `low` to `high` in `unit`, or one of `words`.

    `apart` is how far two visits may differ; 0 for a text that must be the same. `told` is the code by which the
    biomarker itself says or refuses it, so that it is not said twice; "" where nobody else does.
    """

    role: str
    setting: str
    source: str
    consequence: str = FLAGGED
    unit: str = "1"
    low: float | None = None
    high: float | None = None
    words: tuple[str, ...] = ()
    apart: float | None = None
    told: str = ""

    def __post_init__(self) -> None:
        if self.consequence not in CONSEQUENCES or not self.source:
            raise Refusal("bad_setting", f"{self.setting}: an acquisition needs a consequence and a source")

    @property
    def name(self) -> str:
        """The setting as a person says it."""
        return NAMES.get(self.setting, self.setting)

    @property
    def wanted(self) -> str:
        """What is asked, in words."""
        unit = f" {spoken(self.unit)}".rstrip()
        parts = []
        if self.words:
            parts.append(" or ".join(self.words))
        if self.low is not None and self.high is not None:
            parts.append(f"{self.low:g} to {self.high:g}{unit}")
        elif self.low is not None:
            parts.append(f"{self.low:g}{unit} or more")
        elif self.high is not None:
            parts.append(f"{self.high:g}{unit} or less")
        if self.apart is not None:
            parts.append(f"at every visit the same{f' within {self.apart:g}{unit}' if self.apart else ''}")
        return ", ".join(parts)


@dataclass(frozen=True)
class Deviation:
    """What was taken otherwise than asked."""

    asked: Asked
    found: Setting

    @property
    def said(self) -> str:
        """The deviation as a sentence, without its consequence."""
        unit = f" {spoken(self.asked.unit)}".rstrip() if not isinstance(self.found, str) else ""
        return f"{self.asked.name} is {shown(self.found)}{unit}, asked is {self.asked.wanted}"

    @property
    def flag(self) -> Flag:
        """The warning that travels with a number; one that cannot be compared says so."""
        far = self.asked.consequence == NOT_COMPARABLE
        more = "; not comparable with numbers that were taken as asked" if far else ""
        return Flag(CODE, self.said + more, COMPARISON if far else "")


def deviations(asked: tuple[Asked, ...], image: Image) -> tuple[Deviation, ...]:
    """What of an image was taken otherwise than asked; a setting that it does not tell is no deviation."""
    found = ((a, value_of(image, a.setting)) for a in asked if a.role == image.role)
    return tuple(Deviation(a, v) for a, v in found if v is not None and not as_asked(a, v))


def untold(asked: tuple[Asked, ...], image: Image) -> tuple[Asked, ...]:
    """What is asked of an image and the image does not tell."""
    return tuple(a for a in asked if a.role == image.role and value_of(image, a.setting) is None)


def value_of(image: Image, setting: str) -> Setting | None:
    """A setting of an image, or what its frames and its grid tell; None where nothing does."""
    made = DERIVED.get(setting)
    return made(image) if made else image.setting(setting)


def differ(asked: Asked, before: Setting, after: Setting) -> bool:
    """Whether two visits differ by more than is asked."""
    if asked.apart is None:
        return False
    if isinstance(before, str) or isinstance(after, str):
        return str(before) != str(after)
    return abs(before - after) > asked.apart + 1e-9


def as_asked(asked: Asked, value: Setting) -> bool:
    """Whether a setting is as asked of one visit alone."""
    if asked.words:
        return str(value).casefold() in {w.casefold() for w in asked.words}
    if isinstance(value, str):
        return asked.low is None and asked.high is None
    near = 1e-6 * max(abs(value), 1.0)
    low, high = (-math.inf if asked.low is None else asked.low), (math.inf if asked.high is None else asked.high)
    return low - near <= value <= high + near


def shown(value: Setting) -> str:
    """A setting as a person reads it."""
    return value if isinstance(value, str) else f"{value:.4g}"


def _most(unit: str) -> Callable[[Image], float | None]:
    def highest(image: Image) -> float | None:
        return float(max(image.frames)) if image.frames and image.frame_unit == unit else None

    return highest


def _kinds(unit: str) -> Callable[[Image], float | None]:
    def count(image: Image) -> float | None:
        return float(len(set(image.frames))) if image.frames and image.frame_unit == unit else None

    return count


def _longest_step(image: Image) -> float | None:
    """The longest step between two frames, s."""
    factor = {"s": 1.0, "ms": 1e-3}.get(image.frame_unit)
    if factor is None or len(image.frames) < 2:
        return None
    return factor * max(b - a for a, b in pairwise(image.frames))


def _rate(image: Image) -> float | None:
    """Frames a second, of a cine; what its header says, else by its steps."""
    told = image.setting("frame_rate")
    if isinstance(told, int | float):
        return float(told)
    step = _longest_step(image) if image.role in ("cine", "us") else None
    return 1 / step if step else None


def _calibration_days(image: Image) -> float | None:
    """How old the calibration was on the day of the scan; monoenergetic images rest on physics, not on one."""
    if image.day is None or image.frame_unit == "keV":
        return None
    try:
        return float((image.day - date.fromisoformat(image.text("calibrated_on"))).days)
    except ValueError:
        return None


DERIVED: dict[str, Callable[[Image], float | None]] = {
    "b_max": _most("s/mm2"),
    "b_count": _kinds("s/mm2"),
    "echo_count": _kinds("ms"),
    "flip_count": _kinds("deg"),
    "frame_s": _longest_step,
    "frame_rate": _rate,
    "slice_mm": lambda image: image.spacing_mm[0],
    "calibration_days": _calibration_days,
}
NAMES = {
    "b_max": "the highest b-value",
    "b_count": "the number of b-values",
    "echo_count": "the number of echo times",
    "flip_count": "the number of flip angles",
    "frame_s": "the time between frames",
    "frame_rate": "the frame rate",
    "slice_mm": "the distance of slices",
    "calibration_days": "the age of the calibration",
    "slice_thickness_mm": "slice thickness",
    "uptake_min": "the time from injection to scan",
    "te_ms": "TE",
    "tr_ms": "TR",
    "ti_ms": "TI",
    "flip_deg": "the flip angle",
    "field_t": "the field",
    "kvp": "the tube voltage",
    "kernel": "the reconstruction kernel",
    "contrast": "the contrast agent",
    "phase": "the contrast phase",
    "prf_hz": "the pulse repetition frequency",
}
