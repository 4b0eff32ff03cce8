"""Emphysema: the closed form of normal tissue, the scale of the scanner undone, and a real lung."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage, stats

from vivomap.acquire import read
from vivomap.acquire.phantom.lung import Tissue, emphysema
from vivomap.core import Refusal, Region, Voxels
from vivomap.quantify.lung import laa_950, laa_950_calibrated, perc15, perc15_calibrated


@pytest.mark.parametrize(("mean", "spread"), [(-900.0, 30.0), (-940.0, 25.0), (-860.0, 60.0)])
def test_the_share_of_normal_tissue_is_phi(mean, spread):
    (ct,), (lung, *_), _ = emphysema(Tissue(destroyed=0.0, healthy=(mean, spread), noise=0.0, offset=0.0), 3)
    share, centile = laa_950(ct, lung), perc15(ct, lung)
    assert share.value == pytest.approx(100 * stats.norm.cdf((-950 - mean) / spread), abs=3 * share.uncertainty)
    assert centile.value == pytest.approx(1000 + mean + spread * stats.norm.ppf(0.15), abs=3 * centile.uncertainty)


def test_calibration_takes_a_scale_that_is_off_by_20_hu_back():
    (ct,), (lung, trachea, blood), truth = emphysema()
    off = replace(ct, voxels=Voxels.of(0.98 * ct.voxels.array + 25))
    wrong, right = perc15(off, lung), perc15_calibrated(off, lung, trachea, blood)
    assert abs(wrong.value - truth["perc15"]) > 10
    assert abs(right.value - truth["perc15"]) < 3 * right.uncertainty
    share = laa_950_calibrated(off, lung, trachea, blood)
    assert abs(share.value - truth["laa_950"]) < 3 * share.uncertainty
    assert share.uncertainty < laa_950(ct, lung).uncertainty


def test_denser_lung_has_less_emphysema():
    (ct,), (lung, *_), _ = emphysema()
    denser = replace(ct, voxels=Voxels.of(ct.voxels.array + 5))
    assert laa_950(denser, lung).value < laa_950(ct, lung).value
    assert perc15(denser, lung).value == pytest.approx(perc15(ct, lung).value + 5)


def test_a_lung_too_large_to_look_at_whole_has_the_same_numbers_and_nearly_the_same_doubt(monkeypatch):
    (ct,), (small, *_), _ = emphysema()
    whole = [f(ct, small) for f in (laa_950, perc15)]
    monkeypatch.setattr("vivomap.quantify.lung.MOST_VOXELS", 10_000)
    for before, after in zip(whole, [f(ct, small) for f in (laa_950, perc15)], strict=True):
        assert after.value == before.value
        assert after.uncertainty == pytest.approx(before.uncertainty, rel=0.1)


def test_a_shallow_breath_and_another_voltage_are_told():
    (ct,), (lung, *_), _ = emphysema(Tissue(healthy=(-650.0, 40.0), destroyed=0.0))
    other = replace(ct, settings=(("kvp", 100.0),))
    assert [f.code for f in laa_950(other, lung).flags] == ["shallow_breath", "other_voltage"]
    (ct,), (lung, *_), _ = emphysema()
    assert laa_950(ct, lung).flags == ()


def test_a_trachea_that_is_not_air_and_blood_with_contrast_are_refused():
    (ct,), (lung, trachea, blood), _ = emphysema()
    given = replace(ct, settings=(*ct.settings, ("contrast", "IODINE")))
    for image, low, code in ((ct, blood, "reference_implausible"), (given, trachea, "contrast_in_blood")):
        with pytest.raises(Refusal) as refused:
            laa_950_calibrated(image, lung, low, blood)
        assert refused.value.code == code


def test_a_reference_of_a_few_voxels_is_refused():
    (ct,), (lung, trachea, blood), _ = emphysema()
    few = np.zeros_like(blood.mask.array)
    few.flat[np.flatnonzero(blood.mask.array)[:19]] = True
    with pytest.raises(Refusal) as refused:
        perc15_calibrated(ct, lung, trachea, replace(blood, mask=Voxels.of(few)))
    assert (refused.value.code, refused.value.found) == ("too_few_voxels", "19 voxels")


def test_a_piece_of_lung_that_is_too_small_is_refused():
    (ct,), (lung, *_), _ = emphysema()
    few = np.zeros_like(lung.mask.array)
    few[3, 10:20, 10:20] = True
    with pytest.raises(Refusal) as refused:
        perc15(ct, replace(lung, mask=Voxels.of(few)))
    assert refused.value.code == "too_few_voxels"


# slow: reads a real CT of 60 slices
@pytest.mark.slow
def test_a_real_lung_has_plain_numpy_s_numbers_and_says_what_it_lacks(data):
    (ct,) = [i for s in read(data / "ibsi1_ct_lung_NONCOMMERCIAL" / "dicom") for i in s.images if i.role == "ct"]
    hu = ct.voxels.array
    labels, _ = ndimage.label((hu > -990) & (hu < -600))
    sizes = np.bincount(labels.ravel())
    mask = labels == 1 + int(sizes[1:].argmax())
    lung = Region("lung", Voxels.of(mask), "lung", "lung", ct.affine)
    share, centile = laa_950(ct, lung), perc15(ct, lung)
    assert share.value == pytest.approx(100 * np.mean(hu[mask] < -950))
    assert centile.value == pytest.approx(np.percentile(hu[mask], 15) + 1000)
    assert 50 < centile.value < 300
    assert [f.code for f in share.flags] == ["other_voltage"]
    assert dict(share.settings)["volume_ml"] > 200


def test_the_doubt_of_the_scale_is_half_of_what_the_share_moves_between_its_ends(monkeypatch):
    (ct,), (lung, *_), _ = emphysema()
    whole = laa_950(ct, lung).uncertainty
    monkeypatch.setattr("vivomap.quantify.lung.SCANNER_HU", 0.0)
    hu = ct.voxels.array[lung.mask.array]
    half = 100 * np.mean((hu >= -952) & (hu < -948)) / 2
    assert whole**2 - laa_950(ct, lung).uncertainty ** 2 == pytest.approx(half**2)
