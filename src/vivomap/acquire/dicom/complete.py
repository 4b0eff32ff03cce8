"""What an image must say of itself before anything is made of it, and what must be a number there (rule R10).

A header that leaves out the sign or the depth of its pixels can be read in two ways: neither is taken.
"""

from __future__ import annotations

from collections.abc import Set

from pydicom.uid import UID

from vivomap.acquire.dicom.diffusion import B_FACTS, UNSIGNED_FACTS
from vivomap.acquire.dicom.header import Header, floats
from vivomap.core import Refusal

# type 1 of the Image Pixel module (PS3.3, C.7.6.3), and of the series
IMAGE = ("Modality", "SamplesPerPixel", "PhotometricInterpretation", "Rows", "Columns", "BitsAllocated")
WHOLE = ("BitsStored", "HighBit", "PixelRepresentation")  # of whole numbers; float pixels have none
BITS, SIGNS = ("1", "8", "16", "32", "64"), ("", "0", "1")
FLOAT_BITS = ("32", "64")
NUMBERS: tuple[str, ...] = (  # facts that are read as numbers: one that cannot be holds its file
    *("Rows", "Columns", "NumberOfFrames", "SamplesPerPixel", "BitsAllocated", "BitsStored", "PixelSpacing"),
    *("ImagePositionPatient", "ImageOrientationPatient", "InstanceNumber", "AcquisitionNumber", "EchoTime"),
    *("TriggerTime", "TemporalPositionIdentifier", "FrameReferenceTime", "RepetitionTime", "FlipAngle"),
    *("NumberOfSlices", "ImagesInAcquisition", "PhilipsScaleSlope", *B_FACTS, *UNSIGNED_FACTS),
)


def complete(header: Header) -> None:
    """Raise Refusal `attribute_missing` if an image lacks what each has, `bad_header` for bits that cannot be."""
    absent = [name for name in IMAGE if not header.text(name)]
    if header.text("BitsAllocated") not in FLOAT_BITS or header.text("BitsStored"):
        absent += [name for name in WHOLE if not header.text(name)]
    if absent:
        raise Refusal("attribute_missing", "the header leaves out what every image says", found=", ".join(absent))
    bits, high, sign = (header.text(name) for name in ("BitsAllocated", "HighBit", "PixelRepresentation"))
    if bits not in BITS or sign not in SIGNS or (floats(high) or (0.0,))[0] >= int(bits):
        found = f"{bits} bit, the highest {high or 'not said'}, sign {sign or 'not said'}"
        raise Refusal("bad_header", "the bits of the pixel values do not fit each other", found=found)


def numeric(header: Header, known: Set[str | None] = frozenset()) -> frozenset[str | None]:
    """Raise Refusal `bad_number` if one of `NUMBERS` is none; gives the texts that are new beside the `known` ones."""
    new = frozenset(map(header.facts.get, NUMBERS)) - known
    for text in new:
        floats(text or "")
    return new


def imageless(header: Header) -> bool:
    """Whether an object of an image class holds no pixels."""
    return not header.pixels and UID(header.text("SOPClassUID")).name.endswith("Image Storage")
