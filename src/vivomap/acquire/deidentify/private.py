"""Private elements: all go, but for a short safe list of numbers and moments that a measurement cannot do without.

An element is known only by the private creator of its block, never by its number alone, and stays only if its value is
what the list says: numbers, or a moment (moved with the other dates). From table E.3.10-1 of PS3.15, and those that our
own reading of SUV, diffusion and MR signal rests on; each of them is a plain number.
"""

from __future__ import annotations

NUMBERS, MOMENT, INSIDE = "numbers", "moment", "inside"
SAFE: dict[tuple[int, str, int], str] = {
    (0x7053, "Philips PET Private Group", 0x00): NUMBERS,  # counts to SUV
    (0x7053, "Philips PET Private Group", 0x09): NUMBERS,  # counts to activity
    (0x0009, "GEMS_PETD_01", 0x0D): MOMENT,  # start of the scan, to which the pixels are corrected
    (0x0071, "SIEMENS MED PT", 0x22): MOMENT,  # the same at Siemens
    (0x0019, "SIEMENS MR HEADER", 0x0A): NUMBERS,  # images in a mosaic
    (0x0019, "SIEMENS MR HEADER", 0x0C): NUMBERS,  # b-value
    (0x0019, "SIEMENS MR HEADER", 0x0E): NUMBERS,  # direction
    (0x0019, "SIEMENS MR HEADER", 0x27): NUMBERS,  # b-matrix
    (0x0043, "GEMS_PARM_01", 0x39): NUMBERS,  # b-value
    (0x0019, "GEMS_ACQU_01", 0xBB): NUMBERS,  # direction
    (0x0019, "GEMS_ACQU_01", 0xBC): NUMBERS,
    (0x0019, "GEMS_ACQU_01", 0xBD): NUMBERS,
    (0x0065, "Image Private Header", 0x09): NUMBERS,  # b-value of United Imaging
    (0x2001, "Philips Imaging DD 001", 0x03): NUMBERS,  # b-value
    (0x2005, "Philips MR Imaging DD 001", 0x0D): NUMBERS,  # scale intercept
    (0x2005, "Philips MR Imaging DD 001", 0x0E): NUMBERS,  # scale slope
    (0x2005, "Philips MR Imaging DD 001", 0xB0): NUMBERS,  # direction
    (0x2005, "Philips MR Imaging DD 001", 0xB1): NUMBERS,
    (0x2005, "Philips MR Imaging DD 001", 0xB2): NUMBERS,
    (0x2005, "Philips MR Imaging DD 005", 0x0F): INSIDE,  # the classic header that Philips keeps per frame
}


def kind(tag: int, creators: dict[int, str]) -> str:
    """What a private element of the safe list holds; "" for every other. `creators` by the tag of their element."""
    group, number = tag >> 16, tag & 0xFFFF
    creator = creators.get(group << 16 | number >> 8, "")
    return SAFE.get((group, creator, number & 0xFF), "")


def is_creator(tag: int) -> bool:
    """Whether an element reserves a block for a private creator."""
    return tag >> 16 & 1 == 1 and 0x10 <= tag & 0xFFFF <= 0xFF
