"""Density that means the same on every scanner: scales undone, bone on a line, and references that cannot be."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from vivomap.acquire import read
from vivomap.acquire.phantom.ct_inserts import Plate, rods
from vivomap.core import Image, Refusal, Region, Voxels
from vivomap.quantify.quantitative_ct import bone_density, bone_density_phantomless, calibrated_hu, insert_hu

EXACT = Plate(noise=0.0, offset=0.0, gain=0.0, blood_u=0.0, slope_u=0.0)


def changed(image: Image, **settings: str | float | None) -> Image:
    left = {k: v for k, v in (dict(image.settings) | settings).items() if v is not None}
    return replace(image, settings=tuple(left.items()))


def shifted(image: Image, gain: float, offset: float) -> Image:
    return replace(image, voxels=Voxels.of(gain * image.voxels.array + offset))


@pytest.mark.parametrize(("gain", "offset"), [(1.0, 0.0), (1.05, -30.0), (0.93, 12.0)])
def test_a_scale_that_is_off_is_undone(gain, offset):
    (ct,), (bone, blood, air, inserts), truth = rods(EXACT)
    off = shifted(ct, gain, offset)
    assert calibrated_hu(off, bone, air, blood).value == pytest.approx(156.0)
    assert insert_hu(off, bone, inserts).value == pytest.approx(156.0)
    assert bone_density(off, bone, inserts).value == pytest.approx(truth["bone_density"])
    assert bone_density_phantomless(off, bone, air, blood).value == pytest.approx(120.0)


@pytest.mark.parametrize("density", [30.0, 80.0, 180.0])
def test_bone_of_any_density_is_found_with_noise(density):
    (ct,), (bone, _, _, inserts), _ = rods(Plate(bone=density), 7)
    found = bone_density(ct, bone, inserts)
    assert abs(found.value - density) < 3 * found.uncertainty
    assert found.uncertainty < 1.0
    assert dict(found.settings)["mineral"] == "hydroxyapatite"


def test_contrast_and_its_phase_stand_beside_the_number_and_forbid_blood():
    (ct,), (bone, blood, air, inserts), _ = rods()
    given = changed(ct, contrast="OMNIPAQUE", phase="portal venous")
    found = bone_density(given, bone, inserts)
    assert dict(found.settings)["contrast"] == "OMNIPAQUE"
    assert dict(found.settings)["phase"] == "portal venous"
    assert [f.code for f in found.flags] == ["contrast_in_bone"]
    with pytest.raises(Refusal) as refused:
        calibrated_hu(given, bone, air, blood)
    assert refused.value.code == "contrast_in_blood"
    assert dict(bone_density(ct, bone, inserts).settings)["phase"] == "not said"


def test_references_that_are_not_what_they_are_called_are_refused():
    (ct,), (bone, blood, air, _), _ = rods()
    for low, high in ((blood, air), (bone, blood), (air, bone)):
        with pytest.raises(Refusal) as refused:
            calibrated_hu(ct, bone, low, high)
        assert refused.value.code == "reference_implausible"


@pytest.mark.parametrize("values", ["0 50 100 200", "", "0 50 100 150 many", "200 150 100 50 0"])
def test_inserts_whose_values_do_not_fit_are_refused(values):
    (ct,), (bone, _, _, inserts), _ = rods()
    with pytest.raises(Refusal) as refused:
        bone_density(changed(ct, insert_mg_ml=values), bone, inserts)
    assert refused.value.code == "inserts_unknown"


def test_inserts_beside_a_line_are_refused():
    (ct,), (bone, _, _, inserts), _ = rods()
    with pytest.raises(Refusal) as refused:
        bone_density(changed(ct, insert_mg_ml="0 50 100 150 400"), bone, inserts)
    assert refused.value.code == "inserts_not_linear"


@pytest.mark.parametrize("day", ["2025-01-01", "2025-03-21", "", "soon"])
def test_a_calibration_of_bone_that_is_old_or_undated_is_refused(day):
    (ct,), (bone, blood, air, _), _ = rods()
    with pytest.raises(Refusal) as refused:
        bone_density_phantomless(changed(ct, calibrated_on=day), bone, air, blood)
    assert refused.value.code == "calibration_old"
    with pytest.raises(Refusal):
        bone_density_phantomless(replace(ct, day=None), bone, air, blood)
    bone_density_phantomless(replace(ct, day=date(2025, 3, 31)), bone, air, blood)


def test_a_slope_of_bone_that_is_not_known_is_refused():
    (ct,), (bone, blood, air, _), _ = rods()
    with pytest.raises(Refusal) as refused:
        bone_density_phantomless(changed(ct, bone_hu=None), bone, air, blood)
    assert refused.value.code == "setting_absent"


def test_a_region_of_a_few_voxels_is_refused():
    (ct,), (bone, blood, air, _), _ = rods()
    few = np.zeros_like(bone.mask.array)
    few[3, 22, 36:42] = True
    with pytest.raises(Refusal) as refused:
        calibrated_hu(ct, replace(bone, mask=Voxels.of(few)), air, blood)
    assert refused.value.code == "too_few_voxels"


# slow: reads a real CT of 51 slices
@pytest.mark.slow
def test_air_of_a_real_scan_sets_its_scale(data):
    (ct,) = [i for s in read(data / "sts_petctmr_dicom") for i in s.images if i.role == "ct"]
    hu = ct.voxels.array
    soft = np.zeros(hu.shape, bool)
    soft[20:30] = (hu[20:30] > 20) & (hu[20:30] < 80)
    outside = np.zeros(hu.shape, bool)
    outside[20:30, -8:, -8:] = True
    tissue, air = (Region(n, Voxels.of(m), n, affine=ct.affine) for n, m in (("soft", soft), ("air", outside)))
    told = changed(ct, blood_hu=float(hu[soft].mean()), blood_hu_u=5.0)
    found = calibrated_hu(told, tissue, air, tissue)
    assert dict(found.settings)["air_read"] == pytest.approx(-1000, abs=5)
    assert found.value == pytest.approx(float(hu[soft].mean()), abs=0.1)
    assert 4.9 < found.uncertainty < 5.5


def test_bone_without_a_phantom_has_no_hu_of_its_own_and_the_doubt_of_its_slope():
    (ct,), (bone, blood, air, _), _ = rods(replace(EXACT, zero=20.0))
    found = bone_density_phantomless(changed(ct, bone_hu_u=0.05), bone, air, blood)
    assert found.value == pytest.approx(120.0)
    assert found.uncertainty == pytest.approx(120 * 0.05 / 1.3)
