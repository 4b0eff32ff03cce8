"""An array in patient space as the bytes of a compressed NIfTI file; the same array gives the same bytes.

Ours is (z, y, x) to mm LPS, that of NIfTI (x, y, z) to mm RAS: columns run the other way round, and the first two rows
change their sign. Frames become the fourth axis.
"""

from __future__ import annotations

import gzip

import nibabel as nib
import numpy as np

from vivomap.core import Affine
from vivomap.core.image import Array

SCANNER = 1  # NIfTI code of scanner coordinates
LEVEL = 4  # of gzip; project: a mask of zeros shrinks no further
NARROW = {"b": np.uint8, "l": np.int32, "q": np.int32, "L": np.uint32, "Q": np.uint32, "e": np.float32}


def nifti(array: Array, affine: Affine) -> bytes:
    """The file of an array (z, y, x) or (frame, z, y, x); whole numbers too large for 32 bits become floats."""
    plain = np.asarray(array)
    if plain.dtype.kind in "iu" and plain.dtype.itemsize == 8 and plain.size and not _fits(plain):
        plain = plain.astype(np.float64)
    kind = {**NARROW, "?": np.uint8}.get(plain.dtype.char)
    plain = plain.astype(kind) if kind else plain
    turned = plain.transpose(*range(plain.ndim - 1, plain.ndim - 4, -1), *range(plain.ndim - 4, -1, -1))
    image = nib.Nifti1Image(np.ascontiguousarray(turned), _ras(affine))
    image.header.set_xyzt_units("mm")
    image.set_sform(image.affine, code=SCANNER)
    image.set_qform(image.affine, code=SCANNER)
    return gzip.compress(image.to_bytes(), LEVEL, mtime=0)


def _fits(plain: Array) -> bool:
    limits = np.iinfo(np.int32)
    return bool(plain.min() >= limits.min and plain.max() <= limits.max)


def _ras(affine: Affine) -> Array:
    signs = np.diag([-1.0, -1.0, 1.0, 1.0])
    turned: Array = (signs @ np.asarray(affine, float))[:, [2, 1, 0, 3]] + 0.0
    return turned
