import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.uid import DeflatedExplicitVRLittleEndian

from vivomap.acquire import read
from vivomap.acquire.dicom.whole import full
from vivomap.core import Refusal


def deflate(ds: pydicom.Dataset, k: int) -> None:
    ds.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian


def test_a_header_is_read_whole_and_without_its_pixels(series: Callable[..., Path]) -> None:
    for path in (series(1) / "slice_00.dcm", series(1, edit=deflate, name="packed") / "slice_00.dcm"):
        ds, pixels = full(path)
        assert pixels == 60
        assert ds.PatientID == "P1"
        assert "PixelData" not in ds


def test_a_deflated_series_has_the_values_of_a_plain_one(series: Callable[..., Path]) -> None:
    plain, packed = (read(folder)[0].images[0] for folder in (series(4), series(4, edit=deflate, name="packed")))
    assert plain.voxels == packed.voxels
    assert np.array_equal(plain.affine, packed.affine)


@pytest.mark.slow  # 300 MB are unpacked and counted
def test_a_bomb_is_counted_and_never_held(series: Callable[..., Path]) -> None:
    path = series(1, edit=deflate) / "slice_00.dcm"
    data = path.read_bytes()
    start = 144 + int.from_bytes(data[140:144], "little")
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    path.write_bytes(data[:start] + squeeze.compress(bytes(300 << 20)) + squeeze.flush())
    tracemalloc.start()
    try:
        with pytest.raises(Refusal) as refused:
            full(path)
        assert tracemalloc.get_traced_memory()[1] < 160 << 20
    finally:
        tracemalloc.stop()
    assert refused.value.code == "inflates_too_far"


def test_a_stream_that_is_none_is_refused(series: Callable[..., Path]) -> None:
    path = series(1, edit=deflate) / "slice_00.dcm"
    data = path.read_bytes()
    start = 144 + int.from_bytes(data[140:144], "little")
    path.write_bytes(data[:start] + b"\xff" * 200)
    with pytest.raises(Refusal) as refused:
        full(path)
    assert refused.value.code == "bad_header"
