"""Iodine on a line, gadolinium by its K-edge, and the ratio to the aorta."""

import json
from dataclasses import replace

import nibabel
import numpy as np
import pytest

from vivomap.acquire import read
from vivomap.acquire.phantom.spectral_ct import COUNTING, SERIES, Rod, Scan, bins, inserts, rods, scanned
from vivomap.core import Refusal, Voxels
from vivomap.quantify.spectral_ct.agents import gadolinium, iodine, normalised_iodine, spectral_ecv


@pytest.mark.parametrize("seed", range(3))
def test_inserts_lie_on_a_line_of_slope_one(seed):
    (image,), regions, _ = inserts(seed=seed)
    found = np.array([iodine(image, r).value for r in regions])
    slope = np.polynomial.Polynomial.fit(SERIES, found, 1).convert().coef[1]
    assert slope == pytest.approx(1.0, abs=0.05)
    assert np.sqrt(np.mean((found - SERIES) ** 2)) < 0.3


def test_gadolinium_beside_iodine_is_found_and_iodine_is_not_taken_for_it():
    (image,), (lesion, other), _ = bins()
    assert gadolinium(image, lesion).value == pytest.approx(5.0, abs=0.25)
    assert iodine(image, lesion).value == pytest.approx(4.0, abs=0.25)
    none = gadolinium(image, other)
    assert abs(none.value) < 3 * none.uncertainty


def test_two_energies_or_no_sensitivity_to_gadolinium_are_refused():
    two = replace(Scan(), gadolinium=(14.0, 12.0))
    for scan, code in ((two, "few_energies"), (Scan(), "not_calibrated")):
        image, (rod,) = scanned(scan, (Rod(1.0),))
        with pytest.raises(Refusal) as refused:
            gadolinium(image, rod)
        assert refused.value.code == code


def test_bins_on_one_side_of_the_edge_do_not_tell_gadolinium_from_iodine():
    alike = replace(COUNTING, gadolinium=(19.0, 15.0, 8.5, 4.5))
    image, (rod,) = scanned(alike, (Rod(4.0, 5.0),))
    with pytest.raises(Refusal) as refused:
        gadolinium(image, rod)
    assert refused.value.code == "ill_conditioned"


def test_the_ratio_does_not_feel_an_error_that_all_sensitivities_share():
    (image,), (lesion, aorta), truth = rods(Scan(noise=0.0, sensitivity_u=0.0, water_u=0.0))
    wrong = tuple((k, "49.5 22" if k == "iodine_hu" else v) for k, v in image.settings)
    scaled = replace(image, settings=wrong)
    assert iodine(scaled, lesion).value == pytest.approx(5.0 / 1.1)
    assert normalised_iodine(scaled, lesion, aorta).value == pytest.approx(truth["normalised_iodine"])


def test_an_aorta_without_iodine_is_refused():
    image, (lesion, aorta) = scanned(Scan(), (Rod(5.0), Rod(0.0)))
    with pytest.raises(Refusal) as refused:
        normalised_iodine(image, lesion, aorta)
    assert refused.value.code == "no_iodine"


def test_extracellular_volume_is_the_plasma_share_of_the_ratio_and_needs_haematocrit_and_equilibrium():
    (image,), (lesion, aorta), _ = rods(Scan(noise=0.0, sensitivity_u=0.0, water_u=0.0))
    told = dict(image.settings) | {"haematocrit": 0.4, "phase": "equilibrium"}
    found = spectral_ecv(replace(image, settings=tuple(told.items())), lesion, aorta)
    assert found.value == pytest.approx(60 * 5 / 12)
    assert found.uncertainty == pytest.approx(100 * 0.02 * 5 / 12)
    assert found.flags == ()
    assert [f.code for f in spectral_ecv(image, lesion, aorta).flags] == ["not_at_equilibrium"]
    for wrong in (None, 42.0):
        left = {k: v for k, v in (told | {"haematocrit": wrong}).items() if v is not None}
        with pytest.raises(Refusal) as refused:
            spectral_ecv(replace(image, settings=tuple(left.items())), lesion, aorta)
        assert refused.value.code == "setting_absent"


def test_a_nifti_series_with_its_sidecar_gives_iodine(tmp_path):
    (image,), (lesion, _), _ = rods(Scan(noise=0.0, sensitivity_u=0.0, water_u=0.0))
    place = np.diag([1.0, 1.0, 3.0, 1.0])
    nibabel.save(nibabel.Nifti1Image(image.voxels.array.transpose(3, 2, 1, 0), place), tmp_path / "scan.nii")
    said = {"patient": "A", "date": "2025-03-20", "role": "spectral_ct", "unit": "[hnsf'U]", "contrast": "IOHEXOL"}
    said |= {"frames": [80, 140], "frame_unit": "kV", "iodine_hu": [45, 20], "calibrated_on": "2025-03-01"}
    (tmp_path / "scan.json").write_text(json.dumps(said))
    (study,) = read(tmp_path)
    (seen,) = study.images
    mask = Voxels.of(lesion.mask.array if seen.shape == lesion.mask.array.shape else np.zeros(seen.shape, bool))
    found = iodine(seen, replace(lesion, mask=mask, affine=seen.affine))
    assert found.value == pytest.approx(5.0, abs=1e-3)
    assert dict(found.settings)["contrast"] == "IOHEXOL"


@pytest.mark.parametrize(("amount", "doubt"), [(5.0, 0.0), (2.5, 0.5 * 3 * 2**0.5 / 25 / 5)])
def test_an_error_of_water_goes_out_of_the_ratio_the_more_the_lesion_is_like_the_aorta(amount, doubt):
    image, (lesion, aorta) = scanned(Scan(noise=0.0, sensitivity_u=0.0, water_u=3.0), (Rod(amount), Rod(5.0)))
    exact = replace(image, voxels=Voxels.of(image.voxels.array - image.voxels.array[:, :1, :1, :1]))
    assert normalised_iodine(exact, lesion, aorta).uncertainty == pytest.approx(doubt, abs=1e-6)
