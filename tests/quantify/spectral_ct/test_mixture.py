"""A row of weights over a region: what is in its doubt, its map, and amounts below 0."""

from dataclasses import replace

import numpy as np
import pytest

from vivomap.acquire.phantom.spectral_ct import Rod, Scan, rods, scanned
from vivomap.core import Refusal, Voxels
from vivomap.quantify.spectral_ct.agents import iodine
from vivomap.quantify.spectral_ct.mixture import mixture

QUIET = Scan(noise=0.0, sensitivity_u=0.0, water_u=0.0)


def test_without_any_doubt_the_worked_example_is_exact():
    image, (rod,) = scanned(QUIET, (Rod(5.0, water=1.01),))
    found = iodine(image, rod)
    assert found.value == pytest.approx(5.0)
    assert found.uncertainty == pytest.approx(0.0, abs=1e-9)
    assert dict(found.settings)["condition"] == pytest.approx(80, abs=0.5)


def test_each_doubt_alone_is_the_closed_form():
    water, sensed = replace(QUIET, water_u=1.0), replace(QUIET, sensitivity_u=0.01)
    for scan, told in ((water, np.hypot(1, 1) / 25), (sensed, 5 * np.hypot(0.45, 0.20) / 25)):
        image, (rod,) = scanned(scan, (Rod(5.0),), 3)
        assert iodine(image, rod).uncertainty == pytest.approx(told, rel=0.08)  # the stated sensitivities are drawn


def test_the_map_holds_every_voxel_and_its_doubt_is_the_scatter():
    image, (rod,) = scanned(replace(Scan(), shape=(6, 40, 40)), (Rod(5.0),))
    found = iodine(image, rod)
    values, doubts = found.detail.voxels.array
    inside = rod.mask.array
    assert values[inside].mean() == pytest.approx(found.value, rel=1e-5)
    assert values[inside].std() == pytest.approx(doubts[inside].mean(), rel=0.1)
    assert (found.detail.role, found.detail.unit) == ("iodine_map", "mg/mL")


def test_an_amount_below_zero_is_told_and_not_cut_off():
    (image,), (lesion, _), _ = rods(QUIET)
    darker = np.array(image.voxels.array)
    darker[0] -= 400.0
    found = iodine(replace(image, voxels=Voxels.of(darker)), lesion)
    assert found.value < -5
    assert "negative_amount" in [f.code for f in found.flags]


def test_energies_that_are_alike_are_refused():
    image, (rod,) = scanned(replace(QUIET, iodine=(20.4, 20.0)), (Rod(5.0),))
    with pytest.raises(Refusal) as refused:
        iodine(image, rod)
    assert refused.value.code == "ill_conditioned"


def test_a_region_of_a_few_voxels_is_refused():
    (image,), (lesion, _), _ = rods()
    few = np.zeros_like(lesion.mask.array)
    few[2, 8, 8:12] = True
    with pytest.raises(Refusal) as refused:
        iodine(image, replace(lesion, mask=Voxels.of(few)))
    assert refused.value.code == "too_few_voxels"


def test_the_noise_of_the_scan_is_found():
    (image,), _, _ = rods()
    assert np.sqrt(np.diag(mixture(image).noise)) == pytest.approx((12, 12), rel=0.1)
