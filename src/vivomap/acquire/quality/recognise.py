"""Which studies are phantoms: by the words of their patient and series, and by what is in their images.

Words alone are not believed (a patient may lie beside a phantom), nor shape alone (a round lesion is round): a study
is a phantom where its words say so and its images hold the parts. A person may say so instead of the words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from vivomap.acquire.quality.parts import parts_of
from vivomap.core import Image, Region, Study
from vivomap.core.quality import KIND_OF

NAMED = re.compile(
    r"phantom|(?<![a-z])(?:qa|qc|qiba|acr|nema|nist|catphan|gammex|caliber|ice.?water|"
    r"quality|constancy|konstanz\w*|daily.?check|water.?(?:vial|cylinder)|uniform.?cylinder)(?![a-z])",
    re.IGNORECASE,
)
CARDS = {"ct": "density", "diffusion": "fitted_adc", "uptake": "suv_mean"}
ROLES = {"ct": ("ct",), "diffusion": ("dwi",), "uptake": ("suv",)}


@dataclass(frozen=True)
class Recognised:
    """One image of a phantom with its parts; `biomarker` is what is measured in them."""

    kind: str
    image: Image
    parts: tuple[Region, ...]
    biomarker: str
    known_by: str


def recognised(study: Study, kind: str = "", called: bool = False) -> tuple[Recognised, ...]:
    """Every image of a study that is a phantom; with a `kind`, a person has said so and the words do not matter.

    `called` says that its headers call it one (`header.called`), by words that a study does not keep.
    """
    found = []
    whole = called or bool(NAMED.search(study.patient))
    for image in study.images:
        mine = KIND_OF.get(image.role, "")
        if image.role not in ROLES.get(mine, ()) or (kind and mine != kind):
            continue
        if not (kind or whole or _called(image)) or any(f.denies == "region" for f in image.refusals):
            continue
        parts = parts_of(mine, image)
        if parts:
            found.append(Recognised(mine, image, parts, CARDS[mine], "a person" if kind else "its name"))
    return tuple(found)


def _called(image: Image) -> bool:
    return any(NAMED.search(image.text(word)) for word in ("series_description", "protocol"))
