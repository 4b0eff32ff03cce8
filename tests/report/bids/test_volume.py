"""An array goes into NIfTI and comes out as it was, in its place."""

import gzip
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from vivomap.core import affine_of
from vivomap.core.image import Array
from vivomap.report.bids.volume import nifti

PLACE = affine_of(np.array([[0, 1.5, 0.2, -10], [0.1, 0, 2, 5], [3, 0, 0, 7], [0, 0, 0, 1]]))


def opened(body: bytes, folder: Path) -> nib.Nifti1Image:
    (folder / "a.nii.gz").write_bytes(body)
    image = nib.load(folder / "a.nii.gz")
    assert isinstance(image, nib.Nifti1Image)
    return image


@pytest.mark.parametrize("kind", ["?", "u1", "i2", "u2", "i4", "i8", "f2", "f4", "f8"])
def test_values_of_every_type_come_back(kind: str, tmp_path: Path) -> None:
    array = (np.random.default_rng(1).random((3, 4, 5)) * 100).astype(kind)
    assert np.array_equal(np.asarray(opened(nifti(array, PLACE), tmp_path).dataobj).transpose(2, 1, 0), array)


def test_whole_numbers_beyond_32_bits_are_kept_as_floats(tmp_path: Path) -> None:
    array: Array = np.full((2, 2, 2), 2**40)
    assert np.asarray(opened(nifti(array, PLACE), tmp_path).dataobj).max() == 2**40


def test_a_voxel_lies_where_it_lay_with_left_and_posterior_turned(tmp_path: Path) -> None:
    image = opened(nifti(np.zeros((3, 4, 5), np.uint8), PLACE), tmp_path)
    left, posterior, superior, _ = np.asarray(PLACE) @ (2, 1, 3, 1)
    assert np.allclose((image.affine @ (3, 1, 2, 1))[:3], (-left, -posterior, superior))
    assert image.header.get_xyzt_units()[0] == "mm"


def test_frames_are_the_fourth_axis(tmp_path: Path) -> None:
    array = np.arange(2 * 3 * 4 * 5, dtype=np.int16).reshape(2, 3, 4, 5)
    found = np.asarray(opened(nifti(array, PLACE), tmp_path).dataobj)
    assert found.shape == (5, 4, 3, 2)
    assert np.array_equal(found.transpose(3, 2, 1, 0), array)


def test_the_same_array_gives_the_same_bytes_without_a_time() -> None:
    array = np.ones((3, 4, 5), np.float32)
    assert nifti(array, PLACE) == nifti(array, PLACE)
    assert nifti(array, PLACE)[4:8] == b"\0\0\0\0"
    assert len(gzip.decompress(nifti(array, PLACE))) == 352 + array.nbytes
