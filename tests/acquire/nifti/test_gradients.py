"""What stands beside a diffusion series becomes its b-values, and its directions in the patient."""

import json

import nibabel as nib
import numpy as np
import pytest

from vivomap.acquire import read
from vivomap.acquire.nifti.gradients import weighted
from vivomap.acquire.nifti.sidecar import Sidecar
from vivomap.core import Refusal, affine_of
from vivomap.quantify.tensor.gradients import directions_of

B = (0.0, 1000.0, 1000.0, 1000.0)
LEFT, FRONT, BACK = (1.0, 0.0, 0.0), (0.0, -1.0, 0.0), (0.0, 1.0, 0.0)  # of the patient, in LPS


@pytest.fixture
def series(tmp_path):
    """A series whose file has columns along `axes` (RAS); its bvec says x, y, z of the file."""

    def made(axes, b=B, vectors=((0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1)), told=None, upright=False):
        affine = np.eye(4)
        affine[:3, :3] = np.array(axes, float).T * 2.0
        affine[:3, 3] = (5, 6, 7)
        nib.save(nib.Nifti1Image(np.ones((4, 5, 6, 4), np.float32), affine), tmp_path / "dwi.nii.gz")
        (tmp_path / "dwi.json").write_text(json.dumps({"patient": "A", "date": "2026-01-01", **(told or {})}))
        np.savetxt(tmp_path / "dwi.bval", np.atleast_2d(b), fmt="%g")
        np.savetxt(tmp_path / "dwi.bvec", np.array(vectors, float) if upright else np.array(vectors, float).T)
        return tmp_path

    return made


def held(folder):
    course = read(folder)
    (study,) = course.studies
    (image,) = study.images
    return image


@pytest.mark.parametrize(
    ("axes", "first", "second"),
    [
        (((-1, 0, 0), (0, 1, 0), (0, 0, 1)), LEFT, FRONT),  # left-handed: as it is
        (((1, 0, 0), (0, 1, 0), (0, 0, 1)), LEFT, FRONT),  # right-handed: x turns
        (((0, 1, 0), (-1, 0, 0), (0, 0, 1)), BACK, LEFT),  # turned about z, right-handed
    ],
)
def test_directions_are_those_of_the_patient(series, axes, first, second):
    image = held(series(axes))
    assert (image.role, image.frames, image.frame_unit) == ("dwi", B, "s/mm2")
    vectors = directions_of(image)
    assert vectors[0].tolist() == [0, 0, 0]
    assert vectors[1] == pytest.approx(first)
    assert vectors[2] == pytest.approx(second)
    assert vectors[3] == pytest.approx((0, 0, 1))


def test_a_table_that_runs_down_is_read_too(series):
    assert directions_of(held(series(np.eye(3), upright=True)))[3] == pytest.approx((0, 0, 1))


def test_the_words_of_the_sidecar_go_first(series):
    other = held(series(np.eye(3), told={"role": "dwi", "frames": [0, 500, 500, 500], "frame_unit": "s/mm2"}))
    assert other.frames == (0.0, 500.0, 500.0, 500.0)
    assert "sidecar_conflict" in [f.code for f in other.flags]
    assert other.text("directions") == ""


@pytest.mark.parametrize(
    ("b", "vectors"),
    [
        (B, ((0, 0, 0), (1, 0, 0), (0, 1, 0))),  # three for four
        (B, ((0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 0.5))),  # half a unit
        (B, ((0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, np.nan))),
        (B[:3], ((0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1))),
    ],
)
def test_what_does_not_fit_is_held_with_its_reason(series, b, vectors):
    course = read(series(np.eye(3), b, vectors))
    assert [h.code for h in course.held] == ["bad_sidecar"]


def test_letters_are_no_numbers(series):
    folder = series(np.eye(3))
    (folder / "dwi.bval").write_text("0 many 1000 1000")
    with pytest.raises(Refusal, match="cannot be read"):
        weighted(folder / "dwi.nii.gz", Sidecar(), affine_of(np.eye(4)))


def test_a_mask_or_a_ct_is_no_diffusion_series(series):
    folder = series(np.eye(3))
    ct = Sidecar(role="ct")
    assert weighted(folder / "dwi.nii.gz", ct, affine_of(np.eye(4))) is ct


def test_the_reference_series_of_dipy_has_its_directions(data, tmp_path):
    """Their `.nii` is left-handed or right-handed; a tensor along each direction must come back as it was turned."""
    source = data / "dwi_dipy"
    for ending in ("nii", "bval", "bvec"):
        (tmp_path / f"small_64D.{ending}").write_bytes((source / f"small_64D.{ending}").read_bytes())
    (tmp_path / "small_64D.json").write_text(json.dumps({"patient": "A", "date": "2026-01-01"}))
    image = held(tmp_path)
    said = np.loadtxt(source / "small_64D.bvec")
    said = said if said.shape[0] == len(image.frames) else said.T
    affine = nib.load(source / "small_64D.nii").affine
    turn = affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0)
    said = np.where(np.array(image.frames)[:, None] < 50, 0, said) * ((-1, 1, 1) if np.linalg.det(turn) > 0 else 1)
    assert directions_of(image) == pytest.approx(said @ turn.T * (-1, -1, 1), abs=1e-5)
