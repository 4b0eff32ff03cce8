"""A region as a NIfTI mask on the grid of its image, which other programs lay on the same image."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path

import nibabel as nib
import numpy as np

from vivomap.acquire.affines import to_nifti
from vivomap.core import Refusal, Region

MM = "mm"


def export(region: Region, path: Path) -> None:
    """Write the mask as 0 and 1, with its place in both forms of the header.

    Raises Refusal if the name is not that of a NIfTI file, or if nothing can be written there.
    """
    if not path.name.endswith((".nii", ".nii.gz")):
        raise Refusal("bad_setting", "a mask is written as NIfTI", found=path.name, expected="NAME.nii.gz")
    volume = np.ascontiguousarray(region.mask.array.transpose(2, 1, 0).astype(np.uint8))
    image = nib.Nifti1Image(volume, to_nifti(region.affine))
    image.header.set_xyzt_units(MM)
    image.set_sform(image.affine, code=1)  # 1: scanner coordinates
    image.set_qform(image.affine, code=1)
    part = path.with_name(f".{os.getpid()}-{path.name}")  # the ending decides on compression
    try:
        nib.save(image, part)
        os.replace(part, path)
    except OSError as broken:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        code = "disk_full" if broken.errno in (errno.ENOSPC, errno.EDQUOT) else "cannot_write"
        raise Refusal(code, f"the mask cannot be written: {broken.strerror}", where=str(path)) from broken
