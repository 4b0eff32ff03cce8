"""The maps of a visit: images that were made from those of the archive, and that its numbers were read from.

A map is carried by a number (ADC of our own fit, percent enhancement, signal enhancement ratio), or is the SUV that
uptake was read from. A scanner's own map lies in the archive already and is none of them. A voxel without a value is
NaN.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from vivomap.core import Image, Measurement, Refusal, Region, coding, same_grid
from vivomap.report import codes
from vivomap.report.codes import OWN, Concept
from vivomap.report.dicom_identity import is_uid, object_uid
from vivomap.report.dicom_source import from_dicom
from vivomap.report.forms import Filed
from vivomap.report.grey import ADC_TOP, UPTAKE_STEPS

FIT = Concept("129105", "DCM", "Diffusion image analysis")
TIMES = Concept("113053", "DCM", "Pixel by pixel multiplication")
LESS = Concept("113062", "DCM", "Pixel by pixel subtraction")
OVER = Concept("113046", "DCM", "Pixel by pixel division")
PERCENTILES = (1.0, 99.5)  # project: the ends of the colours of a map without customary ones


@dataclass(frozen=True)
class Kind:
    """What a map shows: its label (at most 15 letters), its coded quantity, and how it is derived, coded."""

    label: str
    quantity: Concept
    derived: tuple[Concept, ...]


KINDS = {
    "adc": Kind("ADC", coding.ADC, (FIT,)),
    "suv": Kind("SUVbw", coding.SUV_BW, (TIMES,)),
    "pe": Kind("PE", OWN["PE"], (LESS, OVER)),
    "ser": Kind("SER", OWN["SER"], (LESS, OVER)),
}


@dataclass(frozen=True)
class Chart:
    """One map: its place among those of the visit, the image, and the numbers that were read from it."""

    place: int
    image: Image
    numbers: tuple[Measurement, ...]

    @property
    def kind(self) -> Kind:
        """What it shows; a role that is not in the table goes under its own name in our scheme."""
        role = self.image.role
        return KINDS.get(role) or Kind(role[:15], Concept(role[:16], codes.PRIVATE, role.replace("_", " ")), ())

    @cached_property
    def values(self) -> NDArray[np.float32]:
        """The map as it is written, (z, y, x), NaN where there is no value; of a map with its doubt, the map alone."""
        array = self.image.voxels.array
        return np.asarray(array[0] if array.ndim == 4 else array, np.float32)

    @property
    def warnings(self) -> tuple[str, ...]:
        """The codes of the warnings that its numbers carry."""
        return tuple(dict.fromkeys(flag.code for number in self.numbers for flag in number.flags))

    def uid(self, filed: Filed, form: str) -> str:
        """The identifier of the object that holds it in a form."""
        return object_uid(filed.assessment, f"{form}-{self.place}")

    def regions(self, filed: Filed) -> tuple[Region, ...]:
        """The followed regions that lie on its grid, one for each lesion."""
        drawn = (r for r in filed.assessment.study.regions if r.lesion and r.voxel_count and same_grid(r, self.image))
        return tuple({r.lesion: r for r in reversed(list(drawn))}.values())[::-1]


def charts(filed: Filed) -> tuple[Chart, ...]:
    """The maps of a visit. Raises Refusal `not_drawn` if there is none that DICOM can name the source of."""
    numbers = [c for c in filed.assessment.claims if isinstance(c, Measurement)]
    found: dict[tuple[str, str], tuple[Image, list[Measurement]]] = {}
    for number in numbers:
        for image in _read_from(number, filed):
            key = (image.role, image.voxels.digest)
            found.setdefault(key, (image, []))[1].append(number)
    placed = [(i, n) for i, n in found.values() if from_dicom(i) and is_uid(i.text("frame_of_reference"))]
    if not placed:
        raise Refusal(
            "not_drawn",
            "no number of this visit carries a map that can be written",
            found=", ".join(i.role for i, _ in found.values()) or "no map",
            expected="ADC of our own fit, PE, SER or SUV, made from images that have DICOM objects",
            computed="the other forms",
        )
    return tuple(Chart(place, image, tuple(read)) for place, (image, read) in enumerate(placed, 1))


def _read_from(number: Measurement, filed: Filed) -> list[Image]:
    """The map that a number carries, and the SUV image that it was read from."""
    carried = [number.detail] if isinstance(number.detail, Image) else []
    uptake = [i for i in filed.assessment.study.images if i.role == "suv" and not i.frames]
    return carried + [i for i in uptake if i.voxels.digest in number.provenance.inputs]


def sources(image: Image, k: int) -> tuple[str, ...]:
    """The objects that slice k of a map was made from: one for each frame; every object where none is a slice."""
    slices = image.shape[0]
    named = image.source if len(image.source) % slices else image.source[k::slices]
    return tuple(dict.fromkeys(named))


def flat(image: Image) -> Image:
    """The image with the objects of its first frame alone, so that each slice has one header."""
    slices = image.shape[0]
    return image if len(image.source) % slices else replace(image, source=image.source[:slices])


def span(chart: Chart, filed: Filed) -> tuple[float, float]:
    """The values at the ends of the colours, in the unit of the map."""
    finite = chart.values[np.isfinite(chart.values)]
    if chart.image.role == "adc" and chart.image.unit == "mm2/s":
        return 0.0, ADC_TOP
    if chart.image.role == "suv":
        inside = [chart.values[r.mask.array > 0] for r in chart.regions(filed)] or [finite]
        top = max((float(np.nanmax(v, initial=0)) for v in inside), default=0.0)
        return 0.0, float(next((s for s in UPTAKE_STEPS if s >= top), UPTAKE_STEPS[-1]))
    low, high = (float(v) for v in np.percentile(finite, PERCENTILES)) if finite.size else (0.0, 1.0)
    return low, high if high > low else low + 1
