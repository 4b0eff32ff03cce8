"""What was done, counted by attribute and never with a value; what was held, by code and never with a name."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydicom.datadict import keyword_for_tag

from vivomap.core import Held, __version__

OPTIONS = {  # PS3.16 CID 7050
    "113100": "Basic Application Confidentiality Profile",
    "113104": "Clean Structured Content Option",
    "113105": "Clean Descriptors Option",
    "113107": "Retain Longitudinal Temporal Information Modified Dates Option",
    "113108": "Retain Patient Characteristics Option",
    "113109": "Retain Device Identity Option",
    "113111": "Retain Safe Private Option",
}
CLEAN_PIXELS = ("113101", "Clean Pixel Data Option")
SCHEMA = "vivomap.deid/1"


@dataclass(frozen=True)
class Summary:
    """One run: how many objects, patients, studies and series left, what was done to them, and what stayed behind.

    `held` names files of the input, `whose` the patients: they are for the person who runs this and for the audit log,
    and are not written beside the images.
    """

    objects: int
    patients: int
    studies: int
    series: int
    done: Mapping[tuple[str, str], int]
    pixels: Mapping[str, int]
    held: tuple[Held, ...]
    ocr: bool
    approved_by: str = ""
    whose: tuple[str, ...] = ()

    def data(self) -> dict[str, Any]:
        """The report as plain data, without a value or a name of the input."""
        attributes = [
            {"tag": tag, "keyword": keyword(tag), "action": action, "count": number}
            for (tag, action), number in sorted(self.done.items())
        ]
        return {
            "version": __version__,
            "options": [{"code": code, "meaning": meaning} for code, meaning in OPTIONS.items()],
            "objects": self.objects,
            "patients": self.patients,
            "studies": self.studies,
            "series": self.series,
            "attributes": attributes,
            "pixels": dict(sorted(self.pixels.items())),
            "text_in_pixels_checked": self.ocr,
            "held": dict(sorted(Counter(h.code for h in self.held).items())),
            "approved_by_a_person": bool(self.approved_by),
            "faces": "not removed: a head image may show who it is",
        }

    def json(self) -> str:
        """The report as JSON."""
        return json.dumps({"schema": SCHEMA, **self.data()}, indent=1, ensure_ascii=False) + "\n"

    def text(self) -> str:
        """The report as lines for a person."""
        data = self.data()
        counts = ", ".join(f"{data[name]} {name}" for name in ("patients", "studies", "series", "objects"))
        lines = [f"De-identified by vivomap {__version__}: {counts}", ""]
        lines += ["By DICOM PS3.15 Annex E:", *(f"  {code} {meaning}" for code, meaning in OPTIONS.items()), ""]
        lines += [f"Pixels {word}: {n}" for word, n in data["pixels"].items()]
        lines += [f"Held, {code}: {n}" for code, n in data["held"].items()]
        lines += [] if self.ocr else ["Text in pixels was not looked for: the program tesseract is not installed."]
        lines += [f"Faces: {data['faces']}.", "", "Attributes (tag, what was done, how often):"]
        lines += [f"  {a['tag']} {a['action']:<7} {a['count']:>7} {a['keyword']}".rstrip() for a in data["attributes"]]
        return "\n".join(lines) + "\n"


def keyword(tag: str) -> str:
    """What a tag written as (gggg,eeee) is called; "" where the dictionary does not know it."""
    return keyword_for_tag(int(tag[1:5] + tag[6:10], 16)) or ""
