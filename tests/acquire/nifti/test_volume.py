import gzip
import time
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
import SimpleITK as sitk

from vivomap.acquire.nifti.volume import load
from vivomap.core import Refusal


def save(folder: Path, array: np.ndarray, rows: np.ndarray | None = None, name: str = "a.nii.gz", **header) -> Path:
    image = nib.Nifti1Image(array, np.diag([2.0, 3.0, 4.0, 1.0]) if rows is None else rows)
    image.header.set_xyzt_units("mm")
    for field, value in header.items():
        image.header[field] = value
    nib.save(image, folder / name)
    return folder / name


def codes(flags) -> list[tuple[str, str]]:
    return [(f.code, f.denies) for f in flags]


def test_a_voxel_is_where_nibabel_puts_it(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    rows = np.eye(4)
    rows[:3, :3] = np.linalg.qr(rng.normal(size=(3, 3)))[0] * [2, 3, 4]
    rows[:3, 3] = [10, -20, 30]
    array = rng.integers(-500, 500, (5, 6, 7)).astype(np.int16)
    volume = load(save(tmp_path, array, rows))
    assert volume.array.dtype == np.int16
    assert volume.array[4, 3, 2] == array[2, 3, 4]
    place = np.asarray(volume.affine) @ [4, 3, 2, 1]
    assert np.allclose(place[:3], (rows @ [2, 3, 4, 1])[:3] * [-1, -1, 1], atol=1e-4)
    assert (volume.flags, volume.refusals) == ((), ())


def test_itk_and_nibabel_are_read_to_the_same_volume(tmp_path: Path) -> None:
    array = np.arange(4 * 5 * 6, dtype=np.float32).reshape(4, 5, 6)
    image = sitk.GetImageFromArray(array)
    image.SetSpacing((0.7, 0.8, 2.5))
    image.SetOrigin((-11.0, 12.0, 13.0))
    image.SetDirection((0, 1, 0, -1, 0, 0, 0, 0, 1))
    for name in ("a.nii.gz", "a.nrrd", "b.nhdr"):
        sitk.WriteImage(image, str(tmp_path / name))
    nifti, nrrd, header = (load(tmp_path / name) for name in ("a.nii.gz", "a.nrrd", "b.nhdr"))
    assert np.array_equal(nifti.array, array)
    assert np.array_equal(nrrd.array, array)
    assert np.array_equal(header.array, array)
    assert np.allclose(nifti.affine, nrrd.affine, atol=1e-5)
    expected = image.TransformIndexToPhysicalPoint((5, 4, 3))
    assert np.allclose((np.asarray(nrrd.affine) @ [3, 4, 5, 1])[:3], expected)
    assert nrrd.placed


def test_slope_and_intercept_are_applied(tmp_path: Path) -> None:
    for kind in (nib.Nifti1Image, nib.Nifti2Image):
        image = kind(np.full((3, 3, 3), 4.0, np.float32), np.eye(4))
        image.header.set_data_dtype(np.int16)
        nib.save(image, tmp_path / "plain.nii")
        content = bytearray((tmp_path / "plain.nii").read_bytes())
        stored = np.zeros(27, "<i2") + 7
        slope = np.array([0.5, -10.0], "<f4" if kind is nib.Nifti1Image else "<f8").tobytes()
        place = 112 if kind is nib.Nifti1Image else 176  # scl_slope in the header
        content[place : place + len(slope)] = slope
        content[-len(stored.tobytes()) :] = stored.tobytes()
        (tmp_path / "scaled.nii").write_bytes(content)
        assert np.all(load(tmp_path / "scaled.nii").array == 7 * 0.5 - 10)


def test_big_endian_values_are_read(tmp_path: Path) -> None:
    array = np.arange(27, dtype=">f4").reshape(3, 3, 3)
    image = nib.Nifti1Image(array, np.diag([2.0, 2, 2, 1]), nib.Nifti1Header(endianness=">"))
    nib.save(image, tmp_path / "a.nii")
    volume = load(tmp_path / "a.nii")
    assert volume.array.dtype.isnative
    assert np.array_equal(volume.array, array.transpose(2, 1, 0))


def test_a_fourth_dimension_is_frames_and_lengths_become_mm(tmp_path: Path) -> None:
    array = np.zeros((3, 4, 5, 2), np.int16)
    array[1, 2, 3, 1] = 9
    volume = load(save(tmp_path, array, xyzt_units=1))  # metres
    assert volume.array.shape == (2, 5, 4, 3)
    assert volume.array[1, 3, 2, 1] == 9
    assert np.allclose(np.linalg.norm(np.asarray(volume.affine)[:3, :3], axis=0), [4000, 3000, 2000])


def test_two_places_that_differ_are_flagged_and_two_sizes_refused(tmp_path: Path) -> None:
    image = nib.Nifti1Image(np.zeros((4, 4, 4), np.int16), np.diag([2.0, 2, 2, 1]))
    for moved, expected in (
        (np.array([[2.0, 0, 0, 5], [0, 2, 0, 0], [0, 0, 2, 0], [0, 0, 0, 1]]), []),
        (np.diag([2.0, 2, 3, 1]), [("spacing_not_trusted", "mm")]),
    ):
        image.set_sform(np.diag([2.0, 2, 2, 1]), 1)
        image.set_qform(moved, 1)
        nib.save(image, tmp_path / "a.nii")
        volume = load(tmp_path / "a.nii")
        assert codes(volume.flags) == [("forms_disagree", "")]
        assert codes(volume.refusals) == expected


def test_what_is_doubtful_is_said(tmp_path: Path) -> None:
    holed = np.ones((4, 4, 4), np.float32)
    holed[1, 1, 1] = np.nan
    assert codes(load(save(tmp_path, holed)).refusals) == [("nan_voxels", "region")]
    flat = load(save(tmp_path, np.ones((4, 4, 2), np.int16)))
    assert codes(flat.refusals) == [("too_few_slices", "volume")]
    assert load(save(tmp_path, np.ones((4, 5), np.int16))).array.shape == (1, 5, 4)
    skew = np.diag([2.0, 2, 2, 1])
    skew[0, 2] = 0.5
    image = nib.Nifti1Image(np.ones((4, 4, 4), np.int16), skew)
    image.set_qform(None, 0)
    nib.save(image, tmp_path / "s.nii")
    assert codes(load(tmp_path / "s.nii").refusals) == [("tilted_slices", "volume")]
    nowhere = nib.Nifti1Image(np.ones((4, 4, 4), np.int16), None)
    nib.save(nowhere, tmp_path / "n.nii")
    assert codes(load(tmp_path / "n.nii").flags) == [("place_unknown", "")]


def test_colours_vectors_and_complex_numbers_are_refused(tmp_path: Path) -> None:
    colour = np.zeros((3, 3, 3), np.dtype([("R", "u1"), ("G", "u1"), ("B", "u1")]))
    arrays = (colour, np.zeros((3, 3, 3), np.complex64), np.zeros((3, 3, 3, 1, 3), np.float32))
    for array in arrays:
        with pytest.raises(Refusal) as refused:
            load(save(tmp_path, array))
        assert refused.value.code == "not_scalar"


def test_damaged_files_are_refused_whatever_is_wrong_with_them(tmp_path: Path) -> None:
    whole = save(tmp_path, np.random.default_rng(1).random((20, 20, 20)).astype(np.float32)).read_bytes()
    plain = save(tmp_path, np.ones((9, 9, 9), np.int16), name="b.nii").read_bytes()
    broken = {
        "cut.nii.gz": whole[: len(whole) // 2],
        "empty.nii.gz": b"",
        "text.nii": b"not a volume" * 40,
        "short.nii": plain[:400],
        "crc.nii.gz": whole[:-8] + b"\0" * 8,
        "text.nrrd": b"NRRD0004\nsizes: 3 3\n",
        "empty.nrrd": b"",
        "lost.nhdr": b"NRRD0004\ntype: short\ndimension: 3\nsizes: 3 3 3\nencoding: raw\ndata file: no.raw\n",
    }
    for name, content in broken.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(Refusal) as refused:
            load(tmp_path / name)
        assert refused.value.code == "unreadable_file", name


def test_a_header_that_claims_too_much_is_refused_before_memory_is_taken(tmp_path: Path) -> None:
    header = nib.Nifti1Header()
    header.set_data_dtype(np.float64)
    header.set_data_shape((30000, 30000, 30000))
    header["magic"], header["vox_offset"] = b"n+1", 352
    (tmp_path / "a.nii").write_bytes(header.binaryblock + bytes(16))
    with pytest.raises(Refusal) as refused:
        load(tmp_path / "a.nii")
    assert refused.value.code == "too_large"


def test_a_packed_file_is_not_unpacked_beyond_what_its_header_says(tmp_path: Path) -> None:
    path = save(tmp_path, np.ones((4, 4, 4), np.int16))
    assert load(path).array.shape == (4, 4, 4)
    path.write_bytes(path.read_bytes() + gzip.compress(bytes(64 << 20)) * 100)
    start = time.monotonic()
    with pytest.raises(Refusal) as refused:
        load(path)
    assert refused.value.code == "unreadable_file"
    assert time.monotonic() - start < 10  # all of it would be six gigabytes


@pytest.mark.parametrize("place", ["../secret.raw", "/etc/hostname", "a/secret.raw", "LIST", "..\\secret.raw"])
def test_a_head_whose_voxels_lie_elsewhere_is_refused(tmp_path: Path, place: str) -> None:
    (tmp_path / "secret.raw").write_bytes(bytes(128))
    (tmp_path / "in").mkdir()
    head = "NRRD0004\ntype: short\ndimension: 3\nsizes: 4 4 4\nencoding: raw\nendian: little\ndata file: "
    path = tmp_path / "in" / "v.nhdr"
    path.write_text(f"{head}{place}\n")
    with pytest.raises(Refusal) as refused:
        load(path)
    assert refused.value.code == "unreadable_file"
    (tmp_path / "in" / "beside.raw").write_bytes(bytes(128))
    path.write_text(f"{head}beside.raw\n")
    assert load(path).array.shape == (4, 4, 4)


def test_real_nrrd_files_lie_where_itk_puts_them(data: Path) -> None:
    for path in sorted((data / "pyradiomics_nrrd").glob("*.nrrd")):
        volume, image = load(path), sitk.ReadImage(str(path))
        last = [n - 1 for n in image.GetSize()]
        place = (np.asarray(volume.affine) @ [*last[::-1], 1])[:3]
        assert np.allclose(place, image.TransformIndexToPhysicalPoint(last)), path.name
        assert (volume.flags, volume.refusals) == ((), ())
