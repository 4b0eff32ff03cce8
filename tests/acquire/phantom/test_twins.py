from pathlib import Path

from pydicom import dcmread
from pydicom.dataset import Dataset

from vivomap.acquire.phantom.twins import each_slice, edited, middle_bytes, middle_slice, only, ranked


def same(good: Path, bad: Path) -> list[bool]:
    return [(bad / p.relative_to(good)).read_bytes() == p.read_bytes() for p in ranked(good)]


def describe(ds: Dataset) -> None:
    ds.SeriesDescription = "changed"


def test_slices_are_ranked_from_one_end_of_the_patient_to_the_other(small: Path) -> None:
    heights = [float(dcmread(p).ImagePositionPatient[2]) for p in ranked(small)]
    assert heights == sorted(heights)
    assert len(heights) == 12


def test_nothing_edited_is_nothing_changed(small: Path, tmp_path: Path) -> None:
    edited(small, tmp_path, lambda k, n, ds: True)
    assert all(same(small, tmp_path))
    assert len(list(tmp_path.rglob("*.dcm"))) == 13


def test_only_the_middle_slice_is_changed(small: Path, tmp_path: Path) -> None:
    middle_slice(describe)(small, tmp_path)
    assert [k for k, alike in enumerate(same(small, tmp_path)) if not alike] == [6]


def test_every_slice_is_changed(small: Path, tmp_path: Path) -> None:
    each_slice(describe)(small, tmp_path)
    assert {dcmread(p).SeriesDescription for p in ranked(tmp_path)} == {"changed"}


def test_slices_are_left_out(small: Path, tmp_path: Path) -> None:
    only(lambda k, n: k < 5)(small, tmp_path)
    assert len(ranked(tmp_path)) == 5


def test_bytes_of_the_middle_file_are_changed(small: Path, tmp_path: Path) -> None:
    middle_bytes(lambda b: b[:-1])(small, tmp_path)
    assert [k for k, alike in enumerate(same(small, tmp_path)) if not alike] == [6]
