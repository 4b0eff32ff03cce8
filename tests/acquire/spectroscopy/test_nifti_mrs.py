"""NIfTI-MRS: the file at hand, coils and averages in either order, and what is not read."""

import json
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest

from vivomap.acquire.spectroscopy.nifti_mrs import is_nifti_mrs, read
from vivomap.core import Refusal

FILE = "nifti-mrs/sub-01/ses-01/mrs/sub-01_ses-01_SVS-ref.nii.gz"


def test_the_reference_of_a_7_t_scanner_is_one_signal_of_32_coils(mrs: Path) -> None:
    found = read(mrs / FILE)
    said = dict(found.settings)
    assert (said["te_ms"], said["tr_ms"], said["sequence"], said["coils"]) == (11.0, 5000.0, "STEAM", 32.0)
    assert said["spectrometer_mhz"] == pytest.approx(297.219948)
    assert found.dwell == pytest.approx(1.666e-4, rel=1e-3)
    raw = np.asarray(nib.load(mrs / FILE).dataobj)
    assert np.abs(found.signal[0, 0, 0, 0]) == pytest.approx(np.linalg.norm(raw[0, 0, 0, 0]), rel=0.02)
    assert found.image.spacing_mm == pytest.approx((20, 20, 20))


def written(path: Path, array: np.ndarray, **words: Any) -> Path:
    image = nib.Nifti2Image(array.astype(np.complex64), np.diag([20.0, 15, 10, 1]))
    image.header["pixdim"][4] = 5e-4
    image.header["intent_name"] = b"mrs_v0_5"
    said = {"SpectrometerFrequency": [123.2], "ResonantNucleus": ["1H"], "EchoTime": 0.03, **words}
    image.header.extensions.append(nib.nifti1.Nifti1Extension(44, json.dumps(said).encode()))
    nib.save(image, path)
    return path


TIMES = np.arange(256) * 5e-4
SIGNAL = np.exp(-10 * TIMES + 2j * np.pi * 100 * TIMES)
COILS, AVERAGES = np.array([1.0, 0.5j]), np.exp(1j * np.array([0.0, 0.4, -0.2]))


@pytest.mark.parametrize("first", ["DIM_COIL", "DIM_DYN"])
def test_coils_and_averages_are_one_in_either_order(tmp_path: Path, first: str) -> None:
    each = SIGNAL[:, None, None] * COILS[:, None] * AVERAGES
    tags = ("DIM_COIL", "DIM_DYN")
    if first == "DIM_DYN":
        each, tags = each.transpose(0, 2, 1), tags[::-1]
    path = written(tmp_path / "x.nii", each[None, None, None], dim_5=tags[0], dim_6=tags[1])
    found = read(path)
    assert (dict(found.settings)["coils"], dict(found.settings)["averages_aligned"]) == (2, 3)
    assert np.abs(found.signal.ravel()) == pytest.approx(np.abs(SIGNAL) * np.linalg.norm(COILS), rel=1e-3)


def test_a_grid_keeps_its_order_and_place(tmp_path: Path) -> None:
    weight = np.arange(1.0, 7.0).reshape(3, 2, 1)
    found = read(written(tmp_path / "x.nii.gz", weight[..., None] * SIGNAL, WaterSuppressed=False))
    assert (found.role, found.image.shape, found.image.spacing_mm) == ("mrs_water", (1, 2, 3), (10, 15, 20))
    assert np.abs(found.signal[0, 0]) == pytest.approx(weight[:, :, 0].T)


def test_edited_spectra_are_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "x.nii", np.stack([SIGNAL, SIGNAL], axis=-1)[None, None, None], dim_5="DIM_EDIT")
    with pytest.raises(Refusal) as refusal:
        read(path)
    assert refusal.value.code == "several_volumes"


def test_a_nifti_says_whether_it_is_one(mrs: Path, tmp_path: Path) -> None:
    nib.save(nib.Nifti1Image(np.zeros((2, 2, 2), np.float32), np.eye(4)), tmp_path / "plain.nii.gz")
    (tmp_path / "none.nii.gz").write_bytes(b"nothing")
    assert is_nifti_mrs(mrs / FILE)
    assert not is_nifti_mrs(tmp_path / "plain.nii.gz")
    assert not is_nifti_mrs(tmp_path / "none.nii.gz")


def test_one_that_is_damaged_or_says_nothing_is_refused(mrs: Path, tmp_path: Path) -> None:
    (tmp_path / "cut.nii.gz").write_bytes((mrs / FILE).read_bytes()[:3000])
    plain = nib.Nifti2Image(np.zeros((1, 1, 1, 128), np.complex64), np.eye(4))
    nib.save(plain, tmp_path / "mute.nii")
    for name in ("cut.nii.gz", "mute.nii"):
        with pytest.raises(Refusal) as refusal:
            read(tmp_path / name)
        assert refusal.value.code == "unreadable_file"
