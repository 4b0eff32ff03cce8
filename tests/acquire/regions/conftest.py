"""Images made straight from slices by pydicom, so that regions are tested without the door."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest

from vivomap.core import Image, Voxels, affine_of

Stack = Callable[..., Image]


def stack(folder: Path, role: str = "ct") -> Image:
    """The slices of a folder, ordered by position, as one image without rescaling."""
    slices = [pydicom.dcmread(p) for p in sorted(folder.iterdir())]
    turn = np.array(slices[0].ImageOrientationPatient, float)
    normal = np.cross(turn[:3], turn[3:])
    slices.sort(key=lambda s: float(np.array(s.ImagePositionPatient, float) @ normal))
    first, last = (np.array(s.ImagePositionPatient, float) for s in (slices[0], slices[-1]))
    down, along = (float(v) for v in slices[0].PixelSpacing)
    rows = np.eye(4)
    rows[:3] = np.c_[(last - first) / max(len(slices) - 1, 1), turn[3:] * down, turn[:3] * along, first]
    if len(slices) == 1:
        rows[:3, 0] = normal
    settings = (("frame_of_reference", slices[0].FrameOfReferenceUID), ("series_uid", slices[0].SeriesInstanceUID))
    voxels = Voxels.of(np.stack([s.pixel_array for s in slices]))
    return Image(
        role, voxels, "1", affine_of(rows), settings=settings, source=tuple(str(s.SOPInstanceUID) for s in slices)
    )


@pytest.fixture(scope="session")
def stacked() -> Stack:
    return stack
