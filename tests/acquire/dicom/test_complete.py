from collections.abc import Callable
from pathlib import Path

import pytest
from pydicom.dataset import Dataset

from vivomap.acquire.dicom.complete import IMAGE, WHOLE, complete, imageless, numeric
from vivomap.acquire.dicom.header import head
from vivomap.core import Refusal


def code(path: Path) -> str:
    with pytest.raises(Refusal) as refused:
        complete(head(path, []))
    return refused.value.code


@pytest.mark.parametrize("name", [*IMAGE, *WHOLE])
def test_an_image_that_leaves_out_what_each_says_is_refused(series: Callable[..., Path], name: str) -> None:
    path = series(1, edit=lambda ds, k: delattr(ds, name)) / "slice_00.dcm"
    assert code(path) == "attribute_missing"


def test_float_pixels_have_no_sign_and_no_depth(series: Callable[..., Path]) -> None:
    def as_float(ds: Dataset, k: int) -> None:
        del ds.BitsStored, ds.HighBit, ds.PixelRepresentation, ds.PixelData
        ds.BitsAllocated, ds.FloatPixelData = 32, bytes(120)

    complete(head(series(1, edit=as_float) / "slice_00.dcm", []))


@pytest.mark.parametrize(("name", "value"), [("BitsAllocated", 12), ("HighBit", 16), ("PixelRepresentation", 2)])
def test_bits_that_do_not_fit_each_other_are_refused(series: Callable[..., Path], name: str, value: int) -> None:
    path = series(1, edit=lambda ds, k: setattr(ds, name, value)) / "slice_00.dcm"
    assert code(path) == "bad_header"


def test_numbers_are_asked_once_and_must_be_some(series: Callable[..., Path]) -> None:
    path = series(1) / "slice_00.dcm"
    known = numeric(head(path, []))
    assert numeric(head(path, []), known) == frozenset()
    path.write_bytes(path.read_bytes().replace(b"0.8\\0.7 ", b"0,8\\0,7 "))
    with pytest.raises(Refusal) as refused:
        numeric(head(path, []))
    assert refused.value.code == "bad_number"


def test_an_image_without_pixels_is_known_by_its_class(series: Callable[..., Path]) -> None:
    assert not imageless(head(series(1) / "slice_00.dcm", []))
    assert imageless(head(series(1, edit=lambda ds, k: delattr(ds, "PixelData")) / "slice_00.dcm", []))
