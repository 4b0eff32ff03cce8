"""Images that were never taken: water is 0 HU at every energy, and contrast is taken away."""

from dataclasses import replace

import pytest

from vivomap.acquire.phantom.spectral_ct import BRIGHT, Rod, Scan, rods, scanned
from vivomap.core import Refusal
from vivomap.quantify.spectral_ct.virtual import (
    at_energy,
    effective_z,
    electron_density,
    virtual_non_contrast,
    vmi_40,
    vmi_70,
)

QUIET = Scan(noise=0.0, sensitivity_u=0.0, water_u=0.0)


@pytest.mark.parametrize("kev", [40.0, 63.0, 100.0, 190.0])
def test_pure_water_is_0_hu(kev):
    image, (rod,) = scanned(QUIET, (Rod(),))
    assert at_energy(image, rod, kev).value == pytest.approx(0.0, abs=1e-6)


def test_an_image_made_at_an_energy_that_was_taken_is_that_image():
    monoenergetic = replace(QUIET, energies=(40.0, 70.0), unit="keV", iodine=(BRIGHT[40], BRIGHT[70]))
    image, (rod,) = scanned(monoenergetic, (Rod(5.0, water=1.04),))
    for kev, frame in ((40.0, 0), (70.0, 1)):
        taken = image.voxels.array[frame][rod.mask.array].mean()
        assert at_energy(image, rod, kev).value == pytest.approx(taken, rel=1e-3)


def test_iodine_is_brightest_at_40_kev_and_gone_without_contrast():
    (image,), (lesion, aorta), _ = rods(QUIET)
    for rod in (lesion, aorta):
        assert virtual_non_contrast(image, rod).value == pytest.approx(40.0)
        assert vmi_40(image, rod).value > vmi_70(image, rod).value > 40


def test_water_has_its_own_z_and_density_and_iodine_raises_both():
    image, (water, agent) = scanned(QUIET, (Rod(), Rod(10.0)))
    assert effective_z(image, water).value == pytest.approx(7.42, abs=0.01)
    assert electron_density(image, water).value == pytest.approx(1.0)
    assert effective_z(image, agent).value > 10
    assert electron_density(image, agent).value == pytest.approx(1.0075, abs=1e-3)


def test_an_energy_outside_the_table_is_refused():
    (image,), (lesion, _), _ = rods()
    with pytest.raises(Refusal) as refused:
        at_energy(image, lesion, 220.0)
    assert refused.value.code == "energy_outside"


def test_z_and_density_of_tissue_with_iodine_are_those_of_its_electrons():
    (image,), (lesion, _), truth = rods(QUIET)
    assert effective_z(image, lesion).value == pytest.approx(truth["effective_z"], abs=1e-3)
    assert electron_density(image, lesion).value == pytest.approx(truth["electron_density"], rel=1e-5)
