"""The Siemens mosaic: the slices of a volume laid side by side in one picture.

The header places the whole picture. Its first tile begins at

    position + row (columns − tile columns) / 2 · spacing + column (rows − tile rows) / 2 · spacing     (mm)

and the tiles follow each other along the slice normal, which only the private CSA header tells, at the spacing between
slices.
"""

from __future__ import annotations

import math
import struct
import warnings

import numpy as np

from vivomap.acquire.dicom.header import Header, floats, private_value
from vivomap.acquire.dicom.plane import Plane
from vivomap.core import Refusal

CSA = (0x0029, "SIEMENS CSA HEADER", 0x10)


def mosaic(header: Header) -> tuple[Plane, ...]:
    """The tiles of a mosaic as planes; none if the file is no mosaic. Raises Refusal if they have no clear place."""
    kinds = header.text("ImageType").split("\\")
    tiles = int((floats(header.text("MosaicImages")) or (0.0,))[0])
    if "MOSAIC" not in kinds and tiles < 2:
        return ()
    normal = slice_normal(_csa(header))
    place, axes = floats(header.text("ImagePositionPatient")), floats(header.text("ImageOrientationPatient"))
    spacing, step = floats(header.text("PixelSpacing")), floats(header.text("SpacingBetweenSlices"))
    if tiles < 2 or not (len(place) == 3 and len(axes) == 6 and len(spacing) == 2 and step and normal):
        raise Refusal(
            "frames_unclear", "the tiles of this mosaic have no clear place", expected="the Siemens CSA header"
        )
    across = math.ceil(math.sqrt(tiles))
    rows, columns = (int(floats(header.text(name))[0]) for name in ("Rows", "Columns"))
    if rows % across or columns % across:
        raise Refusal("frames_unclear", f"{tiles} tiles do not divide a picture of {rows} x {columns}")
    high, wide = rows // across, columns // across
    row, column = np.array(axes[:3]), np.array(axes[3:])
    first = np.array(place) + row * (columns - wide) / 2 * spacing[1] + column * (rows - high) / 2 * spacing[0]
    made = []
    for k in range(tiles):
        where = "\\".join(repr(float(v)) for v in first + k * step[0] * np.array(normal))
        tile = (k // across * high, k % across * wide, high, wide)
        made.append(Plane(header, {**header.facts, "ImagePositionPatient": where}, k, tile))
    return tuple(made)


def _csa(header: Header) -> bytes:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        value = private_value(header.dataset(), CSA)
    return value if isinstance(value, bytes) else b""


def slice_normal(csa: bytes) -> tuple[float, ...]:
    """The entry SliceNormalVector of a CSA header, or nothing where it has none.

    An entry is a name of 64 bytes, five words of 4 bytes (the fourth counts its items), then per item four words,
    whose first or second is its length, and its text, padded to 4 bytes.
    """
    at = csa.find(b"SliceNormalVector\0")
    if at < 0 or at + 84 > len(csa):
        return ()
    (items,) = struct.unpack_from("<i", csa, at + 76)
    at += 84
    values: list[float] = []
    for _ in range(min(items, 6)):
        if at + 16 > len(csa):
            return ()
        length = struct.unpack_from("<4i", csa, at)[1]
        text = csa[at + 16 : at + 16 + length].split(b"\0")[0].strip()
        at += 16 + (length + 3) // 4 * 4
        if text:
            values.append(float(text))
    return tuple(values[:3]) if len(values) >= 3 else ()
