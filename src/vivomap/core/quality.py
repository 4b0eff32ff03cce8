"""One value of a phantom on one scanner: what a control chart is made of."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date

from vivomap.core.errors import Refusal
from vivomap.core.image import Flag, Image
from vivomap.core.units import known_unit

SAID_BESIDE = ("out_of_control", "check_overdue", "off_protocol")  # warnings that no form may part from the number
KIND_OF = {"ct": "ct", "dwi": "diffusion", "adc": "diffusion", "suv": "uptake", "activity": "uptake"}


@dataclass(frozen=True)
class Check:
    """`kind` is what was checked (ct, diffusion, uptake), `quantity` which part of the phantom, `measurement` whose id.

    `known_by` says how the phantom was recognised: by its name and content, or by a person and content.
    """

    kind: str
    quantity: str
    biomarker: str
    value: float
    unit: str
    uncertainty: float
    day: date
    scanner: str
    software: str
    measurement: str
    source: tuple[str, ...] = ()
    known_by: str = ""

    def __post_init__(self) -> None:
        if not (math.isfinite(self.value) and math.isfinite(self.uncertainty)):
            raise Refusal("not_a_number", f"{self.quantity}: {self.value} cannot go on a chart")
        known_unit(self.unit)


def beside(flags: tuple[Flag, ...]) -> tuple[str, ...]:
    """The codes among some warnings that are said beside the number, even where there is room for one line."""
    found = {flag.code for flag in flags}
    return tuple(code for code in SAID_BESIDE if code in found)


def scanner_of(image: Image) -> str:
    """The scanner of an image, in words: maker, model, and serial number or, without one, station."""
    number = image.text("serial") or image.text("station")
    parts = (image.text("manufacturer"), image.text("model"), number)
    return " ".join(p for p in parts if p) or "a scanner that is not named"
