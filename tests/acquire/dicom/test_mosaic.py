import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset

from vivomap.acquire import read
from vivomap.acquire.dicom.header import head
from vivomap.acquire.dicom.mosaic import mosaic, slice_normal
from vivomap.core import Refusal


def csa(*values: str) -> bytes:
    """A CSA header (second form) with one entry, SliceNormalVector."""
    entry = b"SliceNormalVector".ljust(64, b"\0") + struct.pack("<i4siii", 3, b"FD\0\0", 5, 6, 77)
    for text in (*values, "", "", ""):
        raw = text.encode() + b"\0" if text else b""
        entry += struct.pack("<4i", len(raw), len(raw), 77, len(raw)) + raw.ljust((len(raw) + 3) // 4 * 4, b"\0")
    return b"SV10\4\3\2\1" + struct.pack("<II", 1, 77) + entry


def tiled(count: int, normal: tuple[str, ...] = ("0.0", "0.0", "-1.0")) -> Callable[[Dataset, int], None]:
    """A mosaic of tiles of 3 rows and 4 columns; tile k holds the value k + 1."""

    def edit(ds: Dataset, k: int) -> None:
        ds.ImageType = ["ORIGINAL", "PRIMARY", "M", "MOSAIC"]
        ds.Rows, ds.Columns, ds.SpacingBetweenSlices = 9, 12, 5.0
        block = ds.private_block(0x0029, "SIEMENS CSA HEADER", create=True)
        block.add_new(0x10, "OB", csa(*normal))
        ds.private_block(0x0019, "SIEMENS MR HEADER", create=True).add_new(0x0A, "US", count)
        tiles = np.zeros((9, 12), "<i2")
        for t in range(count):
            tiles[t // 3 * 3 : t // 3 * 3 + 3, t % 3 * 4 : t % 3 * 4 + 4] = t + 1
        ds.PixelData = tiles.tobytes()

    return edit


def test_a_mosaic_is_a_volume_in_the_place_of_its_tiles(series: Callable[..., Path]) -> None:
    """The picture begins at (−10, −20, 0); the first tile (12 − 4) / 2 · 0.7 and (9 − 3) / 2 · 0.8 mm further in."""
    (image,) = read(series(1, "MR", tiled(7)))[0].images
    assert image.voxels.array.shape == (7, 3, 4)
    assert image.spacing_mm == pytest.approx((5.0, 0.8, 0.7))
    place = np.asarray(image.affine) @ [6, 0, 0, 1]
    assert place[:3] == pytest.approx([-10 + 2.8, -20 + 2.4, 0.0])
    assert image.voxels.array[:, 0, 0].tolist() == [7, 6, 5, 4, 3, 2, 1], "the first tile lies highest: normal −z"
    assert image.refusals == ()


def test_a_mosaic_without_its_normal_is_held(series: Callable[..., Path]) -> None:
    (study,) = read(series(1, "MR", tiled(7, ())))
    assert study.images == ()
    assert [h.code for h in study.held] == ["frames_unclear"]


def test_tiles_that_do_not_divide_the_picture_are_refused(series: Callable[..., Path]) -> None:
    header = head(series(1, "MR", tiled(17)) / "slice_00.dcm", [])
    with pytest.raises(Refusal, match="divide"):
        mosaic(header)


def test_a_plain_slice_is_no_mosaic(series: Callable[..., Path]) -> None:
    assert mosaic(head(series(1, "MR") / "slice_00.dcm", [])) == ()


def test_a_broken_csa_header_gives_no_normal() -> None:
    whole = csa("0.1", "0.2", "0.9")
    assert slice_normal(whole) == (0.1, 0.2, 0.9)
    assert all(slice_normal(whole[:cut]) in ((), (0.1, 0.2, 0.9)) for cut in range(0, len(whole), 5))
    assert slice_normal(b"") == ()
