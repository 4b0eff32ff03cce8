"""What does not leave without a person's word, or not at all: pictures that may show a name, documents, raw data.

"Burned In Annotation: NO" is never believed. A picture leaves when a person who has looked at it approves its UID.
"""

from __future__ import annotations

from collections.abc import Container

from pydicom.dataset import Dataset

from vivomap.acquire.dicom.tags import CLASSES, PICTURES
from vivomap.acquire.element import said, values
from vivomap.core import Refusal

DOCUMENT = CLASSES + "104."  # PDF, CDA, STL and their like
RAW = CLASSES + "66"
ULTRASOUND = frozenset(CLASSES + c for c in ("3", "3.1", "6", "6.1", "6.2"))
PHOTOGRAPH = CLASSES + "77.1."
MICROSCOPY = CLASSES + "77.1.6"
VIDEO = "1.2.840.10008.1.2.4.10"
SCREEN = ("SCREEN", "SCREENSAVE", "SCREENSHOT", "DOSE_INFO", "LABEL", "OVERVIEW")
EVERYTHING = "all"


def check(ds: Dataset, approved: Container[str]) -> None:
    """Raises Refusal if an object may not leave, or not without a person's word."""
    kind = said(ds, "SOPClassUID")
    if kind.startswith(DOCUMENT) or "EncapsulatedDocument" in ds:
        raise Refusal("document_held", "the text of an enclosed document cannot be proven clean", found=kind)
    if kind == RAW or not kind.startswith(CLASSES[:-2]):
        raise Refusal("private_object", "nothing is known of what such an object holds", found=kind)
    why = picture(ds)
    if why and not is_approved(ds, approved):
        raise Refusal(
            "not_approved",
            f"{why}: it may show a name",
            where=said(ds, "SOPInstanceUID"),
            expected="a person's approval",
        )


def picture(ds: Dataset) -> str:
    """Why an object may show a name in its pixels; "" where it is a plain measured image."""
    kind = said(ds, "SOPClassUID")
    syntax = str(ds.file_meta.get("TransferSyntaxUID", "")) if "file_meta" in vars(ds) else ""
    if kind in PICTURES or "ConversionType" in ds:
        return "a secondary capture"
    if syntax.startswith(VIDEO):
        return "a video"
    shown = " ".join(values(ds, "ImageType")).upper()
    if any(word in shown for word in SCREEN):
        return "a screen or a label"
    if kind.startswith(PHOTOGRAPH) and kind != MICROSCOPY:
        return "a photograph"
    if kind not in ULTRASOUND and kind != MICROSCOPY:
        if said(ds, "SamplesPerPixel") == "3":
            return "a coloured picture"
        if said(ds, "BurnedInAnnotation") == "YES":
            return "burned-in text, as its header says"
    return ""


def is_ultrasound(ds: Dataset) -> bool:
    """Whether an object is an ultrasound image, whose frame is a picture of the screen."""
    return said(ds, "SOPClassUID") in ULTRASOUND


def is_approved(ds: Dataset, approved: Container[str]) -> bool:
    """Whether a person has approved an object, its series or study, or everything."""
    names = (said(ds, k) for k in ("SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID"))
    return EVERYTHING in approved or any(name in approved for name in names if name)
