import nibabel as nib
import numpy as np

from vivomap.acquire.affines import from_nifti, to_nifti


def test_the_two_ways_to_place_a_volume_are_each_others_inverse() -> None:
    rows = np.random.default_rng(2).normal(size=(4, 4))
    rows[3] = [0, 0, 0, 1]
    assert np.allclose(to_nifti(from_nifti(rows)), rows)


def test_left_in_nifti_is_left_here() -> None:
    rows = np.diag([2.0, 3.0, 4.0, 1.0])  # RAS: the first index runs to the right
    place = np.asarray(from_nifti(rows)) @ [1, 0, 5, 1]  # z, y, x
    assert np.allclose(place, [-10, 0, 4, 1])  # LPS: five steps of 2 mm to the right
    assert nib.aff2axcodes(rows) == ("R", "A", "S")
